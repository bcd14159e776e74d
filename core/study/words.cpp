#include "core/study/words.h"

#include <charconv>

namespace tiller {

std::string fixed(double value, int decimals)
{
    char buffer[64];
    const auto result
        = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed, decimals);
    return result.ec == std::errc() ? std::string(buffer, result.ptr) : std::to_string(value);
}

std::string percent(double share)
{
    return fixed(100 * share, 0) + " %";
}

std::string layersInWords(const std::vector<int>& ascending)
{
    std::string words = ascending.size() == 1 ? "layer " : "layers ";
    for (size_t first = 0; first < ascending.size();) {
        size_t last = first;
        while (last + 1 < ascending.size() && ascending[last + 1] == ascending[last] + 1)
            ++last;
        if (first > 0)
            words += ", ";
        words += std::to_string(ascending[first]);
        if (last > first)
            words += '-' + std::to_string(ascending[last]);
        first = last + 1;
    }
    return words;
}

}
