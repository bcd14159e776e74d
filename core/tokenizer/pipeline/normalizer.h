#pragma once

#include "core/tokenizer/pipeline/json_field.h"

#include <memory>
#include <string>

namespace tiller {

/// Rewrites text before it is cut up. Immutable; any thread. Text is valid UTF-8 and stays so.
class Normalizer {
public:
    virtual ~Normalizer() = default;
    virtual std::string apply(std::string text) const = 0;
};

/// "normalizer" of a tokenizer.json. Throws Error naming a type that is not supported.
std::unique_ptr<const Normalizer> readNormalizer(const JsonField& field);

}
