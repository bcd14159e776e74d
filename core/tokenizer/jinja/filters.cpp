#include "core/tokenizer/jinja/filters.h"

#include "core/tokenizer/jinja/interpreter.h"

namespace tiller::jinja {

namespace {

std::unordered_map<std::string_view, Filter> allFilters()
{
    std::unordered_map<std::string_view, Filter> all;
    for (const auto& group : {textFilters(), numberFilters(), sequenceFilters(), selectionFilters()}) {
        for (const auto& [name, filter] : group)
            all.emplace(name, filter);
    }
    return all;
}

}

Filter findFilter(std::string_view name)
{
    static const auto all = allFilters();
    const auto found = all.find(name);
    return found == all.end() ? nullptr : found->second;
}

Value applyFilter(
    Interpreter& interpreter, const std::string& name, const Value& input, const Arguments& arguments)
{
    const Filter filter = findFilter(name);
    if (!filter)
        throw Fault("No filter named '" + name + "'.");
    return filter(interpreter, input, arguments);
}

}
