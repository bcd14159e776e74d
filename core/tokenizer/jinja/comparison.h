#pragma once

#include "core/tokenizer/jinja/value.h"

#include <compare>

namespace tiller::jinja {

bool equals(Budget& budget, const Value& left, const Value& right);
/// Python's order of numbers, strings, lists and tuples. `symbol` ("<") is for the error of other types.
std::partial_ordering order(Budget& budget, const Value& left, const Value& right, const char* symbol = "<");
bool lessThan(Budget& budget, const Value& left, const Value& right);
/// `item in container`.
bool contains(Budget& budget, const Value& container, const Value& item);
/// `left is right`: the same object.
bool isSame(const Value& left, const Value& right);

}
