#pragma once

#include "core/tokenizer/pipeline/json_field.h"

#include <memory>
#include <string>
#include <vector>

namespace tiller {

/// Turns the spelling of tokens back into text. Immutable; any thread.
class Decoder {
public:
    virtual ~Decoder() = default;

    /// Tokens to parts of text; bytes that are not UTF-8 become U+FFFD.
    virtual std::vector<std::string> apply(std::vector<std::string> tokens) const = 0;

    /// What one token adds to the middle of a text, as bytes.
    virtual std::string bytesOf(std::string token) const = 0;
};

/// "decoder" of a tokenizer.json. Throws Error naming a type that is not supported.
std::unique_ptr<const Decoder> readDecoder(const JsonField& field);
std::unique_ptr<const Decoder> makeByteLevelDecoder();

}
