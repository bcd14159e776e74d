#pragma once

#include "core/tokenizer/jinja/value.h"

namespace tiller::jinja {

class Interpreter;

enum class Operator { Add, Subtract, Multiply, Divide, FloorDivide, Modulo, Power };

/// Python's arithmetic, on text and lists too. An integer beyond 64 bits is refused.
Value calculate(Interpreter& interpreter, Operator op, const Value& left, const Value& right);
Value negate(const Value& value);
Value positive(const Value& value);
/// Python's round(): to even at a tie.
Value roundNumber(const Value& value, int64_t digits);
/// int(value) of a float; Fault when it does not fit.
int64_t truncate(double value);

}
