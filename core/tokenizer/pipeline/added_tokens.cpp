#include "core/tokenizer/pipeline/added_tokens.h"

#include "core/tokenizer/pipeline/regex.h"
#include "core/tokenizer/utf8.h"

#include <algorithm>

namespace tiller {

namespace {

// As Rust's \w.
bool isWordAt(std::string_view text, size_t offset)
{
    static const Regex s_word("[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\x{200C}\\x{200D}]");
    return s_word.matchesAt(text, offset);
}

// Where the character before `offset` begins.
size_t before(std::string_view text, size_t offset)
{
    do
        --offset;
    while (offset > 0 && (static_cast<uint8_t>(text[offset]) & 0xC0) == 0x80);
    return offset;
}

bool isWholeWord(std::string_view text, TextRange range)
{
    return (range.begin == 0 || !isWordAt(text, before(text, range.begin)))
        && (range.end == text.size() || !isWordAt(text, range.end));
}

size_t skipSpaceBack(std::string_view text, size_t offset)
{
    while (offset > 0) {
        size_t at = before(text, offset);
        const size_t begin = at;
        if (!isWhiteSpace(takeCharacter(text, at)))
            break;
        offset = begin;
    }
    return offset;
}

size_t skipSpace(std::string_view text, size_t offset)
{
    for (size_t next = offset; next < text.size(); offset = next) {
        if (!isWhiteSpace(takeCharacter(text, next)))
            break;
    }
    return offset;
}

}

AddedTokenFinder::AddedTokenFinder(std::vector<AddedToken> tokens)
    : m_tokens(std::move(tokens))
    , m_trie(1)
{
    for (const AddedToken& token : m_tokens) {
        size_t node = 0;
        for (const char c : token.content) {
            const auto [edge, isNew] = m_trie[node].next.try_emplace(c, m_trie.size());
            node = edge->second;
            if (isNew)
                m_trie.emplace_back();
        }
        if (node == 0)
            continue;
        m_starts[static_cast<uint8_t>(token.content.front())] = true;
        if (!m_trie[node].token)
            m_trie[node].token = &token;
    }
}

const AddedToken* AddedTokenFinder::longestAt(std::string_view text, size_t offset) const
{
    const AddedToken* longest = nullptr;
    size_t node = 0;
    for (; offset < text.size(); ++offset) {
        const auto edge = m_trie[node].next.find(text[offset]);
        if (edge == m_trie[node].next.end())
            break;
        node = edge->second;
        if (m_trie[node].token)
            longest = m_trie[node].token;
    }
    return longest;
}

std::vector<Segment> AddedTokenFinder::split(std::string_view text, bool parseSpecial) const
{
    std::vector<Segment> segments;
    size_t end = 0; // of the last token, with the space it took
    for (size_t at = 0; at < text.size();) {
        const AddedToken* token = m_starts[static_cast<uint8_t>(text[at])] ? longestAt(text, at) : nullptr;
        if (!token) {
            ++at;
            continue;
        }
        TextRange range{at, at + token->content.size()};
        at = range.end;
        if ((token->special && !parseSpecial) || (token->singleWord && !isWholeWord(text, range)))
            continue;
        if (token->leftStrip)
            range.begin = std::max(end, skipSpaceBack(text, range.begin));
        if (token->rightStrip)
            range.end = skipSpace(text, range.end);
        if (range.begin >= range.end) // all of it went to the token before
            continue;
        if (end < range.begin)
            segments.push_back({{end, range.begin}, std::nullopt});
        segments.push_back({range, token->id});
        end = range.end;
    }
    if (end < text.size())
        segments.push_back({{end, text.size()}, std::nullopt});
    return segments;
}

}
