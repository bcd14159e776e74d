#pragma once

#include "core/tokenizer/tokenizer.h"

namespace tiller {

// One function a file format; openTokenizer() chooses. All throw Error.

std::shared_ptr<const Tokenizer> openTokenizerJson(const std::filesystem::path& path);
std::shared_ptr<const Tokenizer> openSentencePieceModel(const std::filesystem::path& path);
std::shared_ptr<const Tokenizer> openSentencePieceGguf(const GgufFile& file);

/// How many tokens there are, the same in every list. Throws Error on a file whose lists or special ids do
/// not fit together.
size_t checkGgufVocabulary(const GgufFile& file);

/// tokenizer.ggml.token_type
enum class GgufTokenType : int64_t { Normal = 1, Unknown, Control, UserDefined, Unused, Byte };
std::vector<GgufTokenType> ggufTokenTypes(const GgufFile& file, size_t count);

/// BOS and the ids that end a generation.
struct TextBounds;
TextBounds ggufTextBounds(const GgufFile& file, const Tokenizer& tokenizer);

}
