#include "core/tokenizer/utf8_stream.h"

#include <cstdint>

namespace tiller {

namespace {

constexpr std::string_view s_replacement = "\uFFFD";

struct Prefix {
    size_t size; ///< bytes that belong together
    enum { Character, Incomplete, Invalid } kind;
};

// The longest start of `bytes` that is a character or may become one (Unicode 15, table 3-7).
Prefix firstPart(std::string_view bytes)
{
    const auto lead = static_cast<uint8_t>(bytes.front());
    if (lead < 0x80)
        return {1, Prefix::Character};
    if (lead < 0xC2 || lead > 0xF4)
        return {1, Prefix::Invalid};
    const size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    // The second byte is narrower where overlong forms, surrogates and what lies beyond U+10FFFF begin.
    uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    for (size_t i = 1; i < length; ++i) {
        if (i == bytes.size())
            return {i, Prefix::Incomplete};
        const auto byte = static_cast<uint8_t>(bytes[i]);
        if (byte < low || byte > high)
            return {i, Prefix::Invalid};
        low = 0x80;
        high = 0xBF;
    }
    return {length, Prefix::Character};
}

}

std::string Utf8Stream::feed(std::string_view bytes)
{
    m_pending += bytes;
    std::string text;
    text.reserve(m_pending.size());
    std::string_view rest = m_pending;
    while (!rest.empty()) {
        const Prefix part = firstPart(rest);
        if (part.kind == Prefix::Incomplete)
            break;
        text += part.kind == Prefix::Character ? rest.substr(0, part.size) : s_replacement;
        rest.remove_prefix(part.size);
    }
    m_pending = std::string(rest);
    return text;
}

std::string Utf8Stream::finish()
{
    const bool cutShort = !m_pending.empty();
    m_pending.clear();
    return std::string(cutShort ? s_replacement : std::string_view());
}

std::string sanitizeUtf8(std::string_view bytes)
{
    Utf8Stream stream;
    std::string text = stream.feed(bytes);
    return text += stream.finish();
}

}
