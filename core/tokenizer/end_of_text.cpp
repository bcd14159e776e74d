#include "core/tokenizer/end_of_text.h"

#include "core/io/json.h"
#include "core/tokenizer/pipeline/json_field.h"

#include <algorithm>

namespace tiller {

namespace {

// "</s>" or {"content": "</s>", ...}
std::optional<std::string> readPiece(const JsonField& file, const std::string& key)
{
    const auto field = file.find(key);
    if (!field)
        return std::nullopt;
    return field->value().is_object() ? field->at("content").string() : field->string();
}

// 2 or [1, 2]
std::vector<TokenId> readIds(const JsonField& file, const std::string& key)
{
    std::vector<TokenId> ids;
    const auto field = file.find(key);
    if (!field)
        return ids;
    for (const JsonField& item : field->value().is_array() ? field->items() : std::vector{*field}) {
        const int64_t id = item.integer();
        if (id >= 0 && id <= INT32_MAX)
            ids.push_back(static_cast<TokenId>(id));
    }
    return ids;
}

// The classes of transformers 4 that have update_post_processor().
std::optional<bool> addsBosByClass(std::string_view name)
{
    if (name.ends_with("Fast"))
        name.remove_suffix(4);
    if (name == "GPTNeoXTokenizer")
        return false;
    constexpr std::string_view adding[]
        = {"LlamaTokenizer", "CodeLlamaTokenizer", "GemmaTokenizer", "CohereTokenizer"};
    return std::ranges::find(adding, name) != std::end(adding) ? std::optional(true) : std::nullopt;
}

}

bool isEndOfTextName(std::string_view piece)
{
    constexpr std::string_view names[]
        = {"<|im_end|>", "<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<|endoftext|>", "<|end|>",
            "<end_of_turn>", "</s>", "<eos>", "<\uFF5Cend\u2581of\u2581sentence\uFF5C>"};
    return std::ranges::find(names, piece) != std::end(names);
}

TokenRoles readTokenRoles(const std::filesystem::path& folder)
{
    TokenRoles roles;
    for (const char* name : {"tokenizer_config.json", "generation_config.json", "config.json"}) {
        const auto path = folder / name;
        if (!std::filesystem::is_regular_file(path))
            continue;
        roles.isConfigured = true;
        const nlohmann::json json = readJson(path);
        const JsonField file(json, path.string());
        if (name == std::string_view("tokenizer_config.json")) {
            roles.bosPiece = readPiece(file, "bos_token");
            roles.eosPiece = readPiece(file, "eos_token");
            if (const auto adds = file.find("add_bos_token"))
                roles.addsBos = adds->boolean();
            if (const auto adds = file.find("add_eos_token"))
                roles.addsEos = adds->boolean();
            roles.classAddsBos = addsBosByClass(file.string("tokenizer_class", ""));
            continue;
        }
        const auto bos = readIds(file, "bos_token_id");
        if (!roles.bosId && !bos.empty())
            roles.bosId = bos.front();
        const auto eos = readIds(file, "eos_token_id");
        roles.eosIds.insert(roles.eosIds.end(), eos.begin(), eos.end());
    }
    return roles;
}

TextBounds findTextBounds(const Tokenizer& tokenizer, const TokenRoles& roles)
{
    TextBounds bounds;
    const auto size = static_cast<TokenId>(tokenizer.vocabularySize());
    if (roles.bosPiece)
        bounds.bos = tokenizer.find(*roles.bosPiece);
    if (!bounds.bos && roles.bosId && *roles.bosId < size)
        bounds.bos = roles.bosId;

    const auto add = [&](TokenId id) {
        if (id < size && std::ranges::find(bounds.endOfText, id) == bounds.endOfText.end())
            bounds.endOfText.push_back(id);
    };
    std::ranges::for_each(roles.eosIds, add);
    if (roles.eosPiece) {
        if (const auto id = tokenizer.find(*roles.eosPiece))
            add(*id);
    }
    if (!bounds.endOfText.empty())
        return bounds;
    for (TokenId id = 0; id < size; ++id) {
        if (tokenizer.isSpecial(id) && isEndOfTextName(tokenizer.piece(id)))
            add(id);
    }
    return bounds;
}

}
