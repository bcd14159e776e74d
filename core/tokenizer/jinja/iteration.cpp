#include "core/tokenizer/jinja/iteration.h"

#include "core/tokenizer/jinja/unicode.h"

namespace tiller::jinja {

namespace {

Pull items(const Value& value)
{
    return [value, i = size_t(0)](Value& out) mutable {
        const auto& all = value.items();
        if (i >= all.size())
            return false;
        out = all[i++];
        return true;
    };
}

Pull keys(const Value& value)
{
    return [value, i = size_t(0)](Value& out) mutable {
        const auto& pairs = value.as<Dict>().entries.pairs();
        if (i >= pairs.size())
            return false;
        out = pairs[i++].first;
        return true;
    };
}

Pull letters(const Value& value)
{
    return [value, offset = size_t(0)](Value& out) mutable {
        const std::string& text = value.string();
        if (offset >= text.size())
            return false;
        const size_t start = offset;
        nextCodePoint(text, offset);
        out = Value(text.substr(start, offset - start));
        return true;
    };
}

Pull numbers(const Value& value)
{
    return [value, i = size_t(0)](Value& out) mutable {
        const auto& range = value.as<Range>();
        if (i >= range.length)
            return false;
        out = range.at(i++);
        return true;
    };
}

Pull source(const Value& value)
{
    switch (value.type()) {
    case Type::Undefined:
        return [](Value&) { return false; };
    case Type::String:
        return letters(value);
    case Type::Dict:
        return keys(value);
    case Type::Range:
        return numbers(value);
    case Type::Iterator:
        return [shared = value.shared<Iterator>()](Value& out) { return shared->pull(out); };
    default:
        if (value.isSequence())
            return items(value);
        throw Fault("'" + typeName(value) + "' object is not iterable");
    }
}

}

bool isIterable(const Value& value)
{
    switch (value.type()) {
    case Type::Undefined:
    case Type::String:
    case Type::Dict:
    case Type::Range:
    case Type::Iterator:
    case Type::Loop:
        return true;
    default:
        return value.isSequence();
    }
}

Pull iterate(Budget& budget, const Value& value)
{
    return [&budget, pull = source(value)](Value& out) {
        budget.charge();
        return pull(out);
    };
}

Values collect(Budget& budget, const Value& value)
{
    if (value.isSequence()) {
        budget.charge(value.items().size());
        return value.items();
    }
    Values all;
    const Pull pull = iterate(budget, value);
    for (Value item; pull(item);)
        all.push_back(item);
    return all;
}

bool hasLength(const Value& value)
{
    return value.isUndefined() || value.isString() || value.isSequence() || value.is(Type::Dict)
        || value.is(Type::Range);
}

size_t lengthOf(const Value& value)
{
    switch (value.type()) {
    case Type::Undefined:
        return 0;
    case Type::String:
        return value.text().length;
    case Type::Dict:
        return value.as<Dict>().entries.size();
    case Type::Range:
        return value.as<Range>().length;
    default:
        if (value.isSequence())
            return value.items().size();
        throw Fault("object of type '" + typeName(value) + "' has no len()");
    }
}

}
