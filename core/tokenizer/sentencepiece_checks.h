#pragma once

#include "core/tokenizer/tokenizer.h"

namespace tiller {

/// What a serialized ModelProto says beyond what the sentencepiece library tells.
struct SentencePieceFacts {
    bool isUnigram = false; ///< otherwise BPE
    bool hasByteFallback = false;
    std::vector<TokenId> userDefined;
};

/// Looks through a ModelProto for what the library takes on trust: sizes, character tables, scores, names.
/// Throws Error starting with `where`. Field numbers: google/sentencepiece, src/sentencepiece_model.proto.
SentencePieceFacts checkSentencePieceModel(std::string_view model, const std::string& where);

}
