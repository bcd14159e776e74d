// What the statements of a template do.

#include "core/tokenizer/jinja/filters.h"
#include "core/tokenizer/jinja/interpreter.h"
#include "core/tokenizer/jinja/iteration.h"
#include "core/tokenizer/jinja/loop.h"
#include "core/tokenizer/jinja/macro.h"
#include "core/tokenizer/jinja/text.h"

namespace tiller::jinja {

namespace {

/// The items for which the loop's condition holds, asked as they come.
Pull filtered(Interpreter& interpreter, const For& node, const ScopePtr& scope, Pull pull)
{
    return [&interpreter, &node, scope, pull = std::move(pull)](Value& item) {
        while (pull(item)) {
            const Interpreter::InnerScope inner(interpreter, scope);
            interpreter.assign(node.target, item);
            if (interpreter.evaluate(*node.test).truth())
                return true;
        }
        return false;
    };
}

struct Finish {
    Loop& loop;
    ~Finish() { loop.finish(); }
};

Flow runLoop(Interpreter& interpreter, const For& node, const ScopePtr& scope, const Value& items, int depth0)
{
    Pull pull = iterate(interpreter.budget, items);
    std::optional<size_t> length;
    if (node.test)
        pull = filtered(interpreter, node, scope, std::move(pull));
    else if (hasLength(items))
        length = lengthOf(items);
    Loop::Recurse recurse;
    if (node.recursive) {
        recurse = [&node, scope](Interpreter& inner, const Value& more, int depth) {
            return Value(inner.capture([&] { runLoop(inner, node, scope, more, depth); }));
        };
    }
    const auto loop
        = std::make_shared<Loop>(std::move(pull), length, items.depth() + 1, depth0, std::move(recurse));
    const Finish finish{*loop};
    bool ran = false;
    Flow flow = Flow::Normal;
    for (Value item; flow != Flow::Break && loop->advance(item);) {
        const Interpreter::InnerScope inner(interpreter, scope);
        interpreter.scope()->names.insert_or_assign("loop", Value(loop));
        interpreter.assign(node.target, item);
        flow = interpreter.execute(node.body);
        ran |= flow == Flow::Normal;
    }
    // A body that was always left early counts as not run, as in jinja2.
    if (ran)
        return Flow::Normal;
    const Interpreter::InnerScope inner(interpreter, scope);
    return interpreter.execute(node.orElse);
}

}

Flow TextOutput::execute(Interpreter& interpreter) const
{
    interpreter.write(text);
    return Flow::Normal;
}

Flow Output::execute(Interpreter& interpreter) const
{
    interpreter.write(toText(interpreter.budget, interpreter.evaluate(*expression)));
    return Flow::Normal;
}

Flow For::execute(Interpreter& interpreter) const
{
    const Value items = interpreter.evaluate(*iterable);
    return runLoop(interpreter, *this, interpreter.scope(), items, 0);
}

Flow If::execute(Interpreter& interpreter) const
{
    for (size_t i = 0; i < tests.size(); ++i) {
        if (interpreter.evaluate(*tests[i]).truth())
            return interpreter.execute(branches[i]);
    }
    return branches.size() > tests.size() ? interpreter.execute(branches.back()) : Flow::Normal;
}

Flow Set::execute(Interpreter& interpreter) const
{
    interpreter.assign(target, interpreter.evaluate(*value));
    return Flow::Normal;
}

Flow SetBlock::execute(Interpreter& interpreter) const
{
    Flow flow = Flow::Normal;
    Value result;
    {
        const Interpreter::InnerScope inner(interpreter, interpreter.scope());
        result = Value(interpreter.capture([&] { flow = interpreter.execute(body); }));
        if (filter && flow == Flow::Normal) {
            interpreter.scope()->names.insert_or_assign(filterBlockText, result);
            result = interpreter.evaluate(*filter);
        }
    }
    if (flow == Flow::Normal)
        interpreter.assign(target, result);
    return flow;
}

Flow Macro::execute(Interpreter& interpreter) const
{
    interpreter.scope()->names.insert_or_assign(definition.name, makeMacro(interpreter, definition));
    return Flow::Normal;
}

Flow CallBlock::execute(Interpreter& interpreter) const
{
    const auto& node = static_cast<const Call&>(*call);
    const Value function = interpreter.evaluate(*node.callee);
    Arguments arguments = node.arguments.evaluate(interpreter);
    arguments.named.emplace_back("caller", makeMacro(interpreter, caller));
    interpreter.write(toText(interpreter.budget, interpreter.call(function, std::move(arguments))));
    return Flow::Normal;
}

Flow FilterBlock::execute(Interpreter& interpreter) const
{
    const Interpreter::InnerScope inner(interpreter, interpreter.scope());
    Flow flow = Flow::Normal;
    const std::string text = interpreter.capture([&] { flow = interpreter.execute(body); });
    if (flow != Flow::Normal)
        return flow;
    interpreter.scope()->names.insert_or_assign(filterBlockText, Value(text));
    interpreter.write(toText(interpreter.budget, interpreter.evaluate(*filter)));
    return Flow::Normal;
}

Flow With::execute(Interpreter& interpreter) const
{
    Values evaluated;
    for (const auto& value : values)
        evaluated.push_back(interpreter.evaluate(*value));
    const Interpreter::InnerScope inner(interpreter, interpreter.scope());
    for (size_t i = 0; i < targets.size(); ++i)
        interpreter.assign(targets[i], evaluated[i]);
    return interpreter.execute(body);
}

Flow Block::execute(Interpreter& interpreter) const
{
    const Interpreter::InnerScope inner(
        interpreter, scoped ? interpreter.scope() : interpreter.outermostScope());
    return interpreter.execute(body);
}

Flow Jump::execute(Interpreter&) const
{
    return flow;
}

Flow Load::execute(Interpreter&) const
{
    throw Fault("no loader for this environment specified: a chat template cannot load another one");
}

}
