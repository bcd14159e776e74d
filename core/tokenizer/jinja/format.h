#pragma once

#include "core/tokenizer/jinja/value.h"

namespace tiller::jinja {

class Interpreter;

/// `format % values`, as Python formats.
std::string formatPercent(Interpreter& interpreter, std::string_view format, const Value& values);
/// format.format(*positional, **named).
std::string formatBraces(Interpreter& interpreter, std::string_view format, const Arguments& arguments);

}
