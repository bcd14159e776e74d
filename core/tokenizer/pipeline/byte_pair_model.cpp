#include "core/tokenizer/pipeline/byte_pair_model.h"

#include "core/base/error.h"
#include "core/io/text.h"
#include "core/tokenizer/utf8.h"

#include <algorithm>
#include <functional>

namespace tiller {

namespace {

uint64_t join(uint32_t high, uint32_t low)
{
    return static_cast<uint64_t>(high) << 32 | low;
}

// One token of the piece, linked to its neighbours; -1: none.
struct Symbol {
    TokenId id;
    int32_t previous;
    int32_t next;
};

constexpr TokenId s_gone = -1;

}

BytePairModel::BytePairModel(Vocabulary vocabulary, Options options)
    : SegmentationModel(std::move(vocabulary))
    , m_options(std::move(options))
    , m_hasAffixes(!m_options.continuingPrefix.empty() || !m_options.endSuffix.empty())
{
    for (size_t byte = 0; byte < m_bytes.size(); ++byte)
        m_bytes[byte] = this->vocabulary().find(bytePiece(static_cast<uint8_t>(byte)));
}

void BytePairModel::addMerge(std::string_view left, std::string_view right, const std::string& where)
{
    const auto id = [&](std::string_view piece) {
        if (const auto found = vocabulary().find(piece))
            return *found;
        throw Error(where + ": the merge of " + inQuotes(left) + " and " + inQuotes(right)
            + " needs the token " + inQuotes(piece) + ", which the vocabulary does not have");
    };
    const uint64_t key = join(static_cast<uint32_t>(id(left)), static_cast<uint32_t>(id(right)));
    if (!right.starts_with(m_options.continuingPrefix))
        throw Error(where + ": the right part of the merge of " + inQuotes(left) + " and " + inQuotes(right)
            + " does not start with " + inQuotes(m_options.continuingPrefix));
    const auto whole = std::string(left).append(right.substr(m_options.continuingPrefix.size()));
    m_merges.insert_or_assign(key, Merge{m_nextRank++, id(whole)});
}

const BytePairModel::Merge* BytePairModel::findMerge(TokenId left, TokenId right) const
{
    const auto found = m_merges.find(join(static_cast<uint32_t>(left), static_cast<uint32_t>(right)));
    return found == m_merges.end() ? nullptr : &found->second;
}

std::vector<TokenId> BytePairModel::characters(std::string_view piece) const
{
    std::vector<TokenId> ids;
    ids.reserve(piece.size());
    bool isUnknownPending = false; // kept back, so that the next one can be fused with it
    const auto flush = [&] {
        if (isUnknownPending)
            ids.push_back(*m_options.unknown);
        isUnknownPending = false;
    };
    std::string affixed;
    for (size_t i = 0; i < piece.size();) {
        std::string_view character = piece.substr(i, characterLength(piece[i]));
        const bool isFirst = i == 0;
        i += character.size();
        if (m_hasAffixes) {
            affixed = isFirst ? "" : m_options.continuingPrefix;
            affixed.append(character).append(i == piece.size() ? m_options.endSuffix : "");
            character = affixed;
        }
        if (const auto id = vocabulary().find(character)) {
            flush();
            ids.push_back(*id);
            continue;
        }
        const auto byteId = [&](char c) { return m_bytes[static_cast<uint8_t>(c)]; };
        if (m_options.byteFallback
            && std::ranges::all_of(character, [&](char c) { return byteId(c).has_value(); })) {
            for (const char c : character)
                ids.push_back(*byteId(c));
        } else if (m_options.unknown) {
            if (!m_options.fuseUnknown)
                flush();
            isUnknownPending = true;
        }
    }
    flush();
    return ids;
}

void BytePairModel::encode(std::string_view piece, std::vector<TokenId>& ids) const
{
    if (m_options.ignoreMerges) {
        if (const auto whole = vocabulary().find(piece)) {
            ids.push_back(*whole);
            return;
        }
    }

    const std::vector<TokenId> start = characters(piece);
    std::vector<Symbol> symbols(start.size());
    std::vector<uint64_t> queue; // a heap of (rank, position), the smallest on top
    const auto offer = [&](int32_t left) {
        const int32_t right = left < 0 ? -1 : symbols[static_cast<size_t>(left)].next;
        if (right < 0)
            return false;
        const Merge* merge
            = findMerge(symbols[static_cast<size_t>(left)].id, symbols[static_cast<size_t>(right)].id);
        if (merge)
            queue.push_back(join(merge->rank, static_cast<uint32_t>(left)));
        return merge != nullptr;
    };
    const auto count = static_cast<int32_t>(symbols.size());
    for (int32_t i = 0; i < count; ++i)
        symbols[static_cast<size_t>(i)] = {start[static_cast<size_t>(i)], i - 1, i + 1 < count ? i + 1 : -1};
    for (int32_t i = 0; i < count; ++i)
        offer(i);
    std::ranges::make_heap(queue, std::greater());

    while (!queue.empty()) {
        std::ranges::pop_heap(queue, std::greater());
        const auto rank = static_cast<uint32_t>(queue.back() >> 32);
        const auto at = static_cast<int32_t>(queue.back() & UINT32_MAX);
        queue.pop_back();

        Symbol& left = symbols[static_cast<size_t>(at)];
        if (left.id == s_gone || left.next < 0)
            continue;
        Symbol& right = symbols[static_cast<size_t>(left.next)];
        const Merge* merge = findMerge(left.id, right.id);
        if (!merge || merge->rank != rank) // the pair has changed since it was queued
            continue;
        left.id = merge->whole;
        right.id = s_gone;
        left.next = right.next;
        if (left.next >= 0)
            symbols[static_cast<size_t>(left.next)].previous = at;
        for (const int32_t pair : {left.previous, at}) {
            if (offer(pair))
                std::ranges::push_heap(queue, std::greater());
        }
    }

    for (const Symbol& symbol : symbols) {
        if (symbol.id != s_gone)
            ids.push_back(symbol.id);
    }
}

}
