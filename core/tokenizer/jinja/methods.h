#pragma once

#include "core/tokenizer/jinja/parameters.h"
#include "core/tokenizer/jinja/value.h"

#include <array>

namespace tiller::jinja {

/// The method or plain attribute `name` of a Python string, list, tuple, dict, range or number; a method
/// comes bound to its object.
std::optional<Value> findMethod(const Value& self, std::string_view name);
/// Whether `name` is a method that would change its list or dict, which the immutable sandbox forbids.
bool changesItsObject(const Value& self, std::string_view name);

using Method = Value (*)(Interpreter&, const Value& self, const Arguments&);
struct NamedMethod {
    std::string_view name;
    Method method;
};
Method findStringMethod(std::string_view name);

}
