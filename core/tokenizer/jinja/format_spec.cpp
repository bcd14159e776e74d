#include "core/tokenizer/jinja/format_spec.h"

#include "core/tokenizer/jinja/numbers.h"
#include "core/tokenizer/jinja/strings.h"
#include "core/tokenizer/jinja/text.h"
#include "core/tokenizer/jinja/unicode.h"

#include <algorithm>
#include <cmath>

namespace tiller::jinja {

namespace {

constexpr int64_t maxPrecision = 1000;

std::string capitals(std::string text)
{
    std::transform(text.begin(), text.end(), text.begin(),
        [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    return text;
}

/// The digits before a point or exponent, in groups of three (four for other bases).
std::string grouped(const std::string& digits, char separator, size_t size)
{
    size_t end = 0;
    while (end < digits.size() && (std::isalnum(static_cast<unsigned char>(digits[end])) != 0)
        && (size == 4 || digits[end] != 'e'))
        ++end;
    std::string out;
    for (size_t i = 0; i < end; ++i) {
        if (i && (end - i) % size == 0)
            out += separator;
        out += digits[i];
    }
    return out + digits.substr(end);
}

std::string layOutNumber(
    Budget& budget, bool negative, const std::string& prefix, std::string digits, const FormatSpec& spec)
{
    if (spec.grouping)
        digits = grouped(digits, spec.grouping,
            spec.type == 'x' || spec.type == 'X' || spec.type == 'o' || spec.type == 'b' ? 4 : 3);
    const std::string sign = negative ? "-" : spec.sign == '-' ? "" : std::string(1, spec.sign);
    const std::string head = sign + prefix;
    if (spec.align == '=') {
        const int64_t width = spec.width - static_cast<int64_t>(head.size());
        return head + pad(budget, digits, width, spec.fill, Align::Right);
    }
    const Align align = spec.align == '<' ? Align::Left : spec.align == '^' ? Align::Center : Align::Right;
    return pad(budget, head + digits, spec.width, spec.fill, align);
}

std::string inBase(uint64_t value, unsigned base)
{
    std::string digits;
    do
        digits += "0123456789abcdef"[value % base];
    while (value /= base);
    std::reverse(digits.begin(), digits.end());
    return digits;
}

std::string realDigits(double size, const FormatSpec& spec)
{
    const char type = static_cast<char>(spec.type | 0x20);
    if (!std::isfinite(size))
        return (std::isnan(size) ? "nan" : "inf") + std::string(spec.type == '%' ? "%" : "");
    const int precision = static_cast<int>(spec.precision.value_or(6));
    if (spec.type == '%')
        return fixedText(size * 100, precision) + "%";
    if (type == 'f')
        return fixedText(size, precision) + (precision == 0 && spec.alternate ? "." : "");
    if (type == 'e')
        return scientificText(size, precision);
    if (type == 'g' || type == 'n')
        return generalText(size, precision, spec.alternate);
    if (!spec.precision)
        return floatText(size);
    const std::string text = generalText(size, precision);
    return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

}

FormatSpec parseFormatSpec(std::string_view text)
{
    FormatSpec spec;
    size_t at = 0;
    const auto isAlign = [&](size_t i) {
        return i < text.size() && std::string_view("<>^=").find(text[i]) != std::string_view::npos;
    };
    const auto skip = [&](char c) { return at < text.size() && text[at] == c ? ++at > 0 : false; };
    const auto number = [&]() -> std::optional<int64_t> {
        const size_t start = at;
        while (at < text.size() && text[at] >= '0' && text[at] <= '9')
            ++at;
        if (at == start)
            return std::nullopt;
        const auto value = parseInteger(text.substr(start, at - start));
        if (!value)
            throw Fault("Too many decimal digits in format string");
        return value;
    };
    size_t behindFill = 0;
    if (!text.empty())
        nextCodePoint(text, behindFill);
    if (isAlign(behindFill) && behindFill > 0) {
        spec.fill = text.substr(0, behindFill);
        spec.align = text[behindFill];
        at = behindFill + 1;
    } else if (isAlign(0)) {
        spec.align = text[at++];
    }
    if (at < text.size() && std::string_view("+- ").find(text[at]) != std::string_view::npos)
        spec.sign = text[at++];
    spec.alternate = skip('#');
    if (skip('0') && !spec.align) {
        spec.fill = "0";
        spec.align = '=';
    }
    spec.width = number().value_or(0);
    if (skip(','))
        spec.grouping = ',';
    else if (skip('_'))
        spec.grouping = '_';
    if (skip('.')) {
        spec.precision = number();
        if (!spec.precision)
            throw Fault("Format specifier missing precision");
    }
    if (at < text.size())
        spec.type = text[at++];
    if (at < text.size())
        throw Fault("Invalid format specifier");
    return spec;
}

std::string formatText(Budget& budget, std::string_view text, const FormatSpec& spec)
{
    budget.chargeText(text.size());
    if (spec.precision)
        text = text.substr(0, byteOffset(text, static_cast<size_t>(*spec.precision)));
    const Align align = spec.align == '>' ? Align::Right : spec.align == '^' ? Align::Center : Align::Left;
    return pad(budget, text, spec.width, spec.fill, align);
}

std::string formatInteger(Budget& budget, int64_t value, const FormatSpec& spec)
{
    const auto size = value < 0 ? ~static_cast<uint64_t>(value) + 1 : static_cast<uint64_t>(value);
    std::string digits;
    std::string prefix;
    switch (spec.type) {
    case '\0':
    case 'd':
    case 'n':
        digits = inBase(size, 10);
        break;
    case 'x':
    case 'X':
        digits = spec.type == 'X' ? capitals(inBase(size, 16)) : inBase(size, 16);
        prefix = spec.alternate ? (spec.type == 'X' ? "0X" : "0x") : "";
        break;
    case 'o':
        digits = inBase(size, 8);
        prefix = spec.alternate ? "0o" : "";
        break;
    case 'b':
        digits = inBase(size, 2);
        prefix = spec.alternate ? "0b" : "";
        break;
    case 'c': {
        if (value < 0 || value > 0x10FFFF)
            throw Fault("%c arg not in range(0x110000)");
        appendCodePoint(digits, static_cast<char32_t>(value));
        return formatText(budget, digits, spec);
    }
    default:
        return formatReal(budget, static_cast<double>(value), spec);
    }
    return layOutNumber(budget, value < 0, prefix, digits, spec);
}

std::string formatReal(Budget& budget, double value, const FormatSpec& spec)
{
    if (std::string_view("\0eEfFgGn%", 9).find(spec.type) == std::string_view::npos)
        throw Fault(std::string("Unknown format code '") + spec.type + "' for object of type 'float'");
    if (spec.precision && *spec.precision > maxPrecision)
        throw Fault("the precision of a format is too large");
    std::string digits = realDigits(std::fabs(value), spec);
    if (spec.type == 'E' || spec.type == 'F' || spec.type == 'G')
        digits = capitals(digits);
    return layOutNumber(budget, std::signbit(value) && !std::isnan(value), "", digits, spec);
}

}
