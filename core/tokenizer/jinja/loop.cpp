#include "core/tokenizer/jinja/loop.h"

#include "core/tokenizer/jinja/comparison.h"
#include "core/tokenizer/jinja/interpreter.h"

#include <algorithm>

namespace tiller::jinja {

Loop::Loop(Pull pull, std::optional<size_t> length, int nesting, int depth0, Recurse recurse)
    : Object(Type::Loop, nesting)
    , m_pull(std::move(pull))
    , m_length(length)
    , m_depth0(depth0)
    , m_recurse(std::move(recurse))
{
}

bool Loop::advance(Value& item)
{
    if (!peek())
        return false;
    item = std::move(m_ahead.back());
    m_ahead.pop_back();
    ++m_taken;
    m_previous = std::exchange(m_current, item);
    return true;
}

void Loop::finish()
{
    m_pull = [](Value&) { return false; };
    m_ahead.clear();
    m_previous = {};
    m_current = {};
    m_lastSeen.reset();
}

bool Loop::peek() const
{
    Value item;
    if (m_ahead.empty() && m_pull(item))
        m_ahead.push_back(std::move(item));
    return !m_ahead.empty();
}

size_t Loop::length() const
{
    if (!m_length) {
        std::reverse(m_ahead.begin(), m_ahead.end());
        for (Value item; m_pull(item);)
            m_ahead.push_back(item);
        std::reverse(m_ahead.begin(), m_ahead.end());
        m_length = m_taken + m_ahead.size();
    }
    return *m_length;
}

Value Loop::cycler() const
{
    return makeCallable("cycle", [taken = m_taken](Interpreter&, Arguments& arguments) {
        if (arguments.positional.empty())
            throw Fault("no items for cycling given");
        return arguments.positional[(taken - 1) % arguments.positional.size()];
    });
}

Value Loop::changeDetector() const
{
    const auto body = [self = shared_from_this()](Interpreter& interpreter, Arguments& arguments) {
        const Value seen = makeTuple(arguments.positional);
        const bool changed = !self->m_lastSeen || !equals(interpreter.budget, *self->m_lastSeen, seen);
        self->m_lastSeen = seen;
        return Value(changed);
    };
    return makeCallable("changed", body, depth + 1);
}

Value Loop::call(Interpreter& interpreter, const Arguments& arguments) const
{
    if (!m_recurse)
        throw Fault("The loop must have the 'recursive' marker to be called recursively.");
    if (arguments.positional.size() != 1 || !arguments.named.empty())
        throw Fault("a recursive loop is called with what it runs over, and nothing else");
    return m_recurse(interpreter, arguments.positional[0], m_depth0 + 1);
}

std::string Loop::description() const
{
    return "<LoopContext " + std::to_string(m_taken) + "/" + std::to_string(length()) + ">";
}

std::optional<Value> Loop::attribute(std::string_view name) const
{
    if (name == "index")
        return Value::size(m_taken);
    if (name == "index0")
        return Value(static_cast<int64_t>(m_taken) - 1);
    if (name == "first")
        return Value(m_taken == 1);
    if (name == "last")
        return Value(!peek());
    if (name == "length")
        return Value::size(length());
    if (name == "revindex")
        return Value(static_cast<int64_t>(length()) - static_cast<int64_t>(m_taken) + 1);
    if (name == "revindex0")
        return Value(static_cast<int64_t>(length()) - static_cast<int64_t>(m_taken));
    if (name == "previtem")
        return m_taken == 1 ? Value::undefined("there is no previous item") : m_previous;
    if (name == "nextitem")
        return peek() ? m_ahead.back() : Value::undefined("there is no next item");
    if (name == "depth")
        return Value(int64_t(m_depth0) + 1);
    if (name == "depth0")
        return Value(int64_t(m_depth0));
    if (name == "cycle")
        return cycler();
    if (name == "changed")
        return changeDetector();
    return std::nullopt;
}

}
