#pragma once

#include "core/tokenizer/jinja/ast.h"

namespace tiller::jinja {

/// A function that renders `definition` with the names of the place where it is defined.
Value makeMacro(Interpreter& interpreter, const MacroBody& definition);

}
