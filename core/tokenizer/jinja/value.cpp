#include "core/tokenizer/jinja/value.h"

#include "core/tokenizer/jinja/text.h"
#include "core/tokenizer/jinja/unicode.h"

#include <algorithm>
#include <cmath>

namespace tiller::jinja {

namespace {

int deepest(const Values& values)
{
    int depth = 0;
    for (const auto& value : values)
        depth = std::max(depth, value.depth());
    return depth;
}

int deepest(const Entries& entries)
{
    int depth = 0;
    for (const auto& [key, value] : entries.pairs())
        depth = std::max({depth, key.depth(), value.depth()});
    return depth;
}

}

Object::Object(Type objectType, int nesting)
    : type(objectType)
    , depth(nesting)
{
    if (nesting > maxNesting)
        throw Fault("a value is nested too deeply");
}

std::optional<Value> Object::attribute(std::string_view) const
{
    return std::nullopt;
}

std::string Object::description() const
{
    return "<object>";
}

Value::Value(bool value)
    : m_data(value)
{
}

Value::Value(int64_t value)
    : m_data(value)
{
}

Value::Value(double value)
    : m_data(value)
{
}

Value::Value(std::string text, bool markup)
{
    const size_t length = codePointCount(text);
    m_data = std::make_shared<const Text>(Text{std::move(text), length, markup});
}

Value::Value(std::string_view text)
    : Value(std::string(text))
{
}

Value::Value(const char* text)
    : Value(std::string(text))
{
}

Value::Value(std::shared_ptr<Object> object)
    : m_data(std::move(object))
{
}

Value Value::undefined(std::string message)
{
    Value value;
    value.m_data = Undefined{std::make_shared<const std::string>(std::move(message))};
    return value;
}

Type Value::type() const
{
    constexpr Type scalars[]
        = {Type::None, Type::Undefined, Type::Bool, Type::Int, Type::Float, Type::String};
    const size_t index = m_data.index();
    return index < std::size(scalars) ? scalars[index] : object()->type;
}

bool Value::isSequence() const
{
    const Type kind = type();
    return kind >= Type::List && kind <= Type::DictItems;
}

bool Value::truth() const
{
    switch (type()) {
    case Type::Undefined:
    case Type::None:
        return false;
    case Type::Bool:
    case Type::Int:
        return integer() != 0;
    case Type::Float:
        return number() != 0;
    case Type::String:
        return text().length > 0;
    case Type::List:
    case Type::Tuple:
    case Type::DictKeys:
    case Type::DictValues:
    case Type::DictItems:
        return !items().empty();
    case Type::Dict:
        return as<Dict>().entries.size() > 0;
    case Type::Range:
        return as<Range>().length > 0;
    default:
        return true;
    }
}

int Value::depth() const
{
    const auto* object = std::get_if<std::shared_ptr<Object>>(&m_data);
    return object ? (*object)->depth : 0;
}

int64_t Value::integer() const
{
    const auto* boolean = std::get_if<bool>(&m_data);
    return boolean ? *boolean : std::get<int64_t>(m_data);
}

double Value::number() const
{
    const auto* real = std::get_if<double>(&m_data);
    return real ? *real : static_cast<double>(integer());
}

const Values& Value::items() const
{
    return as<Sequence>().items;
}

Sequence::Sequence(Type sequenceType, Values values, bool isGroup)
    : Object(sequenceType, 1 + deepest(values))
    , items(std::move(values))
    , group(isGroup)
{
}

std::optional<Value> Sequence::attribute(std::string_view name) const
{
    if (group && name == "grouper")
        return items[0];
    if (group && name == "list")
        return items[1];
    return std::nullopt;
}

const Value* Entries::find(Budget& budget, const Value& key) const
{
    const auto found = m_index.find(hashKey(budget, key));
    return found == m_index.end() ? nullptr : &m_pairs[found->second].second;
}

const Value* Entries::find(std::string_view name) const
{
    const auto found = m_index.find(std::string("s").append(name));
    return found == m_index.end() ? nullptr : &m_pairs[found->second].second;
}

void Entries::set(Budget& budget, const Value& key, Value value)
{
    set(hashKey(budget, key), key, std::move(value));
}

void Entries::set(const std::string& name, Value value)
{
    set("s" + name, Value(name), std::move(value));
}

void Entries::set(std::string hash, const Value& key, Value value)
{
    const auto [place, isNew] = m_index.try_emplace(std::move(hash), m_pairs.size());
    if (isNew)
        m_pairs.emplace_back(key, std::move(value));
    else
        m_pairs[place->second].second = std::move(value);
}

void Entries::clear()
{
    m_pairs.clear();
    m_index.clear();
}

Dict::Dict(Entries values)
    : Object(Type::Dict, 1 + deepest(values))
    , entries(std::move(values))
{
}

Range::Range(int64_t first, int64_t end, int64_t stride)
    : Object(Type::Range, 1)
    , start(first)
    , stop(end)
    , step(stride)
    , length(0)
{
    if (step == 0)
        throw Fault("range() arg 3 must not be zero");
    const bool up = step > 0;
    if (up ? start >= stop : start <= stop)
        return;
    const auto low = static_cast<uint64_t>(up ? start : stop);
    const auto high = static_cast<uint64_t>(up ? stop : start);
    const uint64_t stride64 = up ? static_cast<uint64_t>(step) : ~static_cast<uint64_t>(step) + 1;
    const uint64_t count = (high - low - 1) / stride64 + 1;
    if (count > maxRangeItems)
        throw Fault("Range too big. The sandbox blocks ranges larger than MAX_RANGE (100000).");
    length = static_cast<size_t>(count);
}

Iterator::Iterator(Pull source, int nesting, const char* typeName)
    : Object(Type::Iterator, nesting)
    , pull(std::move(source))
    , name(typeName)
{
}

std::string Iterator::description() const
{
    return std::string("<") + name + " object>";
}

Namespace::Namespace()
    : Object(Type::Namespace, 1)
{
}

std::optional<Value> Namespace::attribute(std::string_view name) const
{
    const Value* value = entries.find(name);
    return value ? std::optional(*value) : std::nullopt;
}

Callable::Callable(std::string callableName, Body function, int nesting)
    : Object(Type::Callable, nesting)
    , name(std::move(callableName))
    , body(std::move(function))
{
}

std::optional<Value> Callable::attribute(std::string_view attributeName) const
{
    return attributeName == "name" ? std::optional<Value>(name) : std::nullopt;
}

std::string Callable::description() const
{
    return "<function " + name + ">";
}

Value makeSequence(Type type, Values items, bool group)
{
    return Value(std::make_shared<Sequence>(type, std::move(items), group));
}

Value makeList(Values items)
{
    return makeSequence(Type::List, std::move(items));
}

Value makeTuple(Values items)
{
    return makeSequence(Type::Tuple, std::move(items));
}

Value makeDict(Entries entries)
{
    return Value(std::make_shared<Dict>(std::move(entries)));
}

Value makeIterator(Pull pull, int depth, const char* name)
{
    return Value(std::make_shared<Iterator>(std::move(pull), depth, name));
}

Value makeCallable(std::string name, Callable::Body body, int depth)
{
    return Value(std::make_shared<Callable>(std::move(name), std::move(body), depth));
}

std::string hashKey(Budget& budget, const Value& value)
{
    budget.charge();
    switch (value.type()) {
    case Type::Undefined:
        return "u";
    case Type::None:
        return "n";
    case Type::Bool:
    case Type::Int:
        return "i" + std::to_string(value.integer());
    case Type::Float: {
        const double number = value.number();
        const bool integral = std::floor(number) == number && std::fabs(number) < 9e18;
        return integral ? "i" + std::to_string(static_cast<int64_t>(number)) : "f" + floatText(number);
    }
    case Type::String:
        budget.chargeText(value.string().size());
        return "s" + value.string();
    case Type::Tuple: {
        std::string key = "t";
        for (const auto& item : value.items()) {
            const std::string part = hashKey(budget, item);
            budget.chargeText(part.size());
            key += std::to_string(part.size()) + ":" + part;
            if (key.size() > maxTextBytes)
                throw Fault("a key is too large");
        }
        return key;
    }
    case Type::List:
    case Type::Dict:
    case Type::DictKeys:
    case Type::DictItems:
        throw Fault("unhashable type: '" + typeName(value) + "'");
    default:
        return "p" + std::to_string(reinterpret_cast<uintptr_t>(value.object().get()));
    }
}

std::string typeName(const Value& value)
{
    switch (value.type()) {
    case Type::Undefined:
        return "Undefined";
    case Type::None:
        return "NoneType";
    case Type::Bool:
        return "bool";
    case Type::Int:
        return "int";
    case Type::Float:
        return "float";
    case Type::String:
        return value.text().markup ? "Markup" : "str";
    case Type::List:
        return "list";
    case Type::Tuple:
        return value.as<Sequence>().group ? "_GroupTuple" : "tuple";
    case Type::DictKeys:
        return "dict_keys";
    case Type::DictValues:
        return "dict_values";
    case Type::DictItems:
        return "dict_items";
    case Type::Dict:
        return "dict";
    case Type::Range:
        return "range";
    case Type::Iterator:
        return value.as<Iterator>().name;
    case Type::Namespace:
        return "Namespace";
    case Type::Callable:
        return "function";
    case Type::Loop:
        return "LoopContext";
    case Type::Cycler:
        return "Cycler";
    }
    return "object";
}

}
