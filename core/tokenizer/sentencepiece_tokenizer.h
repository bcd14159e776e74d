#pragma once

#include "core/tokenizer/end_of_text.h"
#include "core/tokenizer/pipeline/added_tokens.h"
#include "core/tokenizer/pipeline/post_processor.h"
#include "core/tokenizer/pipeline/unigram_model.h"
#include "core/tokenizer/sentencepiece_checks.h"

namespace tiller {

/// A tokenizer that the sentencepiece library runs: it normalizes, encodes BPE and decodes. Unigram models
/// are encoded here, because the library up to 0.2.1 breaks ties between equal segmentations by rounding
/// noise.
class SentencePieceTokenizer final : public Tokenizer {
public:
    struct Options {
        Affixes affixes;
        /// Control symbols and <unk>, where they are recognised in text and shown by decode(). The library
        /// itself does neither.
        std::vector<TokenId> writtenControls;
    };

    /// `model` is a serialized ModelProto. Throws Error starting with `where`.
    SentencePieceTokenizer(std::string_view model, const std::string& where);
    ~SentencePieceTokenizer() override;

    // While opening only.
    void configure(Options options);
    void setBounds(TextBounds bounds) { m_bounds = std::move(bounds); }
    std::vector<TokenId> controls() const; ///< with <unk>
    std::optional<TokenId> ownBos() const; ///< as the model itself says
    std::optional<TokenId> ownEos() const;

    std::vector<TokenId> encode(std::string_view text, const EncodeOptions& options) const override;
    std::string decode(std::span<const TokenId> ids, bool skipSpecial) const override;
    std::string bytesOf(TokenId id) const override;
    std::string piece(TokenId id) const override;
    std::optional<TokenId> find(std::string_view piece) const override;
    size_t vocabularySize() const override;
    bool isSpecial(TokenId id) const override;
    std::optional<TokenId> bos() const override { return m_bounds.bos; }
    std::vector<TokenId> endOfText() const override { return m_bounds.endOfText; }
    std::string kind() const override { return m_kind; }

private:
    struct Library; // keeps its header out of everyone else's way

    void addUnigram(const SentencePieceFacts& facts, const std::string& where);
    std::vector<TokenId> encodeText(std::string_view text) const;
    void checkRange(TokenId id) const;

    std::unique_ptr<Library> m_library;
    std::unique_ptr<const UnigramModel> m_unigram; ///< null for BPE
    std::string m_kind;
    Options m_options;
    TextBounds m_bounds;
    std::vector<bool> m_isWritten; ///< by id
    std::optional<AddedTokenFinder> m_controls;
};

}
