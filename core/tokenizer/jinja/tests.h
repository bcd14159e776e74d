#pragma once

#include "core/tokenizer/jinja/parameters.h"
#include "core/tokenizer/jinja/value.h"

namespace tiller::jinja {

using Test = bool (*)(Interpreter&, const Value& input, const Arguments&);

/// Null when there is none of that name.
Test findTest(std::string_view name);
bool applyTest(
    Interpreter& interpreter, const std::string& name, const Value& input, const Arguments& arguments);

}
