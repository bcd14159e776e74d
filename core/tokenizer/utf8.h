#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tiller {

/// Bytes of the character that starts with `lead`, in valid UTF-8.
inline size_t characterLength(char lead)
{
    const auto byte = static_cast<uint8_t>(lead);
    return byte < 0xC0 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

/// The character at `offset` of valid UTF-8; moves `offset` past it.
inline char32_t takeCharacter(std::string_view text, size_t& offset)
{
    const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[offset + i]); };
    const size_t length = characterLength(text[offset]);
    char32_t c = length == 1 ? byte(0) : byte(0) & (0x7Fu >> length);
    for (size_t i = 1; i < length; ++i)
        c = c << 6 | (byte(i) & 0x3Fu);
    offset += length;
    return c;
}

inline void appendCharacter(std::string& text, char32_t c)
{
    const auto put = [&](char32_t byte) { text += static_cast<char>(static_cast<uint8_t>(byte)); };
    if (c < 0x80)
        return put(c);
    if (c < 0x800) {
        put(0xC0 | c >> 6);
    } else {
        if (c < 0x10000) {
            put(0xE0 | c >> 12);
        } else {
            put(0xF0 | c >> 18);
            put(0x80 | (c >> 12 & 0x3F));
        }
        put(0x80 | (c >> 6 & 0x3F));
    }
    put(0x80 | (c & 0x3F));
}

/// Unicode's White_Space.
inline bool isWhiteSpace(char32_t c)
{
    return (c >= 0x9 && c <= 0xD) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680
        || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F
        || c == 0x3000;
}

}
