#pragma once

#include "core/tokenizer/jinja/limits.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace tiller::jinja {

enum class Type {
    Undefined,
    None,
    Bool,
    Int,
    Float,
    String,
    List,
    Tuple,
    DictKeys,
    DictValues,
    DictItems,
    Dict,
    Range,
    Iterator,
    Namespace,
    Callable,
    Loop,
    Cycler
};

class Value;
using Values = std::vector<Value>;
/// Gives the next item of an iteration; false at its end.
using Pull = std::function<bool(Value&)>;

struct Text {
    std::string bytes; ///< UTF-8
    size_t length; ///< code points
    bool markup; ///< safe for HTML: what `escape` and `safe` make
    bool isAscii() const { return length == bytes.size(); }
};

/// Whatever is larger than a number or a string. `depth` is one more than that of its deepest part: a bound
/// on every recursion over values, destructors among them.
struct Object {
    Object(Type objectType, int nesting);
    virtual ~Object() = default;
    virtual std::optional<Value> attribute(std::string_view name) const;
    virtual std::string
    description() const; ///< what repr() shows of what is neither number, text nor container

    const Type type;
    const int depth;
};

/// A Python value as templates see it. Strings and containers are shared and never change; only namespaces,
/// iterators and loops have a state. Integers are 64 bits wide.
class Value {
public:
    Value() = default; ///< None
    Value(bool value);
    Value(int64_t value);
    Value(double value);
    Value(std::string text, bool markup = false);
    Value(std::string_view text);
    Value(const char* text);
    Value(std::shared_ptr<Object> object);

    /// Jinja's undefined: empty as text, false, and `message` as the error once it is used for more.
    static Value undefined(std::string message);
    static Value size(size_t count) { return Value(static_cast<int64_t>(count)); }

    Type type() const;
    bool is(Type type_) const { return type() == type_; }
    bool isUndefined() const { return is(Type::Undefined); }
    bool isNone() const { return is(Type::None); }
    bool isString() const { return is(Type::String); }
    bool isInteger() const { return is(Type::Bool) || is(Type::Int); } ///< bool is an int in Python
    bool isNumber() const { return isInteger() || is(Type::Float); }
    bool isSequence() const;
    bool truth() const;
    int depth() const; ///< 0 for what holds nothing

    int64_t integer() const; ///< of a Bool or Int
    double number() const; ///< of a Bool, Int or Float
    const Text& text() const { return *std::get<TextPointer>(m_data); }
    const std::string& string() const { return text().bytes; }
    const std::string& message() const { return *std::get<Undefined>(m_data).message; }
    const std::shared_ptr<Object>& object() const { return std::get<std::shared_ptr<Object>>(m_data); }
    const Values& items() const; ///< of a sequence

    template <typename T>
    const T& as() const
    {
        return static_cast<const T&>(*object());
    }
    template <typename T>
    std::shared_ptr<T> shared() const
    {
        return std::static_pointer_cast<T>(object());
    }

private:
    struct Undefined {
        std::shared_ptr<const std::string> message;
    };
    using TextPointer = std::shared_ptr<const Text>;
    std::variant<std::monostate, Undefined, bool, int64_t, double, TextPointer, std::shared_ptr<Object>>
        m_data;
};

/// A list, tuple or view of a dict.
struct Sequence : Object {
    Sequence(Type sequenceType, Values values, bool isGroup);
    std::optional<Value> attribute(std::string_view name) const override;

    const Values items;
    const bool group; ///< a pair that groupby made, with names for its two items
};

/// Pairs in the order they came, found by key with Python's equality (1 == 1.0 == True).
class Entries {
public:
    const std::vector<std::pair<Value, Value>>& pairs() const { return m_pairs; }
    size_t size() const { return m_pairs.size(); }
    /// Null when absent; Fault when the key is unhashable. Keys of any length are charged for; the overloads
    /// for names are free.
    const Value* find(Budget& budget, const Value& key) const;
    const Value* find(std::string_view name) const;
    void set(Budget& budget, const Value& key, Value value);
    void set(const std::string& name, Value value);
    void clear();

private:
    void set(std::string hash, const Value& key, Value value);

    std::vector<std::pair<Value, Value>> m_pairs;
    std::unordered_map<std::string, size_t> m_index;
};

struct Dict : Object {
    explicit Dict(Entries values);

    const Entries entries;
};

struct Range : Object {
    Range(int64_t first, int64_t end, int64_t stride);
    Value at(size_t index) const { return Value(start + static_cast<int64_t>(index) * step); }

    const int64_t start;
    const int64_t stop;
    const int64_t step;
    size_t length;
};

/// What can be run through once.
struct Iterator : Object {
    Iterator(Pull source, int nesting, const char* typeName);
    std::string description() const override;

    Pull pull;
    const char* const name;
};

struct Namespace : Object {
    Namespace();
    std::optional<Value> attribute(std::string_view name) const override;

    Entries entries;
};

class Interpreter;

/// The arguments of a call.
struct Arguments {
    Values positional;
    std::vector<std::pair<std::string, Value>> named;
};

struct Callable : Object {
    using Body = std::function<Value(Interpreter&, Arguments&)>;
    Callable(std::string callableName, Body function, int nesting = 1);
    std::optional<Value> attribute(std::string_view attributeName) const override;
    std::string description() const override;

    const std::string name;
    const Body body;
};

Value makeList(Values items);
Value makeTuple(Values items);
Value makeSequence(Type type, Values items, bool group = false);
Value makeDict(Entries entries);
Value makeIterator(Pull pull, int depth, const char* name = "generator");
Value makeCallable(std::string name, Callable::Body body, int depth = 1);

/// A text that is equal for equal keys of a dict. Throws for what Python cannot hash.
std::string hashKey(Budget& budget, const Value& value);

/// "str", "NoneType": Python's name of a value's type.
std::string typeName(const Value& value);

}
