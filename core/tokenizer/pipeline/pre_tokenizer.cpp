#include "core/tokenizer/pipeline/pre_tokenizer.h"

#include "core/io/text.h"
#include "core/tokenizer/pipeline/byte_alphabet.h"
#include "core/tokenizer/pipeline/pattern.h"

#include <algorithm>

namespace tiller {

namespace {

enum class Behavior { Removed, Isolated, Contiguous, MergedWithPrevious, MergedWithNext };

struct Part {
    TextRange range;
    bool isDelimiter;
};

// The parts that are kept: delimiters joined with what they belong to, as the behavior says.
void arrange(std::vector<Part>& parts, Behavior behavior)
{
    const bool backwards = behavior == Behavior::MergedWithNext;
    if (behavior == Behavior::Isolated)
        return;
    if (behavior == Behavior::Removed) {
        std::erase_if(parts, [](const Part& p) { return p.isDelimiter; });
        return;
    }
    if (backwards)
        std::ranges::reverse(parts);
    std::vector<Part> joined;
    bool wasDelimiter = false;
    for (const Part& p : parts) {
        const bool joins = behavior == Behavior::Contiguous ? p.isDelimiter == wasDelimiter
                                                            : p.isDelimiter && !wasDelimiter;
        if (!joins || joined.empty())
            joined.push_back(p);
        else if (backwards)
            joined.back().range.begin = p.range.begin;
        else
            joined.back().range.end = p.range.end;
        wasDelimiter = p.isDelimiter;
    }
    if (backwards)
        std::ranges::reverse(joined);
    parts = std::move(joined);
}

class Splitter {
public:
    Splitter(Regex pattern, Behavior behavior, bool invert)
        : m_pattern(std::move(pattern))
        , m_behavior(behavior)
        , m_invert(invert)
    {
    }

    void split(std::vector<Piece>& pieces) const
    {
        std::vector<Piece> result;
        result.reserve(pieces.size());
        std::vector<TextRange> matches;
        std::vector<Part> parts;
        for (Piece& piece : pieces) {
            const std::string_view text = piece.text;
            m_pattern.findAll(text, matches);
            if (matches.empty() && (!m_invert || m_behavior != Behavior::Removed)) {
                result.push_back(std::move(piece));
                continue;
            }
            parts.clear();
            size_t end = 0;
            for (const TextRange& m : matches) {
                if (end < m.begin)
                    parts.push_back({{end, m.begin}, m_invert});
                if (m.begin < m.end)
                    parts.push_back({m, !m_invert});
                end = m.end;
            }
            if (end < text.size())
                parts.push_back({{end, text.size()}, m_invert});
            arrange(parts, m_behavior);
            for (const auto& [range, isDelimiter] : parts) {
                result.push_back({std::string(range.of(text)), piece.startsText && range.begin == 0});
            }
        }
        pieces = std::move(result);
    }

private:
    Regex m_pattern;
    Behavior m_behavior;
    bool m_invert;
};

class Split final : public PreTokenizer {
public:
    explicit Split(Splitter splitter)
        : m_splitter(std::move(splitter))
    {
    }

    void split(std::vector<Piece>& pieces) const override { m_splitter.split(pieces); }

private:
    Splitter m_splitter;
};

class ByteLevel final : public PreTokenizer {
public:
    ByteLevel(bool addPrefixSpace, bool useRegex)
        : m_addPrefixSpace(addPrefixSpace)
    {
        if (useRegex)
            m_splitter.emplace(Regex(gpt2Expression), Behavior::Isolated, false);
    }

    void split(std::vector<Piece>& pieces) const override
    {
        if (m_addPrefixSpace) {
            for (Piece& piece : pieces) {
                if (!piece.text.starts_with(' '))
                    piece.text.insert(0, 1, ' ');
            }
        }
        if (m_splitter)
            m_splitter->split(pieces);
        for (Piece& piece : pieces)
            piece.text = toByteAlphabet(piece.text);
    }

private:
    bool m_addPrefixSpace;
    std::optional<Splitter> m_splitter;
};

class Metaspace final : public PreTokenizer {
public:
    enum class Scheme { First, Always, Never };

    Metaspace(std::string replacement, Scheme scheme, bool split)
        : m_replacement(std::move(replacement))
        , m_scheme(scheme)
        , m_space(Regex::literal(" "))
    {
        if (split)
            m_splitter.emplace(Regex::literal(m_replacement), Behavior::MergedWithNext, false);
    }

