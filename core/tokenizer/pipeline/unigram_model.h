#pragma once

#include "core/tokenizer/pipeline/segmentation_model.h"

namespace tiller {

/// The most probable segmentation under independent pieces (Kudo 2018, arXiv:1804.10959), by Viterbi's
/// algorithm. An unknown character costs 10 more than the worst piece, and neighbouring unknowns are one.
class UnigramModel final : public SegmentationModel {
public:
    /// Where the two libraries differ: sentencepiece adds up in single precision, which decides ties, and
    /// `tokenizers` looks whether neighbouring unknown characters together are a token after all.
    enum class Rules { Tokenizers, SentencePiece };

    struct Options {
        Rules rules = Rules::Tokenizers;
        std::optional<TokenId> unknown; ///< none: a text that needs it is an Error
        bool byteFallback = false; ///< the bytes <0xHH> of what is unknown, where the vocabulary has them
    };

    /// One log-probability for each id; minus infinity for a piece that is no candidate.
    UnigramModel(Vocabulary vocabulary, std::vector<double> scores, Options options);

    void encode(std::string_view piece, std::vector<TokenId>& ids) const override;

private:
    double rounded(double score) const;
    void appendUnknown(std::string_view text, std::vector<TokenId>& ids) const;

    std::vector<double> m_scores;
    double m_unknownScore = 0;
    Options m_options;
    std::vector<std::pair<std::string, TokenId>> m_sorted; ///< the pieces in order of their bytes
};

}
