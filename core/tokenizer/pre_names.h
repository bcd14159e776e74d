#pragma once

#include <string_view>
#include <vector>

namespace tiller {

/// What a name in tokenizer.ggml.pre stands for: byte-level BPE after cutting the text by these expressions.
struct PreName {
    std::vector<std::string_view> expressions; ///< applied one after the other
    bool ignoresMerges = false; ///< a word that is a token stays whole
    bool addsBos = false; ///< unless tokenizer.ggml.add_bos_token says otherwise
};

/// Null for a name that is not known. Names: llama.cpp, src/llama-vocab.cpp; expressions: the models' own
/// tokenizer.json.
const PreName* findPreName(std::string_view name);

}
