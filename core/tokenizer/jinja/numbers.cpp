#include "core/tokenizer/jinja/numbers.h"

#include "core/tokenizer/jinja/unicode.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace tiller::jinja {

namespace {

bool isAlphanumeric(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// nullopt when an underscore is not between two digits.
std::optional<std::string> withoutUnderscores(std::string_view text)
{
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '_') {
            out += text[i];
            continue;
        }
        if (i == 0 || i + 1 == text.size() || !isAlphanumeric(text[i - 1]) || !isAlphanumeric(text[i + 1]))
            return std::nullopt;
    }
    return out;
}

std::string lowerAscii(std::string text)
{
    std::transform(text.begin(), text.end(), text.begin(),
        [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return text;
}

std::optional<double> parseWord(std::string_view word)
{
    if (word == "inf" || word == "infinity")
        return std::numeric_limits<double>::infinity();
    if (word == "nan")
        return std::numeric_limits<double>::quiet_NaN();
    return std::nullopt;
}

std::string format(double value, std::chars_format style, int digits)
{
    std::string buffer(static_cast<size_t>(digits) + 330, '\0');
    const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, style, digits);
    buffer.resize(static_cast<size_t>(result.ptr - buffer.data()));
    return buffer;
}

void dropTrailingZeros(std::string& text)
{
    const size_t exponent = std::min(text.find('e'), text.size());
    if (text.find('.') >= exponent)
        return;
    size_t end = text.find_last_not_of('0', exponent - 1);
    end += text[end] == '.' ? 0 : 1;
    text.erase(end, exponent - end);
}

}

std::optional<int64_t> parseInteger(std::string_view text, int base)
{
    const auto plain = withoutUnderscores(stripLeft(stripRight(text)));
    if (!plain || plain->empty())
        return std::nullopt;
    std::string digits = lowerAscii(*plain);
    const bool negative = digits[0] == '-';
    if (negative || digits[0] == '+')
        digits.erase(0, 1);
    for (const auto& [prefix, prefixBase] : {std::pair{"0x", 16}, {"0o", 8}, {"0b", 2}}) {
        if ((base == prefixBase || base == 0) && digits.starts_with(prefix)) {
            digits.erase(0, 2);
            base = prefixBase;
        }
    }
    if (base == 0)
        base = 10;
    if (base < 2 || base > 36 || digits.empty() || digits[0] == '-')
        return std::nullopt;
    int64_t value = 0;
    digits.insert(0, negative ? "-" : "");
    const char* end = digits.data() + digits.size();
    const auto result = std::from_chars(digits.data(), end, value, base);
    if (result.ec != std::errc() || result.ptr != end)
        return std::nullopt;
    return value;
}

std::optional<double> parseReal(std::string_view text)
{
    const auto plain = withoutUnderscores(stripLeft(stripRight(text)));
    if (!plain || plain->empty())
        return std::nullopt;
    std::string digits = lowerAscii(*plain);
    const bool negative = digits[0] == '-';
    if (negative || digits[0] == '+')
        digits.erase(0, 1);
    if (digits.empty())
        return std::nullopt;
    double value = 0;
    if (const auto word = parseWord(digits)) {
        value = *word;
    } else {
        if (digits[0] != '.' && (digits[0] < '0' || digits[0] > '9'))
            return std::nullopt;
        const char* end = digits.data() + digits.size();
        const auto result = std::from_chars(digits.data(), end, value);
        if (result.ptr != end || result.ec == std::errc::invalid_argument)
            return std::nullopt;
        // Out of range: the exponent's sign tells whether the number is too large or too small.
        if (result.ec == std::errc::result_out_of_range)
            value = digits.find("e-") != std::string::npos ? 0.0 : std::numeric_limits<double>::infinity();
    }
    return negative ? -value : value;
}

std::string fixedText(double value, int digits)
{
    return format(value, std::chars_format::fixed, digits);
}

std::string scientificText(double value, int digits)
{
    return format(value, std::chars_format::scientific, digits);
}

std::string generalText(double value, int digits, bool keepZeros)
{
    const int precision = std::max(digits, 1);
    const std::string scientific = scientificText(value, precision - 1);
    const size_t at = scientific.find('e');
    if (at == std::string::npos)
        return scientific;
    const int exponent = static_cast<int>(parseInteger(scientific.substr(at + 1)).value_or(0));
    std::string text
        = exponent < -4 || exponent >= precision ? scientific : fixedText(value, precision - 1 - exponent);
    if (!keepZeros)
        dropTrailingZeros(text);
    return text;
}

}
