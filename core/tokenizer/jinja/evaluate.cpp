// What the expressions of a template are worth.

#include "core/tokenizer/jinja/access.h"
#include "core/tokenizer/jinja/ast.h"
#include "core/tokenizer/jinja/comparison.h"
#include "core/tokenizer/jinja/filters.h"
#include "core/tokenizer/jinja/interpreter.h"
#include "core/tokenizer/jinja/iteration.h"
#include "core/tokenizer/jinja/tests.h"
#include "core/tokenizer/jinja/text.h"

namespace tiller::jinja {

Value Literal::evaluate(Interpreter&) const
{
    return value;
}

Value Name::evaluate(Interpreter& interpreter) const
{
    return interpreter.lookUp(name);
}

Value Collection::evaluate(Interpreter& interpreter) const
{
    Values values;
    values.reserve(items.size());
    for (const auto& item : items)
        values.push_back(interpreter.evaluate(*item));
    return makeSequence(type, std::move(values));
}

Value DictDisplay::evaluate(Interpreter& interpreter) const
{
    Entries entries;
    for (size_t i = 0; i < keys.size(); ++i) {
        const Value key = interpreter.evaluate(*keys[i]);
        entries.set(interpreter.budget, key, interpreter.evaluate(*values[i]));
    }
    return makeDict(std::move(entries));
}

Value AttributeOf::evaluate(Interpreter& interpreter) const
{
    return getAttribute(interpreter, interpreter.evaluate(*object), name);
}

Value ItemOf::evaluate(Interpreter& interpreter) const
{
    const Value owner = interpreter.evaluate(*object);
    return getItem(interpreter, owner, interpreter.evaluate(*key));
}

Value SliceOf::evaluate(Interpreter& interpreter) const
{
    const auto bound
        = [&](const ExpressionPtr& node) { return node ? interpreter.evaluate(*node) : Value(); };
    const Value owner = interpreter.evaluate(*object);
    const Value first = bound(start);
    const Value last = bound(stop);
    return slice(interpreter.budget, owner, first, last, bound(step));
}

Arguments CallArguments::evaluate(Interpreter& interpreter) const
{
    Arguments out;
    for (const auto& node : positional)
        out.positional.push_back(interpreter.evaluate(*node));
    if (starred) {
        for (const auto& value : collect(interpreter.budget, interpreter.evaluate(*starred)))
            out.positional.push_back(value);
    }
    for (size_t i = 0; i < named.size(); ++i)
        out.named.emplace_back(names[i], interpreter.evaluate(*named[i]));
    if (doubleStarred) {
        const Value more = interpreter.evaluate(*doubleStarred);
        if (!more.is(Type::Dict))
            throw Fault("argument after ** must be a mapping, not " + typeName(more));
        for (const auto& [key, value] : more.as<Dict>().entries.pairs()) {
            if (!key.isString())
                throw Fault("keywords must be strings");
            interpreter.budget.chargeText(key.string().size());
            out.named.emplace_back(key.string(), value);
        }
    }
    return out;
}

Value Call::evaluate(Interpreter& interpreter) const
{
    const Value function = interpreter.evaluate(*callee);
    return interpreter.call(function, arguments.evaluate(interpreter));
}

Value FilterOf::evaluate(Interpreter& interpreter) const
{
    const Value value = input ? interpreter.evaluate(*input) : interpreter.lookUp(filterBlockText);
    return applyFilter(interpreter, name, value, arguments.evaluate(interpreter));
}

Value TestOf::evaluate(Interpreter& interpreter) const
{
    const Value value = interpreter.evaluate(*input);
    return Value(applyTest(interpreter, name, value, arguments.evaluate(interpreter)));
}

Value Unary::evaluate(Interpreter& interpreter) const
{
    const Value value = interpreter.evaluate(*operand);
    switch (kind) {
    case Kind::Not:
        return Value(!value.truth());
    case Kind::Negate:
        return negate(value);
    case Kind::Positive:
        return positive(value);
    }
    return {};
}

Value Binary::evaluate(Interpreter& interpreter) const
{
    const Value first = interpreter.evaluate(*left);
    return calculate(interpreter, op, first, interpreter.evaluate(*right));
}

Value Logic::evaluate(Interpreter& interpreter) const
{
    Value first = interpreter.evaluate(*left);
    return first.truth() == isAnd ? interpreter.evaluate(*right) : first;
}

bool compare(Budget& budget, Comparison comparison, const Value& left, const Value& right)
{
    switch (comparison) {
    case Comparison::Equal:
        return equals(budget, left, right);
    case Comparison::NotEqual:
        return !equals(budget, left, right);
    case Comparison::Less:
        return order(budget, left, right, "<") < 0;
    case Comparison::LessEqual:
        return order(budget, left, right, "<=") <= 0;
    case Comparison::Greater:
        return order(budget, left, right, ">") > 0;
    case Comparison::GreaterEqual:
        return order(budget, left, right, ">=") >= 0;
    case Comparison::In:
        return contains(budget, right, left);
    case Comparison::NotIn:
        return !contains(budget, right, left);
    }
    return false;
}

Value Compare::evaluate(Interpreter& interpreter) const
{
    Value left = interpreter.evaluate(*operands[0]);
    for (size_t i = 0; i < comparisons.size(); ++i) {
        Value right = interpreter.evaluate(*operands[i + 1]);
        if (!compare(interpreter.budget, comparisons[i], left, right))
            return Value(false);
        left = std::move(right);
    }
    return Value(true);
}

Value Concatenation::evaluate(Interpreter& interpreter) const
{
    std::string text;
    for (const auto& part : parts) {
        const std::string piece = toText(interpreter.budget, interpreter.evaluate(*part));
        interpreter.budget.chargeText(text.size() + piece.size());
        text += piece;
    }
    return Value(std::move(text));
}

Value Conditional::evaluate(Interpreter& interpreter) const
{
    if (interpreter.evaluate(*test).truth())
        return interpreter.evaluate(*whenTrue);
    if (whenFalse)
        return interpreter.evaluate(*whenFalse);
    return Value::undefined("the inline if-expression on line " + std::to_string(line)
        + " evaluated to false and no else section was defined.");
}

}
