#include "core/tokenizer/pipeline/normalizer.h"

#include "core/base/error.h"
#include "core/io/text.h"
#include "core/tokenizer/pipeline/byte_alphabet.h"
#include "core/tokenizer/pipeline/charsmap.h"
#include "core/tokenizer/pipeline/pattern.h"
#include "core/tokenizer/utf8.h"

#include <algorithm>
#include <array>
#include <utf8proc.h>

namespace tiller {

namespace {

bool isAscii(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return static_cast<uint8_t>(c) < 0x80; });
}

class UnicodeForm final : public Normalizer {
public:
    explicit UnicodeForm(int options)
        : m_options(static_cast<utf8proc_option_t>(options | UTF8PROC_STABLE))
    {
    }

    std::string apply(std::string text) const override
    {
        if (isAscii(text))
            return text;
        utf8proc_uint8_t* mapped = nullptr;
        const auto size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
            static_cast<utf8proc_ssize_t>(text.size()), &mapped, m_options);
        const std::unique_ptr<utf8proc_uint8_t, void (*)(void*)> owner(mapped, std::free);
        if (size < 0)
            throw Error(std::string("the text cannot be normalized: ") + utf8proc_errmsg(size));
        return {reinterpret_cast<const char*>(mapped), static_cast<size_t>(size)};
    }

private:
    utf8proc_option_t m_options;
};

class Lowercase final : public Normalizer {
public:
    std::string apply(std::string text) const override
    {
        std::string result;
        result.reserve(text.size());
        for (size_t i = 0; i < text.size();) {
            const char32_t c = takeCharacter(text, i);
            if (c == U'\u0130')
                result += "i\u0307"; // the only letter whose lower case is two
            else
                appendCharacter(
                    result, static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c))));
        }
        return result;
    }
};

class Prepend final : public Normalizer {
public:
    explicit Prepend(std::string prefix)
        : m_prefix(std::move(prefix))
    {
    }

    std::string apply(std::string text) const override { return text.empty() ? text : m_prefix + text; }

private:
    std::string m_prefix;
};

class Replace final : public Normalizer {
public:
    Replace(Regex pattern, std::string content)
        : m_pattern(std::move(pattern))
        , m_content(std::move(content))
    {
    }

    std::string apply(std::string text) const override { return m_pattern.replaceAll(text, m_content); }

private:
    Regex m_pattern;
    std::string m_content;
};

class Strip final : public Normalizer {
public:
    Strip(bool left, bool right)
        : m_left(left)
        , m_right(right)
    {
    }

    std::string apply(std::string text) const override
    {
        size_t begin = text.size();
        size_t end = 0;
        for (size_t i = 0; i < text.size();) {
            const size_t at = i;
            if (isWhiteSpace(takeCharacter(text, i)))
                continue;
            begin = std::min(begin, at);
            end = i;
        }
        if (begin > end) // nothing but white space
            return m_left || m_right ? std::string() : text;
        begin = m_left ? begin : 0;
        end = m_right ? end : text.size();
        return text.substr(begin, end - begin);
    }

private:
    bool m_left;
    bool m_right;
};

class ByteLevel final : public Normalizer {
public:
    std::string apply(std::string text) const override { return toByteAlphabet(text); }
};

// Follows the `tokenizers` library, not SentencePiece: a short grapheme is looked up as a whole, then
// character by character, and the first key that starts it replaces all of it.
class Precompiled final : public Normalizer {
public:
    explicit Precompiled(Charsmap charsmap)
        : m_charsmap(std::move(charsmap))
    {
    }

    std::string apply(std::string text) const override
    {
        std::string result;
        result.reserve(text.size());
        for (size_t i = 0; i < text.size();) {
            const std::string_view grapheme = graphemeAt(text, i);
            i += grapheme.size();
            if (const auto whole = grapheme.size() < 6 ? m_charsmap.rewrite(grapheme) : std::nullopt) {
                result += *whole;
                continue;
            }
            for (size_t k = 0; k < grapheme.size();) {
                const std::string_view character = grapheme.substr(k, characterLength(grapheme[k]));
                result += m_charsmap.rewrite(character).value_or(character);
                k += character.size();
            }
        }
        return result;
    }

private:
    static std::string_view graphemeAt(std::string_view text, size_t begin)
    {
        size_t end = begin;
        auto previous = static_cast<utf8proc_int32_t>(takeCharacter(text, end));
        utf8proc_int32_t state = 0;
        for (size_t next = end; next < text.size(); end = next) {
            const auto c = static_cast<utf8proc_int32_t>(takeCharacter(text, next));
            if (utf8proc_grapheme_break_stateful(previous, c, &state))
                break;
            previous = c;
        }
        return text.substr(begin, end - begin);
    }

