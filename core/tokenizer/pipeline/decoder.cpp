#include "core/tokenizer/pipeline/decoder.h"

#include "core/io/text.h"
#include "core/tokenizer/pipeline/byte_alphabet.h"
#include "core/tokenizer/pipeline/pattern.h"
#include "core/tokenizer/pipeline/vocabulary.h"
#include "core/tokenizer/utf8_stream.h"

namespace tiller {

namespace {

std::string joined(const std::vector<std::string>& parts)
{
    std::string text;
    for (const std::string& part : parts)
        text += part;
    return text;
}

// Replaces every `from`.
std::string substituted(std::string_view text, std::string_view from, std::string_view to)
{
    std::string result;
    size_t begin = 0;
    for (size_t at = text.find(from); at != std::string_view::npos; at = text.find(from, begin)) {
        result += text.substr(begin, at - begin);
        result += to;
        begin = at + from.size();
    }
    return result += text.substr(begin);
}

class ByteLevel final : public Decoder {
public:
    std::vector<std::string> apply(std::vector<std::string> tokens) const override
    {
        std::string bytes;
        for (const std::string& token : tokens)
            bytes += fromByteAlphabet(token);
        return {sanitizeUtf8(bytes)};
    }

    std::string bytesOf(std::string token) const override { return fromByteAlphabet(token); }
};

// <0xHH>: runs of them are characters, or one U+FFFD for each byte where they are not.
class ByteFallback final : public Decoder {
public:
    std::vector<std::string> apply(std::vector<std::string> tokens) const override
    {
        std::vector<std::string> result;
        std::string bytes;
        const auto flush = [&] {
            if (!isUtf8(bytes))
                result.insert(result.end(), bytes.size(), "\uFFFD");
            else if (!bytes.empty())
                result.push_back(bytes);
            bytes.clear();
        };
        for (std::string& token : tokens) {
            if (const auto byte = byteOfPiece(token)) {
                bytes += static_cast<char>(*byte);
                continue;
            }
            flush();
            result.push_back(std::move(token));
        }
        flush();
        return result;
    }

    std::string bytesOf(std::string token) const override
    {
        const auto byte = byteOfPiece(token);
        return byte ? std::string(1, static_cast<char>(*byte)) : token;
    }
};

class Metaspace final : public Decoder {
public:
    Metaspace(std::string replacement, bool prepends)
        : m_replacement(std::move(replacement))
        , m_prepends(prepends)
    {
    }

    std::vector<std::string> apply(std::vector<std::string> tokens) const override
    {
        for (size_t i = 0; i < tokens.size(); ++i)
            tokens[i] = substituted(tokens[i], m_replacement, i == 0 && m_prepends ? "" : " ");
        return tokens;
    }

    std::string bytesOf(std::string token) const override { return substituted(token, m_replacement, " "); }

private:
    std::string m_replacement;
    bool m_prepends;
};

class Replace final : public Decoder {
public:
    Replace(Regex pattern, std::string content)
        : m_pattern(std::move(pattern))
        , m_content(std::move(content))
    {
    }

    std::vector<std::string> apply(std::vector<std::string> tokens) const override
    {
        for (std::string& token : tokens)
            token = bytesOf(std::move(token));
        return tokens;
    }

    std::string bytesOf(std::string token) const override { return m_pattern.replaceAll(token, m_content); }

private:
    Regex m_pattern;
    std::string m_content;
};

class Fuse final : public Decoder {
public:
    std::vector<std::string> apply(std::vector<std::string> tokens) const override
    {
        return {joined(tokens)};
    }
    std::string bytesOf(std::string token) const override { return token; }
};

// Takes a character off the ends of each part, so many times at most.
class Strip final : public Decoder {
public:
    Strip(std::string character, size_t start, size_t stop)
        : m_character(std::move(character))
        , m_start(start)
        , m_stop(stop)
    {
    }

    std::vector<std::string> apply(std::vector<std::string> tokens) const override
    {
        for (std::string& token : tokens) {
            std::string_view text = token;
            for (size_t i = 0; i < m_start && text.starts_with(m_character); ++i)
                text.remove_prefix(m_character.size());
            for (size_t i = 0; i < m_stop && text.ends_with(m_character); ++i)
                text.remove_suffix(m_character.size());
            token = std::string(text);
        }
        return tokens;
    }

    std::string bytesOf(std::string token) const override { return token; }

private:
    std::string m_character;
    size_t m_start;
    size_t m_stop;
};

// What ends a word becomes the space after it.
class EndOfWord final : public Decoder {
public:
    explicit EndOfWord(std::string suffix)
        : m_suffix(std::move(suffix))
    {
    }

    std::vector<std::string> apply(std::vector<std::string> tokens) const override
    {
        for (size_t i = 0; i < tokens.size(); ++i)
            tokens[i] = substituted(tokens[i], m_suffix, i + 1 == tokens.size() ? "" : " ");
        return tokens;
    }

    std::string bytesOf(std::string token) const override { return substituted(token, m_suffix, " "); }

private:
    std::string m_suffix;
};

class Sequence final : public Decoder {
public:
    explicit Sequence(std::vector<std::unique_ptr<const Decoder>> steps)
        : m_steps(std::move(steps))
    {
    }

    std::vector<std::string> apply(std::vector<std::string> tokens) const override
    {
        for (const auto& step : m_steps)
            tokens = step->apply(std::move(tokens));
        return tokens;
    }

    std::string bytesOf(std::string token) const override
    {
        for (const auto& step : m_steps)
            token = step->bytesOf(std::move(token));
        return token;
    }

private:
    std::vector<std::unique_ptr<const Decoder>> m_steps;
};

size_t readCount(const JsonField& field)
{
    const int64_t count = field.integer();
    if (count < 0)
        field.fail("is negative");
    return static_cast<size_t>(count);
}

}

std::unique_ptr<const Decoder> readDecoder(const JsonField& field)
{
    const std::string type = field.at("type").string();
    if (type == "Sequence") {
        std::vector<std::unique_ptr<const Decoder>> steps;
        for (const JsonField& step : field.at("decoders").items())
            steps.push_back(readDecoder(step));
        return std::make_unique<Sequence>(std::move(steps));
    }
    if (type == "ByteLevel")
        return makeByteLevelDecoder();
    if (type == "ByteFallback")
        return std::make_unique<ByteFallback>();
    if (type == "Fuse")
        return std::make_unique<Fuse>();
    if (type == "Metaspace") {
        const std::string replacement = field.string("replacement", "\u2581");
        if (replacement.empty())
            field.at("replacement").fail("is empty");
        const std::string scheme
            = field.string("prepend_scheme", field.boolean("add_prefix_space", true) ? "always" : "never");
        return std::make_unique<Metaspace>(replacement, scheme != "never");
    }
    if (type == "Replace")
        return std::make_unique<Replace>(readPattern(field.at("pattern")), field.at("content").string());
    if (type == "BPEDecoder") {
        const std::string suffix = field.string("suffix", "</w>");
        if (suffix.empty())
            field.at("suffix").fail("is empty");
        return std::make_unique<EndOfWord>(suffix);
    }
    if (type == "Strip") {
        const JsonField content = field.at("content");
        if (content.string().empty())
            content.fail("is empty");
        return std::make_unique<Strip>(
            content.string(), readCount(field.at("start")), readCount(field.at("stop")));
    }
    field.fail("has the type " + inQuotes(type) + ", a decoder that is not supported");
}

std::unique_ptr<const Decoder> makeByteLevelDecoder()
{
    return std::make_unique<ByteLevel>();
}

}
