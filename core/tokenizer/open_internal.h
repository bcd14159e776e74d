#pragma once

#include "core/tokenizer/tokenizer.h"

namespace tiller {

struct AddedToken;
struct Affixes;
struct TextBounds;

// One function a file format; openTokenizer() chooses. All throw Error.

std::shared_ptr<const Tokenizer> openTokenizerJson(const std::filesystem::path& path);
std::shared_ptr<const Tokenizer> openSentencePieceModel(const std::filesystem::path& path);
std::shared_ptr<const Tokenizer> openByteLevelGguf(const GgufFile& file);
std::shared_ptr<const Tokenizer> openSentencePieceGguf(const GgufFile& file);

// What both kinds of GGUF tokenizers read. Keys and their defaults: llama.cpp, src/llama-vocab.cpp.

/// Throws Error on a file whose lists or special ids do not fit together.
void checkGgufVocabulary(const GgufFile& file);

/// tokenizer.ggml.token_type
enum class GgufTokenType : int64_t { Normal = 1, Unknown, Control, UserDefined, Unused, Byte };
/// One for each token. A token with the name of an end of text counts as a control token whatever the file
/// says: many files are wrong about it.
std::vector<GgufTokenType> ggufTokenTypes(const GgufFile& file);

/// Control, unknown and user-defined tokens: all that is cut out of a text before anything else.
std::vector<AddedToken> ggufAddedTokens(const GgufFile& file, const std::vector<GgufTokenType>& types);

/// BOS and EOS around a text, where the file says so; `addsBos` where it does not say.
Affixes ggufAffixes(const GgufFile& file, bool addsBos);

/// BOS and the ids that end a generation.
TextBounds ggufTextBounds(const GgufFile& file, const Tokenizer& tokenizer);

}
