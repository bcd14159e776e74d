#pragma once

#include "core/tokenizer/pipeline/segmentation_model.h"

#include <array>
#include <unordered_set>

namespace tiller {

/// SentencePiece's byte-pair encoding: characters are joined pair by pair, always the pair that makes the
/// token with the best score, the leftmost where there are several. What is no token in the end becomes its
/// bytes <0xHH>. Follows llama.cpp, src/llama-vocab.cpp, llm_tokenizer_spm.
class ScoredPairModel final : public SegmentationModel {
public:
    /// One score for each id; minus infinity for a token that no text is joined to. Characters without a
    /// token whose bytes the vocabulary lacks become `unknown`, or vanish.
    ScoredPairModel(Vocabulary vocabulary, std::vector<float> scores, std::optional<TokenId> unknown);

    void encode(std::string_view piece, std::vector<TokenId>& ids) const override;

private:
    std::optional<TokenId> candidate(std::string_view text) const;
    void encodeRun(std::string_view run, std::vector<TokenId>& ids) const;
    void appendBytes(std::string_view character, std::vector<TokenId>& ids) const;

    std::vector<float> m_scores;
    std::unordered_set<uint64_t> m_neighbours; ///< pairs of characters that stand side by side in some token
    std::optional<TokenId> m_unknown;
    std::array<std::optional<TokenId>, 256> m_bytes;
};

}
