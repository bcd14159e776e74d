#pragma once

#include "core/tokenizer/jinja/value.h"

#include <initializer_list>

namespace tiller::jinja {

/// The arguments of a call laid on the parameters of a built-in function, as Python binds them. A parameter
/// with an empty name takes no keyword. Throws Fault for missing and for unexpected arguments.
class Parameters {
public:
    Parameters(const char* function, const Arguments& arguments, std::initializer_list<const char*> names,
        size_t required = 0);

    bool has(size_t index) const { return m_values[index].has_value(); }
    bool given(size_t index) const { return has(index) && !m_values[index]->isNone(); } ///< and not None
    const Value& operator[](size_t index) const { return *m_values[index]; }
    Value get(size_t index, Value fallback) const
    {
        return has(index) ? *m_values[index] : std::move(fallback);
    }

    int64_t integer(size_t index, int64_t fallback) const;
    bool truth(size_t index, bool fallback) const { return has(index) ? m_values[index]->truth() : fallback; }
    const std::string& string(size_t index) const; ///< Fault unless a string

private:
    const char* m_function;
    std::vector<std::optional<Value>> m_values;
};

}
