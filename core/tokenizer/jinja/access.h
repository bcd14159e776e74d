#pragma once

#include "core/tokenizer/jinja/value.h"

namespace tiller::jinja {

class Interpreter;

/// `value.name`: an attribute or method first, then an item. Undefined when there is neither; names that
/// begin with an underscore and methods that change their object are undefined too, as the sandbox has it.
Value getAttribute(Interpreter& interpreter, const Value& value, const std::string& name);
/// `value[key]`: an item first, then an attribute.
Value getItem(Interpreter& interpreter, const Value& value, const Value& key);
/// `value[start:stop:step]`; None for a bound that is not given.
Value slice(Budget& budget, const Value& value, const Value& start, const Value& stop, const Value& step);

/// A path such as "function.name" or "items.0", or a single key, walked by getItem.
class AttributePath {
public:
    AttributePath(Interpreter& interpreter, const Value& path, std::optional<Value> fallback = {});
    Value operator()(const Value& item) const;

private:
    Interpreter& m_interpreter;
    Values m_parts;
    std::optional<Value> m_fallback; ///< instead of what is undefined
};

}
