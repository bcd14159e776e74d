#include "core/tokenizer/pipeline/byte_alphabet.h"

#include "core/tokenizer/utf8.h"

#include <array>

namespace tiller {

namespace {

constexpr char32_t s_end = 256 + 68; // 188 bytes stand for themselves, 68 take what follows U+00FF

struct Alphabet {
    std::array<std::string, 256> character;
    std::array<int, s_end> byte;

    Alphabet()
    {
        byte.fill(-1);
        char32_t next = 256;
        for (char32_t b = 0; b < 256; ++b) {
            const bool isPrintable = (b >= 0x21 && b <= 0x7E) || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
            const char32_t c = isPrintable ? b : next++;
            appendCharacter(character[b], c);
            byte[c] = static_cast<int>(b);
        }
    }
};

const Alphabet& alphabet()
{
    static const Alphabet s_alphabet;
    return s_alphabet;
}

}

std::string toByteAlphabet(std::string_view bytes)
{
    const Alphabet& a = alphabet();
    std::string text;
    text.reserve(bytes.size() + bytes.size() / 2);
    for (const char byte : bytes)
        text += a.character[static_cast<uint8_t>(byte)];
    return text;
}

std::string fromByteAlphabet(std::string_view text)
{
    const Alphabet& a = alphabet();
    std::string bytes;
    for (size_t i = 0; i < text.size();) {
        const char32_t c = takeCharacter(text, i);
        if (c >= s_end || a.byte[c] < 0)
            return std::string(text);
        bytes += static_cast<char>(a.byte[c]);
    }
    return bytes;
}

}
