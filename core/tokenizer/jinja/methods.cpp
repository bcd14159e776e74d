#include "core/tokenizer/jinja/methods.h"

#include "core/tokenizer/jinja/comparison.h"
#include "core/tokenizer/jinja/interpreter.h"

#include <algorithm>
#include <cmath>

namespace tiller::jinja {

namespace {

// ---- list, tuple, range

Values itemsOf(Interpreter& interpreter, const Value& self)
{
    if (self.isSequence())
        return self.items();
    const auto& range = self.as<Range>();
    interpreter.budget.charge(range.length);
    Values items;
    for (size_t i = 0; i < range.length; ++i)
        items.push_back(range.at(i));
    return items;
}

Value indexOf(Interpreter& interpreter, const Value& self, const Arguments& arguments)
{
    const Parameters given("index", arguments, {"", "", ""}, 1);
    const Values items = itemsOf(interpreter, self);
    const auto size = static_cast<int64_t>(items.size());
    const auto clamp = [&](int64_t at) { return std::clamp<int64_t>(at < 0 ? at + size : at, 0, size); };
    const int64_t end = clamp(given.integer(2, size));
    for (int64_t i = clamp(given.integer(1, 0)); i < end; ++i) {
        if (equals(interpreter.budget, items[static_cast<size_t>(i)], given[0]))
            return Value(i);
    }
    throw Fault("the value is not in the " + typeName(self));
}

Value countOf(Interpreter& interpreter, const Value& self, const Arguments& arguments)
{
    const Parameters given("count", arguments, {""}, 1);
    const Values items = itemsOf(interpreter, self);
    return Value(int64_t(std::count_if(items.begin(), items.end(),
        [&](const Value& item) { return equals(interpreter.budget, item, given[0]); })));
}

Value copyOf(Interpreter&, const Value& self, const Arguments& arguments)
{
    const Parameters none("copy", arguments, {});
    return self;
}

// ---- dict

Value getOf(Interpreter& interpreter, const Value& self, const Arguments& arguments)
{
    const Parameters given("get", arguments, {"", ""}, 1);
    const Value* found = self.as<Dict>().entries.find(interpreter.budget, given[0]);
    return found ? *found : given.get(1, Value());
}

Value viewOf(Interpreter& interpreter, const Value& self, Type type, const Arguments& arguments)
{
    const Parameters none("view", arguments, {});
    const auto& pairs = self.as<Dict>().entries.pairs();
    interpreter.budget.charge(pairs.size());
    Values items;
    items.reserve(pairs.size());
    for (const auto& [key, value] : pairs)
        items.push_back(type == Type::DictKeys ? key
                : type == Type::DictValues     ? value
                                               : makeTuple({key, value}));
    return makeSequence(type, std::move(items));
}

Value keysOf(Interpreter& interpreter, const Value& self, const Arguments& arguments)
{
    return viewOf(interpreter, self, Type::DictKeys, arguments);
}

Value valuesOf(Interpreter& interpreter, const Value& self, const Arguments& arguments)
{
    return viewOf(interpreter, self, Type::DictValues, arguments);
}

Value pairsOf(Interpreter& interpreter, const Value& self, const Arguments& arguments)
{
    return viewOf(interpreter, self, Type::DictItems, arguments);
}

// ---- numbers

Value bitLengthOf(Interpreter&, const Value& self, const Arguments& arguments)
{
    const Parameters none("bit_length", arguments, {});
    int64_t bits = 0;
    for (int64_t rest = self.integer(); rest != 0; rest /= 2)
        ++bits;
    return Value(bits);
}

Value isIntegerOf(Interpreter&, const Value& self, const Arguments& arguments)
{
    const Parameters none("is_integer", arguments, {});
    return Value(std::isfinite(self.number()) && std::floor(self.number()) == self.number());
}

std::optional<Value> numberAttribute(const Value& self, std::string_view name)
{
    const bool isInteger = self.isInteger();
    const Value number = isInteger ? Value(self.integer()) : self;
    if (name == "real" || (isInteger && name == "numerator"))
        return number;
    if (name == "imag")
        return isInteger ? Value(int64_t(0)) : Value(0.0);
    if (isInteger && name == "denominator")
        return Value(int64_t(1));
    return std::nullopt;
}

std::optional<Value> rangeAttribute(const Range& range, std::string_view name)
{
    if (name == "start")
        return Value(range.start);
    if (name == "stop")
        return Value(range.stop);
    if (name == "step")
        return Value(range.step);
    return std::nullopt;
}

constexpr NamedMethod sequenceMethods[] = {{"count", countOf}, {"index", indexOf}};
constexpr NamedMethod dictMethods[]
    = {{"copy", copyOf}, {"get", getOf}, {"items", pairsOf}, {"keys", keysOf}, {"values", valuesOf}};

template <size_t size>
Method find(const NamedMethod (&methods)[size], std::string_view name)
{
    const auto* found = std::find_if(
        std::begin(methods), std::end(methods), [&](const NamedMethod& entry) { return entry.name == name; });
    return found == std::end(methods) ? nullptr : found->method;
}

Method findByType(const Value& self, std::string_view name)
{
    switch (self.type()) {
    case Type::String:
        return findStringMethod(name);
    case Type::List:
        return name == "copy" ? copyOf : find(sequenceMethods, name);
    case Type::Tuple:
    case Type::Range:
        return find(sequenceMethods, name);
    case Type::Dict:
        return find(dictMethods, name);
    case Type::Bool:
    case Type::Int:
        return name == "bit_length" ? bitLengthOf : nullptr;
    case Type::Float:
        return name == "is_integer" ? isIntegerOf : nullptr;
    default:
        return nullptr;
    }
}

}

std::optional<Value> findMethod(const Value& self, std::string_view name)
{
    if (self.isNumber()) {
        if (auto attribute = numberAttribute(self, name))
            return attribute;
    }
    if (self.is(Type::Range)) {
        if (auto attribute = rangeAttribute(self.as<Range>(), name))
            return attribute;
    }
    const Method method = findByType(self, name);
    if (!method)
        return std::nullopt;
    const auto body = [self, method](Interpreter& interpreter, Arguments& arguments) {
        if (self.isString())
            interpreter.budget.chargeText(self.string().size());
        return method(interpreter, self, arguments);
    };
    return makeCallable(std::string(name), body, self.depth() + 1);
}

bool changesItsObject(const Value& self, std::string_view name)
{
    static constexpr std::string_view ofLists[]
        = {"append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort"};
    static constexpr std::string_view ofDicts[] = {"clear", "pop", "popitem", "setdefault", "update"};
    const auto in = [&](const auto& names) {
        return std::find(std::begin(names), std::end(names), name) != std::end(names);
    };
    return (self.is(Type::List) && in(ofLists)) || (self.is(Type::Dict) && in(ofDicts));
}

}
