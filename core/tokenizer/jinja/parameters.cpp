#include "core/tokenizer/jinja/parameters.h"

#include <algorithm>
#include <cstring>

namespace tiller::jinja {

Parameters::Parameters(const char* function, const Arguments& arguments,
    std::initializer_list<const char*> names, size_t required)
    : m_function(function)
    , m_values(names.size())
{
    const std::string call = std::string(function) + "()";
    if (arguments.positional.size() > names.size())
        throw Fault(call + " takes at most " + std::to_string(names.size()) + " arguments ("
            + std::to_string(arguments.positional.size()) + " given)");
    std::copy(arguments.positional.begin(), arguments.positional.end(), m_values.begin());
    for (const auto& [name, value] : arguments.named) {
        const auto* found = std::find_if(names.begin(), names.end(),
            [&](const char* parameter) { return *parameter && name == parameter; });
        if (found == names.end())
            throw Fault(call + " got an unexpected keyword argument '" + name + "'");
        auto& slot = m_values[static_cast<size_t>(found - names.begin())];
        if (slot)
            throw Fault(call + " got multiple values for argument '" + name + "'");
        slot = value;
    }
    for (size_t i = 0; i < required; ++i) {
        if (!m_values[i])
            throw Fault(call + " lacks its argument " + std::to_string(i + 1));
    }
}

int64_t Parameters::integer(size_t index, int64_t fallback) const
{
    if (!has(index))
        return fallback;
    const Value& value = *m_values[index];
    if (value.isUndefined())
        throw Fault(value.message());
    if (!value.isInteger())
        throw Fault(std::string(m_function) + "(): '" + typeName(value)
            + "' object cannot be interpreted as an integer");
    return value.integer();
}

const std::string& Parameters::string(size_t index) const
{
    const Value& value = *m_values[index];
    if (!value.isString())
        throw Fault(std::string(m_function) + "() argument " + std::to_string(index + 1)
            + " must be str, not " + typeName(value));
    return value.string();
}

}