    Charsmap m_charsmap;
};

class Sequence final : public Normalizer {
public:
    explicit Sequence(std::vector<std::unique_ptr<const Normalizer>> steps)
        : m_steps(std::move(steps))
    {
    }

    std::string apply(std::string text) const override
    {
        for (const auto& step : m_steps)
            text = step->apply(std::move(text));
        return text;
    }

private:
    std::vector<std::unique_ptr<const Normalizer>> m_steps;
};

// As sentencepiece's "nmt" rules: control characters go, kinds of space and what cannot be seen become a
// space.
std::unique_ptr<const Normalizer> makeNmt()
{
    std::vector<std::unique_ptr<const Normalizer>> steps;
    steps.push_back(
        std::make_unique<Replace>(Regex("[\\x{1}-\\x{8}\\x{B}\\x{E}-\\x{1F}\\x{7F}\\x{8F}\\x{9F}]"), ""));
    steps.push_back(std::make_unique<Replace>(
        Regex("[\\x{9}\\x{A}\\x{C}\\x{D}\\x{1680}\\x{200B}-\\x{200F}\\x{2028}\\x{2029}\\x{2581}"
              "\\x{FEFF}\\x{FFFD}]"),
        " "));
    return std::make_unique<Sequence>(std::move(steps));
}

std::string fromBase64(const JsonField& field)
{
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string_view text = field.string();
    while (text.ends_with('='))
        text.remove_suffix(1);
    std::string bytes;
    uint32_t bits = 0;
    int count = 0;
    for (const char c : text) {
        const size_t digit = digits.find(c);
        if (digit == std::string_view::npos)
            field.fail("is not base64");
        bits = bits << 6 | static_cast<uint32_t>(digit);
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes += static_cast<char>(bits >> count & 0xFF);
        }
    }
    return bytes;
}

}

std::unique_ptr<const Normalizer> readNormalizer(const JsonField& field)
{
    const std::string type = field.at("type").string();
    if (type == "Sequence") {
        std::vector<std::unique_ptr<const Normalizer>> steps;
        for (const JsonField& step : field.at("normalizers").items())
            steps.push_back(readNormalizer(step));
        return std::make_unique<Sequence>(std::move(steps));
    }
    if (type == "NFC")
        return std::make_unique<UnicodeForm>(UTF8PROC_COMPOSE);
    if (type == "NFD")
        return std::make_unique<UnicodeForm>(UTF8PROC_DECOMPOSE);
    if (type == "NFKC")
        return std::make_unique<UnicodeForm>(UTF8PROC_COMPOSE | UTF8PROC_COMPAT);
    if (type == "NFKD")
        return std::make_unique<UnicodeForm>(UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT);
    if (type == "Lowercase")
        return std::make_unique<Lowercase>();
    if (type == "Prepend")
        return std::make_unique<Prepend>(field.at("prepend").string());
    if (type == "Replace")
        return std::make_unique<Replace>(readPattern(field.at("pattern")), field.at("content").string());
    if (type == "StripAccents")
        return std::make_unique<Replace>(Regex("\\p{M}"), "");
    if (type == "Nmt")
        return makeNmt();
    if (type == "Strip")
        return std::make_unique<Strip>(field.boolean("strip_left", true), field.boolean("strip_right", true));
    if (type == "ByteLevel")
        return std::make_unique<ByteLevel>();
    if (type == "Precompiled") {
        const JsonField blob = field.at("precompiled_charsmap");
        return std::make_unique<Precompiled>(Charsmap(fromBase64(blob), blob.where()));
    }
    field.fail("has the type " + inQuotes(type) + ", a normalizer that is not supported");
}

}
