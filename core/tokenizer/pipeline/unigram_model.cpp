#include "core/tokenizer/pipeline/unigram_model.h"

#include "core/base/error.h"
#include "core/io/text.h"
#include "core/tokenizer/pipeline/text_range.h"
#include "core/tokenizer/utf8.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <ranges>

namespace tiller {

namespace {

constexpr double s_unknownPenalty = 10;
constexpr double s_largestScore = 100'000; // beyond it sentencepiece starts again from zero, to stay precise

// The best way to reach a position of the piece.
struct Arrival {
    double score = 0;
    size_t begin = 0;
    TokenId id = 0;
    bool isReached = false;
};

}

UnigramModel::UnigramModel(Vocabulary vocabulary, std::vector<double> scores, Options options)
    : SegmentationModel(std::move(vocabulary))
    , m_scores(std::move(scores))
    , m_options(options)
{
    double worst = std::numeric_limits<double>::infinity();
    for (size_t id = 0; id < this->vocabulary().size(); ++id) {
        const std::string& text = this->vocabulary().piece(static_cast<TokenId>(id));
        if (text.empty() || std::isinf(m_scores[id]))
            continue;
        m_sorted.emplace_back(text, static_cast<TokenId>(id));
        worst = std::min(worst, m_scores[id]);
    }
    m_unknownScore = rounded(worst - s_unknownPenalty);
    std::ranges::sort(m_sorted);
}

double UnigramModel::rounded(double score) const
{
    return m_options.rules == Rules::SentencePiece ? static_cast<double>(static_cast<float>(score)) : score;
}

void UnigramModel::encode(std::string_view piece, std::vector<TokenId>& ids) const
{
    std::vector<Arrival> arrivals(piece.size() + 1);
    size_t frontier = 0; // the last position that was reached
    const auto arrive = [&](size_t begin, size_t end, TokenId id, double score) {
        Arrival& arrival = arrivals[end];
        score = rounded(score + arrivals[begin].score);
        frontier = std::max(frontier, end);
        if (!arrival.isReached || score > arrival.score)
            arrival = {score, begin, id, true};
    };

    for (size_t begin = 0; begin < piece.size();) {
        const size_t next = begin + characterLength(piece[begin]);
        if (m_options.rules == Rules::SentencePiece && std::abs(arrivals[begin].score) > s_largestScore) {
            const double offset = arrivals[begin].score;
            for (size_t i = begin; i <= frontier; ++i)
                arrivals[i].score = rounded(arrivals[i].score - offset);
        }
        bool isKnown = false; // some token is just this character
        // The pieces that agree with the text so far stand side by side; each byte narrows the range.
        auto low = m_sorted.begin();
        auto high = m_sorted.end();
        for (size_t end = begin + 1; end <= piece.size() && low != high; ++end) {
            const size_t depth = end - begin - 1;
            const auto byte = [&](const auto& entry) {
                return entry.first.size() > depth ? static_cast<uint8_t>(entry.first[depth]) : -1;
            };
            const auto range
                = std::ranges::equal_range(low, high, static_cast<uint8_t>(piece[end - 1]), {}, byte);
            low = range.begin();
            high = range.end();
            if (low == high || low->first.size() != depth + 1)
                continue;
            arrive(begin, end, low->second, m_scores[static_cast<size_t>(low->second)]);
            isKnown = isKnown || end == next;
        }
        if (!isKnown) {
            if (!m_options.unknown)
                throw Error("the tokenizer has no token for " + inQuotes(piece.substr(begin, next - begin)));
            arrive(begin, next, *m_options.unknown, m_unknownScore);
        }
        begin = next;
    }

    struct Part {
        TextRange range;
        std::optional<TokenId> id; // none: unknown
    };
    std::vector<Part> path; // from the end
    for (size_t end = piece.size(); end > 0; end = arrivals[end].begin) {
        const Arrival& arrival = arrivals[end];
        const bool isUnknown = m_options.unknown && arrival.id == *m_options.unknown;
        if (isUnknown && !path.empty() && !path.back().id)
            path.back().range.begin = arrival.begin;
        else
            path.push_back({{arrival.begin, end}, isUnknown ? std::nullopt : std::optional(arrival.id)});
    }
    for (const auto& [range, id] : std::views::reverse(path)) {
        if (id)
            ids.push_back(*id);
        else
            appendUnknown(range.of(piece), ids);
    }
}

void UnigramModel::appendUnknown(std::string_view text, std::vector<TokenId>& ids) const
{
    if (m_options.rules == Rules::Tokenizers) {
        if (const auto id = vocabulary().find(text)) {
            ids.push_back(*id);
            return;
        }
    }
    std::vector<TokenId> bytes;
    for (const char c : text) {
        const auto id
            = m_options.byteFallback ? vocabulary().find(bytePiece(static_cast<uint8_t>(c))) : std::nullopt;
        if (!id) {
            ids.push_back(*m_options.unknown);
            return;
        }
        bytes.push_back(*id);
    }
    ids.insert(ids.end(), bytes.begin(), bytes.end());
}

}
