#include "core/tokenizer/jinja/access.h"

#include "core/tokenizer/jinja/interpreter.h"
#include "core/tokenizer/jinja/methods.h"
#include "core/tokenizer/jinja/numbers.h"
#include "core/tokenizer/jinja/text.h"
#include "core/tokenizer/jinja/unicode.h"

#include <algorithm>
#include <limits>

namespace tiller::jinja {

namespace {

constexpr size_t longestShownName = 100;

Value undefinedIn(Interpreter& interpreter, const Value& owner, const Value& key)
{
    const std::string type = owner.isNone() ? "None" : typeName(owner) + " object";
    const bool shown = !key.isString() || key.string().size() <= longestShownName;
    const std::string name
        = shown ? toRepr(interpreter.budget, key) : textRepr(key.string().substr(0, longestShownName));
    return Value::undefined(
        key.isString() ? "'" + type + "' has no attribute " + name : type + " has no element " + name);
}

Value forbidden(const Value& owner, std::string_view name)
{
    return Value::undefined(
        "access to attribute '" + std::string(name) + "' of '" + typeName(owner) + "' object is unsafe.");
}

std::optional<Value> findAttribute(const Value& owner, std::string_view name)
{
    if (owner.depth() > 0) {
        if (auto own = owner.object()->attribute(name))
            return name.starts_with('_') ? forbidden(owner, name) : std::move(*own);
    }
    if (name.starts_with("__") && name.ends_with("__") && name.size() > 4 && name.size() <= longestShownName)
        return forbidden(owner, name);
    if (changesItsObject(owner, name))
        return forbidden(owner, name);
    return findMethod(owner, name);
}

std::optional<size_t> position(size_t length, int64_t index)
{
    const auto size = static_cast<int64_t>(length);
    const int64_t at = index < 0 ? index + size : index;
    return at >= 0 && at < size ? std::optional(static_cast<size_t>(at)) : std::nullopt;
}

std::optional<Value> letter(Budget& budget, const Text& text, int64_t index)
{
    const auto at = position(text.length, index);
    if (!at)
        return std::nullopt;
    if (text.isAscii())
        return Value(text.bytes.substr(*at, 1));
    budget.chargeText(text.bytes.size());
    size_t end = byteOffset(text.bytes, *at);
    const size_t start = end;
    nextCodePoint(text.bytes, end);
    return Value(text.bytes.substr(start, end - start));
}

std::optional<Value> findItem(Budget& budget, const Value& owner, const Value& key)
{
    if (owner.is(Type::Dict)) {
        const Type keyType = key.type();
        if (keyType == Type::List || keyType == Type::Dict)
            return std::nullopt;
        const Value* found = owner.as<Dict>().entries.find(budget, key);
        return found ? std::optional(*found) : std::nullopt;
    }
    if (!key.isInteger())
        return std::nullopt;
    if (owner.isString())
        return letter(budget, owner.text(), key.integer());
    if (owner.is(Type::List) || owner.is(Type::Tuple)) {
        const auto at = position(owner.items().size(), key.integer());
        return at ? std::optional(owner.items()[*at]) : std::nullopt;
    }
    if (owner.is(Type::Range)) {
        const auto at = position(owner.as<Range>().length, key.integer());
        return at ? std::optional(owner.as<Range>().at(*at)) : std::nullopt;
    }
    return std::nullopt;
}

struct Bounds {
    int64_t start;
    int64_t step;
    size_t count;
};

std::optional<int64_t> bound(const Value& value)
{
    if (value.isNone())
        return std::nullopt;
    if (!value.isInteger())
        throw Fault("slice indices must be integers or None or have an __index__ method");
    return value.integer();
}

// Python's PySlice_AdjustIndices.
Bounds bounds(size_t size, const Value& startValue, const Value& stopValue, const Value& stepValue)
{
    const auto length = static_cast<int64_t>(size);
    const int64_t step = std::max(bound(stepValue).value_or(1), -std::numeric_limits<int64_t>::max());
    if (step == 0)
        throw Fault("slice step cannot be zero");
    const int64_t low = step < 0 ? -1 : 0;
    const int64_t high = step < 0 ? length - 1 : length;
    const auto adjust = [&](std::optional<int64_t> given, int64_t missing) {
        if (!given)
            return missing;
        const int64_t index = *given < 0 ? std::max(*given, -length - 1) + length : *given;
        return std::clamp(index, low, high);
    };
    const int64_t start = adjust(bound(startValue), step < 0 ? high : low);
    const int64_t stop = adjust(bound(stopValue), step < 0 ? low : high);
    if (step < 0 ? stop >= start : start >= stop)
        return {start, step, 0};
    const int64_t count = step < 0 ? (start - stop - 1) / -step + 1 : (stop - start - 1) / step + 1;
    return {start, step, static_cast<size_t>(count)};
}

template <typename Source>
Source pick(const Source& source, const Bounds& cut)
{
    Source out;
    out.reserve(cut.count);
    int64_t at = cut.start;
    for (size_t i = 0; i < cut.count; ++i) {
        out.push_back(source[static_cast<size_t>(at)]);
        if (i + 1 < cut.count)
            at += cut.step;
    }
    return out;
}

Value sliceText(const Text& text, const Bounds& cut)
{
    if (text.isAscii())
        return Value(pick(text.bytes, cut), text.markup);
    if (cut.step == 1) {
        const size_t start = byteOffset(text.bytes, static_cast<size_t>(cut.start));
        const std::string_view rest = std::string_view(text.bytes).substr(start);
        return Value(std::string(rest.substr(0, byteOffset(rest, cut.count))), text.markup);
    }
    return Value(encode(pick(decode(text.bytes), cut)), text.markup);
}

}

Value getAttribute(Interpreter& interpreter, const Value& value, const std::string& name)
{
    if (value.isUndefined())
        throw Fault(value.message());
    if (auto attribute = findAttribute(value, name))
        return std::move(*attribute);
    if (value.is(Type::Dict)) {
        if (const Value* item = value.as<Dict>().entries.find(std::string_view(name)))
            return *item;
    }
    return undefinedIn(interpreter, value, Value(name));
}

Value getItem(Interpreter& interpreter, const Value& value, const Value& key)
{
    if (value.isUndefined())
        throw Fault(value.message());
    if (auto item = findItem(interpreter.budget, value, key))
        return std::move(*item);
    if (key.isString()) {
        if (auto attribute = findAttribute(value, key.string()))
            return std::move(*attribute);
    }
    return undefinedIn(interpreter, value, key);
}

Value slice(Budget& budget, const Value& value, const Value& start, const Value& stop, const Value& step)
{
    if (value.isUndefined())
        throw Fault(value.message());
    if (value.isString()) {
        budget.chargeText(value.string().size());
        return sliceText(value.text(), bounds(value.text().length, start, stop, step));
    }
    if (value.is(Type::List) || value.is(Type::Tuple)) {
        const Bounds cut = bounds(value.items().size(), start, stop, step);
        budget.charge(cut.count);
        return makeSequence(value.type(), pick(value.items(), cut));
    }
    if (value.is(Type::Range)) {
        const auto& range = value.as<Range>();
        const Bounds cut = bounds(range.length, start, stop, step);
        const int64_t first = range.start + cut.start * range.step;
        int64_t stride = 0;
        int64_t span = 0;
        int64_t end = 0;
        if (__builtin_mul_overflow(range.step, cut.step, &stride)
            || __builtin_mul_overflow(stride, static_cast<int64_t>(cut.count), &span)
            || __builtin_add_overflow(first, span, &end))
            throw Fault("an integer does not fit 64 bits");
        return Value(std::make_shared<Range>(first, end, stride));
    }
    throw Fault("'" + typeName(value) + "' object is not subscriptable");
}

AttributePath::AttributePath(Interpreter& interpreter, const Value& path, std::optional<Value> fallback)
    : m_interpreter(interpreter)
    , m_fallback(std::move(fallback))
{
    if (path.isNone())
        return;
    if (!path.isString()) {
        m_parts.push_back(path);
        return;
    }
    std::string_view rest = path.string();
    interpreter.budget.charge(rest.size());
    for (;;) {
        const size_t dot = rest.find('.');
        const std::string_view part = rest.substr(0, dot);
        const bool digits = !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
        const auto index = digits ? parseInteger(part) : std::nullopt;
        m_parts.push_back(index ? Value(*index) : Value(part));
        if (dot == std::string_view::npos)
            return;
        rest.remove_prefix(dot + 1);
    }
}

Value AttributePath::operator()(const Value& item) const
{
    Value value = item;
    for (const Value& part : m_parts) {
        m_interpreter.budget.charge();
        value = getItem(m_interpreter, value, part);
        if (m_fallback && value.isUndefined())
            value = *m_fallback;
    }
    return value;
}

}
