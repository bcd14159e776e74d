#include "core/study/strengths.h"

#include "core/base/error.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

namespace tiller {

namespace {

constexpr size_t s_most = 101;
constexpr double s_largest = 10000; ///< a unit vector against the norms of residuals
constexpr const char* s_form = "Write strengths as -4 to 4 step 1, or -2, 0, 2.";

std::string_view trimmed(std::string_view text)
{
    const size_t begin = text.find_first_not_of(" \t\n");
    return begin == std::string_view::npos ? std::string_view()
                                           : text.substr(begin, text.find_last_not_of(" \t\n") - begin + 1);
}

double toNumber(std::string_view word)
{
    word = trimmed(word);
    const char* begin = word.data() + (word.starts_with('+') ? 1 : 0);
    const char* end = word.data() + word.size();
    double value = 0;
    const auto [last, error] = std::from_chars(begin, end, value);
    if (error != std::errc() || last != end || !std::isfinite(value))
        throw Error('\'' + std::string(word) + "' is not a number.", s_form);
    if (std::abs(value) > s_largest)
        throw Error('\'' + std::string(word) + "' is more than any vector needs.",
            "Strengths reach from -10000 to 10000.");
    return value;
}

// What stands before and after the first `separator`.
std::optional<std::pair<std::string_view, std::string_view>> cutAt(
    std::string_view text, std::string_view separator)
{
    const size_t at = text.find(separator);
    if (at == std::string_view::npos)
        return {};
    return std::pair(text.substr(0, at), text.substr(at + separator.size()));
}

std::vector<double> range(double from, double to, double step)
{
    if (!(step > 0))
        throw Error("The step between strengths must be above zero.");
    if (from > to)
        std::swap(from, to);
    if ((to - from) / step > static_cast<double>(s_most - 1))
        throw Error("These are more than " + std::to_string(s_most) + " strengths.", "Take a larger step.");
    std::vector<double> values;
    const int count = static_cast<int>(std::floor((to - from) / step + 1e-9)) + 1;
    for (int i = 0; i < count; ++i) {
        const double value = from + i * step;
        values.push_back(std::abs(value) < 1e-9 * step ? 0 : std::round(value * 1e9) / 1e9);
    }
    return values;
}

}

std::vector<double> parseStrengths(std::string_view written)
{
    constexpr std::string_view minus = "\u2212";
    std::string plain(written);
    for (size_t at = plain.find(minus); at != std::string::npos; at = plain.find(minus, at))
        plain.replace(at, minus.size(), "-");
    std::string_view text = trimmed(plain);

    constexpr std::string_view both = "±";
    const bool symmetric = text.starts_with(both);
    if (symmetric)
        text.remove_prefix(both.size());
    std::vector<double> values;
    if (symmetric || text.find(" to ") != std::string_view::npos) {
        const auto stepped = cutAt(text, " step ");
        const double step = stepped ? toNumber(stepped->second) : 1;
        const std::string_view ends = stepped ? stepped->first : text;
        const auto span = cutAt(ends, " to ");
        values = span ? range(toNumber(span->first), toNumber(span->second), step)
                      : range(-std::abs(toNumber(ends)), std::abs(toNumber(ends)), step);
    } else {
        while (!text.empty()) {
            const auto comma = cutAt(text, ",");
            const std::string_view word = comma ? comma->first : text;
            if (!word.empty())
                values.push_back(toNumber(word));
            text = comma ? comma->second : std::string_view();
        }
    }
    if (values.empty())
        throw Error("No strengths are given.", s_form);
    std::ranges::sort(values);
    values.erase(std::unique(values.begin(), values.end()), values.end());
    if (values.size() > s_most)
        throw Error("These are more than " + std::to_string(s_most) + " strengths.", "Name fewer.");
    return values;
}

}
