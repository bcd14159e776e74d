#pragma once

#include "core/tokenizer/end_of_text.h"
#include "core/tokenizer/pipeline/added_tokens.h"
#include "core/tokenizer/pipeline/decoder.h"
#include "core/tokenizer/pipeline/normalizer.h"
#include "core/tokenizer/pipeline/post_processor.h"
#include "core/tokenizer/pipeline/pre_tokenizer.h"
#include "core/tokenizer/pipeline/segmentation_model.h"

namespace tiller {

/// A tokenizer as the `tokenizers` library composes it: added tokens are cut out, the rest is normalized, cut
/// into pieces, and each piece becomes ids.
class PipelineTokenizer final : public Tokenizer {
public:
    struct Parts {
        std::string kind;
        std::vector<AddedToken> added;
        std::unique_ptr<const Normalizer> normalizer; ///< may be null
        std::unique_ptr<const PreTokenizer> preTokenizer; ///< may be null
        std::unique_ptr<const SegmentationModel> model;
        std::unique_ptr<const Decoder> decoder; ///< null: tokens are joined by spaces
        Affixes affixes;
    };

    explicit PipelineTokenizer(Parts parts);
    void setBounds(TextBounds bounds) { m_bounds = std::move(bounds); } ///< while opening only
    const Affixes& affixes() const { return m_parts.affixes; }

    std::vector<TokenId> encode(std::string_view text, const EncodeOptions& options) const override;
    std::string decode(std::span<const TokenId> ids, bool skipSpecial) const override;
    std::string bytesOf(TokenId id) const override;
    std::string piece(TokenId id) const override;
    std::optional<TokenId> find(std::string_view piece) const override;
    size_t vocabularySize() const override { return m_size; }
    bool isSpecial(TokenId id) const override;
    std::optional<TokenId> bos() const override { return m_bounds.bos; }
    std::vector<TokenId> endOfText() const override { return m_bounds.endOfText; }
    std::string kind() const override { return m_parts.kind; }

private:
    class Encoding;

    const AddedToken* added(TokenId id) const; ///< null for a token of the model; Error out of range

    Parts m_parts;
    TextBounds m_bounds;
    size_t m_size = 0;
    std::unordered_map<TokenId, const AddedToken*> m_addedById;
    std::unordered_map<std::string, TokenId, StringHash, std::equal_to<>> m_addedByContent;
    AddedTokenFinder m_inText;
    AddedTokenFinder m_inNormalizedText;
};

}
