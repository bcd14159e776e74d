#pragma once

#include "core/tokenizer/pipeline/json_field.h"
#include "core/tokenizer/tokenizer.h"

namespace tiller {

/// What a tokenizer puts around the ids of one text.
struct Affixes {
    std::vector<TokenId> prefix;
    std::vector<TokenId> suffix;
};

/// "post_processor" of a tokenizer.json. Throws Error naming a type that is not supported, and on ids outside
/// a vocabulary of this size.
Affixes readPostProcessor(const JsonField& field, size_t vocabularySize);

}