    void split(std::vector<Piece>& pieces) const override
    {
        for (Piece& piece : pieces) {
            piece.text = m_space.replaceAll(piece.text, m_replacement);
            const bool mayPrepend
                = m_scheme == Scheme::Always || (m_scheme == Scheme::First && piece.startsText);
            if (mayPrepend && !piece.text.starts_with(m_replacement))
                piece.text.insert(0, m_replacement);
        }
        if (m_splitter)
            m_splitter->split(pieces);
    }

private:
    std::string m_replacement;
    Scheme m_scheme;
    Regex m_space;
    std::optional<Splitter> m_splitter;
};

class Sequence final : public PreTokenizer {
public:
    explicit Sequence(std::vector<std::unique_ptr<const PreTokenizer>> steps)
        : m_steps(std::move(steps))
    {
    }

    void split(std::vector<Piece>& pieces) const override
    {
        for (const auto& step : m_steps)
            step->split(pieces);
    }

private:
    std::vector<std::unique_ptr<const PreTokenizer>> m_steps;
};

Behavior readBehavior(const JsonField& field)
{
    const std::string& name = field.string();
    if (name == "Removed")
        return Behavior::Removed;
    if (name == "Isolated")
        return Behavior::Isolated;
    if (name == "Contiguous")
        return Behavior::Contiguous;
    if (name == "MergedWithPrevious")
        return Behavior::MergedWithPrevious;
    if (name == "MergedWithNext")
        return Behavior::MergedWithNext;
    field.fail("is " + inQuotes(name) + ", which is not supported");
}

std::unique_ptr<const PreTokenizer> readMetaspace(const JsonField& field)
{
    const std::string replacement = field.string("replacement", "\u2581");
    if (replacement.empty())
        field.at("replacement").fail("is empty");
    // Files from before prepend_scheme say only whether.
    const std::string scheme
        = field.string("prepend_scheme", field.boolean("add_prefix_space", true) ? "always" : "never");
    if (scheme != "first" && scheme != "always" && scheme != "never")
        field.at("prepend_scheme").fail("is " + inQuotes(scheme) + ", which is not supported");
    return std::make_unique<Metaspace>(replacement,
        scheme == "first"        ? Metaspace::Scheme::First
            : scheme == "always" ? Metaspace::Scheme::Always
                                 : Metaspace::Scheme::Never,
        field.boolean("split", true));
}

Regex punctuation()
{
    return Regex("[!-/:-@\\[-`{-~\\p{P}]");
}

std::unique_ptr<const PreTokenizer> makeSplit(Regex pattern, Behavior behavior, bool invert = false)
{
    return std::make_unique<Split>(Splitter(std::move(pattern), behavior, invert));
}

}

std::unique_ptr<const PreTokenizer> readPreTokenizer(const JsonField& field)
{
    const std::string type = field.at("type").string();
    if (type == "Sequence") {
        std::vector<std::unique_ptr<const PreTokenizer>> steps;
        for (const JsonField& step : field.at("pretokenizers").items())
            steps.push_back(readPreTokenizer(step));
        return std::make_unique<Sequence>(std::move(steps));
    }
    if (type == "ByteLevel")
        return std::make_unique<ByteLevel>(
            field.boolean("add_prefix_space", true), field.boolean("use_regex", true));
    if (type == "Split")
        return makeSplit(readPattern(field.at("pattern")), readBehavior(field.at("behavior")),
            field.boolean("invert", false));
    if (type == "Digits") {
        return makeSplit(Regex("\\p{N}"),
            field.boolean("individual_digits", false) ? Behavior::Isolated : Behavior::Contiguous);
    }
    if (type == "Punctuation") {
        const auto behavior = field.find("behavior");
        return makeSplit(punctuation(), behavior ? readBehavior(*behavior) : Behavior::Isolated);
    }
    if (type == "BertPreTokenizer") {
        std::vector<std::unique_ptr<const PreTokenizer>> steps;
        steps.push_back(makeSplit(Regex("\\s"), Behavior::Removed));
        steps.push_back(makeSplit(punctuation(), Behavior::Isolated));
        return std::make_unique<Sequence>(std::move(steps));
    }
    if (type == "Whitespace") {
        constexpr std::string_view word
            = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\x{200C}\\x{200D}"; // Rust's \w
        return makeSplit(Regex(std::string("[").append(word).append("]+|[^\\s").append(word).append("]+")),
            Behavior::Removed, true);
    }
    if (type == "WhitespaceSplit")
        return makeSplit(Regex("\\s"), Behavior::Removed);
    if (type == "Metaspace")
        return readMetaspace(field);
    field.fail("has the type " + inQuotes(type) + ", a pre-tokenizer that is not supported");
}

std::unique_ptr<const PreTokenizer> makeByteLevelPreTokenizer(
    const std::vector<std::string_view>& expressions)
{
    std::vector<std::unique_ptr<const PreTokenizer>> steps;
    for (const std::string_view expression : expressions)
        steps.push_back(makeSplit(Regex(expression), Behavior::Isolated));
    steps.push_back(std::make_unique<ByteLevel>(false, false));
    return std::make_unique<Sequence>(std::move(steps));
}

}
