#include "core/study/words.h"

#include <charconv>
#include <cmath>

namespace tiller {

std::string fixed(double value, int decimals)
{
    char buffer[64];
    const auto result
        = std::to_chars(buffer, buffer + sizeof buffer, std::abs(value), std::chars_format::fixed, decimals);
    const std::string digits
        = result.ec == std::errc() ? std::string(buffer, result.ptr) : std::to_string(std::abs(value));
    const bool isZero = digits.find_first_not_of("0.") == std::string::npos;
    return value < 0 && !isZero ? "\u2212" + digits : digits;
}

std::string percent(double share)
{
    return fixed(100 * share, 0) + " %";
}

std::string numbersInWords(const std::vector<int>& ascending)
{
    std::string words;
    for (size_t first = 0; first < ascending.size();) {
        size_t last = first;
        while (last + 1 < ascending.size() && ascending[last + 1] == ascending[last] + 1)
            ++last;
        if (first > 0)
            words += ", ";
        words += std::to_string(ascending[first]);
        if (last > first)
            words += "\u2013" + std::to_string(ascending[last]);
        first = last + 1;
    }
    return words;
}

std::string layersInWords(const std::vector<int>& ascending)
{
    return (ascending.size() == 1 ? "layer " : "layers ") + numbersInWords(ascending);
}

}
