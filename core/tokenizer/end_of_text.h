#pragma once

#include "core/tokenizer/tokenizer.h"

namespace tiller {

/// Whether a control token of this text ends an answer in the chat formats in use.
bool isEndOfTextName(std::string_view piece);

/// What the files beside a tokenizer say of its tokens: tokenizer_config.json, generation_config.json,
/// config.json.
struct TokenRoles {
    bool isConfigured = false; ///< there are such files
    std::optional<std::string> bosPiece;
    std::optional<std::string> eosPiece;
    std::optional<TokenId> bosId;
    std::vector<TokenId> eosIds;
    std::optional<bool> addsBos; ///< add_bos_token of tokenizer_config.json
    std::optional<bool> addsEos;
    /// The tokenizer's class in transformers goes by these two, whatever the post-processor of tokenizer.json
    /// says; this is its addsBos where the configuration is silent.
    std::optional<bool> classAddsBos;
};

/// Throws Error on a file that is not JSON or holds something else in these fields. Negative ids, which some
/// files use for "none", are left out.
TokenRoles readTokenRoles(const std::filesystem::path& folder);

/// The BOS that the roles name, and the ids that end a generation: those of the roles, or, where they name
/// none, the control tokens with a well-known name. Ids that the tokenizer does not have are left out: they
/// can never be sampled.
struct TextBounds {
    std::optional<TokenId> bos;
    std::vector<TokenId> endOfText;
};
TextBounds findTextBounds(const Tokenizer& tokenizer, const TokenRoles& roles);

}
