#pragma once

#include "core/tokenizer/pipeline/json_field.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tiller {

/// GPT-2's own expression, which ByteLevel cuts by unless told otherwise.
inline constexpr std::string_view gpt2Expression
    = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

/// A part of the text that no token crosses.
struct Piece {
    std::string text;
    bool startsText; ///< nothing of the text stands before it
};

/// Cuts pieces into smaller ones, and may rewrite them. Immutable; any thread.
class PreTokenizer {
public:
    virtual ~PreTokenizer() = default;
    virtual void split(std::vector<Piece>& pieces) const = 0;
};

/// "pre_tokenizer" of a tokenizer.json. Throws Error naming a type that is not supported.
std::unique_ptr<const PreTokenizer> readPreTokenizer(const JsonField& field);

/// Cuts by each expression in turn, then spells the bytes in GPT-2's alphabet: what the names in
/// tokenizer.ggml.pre stand for.
std::unique_ptr<const PreTokenizer> makeByteLevelPreTokenizer(
    const std::vector<std::string_view>& expressions);

}
