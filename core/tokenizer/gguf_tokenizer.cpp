#include "core/base/error.h"
#include "core/io/gguf.h"
#include "core/io/text.h"
#include "core/tokenizer/open_internal.h"
#include "core/tokenizer/pipeline/byte_pair_model.h"
#include "core/tokenizer/pipeline/pipeline_tokenizer.h"
#include "core/tokenizer/pre_names.h"

#include <algorithm>

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

std::optional<TokenId> tokenId(const GgufFile& file, const std::string& key)
{
    const auto id = file.getInt("tokenizer.ggml." + key);
    return id ? std::optional(static_cast<TokenId>(*id)) : std::nullopt;
}

std::shared_ptr<const Tokenizer> openByteLevel(const GgufFile& file)
{
    const auto& tokens = tokensOf(file);
    const auto types = ggufTokenTypes(file, tokens.size());
    const std::string pre = file.getString("tokenizer.ggml.pre").value_or("default");
    const PreName* name = findPreName(pre);
    if (!name)
        fail(file, "tokenizer.ggml.pre is " + inQuotes(pre) + ", a pre-tokenizer that is not supported");

    Vocabulary::Entries entries;
    PipelineTokenizer::Parts parts;
    for (size_t i = 0; i < tokens.size(); ++i) {
        entries.emplace_back(tokens[i], static_cast<int64_t>(i));
        const bool isSpecial = types[i] == GgufTokenType::Control || types[i] == GgufTokenType::Unknown;
        if (!isSpecial && types[i] != GgufTokenType::UserDefined)
            continue;
        AddedToken token;
        token.id = static_cast<TokenId>(i);
        token.content = tokens[i];
        token.normalized = false;
        token.special = isSpecial;
        parts.added.push_back(std::move(token));
    }

    const std::string where = file.path().string() + ": tokenizer.ggml.";
    auto model = std::make_unique<BytePairModel>(Vocabulary(std::move(entries), where + "tokens"),
        BytePairModel::Options{.unknown = std::nullopt, .ignoreMerges = name->ignoresMerges});
    const auto* merges = file.getStrings("tokenizer.ggml.merges");
    if (!merges)
        fail(file, "tokenizer.ggml.merges is missing");
    for (const std::string& merge : *merges) {
        const size_t space = merge.find(' ', 1);
        if (space == std::string::npos || space + 1 == merge.size())
            fail(file, "tokenizer.ggml.merges has " + inQuotes(merge) + ", which is not two tokens");
        const std::string_view text = merge;
        model->addMerge(text.substr(0, space), text.substr(space + 1), where + "merges");
    }

    parts.kind = "byte-level BPE (" + pre + ")";
    parts.model = std::move(model);
    parts.preTokenizer = makeByteLevelPreTokenizer(name->expressions);
    parts.decoder = makeByteLevelDecoder();
    const auto affix = [&](const char* flag, bool otherwise, const char* id, std::vector<TokenId>& ids) {
        if (!file.getBool(std::string("tokenizer.ggml.") + flag).value_or(otherwise))
            return;
        const auto token = tokenId(file, id);
        if (!token)
            fail(file, std::string("tokenizer.ggml.") + flag + " is set, but " + id + " is missing");
        ids.push_back(*token);
    };
    affix("add_bos_token", name->addsBos && tokenId(file, "bos_token_id"), "bos_token_id",
        parts.affixes.prefix);
    affix("add_eos_token", false, "eos_token_id", parts.affixes.suffix);

    auto tokenizer = std::make_shared<PipelineTokenizer>(std::move(parts));
    tokenizer->setBounds(ggufTextBounds(file, *tokenizer));
    return tokenizer;
}

}

size_t checkGgufVocabulary(const GgufFile& file)
{
    const size_t count = tokensOf(file).size();
    if (const TensorView* embedding = file.find("token_embd.weight");
        embedding && !embedding->shape.empty() && embedding->shape.front() != static_cast<int64_t>(count))
        fail(file,
            "tokenizer.ggml.tokens has " + std::to_string(count) + " tokens, but token_embd.weight has "
                + std::to_string(embedding->shape.front()) + " rows");
    for (const auto& [key, value] : file.metadata()) {
        if (!key.starts_with("tokenizer.ggml.") || !key.ends_with("_token_id"))
            continue;
        const int64_t id = file.getInt(key).value_or(0);
        if (id < 0 || id >= static_cast<int64_t>(count))
            fail(file,
                key + " is " + std::to_string(id) + ", outside the vocabulary of " + std::to_string(count)
                    + " tokens");
    }
    return count;
}

std::vector<GgufTokenType> ggufTokenTypes(const GgufFile& file, size_t count)
{
    std::vector<GgufTokenType> types(count, GgufTokenType::Normal);
    const auto* stored = file.getInts("tokenizer.ggml.token_type");
    if (!stored)
        return types;
    if (stored->size() != count)
        fail(file,
            "tokenizer.ggml.token_type has " + std::to_string(stored->size()) + " entries for "
                + std::to_string(count) + " tokens");
    std::ranges::transform(
        *stored, types.begin(), [](int64_t type) { return static_cast<GgufTokenType>(type); });
    return types;
}

TextBounds ggufTextBounds(const GgufFile& file, const Tokenizer& tokenizer)
{
    TextBounds bounds;
    bounds.bos = tokenId(file, "bos_token_id");
    const auto add = [&](TokenId id) {
        if (std::ranges::find(bounds.endOfText, id) == bounds.endOfText.end())
            bounds.endOfText.push_back(id);
    };
    for (const char* key : {"eos_token_id", "eot_token_id", "eom_token_id"}) {
        if (const auto id = tokenId(file, key))
            add(*id);
    }
    for (size_t i = 0; i < tokenizer.vocabularySize(); ++i) {
        const auto id = static_cast<TokenId>(i);
        if (tokenizer.isSpecial(id) && isEndOfTextName(tokenizer.piece(id)))
            add(id);
    }
    return bounds;
}

std::shared_ptr<const Tokenizer> openTokenizer(const GgufFile& file)
{
    const auto model = file.getString("tokenizer.ggml.model");
    if (!model)
        throw Error(file.path().string() + " holds no tokenizer: tokenizer.ggml.model is missing");
    if (*model != "gpt2" && *model != "llama")
        fail(file, "tokenizer.ggml.model is " + inQuotes(*model) + ", which is not supported");
    checkGgufVocabulary(file);
    return *model == "gpt2" ? openByteLevel(file) : openSentencePieceGguf(file);
}

}
