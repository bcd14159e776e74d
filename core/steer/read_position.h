#pragma once

#include "core/steer/rendering.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tiller {

/// Which tokens an activation is taken from.
struct ReadPosition {
    enum class Kind {
        Last,
        Mean, ///< all tokens but the first, which is an attention sink
        MeanText, ///< also without special and template tokens
        Completion, ///< mean of the tokens after the head
        LastN, ///< mean of the last n
        Index, ///< one token; negative counts from the end (CAA's answer letter is -2)
        First,
    };
    Kind kind = Kind::Completion;
    int n = 0; ///< for LastN and Index

    /// Positions read in this text, ascending. Throws Error when there is none (text too short).
    std::vector<int> positions(const RenderedText& text) const;
    bool operator==(const ReadPosition&) const = default;
};

ReadPosition parseReadPosition(
    std::string_view text); ///< "last", "mean", ..., "last:4", "index:-2"; else Error
std::string toString(const ReadPosition& position);

/// Where CAA (Rimsky et al. 2024) reads A/B items, from the letter that stands for the answer: "(A)" is read
/// at index:-2, "A" and " A" at the last token. Nothing unless all completions of the set are answers of one
/// of these forms. Holds for renderings that add no token at the end, which chat templates never do.
std::optional<ReadPosition> answerLetterPosition(const ContrastSet& set);

/// Where a set is read when nobody has said: `caa` at the answer's letter; the completion where some item has
/// a prompt or turns; else `mean`, as a text alone begins with the attention sink.
ReadPosition suggestedReadPosition(const ContrastSet& set, std::string_view method);

}
