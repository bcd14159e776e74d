#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tiller {

class GgufFile;

using TokenId = int32_t;

struct EncodeOptions {
    bool addSpecial = false; ///< BOS/EOS as the tokenizer's post-processor says
    bool parseSpecial = true; ///< special tokens written in the text become their ids
};

/// Text to ids and back, as the `tokenizers` and sentencepiece libraries do it. Immutable after opening; any
/// thread. Ids outside the vocabulary are an Error wherever one is passed.
class Tokenizer {
public:
    virtual ~Tokenizer() = default;

    /// Bytes of `text` that are not UTF-8 count as U+FFFD. Throws Error on a text that the tokenizer's own
    /// regular expression cannot cope with, or that a Unigram model without an unknown token cannot spell.
    virtual std::vector<TokenId> encode(std::string_view text, const EncodeOptions& options = {}) const = 0;
    /// As the field's libraries decode: bytes that are not UTF-8 become U+FFFD, and the space that some
    /// tokenizers put before a text is taken off again.
    virtual std::string decode(std::span<const TokenId> ids, bool skipSpecial = false) const = 0;

    /// The bytes that this id adds to a running text, for streaming: not necessarily whole characters, and a
    /// leading space is kept. Special tokens give their own text (nothing where decode() never shows them).
    virtual std::string bytesOf(TokenId id) const = 0;
    /// The vocabulary's own spelling ("Ġhello", "▁hello"); empty for an id that is not in use.
    virtual std::string piece(TokenId id) const = 0;
    virtual std::optional<TokenId> find(std::string_view piece) const = 0; ///< by that spelling

    virtual size_t vocabularySize() const = 0; ///< the largest id and one
    virtual bool isSpecial(TokenId id) const = 0; ///< control tokens: hidden by skipSpecial
    virtual std::optional<TokenId> bos() const = 0;
    virtual std::vector<TokenId> endOfText() const = 0; ///< every id that ends a generation
    virtual std::string kind() const = 0; ///< "byte-level BPE (smollm)", "SentencePiece BPE"
};

/// Opens the tokenizer of a Hugging Face folder (tokenizer.json first, then tokenizer.model), of a
/// tokenizer.json, of a .model file, or of a GGUF file; which of them a file is, its content tells. Files
/// beside it (tokenizer_config.json, generation_config.json, config.json) name BOS and the ids that end a
/// generation. A .model file alone treats control symbols in text as text, as sentencepiece does; beside
/// configuration files they are recognised. Throws Error naming file and field; a kind of tokenizer that is
/// not supported is refused by name.
std::shared_ptr<const Tokenizer> openTokenizer(const std::filesystem::path& path);
std::shared_ptr<const Tokenizer> openTokenizer(const GgufFile& file);

}
