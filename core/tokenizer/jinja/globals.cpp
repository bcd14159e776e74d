#include "core/tokenizer/jinja/globals.h"

#include "core/tokenizer/jinja/interpreter.h"
#include "core/tokenizer/jinja/iteration.h"
#include "core/tokenizer/jinja/parameters.h"
#include "core/tokenizer/jinja/strftime.h"
#include "core/tokenizer/jinja/text.h"

namespace tiller::jinja {

namespace {

Value makeRange(Interpreter&, Arguments& arguments)
{
    const Parameters given("range", arguments, {"", "", ""}, 1);
    const bool single = !given.has(1);
    return Value(std::make_shared<Range>(
        single ? 0 : given.integer(0, 0), given.integer(single ? 0 : 1, 0), given.integer(2, 1)));
}

/// dict(mapping or pairs, **more), which namespace() takes too.
Entries entriesOf(Interpreter& interpreter, const Arguments& arguments)
{
    Entries entries;
    if (arguments.positional.size() > 1)
        throw Fault("dict expected at most 1 argument, got " + std::to_string(arguments.positional.size()));
    if (arguments.positional.size() == 1) {
        const Value& source = arguments.positional[0];
        if (source.is(Type::Dict)) {
            interpreter.budget.charge(source.as<Dict>().entries.size());
            entries = source.as<Dict>().entries;
        } else {
            for (const Value& pair : collect(interpreter.budget, source)) {
                const Values parts = collect(interpreter.budget, pair);
                if (parts.size() != 2)
                    throw Fault("dictionary update sequence element has length "
                        + std::to_string(parts.size()) + "; 2 is required");
                entries.set(interpreter.budget, parts[0], parts[1]);
            }
        }
    }
    for (const auto& [name, value] : arguments.named)
        entries.set(name, value);
    return entries;
}

Value makeDictionary(Interpreter& interpreter, Arguments& arguments)
{
    return makeDict(entriesOf(interpreter, arguments));
}

Value makeNamespace(Interpreter& interpreter, Arguments& arguments)
{
    return interpreter.makeNamespace(entriesOf(interpreter, arguments));
}

/// Gives its items in turn.
struct Cycler : Object, std::enable_shared_from_this<Cycler> {
    explicit Cycler(const Value& values)
        : Object(Type::Cycler, values.depth() + 1)
        , items(values)
    {
    }

    std::optional<Value> attribute(std::string_view name) const override
    {
        if (name == "current")
            return items.items()[at];
        const bool moves = name == "next";
        if (!moves && name != "reset")
            return std::nullopt;
        const auto body = [self = shared_from_this(), moves](Interpreter&, Arguments& arguments) {
            const Parameters none("cycler", arguments, {});
            const Value current = self->items.items()[self->at];
            self->at = moves ? (self->at + 1) % self->items.items().size() : 0;
            return moves ? current : Value();
        };
        return makeCallable(std::string(name), body, depth + 1);
    }

    const Value items;
    mutable size_t at = 0;
};

Value makeCycler(Interpreter&, Arguments& arguments)
{
    if (arguments.positional.empty() || !arguments.named.empty())
        throw Fault("at least one item has to be provided");
    return Value(std::make_shared<Cycler>(makeTuple(arguments.positional)));
}

Value makeJoiner(Interpreter&, Arguments& arguments)
{
    const Parameters given("joiner", arguments, {"sep"});
    const Value separator = given.get(0, Value(", "));
    const auto body = [separator, used = std::make_shared<bool>(false)](Interpreter&, Arguments& none) {
        const Parameters empty("joiner", none, {});
        return std::exchange(*used, true) ? separator : Value("");
    };
    return makeCallable("joiner", body, separator.depth() + 1);
}

Value raiseException(Interpreter& interpreter, Arguments& arguments)
{
    const Parameters given("raise_exception", arguments, {"message"}, 1);
    throw Raised(toText(interpreter.budget, given[0]));
}

Value formatNow(Interpreter& interpreter, Arguments& arguments)
{
    const Parameters given("strftime_now", arguments, {"format"}, 1);
    return Value(formatTime(interpreter.budget, given.string(0), interpreter.now()));
}

Value loremIpsum(Interpreter&, Arguments&)
{
    throw Fault("lipsum makes random text, which is of no use in a chat template");
}

}

ScopePtr builtinScope()
{
    static const ScopePtr scope = [] {
        const auto all = std::make_shared<Scope>(nullptr);
        const auto add = [&](const char* name, Callable::Body body) {
            all->names.emplace(name, makeCallable(name, std::move(body)));
        };
        add("range", makeRange);
        add("dict", makeDictionary);
        add("namespace", makeNamespace);
        add("cycler", makeCycler);
        add("joiner", makeJoiner);
        add("lipsum", loremIpsum);
        add("raise_exception", raiseException);
        add("strftime_now", formatNow);
        return all;
    }();
    return scope;
}

}
