#pragma once

#include "core/tokenizer/pipeline/segmentation_model.h"

#include <array>

namespace tiller {

/// Byte-pair encoding: characters are joined pair by pair, always the pair whose merge stands first in the
/// file, the leftmost where it occurs twice. Follows the `tokenizers` library.
class BytePairModel final : public SegmentationModel {
public:
    struct Options {
        std::optional<TokenId> unknown; ///< for characters outside the vocabulary; none: they vanish
        bool fuseUnknown = false; ///< neighbours become one unknown
        bool byteFallback = false; ///< their bytes <0xHH> instead, where the vocabulary has them
        bool ignoreMerges = false; ///< a piece that is a token stays whole
        std::string continuingPrefix; ///< stands before each character of a piece but the first
        std::string endSuffix; ///< stands after the last
    };

    BytePairModel(Vocabulary vocabulary, Options options);

    /// In the order of the file. Throws Error (starting with `where`) when a part or the whole is no token.
    /// The whole does not repeat the continuing prefix of its right part.
    void addMerge(std::string_view left, std::string_view right, const std::string& where);

    void encode(std::string_view piece, std::vector<TokenId>& ids) const override;

private:
    struct Merge {
        uint32_t rank;
        TokenId whole;
    };

    std::vector<TokenId> characters(std::string_view piece) const;
    const Merge* findMerge(TokenId left, TokenId right) const;

    Options m_options;
    bool m_hasAffixes;
    std::array<std::optional<TokenId>, 256> m_bytes;
    std::unordered_map<uint64_t, Merge> m_merges; ///< by both ids
    uint32_t m_nextRank = 0;
};

}
