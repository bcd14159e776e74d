#pragma once

#include "core/tokenizer/pipeline/json_field.h"
#include "core/tokenizer/pipeline/regex.h"

namespace tiller {

/// {"String": "..."} or {"Regex": "..."}. Throws Error naming the field.
Regex readPattern(const JsonField& field);

}
