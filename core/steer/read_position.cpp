#include "core/steer/read_position.h"

#include "core/base/error.h"
#include "core/io/text.h"

#include <algorithm>
#include <charconv>
#include <numeric>

namespace tiller {

namespace {

using Kind = ReadPosition::Kind;

constexpr std::pair<Kind, std::string_view> s_names[] = {
    {Kind::Last, "last"},
    {Kind::Mean, "mean"},
    {Kind::MeanText, "mean_text"},
    {Kind::Completion, "completion"},
    {Kind::First, "first"},
    {Kind::LastN, "last:"},
    {Kind::Index, "index:"},
};

std::optional<int> parseInt(std::string_view text)
{
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

std::vector<int> range(int begin, int end)
{
    std::vector<int> result(static_cast<size_t>(std::max(0, end - begin)));
    std::iota(result.begin(), result.end(), begin);
    return result;
}

// Tokens from the end to the answer letter, counted from 1; nothing when this is no answer letter. The letter
// may share its token with what stands before it, but no tokenizer of the field joins it with the bracket
// after it.
std::optional<int> letterFromEnd(const ContrastText& answer)
{
    const bool isTurn = !answer.turns.empty();
    if (isTurn && answer.turns.back().role != "assistant")
        return std::nullopt;
    std::string_view text = isTurn ? answer.turns.back().content : answer.text;
    for (const char before : {' ', '('})
        if (text.starts_with(before))
            text.remove_prefix(1);
    const auto isLetter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
    if (text.empty() || !isLetter(text[0]))
        return std::nullopt;
    if (text.size() == 1)
        return 1;
    return text.substr(1) == ")" ? std::optional(2) : std::nullopt;
}

std::string tokens(int count)
{
    return count == 1 ? "1 token" : std::to_string(count) + " tokens";
}

}

std::vector<int> ReadPosition::positions(const RenderedText& text) const
{
    const int length = static_cast<int>(text.ids.size());
    const std::string asked = "read position '" + toString(*this) + "'";
    if (length == 0)
        throw Error(asked + ": the text has no tokens");

    switch (kind) {
    case Kind::First:
        return {0};
    case Kind::Last:
        return {length - 1};
    case Kind::Mean:
        if (length == 1)
            throw Error(asked + " leaves out the first token, and the text has no other",
                "Use a longer text, or the read position 'last'.");
        return range(1, length);
    case Kind::MeanText: {
        auto result = range(1, length);
        std::erase_if(result, [&](int i) { return text.isTemplate.at(static_cast<size_t>(i)); });
        if (result.empty())
            throw Error(asked
                    + " leaves out the first, the special and the template tokens, and the text has no "
                      "others",
                "Use a longer text, or the read position 'last'.");
        return result;
    }
    case Kind::Completion:
        if (text.headLength >= length)
            throw Error(asked + ": the text has no completion after its prompt",
                "Give the item an answer, or use the read position 'last'.");
        return range(text.headLength, length);
    case Kind::LastN:
        if (n < 1 || n > length)
            throw Error(asked + " does not exist in a text of " + tokens(length), "Use a smaller number.");
        return range(length - n, length);
    case Kind::Index: {
        const int64_t position = n < 0 ? int64_t{length} + n : n;
        if (position < 0 || position >= length)
            throw Error(asked + " does not exist in a text of " + tokens(length),
                "Positions count from 0, or from -1 at the end.");
        return {static_cast<int>(position)};
    }
    }
    throw Error(asked + " is not known");
}

ReadPosition parseReadPosition(std::string_view text)
{
    for (const auto& [kind, name] : s_names) {
        if (!name.ends_with(':')) {
            if (text == name)
                return {kind, 0};
            continue;
        }
        if (!text.starts_with(name))
            continue;
        const auto n = parseInt(text.substr(name.size()));
        if (!n || (kind == Kind::LastN && *n < 1))
            throw Error("read position " + inQuotes(text) + ": "
                    + (kind == Kind::LastN ? "expected a number from 1 after 'last:'"
                                           : "expected a whole number after 'index:'"),
                "For example last:4 or index:-2.");
        return {kind, *n};
    }
    throw Error("read position " + inQuotes(text) + " is not known",
        "Use last, mean, mean_text, completion, last:N, index:I or first.");
}

std::string toString(const ReadPosition& position)
{
    for (const auto& [kind, name] : s_names)
        if (kind == position.kind)
            return std::string(name) + (name.ends_with(':') ? std::to_string(position.n) : "");
    return {};
}

std::optional<ReadPosition> answerLetterPosition(const ContrastSet& set)
{
    std::vector<std::optional<int>> found;
    for (const ContrastPair& pair : set.pairs) {
        found.push_back(letterFromEnd(pair.positive));
        found.push_back(letterFromEnd(pair.negative));
    }
    for (const LabelledExample& example : set.labelled)
        found.push_back(letterFromEnd(example.text));
    if (found.empty() || !found.front()
        || std::ranges::any_of(found, [&](auto n) { return n != found.front(); }))
        return std::nullopt;
    if (*found.front() == 1)
        return ReadPosition{ReadPosition::Kind::Last, 0};
    return ReadPosition{ReadPosition::Kind::Index, -*found.front()};
}

ReadPosition suggestedReadPosition(const ContrastSet& set, std::string_view method)
{
    if (method == "caa")
        if (const auto letter = answerLetterPosition(set))
            return *letter;
    const bool hasHeads = std::ranges::any_of(set.pairs, [](const ContrastPair& pair) {
        return !pair.prompt.empty() || !pair.positive.turns.empty() || !pair.negative.turns.empty();
    }) || std::ranges::any_of(set.labelled, [](const LabelledExample& example) {
        return !example.text.turns.empty();
    });
    return {hasHeads ? ReadPosition::Kind::Completion : ReadPosition::Kind::Mean, 0};
}

}
