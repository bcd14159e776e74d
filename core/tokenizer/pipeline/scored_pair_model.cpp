#include "core/tokenizer/pipeline/scored_pair_model.h"

#include "core/io/text.h"
#include "core/tokenizer/utf8.h"

#include <algorithm>
#include <cmath>

namespace tiller {

namespace {

constexpr size_t s_none = SIZE_MAX;

// A stretch of the run, linked to its neighbours; empty once it has been joined to the one before.
struct Symbol {
    size_t begin;
    size_t size;
    size_t previous;
    size_t next;
};

uint64_t join(char32_t left, char32_t right)
{
    return uint64_t{left} << 32 | right;
}

struct Pair {
    float score;
    size_t left; // its place among the symbols
    size_t size; // of both together when it was queued

    bool operator<(const Pair& other) const
    {
        return score < other.score || (score == other.score && left > other.left);
    }
};

}

ScoredPairModel::ScoredPairModel(
    Vocabulary vocabulary, std::vector<float> scores, std::optional<TokenId> unknown)
    : SegmentationModel(std::move(vocabulary))
    , m_scores(std::move(scores))
    , m_unknown(unknown)
{
    for (size_t byte = 0; byte < m_bytes.size(); ++byte)
        m_bytes[byte] = this->vocabulary().find(bytePiece(static_cast<uint8_t>(byte)));
    for (size_t id = 0; id < this->vocabulary().size(); ++id) {
        const std::string& text = this->vocabulary().piece(static_cast<TokenId>(id));
        if (text.empty() || !isUtf8(text) || std::isinf(m_scores[id]))
            continue;
        size_t i = 0;
        for (char32_t left = takeCharacter(text, i); i < text.size();) {
            const char32_t right = takeCharacter(text, i);
            m_neighbours.insert(join(left, right));
            left = right;
        }
    }
}

std::optional<TokenId> ScoredPairModel::candidate(std::string_view text) const
{
    const auto id = vocabulary().find(text);
    return id && !std::isinf(m_scores[static_cast<size_t>(*id)]) ? id : std::nullopt;
}

// No token crosses two characters that are neighbours in none, so what lies between such places, a word most
// often, can be looked at by itself. The queues stay short.
void ScoredPairModel::encode(std::string_view piece, std::vector<TokenId>& ids) const
{
    size_t begin = 0;
    char32_t left = 0;
    for (size_t i = 0; i < piece.size();) {
        const size_t at = i;
        const char32_t right = takeCharacter(piece, i);
        if (at > begin && !m_neighbours.contains(join(left, right))) {
            encodeRun(piece.substr(begin, at - begin), ids);
            begin = at;
        }
        left = right;
    }
    encodeRun(piece.substr(begin), ids);
}

void ScoredPairModel::encodeRun(std::string_view run, std::vector<TokenId>& ids) const
{
    std::vector<Symbol> symbols;
    symbols.reserve(run.size());
    for (size_t begin = 0; begin < run.size();) {
        const size_t size = characterLength(run[begin]);
        symbols.push_back({begin, size, symbols.size() - 1, symbols.size() + 1});
        begin += size;
    }
    if (symbols.empty())
        return;
    symbols.front().previous = s_none;
    symbols.back().next = s_none;

    std::vector<Pair> queue; // a heap, the best on top
    const auto offer = [&](size_t left) {
        const size_t right = left == s_none ? s_none : symbols[left].next;
        if (right == s_none)
            return false;
        const size_t size = symbols[left].size + symbols[right].size;
        const auto whole = candidate(run.substr(symbols[left].begin, size));
        if (whole)
            queue.push_back({m_scores[static_cast<size_t>(*whole)], left, size});
        return whole.has_value();
    };
    for (size_t i = 0; i < symbols.size(); ++i)
        offer(i);
    std::make_heap(queue.begin(), queue.end());

    while (!queue.empty()) {
        std::pop_heap(queue.begin(), queue.end());
        const Pair pair = queue.back();
        queue.pop_back();

        Symbol& left = symbols[pair.left];
        if (left.size == 0 || left.next == s_none || left.size + symbols[left.next].size != pair.size)
            continue; // one of the two has been joined since
        Symbol& right = symbols[left.next];
        left.size = pair.size;
        right.size = 0;
        left.next = right.next;
        if (left.next != s_none)
            symbols[left.next].previous = pair.left;
        for (const size_t neighbour : {left.previous, pair.left}) {
            if (offer(neighbour))
                std::push_heap(queue.begin(), queue.end());
        }
    }

    for (size_t i = 0; i != s_none; i = symbols[i].next) {
        const std::string_view text = run.substr(symbols[i].begin, symbols[i].size);
        if (const auto id = candidate(text))
            ids.push_back(*id);
        else
            appendBytes(text, ids);
    }
}

void ScoredPairModel::appendBytes(std::string_view character, std::vector<TokenId>& ids) const
{
    const auto byteId = [&](char c) { return m_bytes[static_cast<uint8_t>(c)]; };
    if (std::ranges::all_of(character, [&](char c) { return byteId(c).has_value(); })) {
        for (const char c : character)
            ids.push_back(*byteId(c));
    } else if (m_unknown) {
        ids.push_back(*m_unknown);
    }
}

}
