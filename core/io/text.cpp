#include "core/io/text.h"

#include <cstdint>

namespace tiller {

bool isUtf8(std::string_view text)
{
    for (size_t i = 0; i < text.size();) {
        const auto lead = static_cast<uint8_t>(text[i]);
        const size_t length = lead < 0x80 ? 1
            : lead >> 5 == 6              ? 2
            : lead >> 4 == 14             ? 3
            : lead >> 3 == 30             ? 4
                                          : 0;
        if (length == 0 || length > text.size() - i)
            return false;
        uint32_t code = length == 1 ? lead : lead & (0x7Fu >> length);
        for (size_t k = 1; k < length; ++k) {
            const auto next = static_cast<uint8_t>(text[i + k]);
            if (next >> 6 != 2)
                return false;
            code = code << 6 | (next & 0x3Fu);
        }
        const bool overlong = (length == 2 && code < 0x80) || (length == 3 && code < 0x800)
            || (length == 4 && code < 0x10000);
        const bool surrogate = code >= 0xD800 && code < 0xE000;
        if (overlong || surrogate || code > 0x10FFFF)
            return false;
        i += length;
    }
    return true;
}

std::string inQuotes(std::string_view name)
{
    constexpr size_t limit = 100;
    const bool utf8 = isUtf8(name);
    std::string shown(name.substr(0, limit));
    if (name.size() > limit) {
        // Do not cut a character in two.
        while (utf8 && (static_cast<uint8_t>(name[shown.size()]) & 0xC0) == 0x80)
            shown.pop_back();
        shown += "...";
    }
    for (char& c : shown) {
        const auto byte = static_cast<uint8_t>(c);
        if (byte < 0x20 || byte == 0x7F || (!utf8 && byte >= 0x80))
            c = '?';
    }
    return "'" + shown + "'";
}

}
