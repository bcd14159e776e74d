#include "core/tokenizer/jinja/interpreter.h"

#include "core/tokenizer/jinja/globals.h"
#include "core/tokenizer/jinja/iteration.h"
#include "core/tokenizer/jinja/loop.h"

namespace tiller::jinja {

Interpreter::Interpreter(Entries context, const std::tm& now)
    : m_now(now)
    , m_outermost(std::make_shared<Scope>(std::make_shared<Scope>(builtinScope())))
    , m_scope(m_outermost)
{
    for (const auto& [name, value] : context.pairs())
        m_outermost->parent->names.insert_or_assign(name.string(), value);
    keep(m_outermost);
}

Interpreter::~Interpreter()
{
    for (const auto& scope : m_scopes)
        scope->names.clear();
    for (const auto& space : m_namespaces)
        space->entries.clear();
}

std::string Interpreter::render(const Statements& program)
{
    execute(program);
    return std::move(m_output);
}

Value Interpreter::evaluate(const Expression& expression)
{
    const DepthGuard guard(m_depth, maxCallDepth, "the template calls itself too deeply");
    budget.charge();
    // Only what succeeds gives the line back: a fault is where it was found.
    const int line = std::exchange(m_line, expression.line);
    Value value = expression.evaluate(*this);
    m_line = line;
    return value;
}

Flow Interpreter::execute(const Statements& statements)
{
    const DepthGuard guard(m_depth, maxCallDepth, "the template calls itself too deeply");
    for (const auto& statement : statements) {
        budget.charge();
        m_line = statement->line;
        const Flow flow = statement->execute(*this);
        if (flow != Flow::Normal)
            return flow;
    }
    return Flow::Normal;
}

Value Interpreter::call(const Value& callee, Arguments arguments)
{
    const DepthGuard guard(m_depth, maxCallDepth, "the template calls itself too deeply");
    if (callee.is(Type::Callable))
        return callee.as<Callable>().body(*this, arguments);
    if (callee.is(Type::Loop))
        return callee.as<Loop>().call(*this, arguments);
    throw Fault(
        callee.isUndefined() ? callee.message() : "'" + typeName(callee) + "' object is not callable");
}

void Interpreter::write(std::string_view text)
{
    budget.chargeText(m_output.size() + text.size() > maxTextBytes ? maxTextBytes + 1 : text.size());
    m_output += text;
}

Value Interpreter::lookUp(const std::string& name)
{
    const Value* value = m_scope->find(name, budget);
    return value ? *value : Value::undefined("'" + name + "' is undefined");
}

void Interpreter::assign(const Target& target, const Value& value)
{
    if (!target.attribute.empty()) {
        const Value* space = m_scope->find(target.name, budget);
        if (!space || !space->is(Type::Namespace))
            throw Fault("cannot assign attribute on non-namespace object");
        space->shared<Namespace>()->entries.set(target.attribute, value);
        return;
    }
    if (target.parts.empty()) {
        m_scope->names.insert_or_assign(target.name, value);
        return;
    }
    if (!isIterable(value))
        throw Fault("cannot unpack non-iterable " + typeName(value) + " object");
    const Values items = collect(budget, value);
    const std::string expected = std::to_string(target.parts.size());
    if (items.size() < target.parts.size())
        throw Fault("not enough values to unpack (expected " + expected + ", got "
            + std::to_string(items.size()) + ")");
    if (items.size() > target.parts.size())
        throw Fault("too many values to unpack (expected " + expected + ")");
    for (size_t i = 0; i < items.size(); ++i)
        assign(target.parts[i], items[i]);
}

Value Interpreter::makeNamespace(Entries entries)
{
    auto space = std::make_shared<Namespace>();
    space->entries = std::move(entries);
    m_namespaces.push_back(space);
    return Value(space);
}

}
