#include "core/tokenizer/jinja/access.h"
#include "core/tokenizer/jinja/filters.h"
#include "core/tokenizer/jinja/interpreter.h"
#include "core/tokenizer/jinja/iteration.h"
#include "core/tokenizer/jinja/tests.h"
#include "core/tokenizer/jinja/text.h"

namespace tiller::jinja {

namespace {

Value withDefault(Interpreter&, const Value& input, const Arguments& arguments)
{
    const Parameters given("default", arguments, {"default_value", "boolean"});
    const bool replace = input.isUndefined() || (given.truth(1, false) && !input.truth());
    return replace ? given.get(0, Value("")) : input;
}

Value attribute(Interpreter& interpreter, const Value& input, const Arguments& arguments)
{
    const Parameters given("attr", arguments, {"name"}, 1);
    // An item of a dict is no attribute of it.
    if (!input.is(Type::Dict))
        return getAttribute(interpreter, input, given.string(0));
    return getAttribute(interpreter, makeDict({}), given.string(0));
}

/// A lazy sequence: Python makes a generator, which reads its input only as it is itself read.
Value generator(Interpreter& interpreter, const Value& input, std::function<bool(const Pull&, Value&)> step)
{
    // A generator does not complain of its input before it is read.
    const auto source = std::make_shared<Pull>();
    const auto pull = [&interpreter, input, source, step = std::move(step)](Value& out) {
        if (!*source)
            *source = iterate(interpreter.budget, input);
        return step(*source, out);
    };
    return makeIterator(pull, input.depth() + 1);
}

std::string nameArgument(const Value& value, const char* what)
{
    if (!value.isString())
        throw Fault(std::string("No ") + what + " named by a " + typeName(value) + ".");
    return value.string();
}

/// What an input that counts as false gives, whatever the arguments.
Value nothing()
{
    return makeIterator([](Value&) { return false; }, 1);
}

Value mapped(Interpreter& interpreter, const Value& input, const Arguments& arguments)
{
    if (!input.truth())
        return nothing();
    std::function<Value(const Value&)> function;
    if (arguments.positional.empty()) {
        const Parameters given("map", arguments, {"attribute", "default"});
        if (!given.has(0))
            throw Fault("map requires a filter argument");
        std::optional<Value> fallback;
        if (given.given(1))
            fallback = given[1];
        function = AttributePath(interpreter, given[0], fallback);
    } else {
        const std::string name = nameArgument(arguments.positional[0], "filter");
        Arguments rest = arguments;
        rest.positional.erase(rest.positional.begin());
        function = [&interpreter, name, rest](
                       const Value& item) { return applyFilter(interpreter, name, item, rest); };
    }
    return generator(interpreter, input, [function](const Pull& pull, Value& out) {
        Value item;
        if (!pull(item))
            return false;
        out = function(item);
        return true;
    });
}

/// select, reject and, by an attribute of every item, selectattr and rejectattr.
template <bool wanted, bool byAttribute>
Value selected(Interpreter& interpreter, const Value& input, const Arguments& arguments)
{
    if (!input.truth())
        return nothing();
    Arguments rest = arguments;
    const auto take = [&]() -> std::optional<Value> {
        if (rest.positional.empty())
            return std::nullopt;
        Value value = rest.positional.front();
        rest.positional.erase(rest.positional.begin());
        return value;
    };
    const auto attributeName = byAttribute ? take() : std::optional(Value());
    if (!attributeName)
        throw Fault("Missing parameter for attribute name");
    const AttributePath path(interpreter, *attributeName);
    const auto test = take();
    const std::string testName = test ? nameArgument(*test, "test") : "";
    const auto holds = [&interpreter, path, testName, rest](const Value& item) {
        const Value subject = path(item);
        return testName.empty() ? subject.truth() : applyTest(interpreter, testName, subject, rest);
    };
    return generator(interpreter, input, [holds](const Pull& pull, Value& out) {
        while (pull(out)) {
            if (holds(out) == wanted)
                return true;
        }
        return false;
    });
}

}

std::vector<NamedFilter> selectionFilters()
{
    return {{"attr", attribute}, {"d", withDefault}, {"default", withDefault}, {"map", mapped},
        {"reject", selected<false, false>}, {"rejectattr", selected<false, true>},
        {"select", selected<true, false>}, {"selectattr", selected<true, true>}};
}

}
