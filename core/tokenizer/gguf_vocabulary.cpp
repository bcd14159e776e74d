#include "core/base/error.h"
#include "core/io/gguf.h"
#include "core/tokenizer/end_of_text.h"
#include "core/tokenizer/open_internal.h"
#include "core/tokenizer/pipeline/added_tokens.h"
#include "core/tokenizer/pipeline/post_processor.h"

#include <algorithm>
#include <cctype>

namespace tiller {

namespace {

[[noreturn]] void fail(const GgufFile& file, const std::string& reason)
{
    throw Error(file.path().string() + ": " + reason);
}

const std::vector<std::string>& tokensOf(const GgufFile& file)
{
    const auto* tokens = file.getStrings("tokenizer.ggml.tokens");
    if (!tokens || tokens->empty())
        fail(file, "tokenizer.ggml.tokens is missing or empty");
    return *tokens;
}

// The first converters left out the ids that every Llama has.
std::optional<TokenId> tokenId(const GgufFile& file, const std::string& name)
{
    if (const auto id = file.getInt("tokenizer.ggml." + name))
        return static_cast<TokenId>(*id);
    const bool isLlama = file.getString("tokenizer.ggml.model") == "llama";
    const TokenId usual = name == "bos_token_id" ? 1 : name == "eos_token_id" ? 2 : 0;
    const bool isThere = static_cast<size_t>(usual) < tokensOf(file).size();
    return isLlama && usual != 0 && isThere ? std::optional(usual) : std::nullopt;
}

// Phi-3's special tokens take the white space after them along; a GGUF has no field that says so.
bool isPhi3(const GgufFile& file)
{
    std::string name = file.getString("general.name").value_or("");
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
    return name.find("phi-3") != std::string::npos || name.find("phi3") != std::string::npos;
}

}

void checkGgufVocabulary(const GgufFile& file)
{
    const size_t count = tokensOf(file).size();
    if (const TensorView* embedding = file.find("token_embd.weight");
        embedding && !embedding->shape.empty() && embedding->shape.front() != static_cast<int64_t>(count))
        fail(file,
            "tokenizer.ggml.tokens has " + std::to_string(count) + " tokens, but token_embd.weight has "
                + std::to_string(embedding->shape.front()) + " rows");
    if (const auto* types = file.getInts("tokenizer.ggml.token_type"); types && types->size() != count)
        fail(file,
            "tokenizer.ggml.token_type has " + std::to_string(types->size()) + " entries for "
                + std::to_string(count) + " tokens");
    for (const auto& [key, value] : file.metadata()) {
        if (!key.starts_with("tokenizer.ggml.") || !key.ends_with("_token_id"))
            continue;
        const int64_t id = file.getInt(key).value_or(0);
        if (id < 0 || id >= static_cast<int64_t>(count))
            fail(file,
                key + " is " + std::to_string(id) + ", outside the vocabulary of " + std::to_string(count)
                    + " tokens");
    }
}

std::vector<GgufTokenType> ggufTokenTypes(const GgufFile& file)
{
    const auto& tokens = tokensOf(file);
    const auto* stored = file.getInts("tokenizer.ggml.token_type");
    std::vector<GgufTokenType> types(tokens.size(), GgufTokenType::Normal);
    for (size_t i = 0; i < tokens.size(); ++i) {
        if (stored)
            types[i] = static_cast<GgufTokenType>((*stored)[i]);
        const bool mayBeWrong = types[i] == GgufTokenType::UserDefined || tokens[i].starts_with("<|");
        if (mayBeWrong && isEndOfTextName(tokens[i]))
            types[i] = GgufTokenType::Control;
    }
    return types;
}

std::vector<AddedToken> ggufAddedTokens(const GgufFile& file, const std::vector<GgufTokenType>& types)
{
    const auto& tokens = tokensOf(file);
    const bool stripsRight = isPhi3(file);
    std::vector<AddedToken> added;
    for (size_t i = 0; i < tokens.size(); ++i) {
        const bool isSpecial = types[i] == GgufTokenType::Control || types[i] == GgufTokenType::Unknown;
        if (!isSpecial && types[i] != GgufTokenType::UserDefined)
            continue;
        AddedToken token;
        token.id = static_cast<TokenId>(i);
        token.content = tokens[i];
        token.normalized = false;
        token.special = isSpecial;
        token.rightStrip = stripsRight && token.content != "<unk>" && token.content != "<s>"
            && token.content != "<|endoftext|>";
        added.push_back(std::move(token));
    }
    return added;
}

Affixes ggufAffixes(const GgufFile& file, bool addsBos)
{
    Affixes affixes;
    const auto add
        = [&](const std::string& flag, bool otherwise, const std::string& name, std::vector<TokenId>& ids) {
              const auto isSet = file.getBool("tokenizer.ggml." + flag);
              const auto id = tokenId(file, name);
              if (isSet.value_or(false) && !id)
                  fail(file, "tokenizer.ggml." + flag + " is set, but " + name + " is missing");
              if (isSet.value_or(otherwise) && id)
                  ids.push_back(*id);
          };
    add("add_bos_token", addsBos, "bos_token_id", affixes.prefix);
    add("add_eos_token", false, "eos_token_id", affixes.suffix);
    return affixes;
}

TextBounds ggufTextBounds(const GgufFile& file, const Tokenizer& tokenizer)
{
    TextBounds bounds;
    bounds.bos = tokenId(file, "bos_token_id");
    const auto add = [&](TokenId id) {
        if (std::ranges::find(bounds.endOfText, id) == bounds.endOfText.end())
            bounds.endOfText.push_back(id);
    };
    for (const char* name : {"eos_token_id", "eot_token_id", "eom_token_id"}) {
        if (const auto id = tokenId(file, name))
            add(*id);
    }
    for (size_t i = 0; i < tokenizer.vocabularySize(); ++i) {
        const auto id = static_cast<TokenId>(i);
        if (tokenizer.isSpecial(id) && isEndOfTextName(tokenizer.piece(id)))
            add(id);
    }
    return bounds;
}

}
