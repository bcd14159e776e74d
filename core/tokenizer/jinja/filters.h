#pragma once

#include "core/tokenizer/jinja/parameters.h"
#include "core/tokenizer/jinja/value.h"

namespace tiller::jinja {

using Filter = Value (*)(Interpreter&, const Value& input, const Arguments&);
struct NamedFilter {
    std::string_view name;
    Filter filter;
};

/// Null when there is none of that name.
Filter findFilter(std::string_view name);
Value applyFilter(
    Interpreter& interpreter, const std::string& name, const Value& input, const Arguments& arguments);

/// Under this name, which no template can spell, a filter block finds its text.
inline const std::string filterBlockText = "{% filter %}";

/// The filters by what they work on.
std::vector<NamedFilter> textFilters();
std::vector<NamedFilter> numberFilters();
std::vector<NamedFilter> sequenceFilters();
std::vector<NamedFilter> selectionFilters();

}
