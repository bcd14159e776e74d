#include "core/tokenizer/jinja/macro.h"

#include "core/tokenizer/jinja/interpreter.h"

namespace tiller::jinja {

namespace {

struct MacroFunction : Callable {
    using Callable::Callable;
    std::string description() const override
    {
        return name.empty() ? "<Macro anonymous>" : "<Macro '" + name + "'>";
    }
};

std::optional<Value> takeNamed(Arguments& arguments, const std::string& name)
{
    const auto found = std::find_if(arguments.named.begin(), arguments.named.end(),
        [&](const auto& argument) { return argument.first == name; });
    if (found == arguments.named.end())
        return std::nullopt;
    std::optional<Value> value(std::move(found->second));
    arguments.named.erase(found);
    return value;
}

void bindParameters(Interpreter& interpreter, const MacroBody& macro, Arguments& arguments)
{
    auto& names = interpreter.scope()->names;
    const size_t withoutDefault = macro.parameters.size() - macro.defaults.size();
    for (size_t i = 0; i < macro.parameters.size(); ++i) {
        const std::string& name = macro.parameters[i];
        if (i < arguments.positional.size())
            names.insert_or_assign(name, arguments.positional[i]);
        else if (const auto named = takeNamed(arguments, name))
            names.insert_or_assign(name, *named);
        else if (i >= withoutDefault)
            names.insert_or_assign(name, interpreter.evaluate(*macro.defaults[i - withoutDefault]));
        else
            names.insert_or_assign(name, Value::undefined("parameter '" + name + "' was not provided"));
    }
}

void bindRest(Interpreter& interpreter, const MacroBody& macro, Arguments& arguments)
{
    const std::string call = "macro '" + macro.name + "'";
    auto& names = interpreter.scope()->names;
    if (macro.usesCaller)
        names.insert_or_assign(
            "caller", takeNamed(arguments, "caller").value_or(Value::undefined("No caller defined")));
    if (macro.usesKwargs) {
        Entries kwargs;
        for (const auto& [name, value] : arguments.named)
            kwargs.set(name, value);
        names.insert_or_assign("kwargs", makeDict(std::move(kwargs)));
    } else if (!arguments.named.empty()) {
        throw Fault(call + " takes no keyword argument '" + arguments.named[0].first + "'");
    }
    const size_t count = std::min(arguments.positional.size(), macro.parameters.size());
    if (macro.usesVarargs)
        names.insert_or_assign("varargs",
            makeTuple(Values(arguments.positional.begin() + static_cast<std::ptrdiff_t>(count),
                arguments.positional.end())));
    else if (arguments.positional.size() > count)
        throw Fault(call + " takes not more than " + std::to_string(count) + " argument(s)");
}

}

Value makeMacro(Interpreter& interpreter, const MacroBody& definition)
{
    const ScopePtr scope = interpreter.scope();
    interpreter.keep(scope);
    const auto body = [&definition, scope](Interpreter& caller, Arguments& arguments) {
        const Interpreter::InnerScope inner(caller, scope);
        bindParameters(caller, definition, arguments);
        bindRest(caller, definition, arguments);
        return Value(caller.capture([&] { caller.execute(definition.body); }));
    };
    return Value(std::make_shared<MacroFunction>(definition.name, body));
}

}
