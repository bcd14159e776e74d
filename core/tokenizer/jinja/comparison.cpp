#include "core/tokenizer/jinja/comparison.h"

#include "core/tokenizer/jinja/iteration.h"
#include "core/tokenizer/jinja/strings.h"

#include <algorithm>
#include <cmath>

namespace tiller::jinja {

namespace {

std::partial_ordering orderNumbers(const Value& left, const Value& right)
{
    if (left.isInteger() && right.isInteger())
        return left.integer() <=> right.integer();
    const double a = left.number();
    const double b = right.number();
    // Beyond 2^53 a double no longer tells integers apart.
    const auto integral = [](double x) { return std::floor(x) == x && std::fabs(x) < 9.2e18; };
    if (left.isInteger() && integral(b))
        return left.integer() <=> static_cast<int64_t>(b);
    if (right.isInteger() && integral(a))
        return static_cast<int64_t>(a) <=> right.integer();
    return a <=> b;
}

bool equalEntries(Budget& budget, const Entries& left, const Entries& right)
{
    if (left.size() != right.size())
        return false;
    return std::all_of(left.pairs().begin(), left.pairs().end(), [&](const auto& pair) {
        const Value* other = right.find(budget, pair.first);
        return other && equals(budget, pair.second, *other);
    });
}

bool equalItems(Budget& budget, const Values& left, const Values& right)
{
    return left.size() == right.size()
        && std::equal(left.begin(), left.end(), right.begin(),
            [&](const Value& a, const Value& b) { return equals(budget, a, b); });
}

}

bool equals(Budget& budget, const Value& left, const Value& right)
{
    budget.charge();
    if (left.isNumber() && right.isNumber())
        return orderNumbers(left, right) == 0;
    if (left.type() != right.type())
        return false;
    switch (left.type()) {
    case Type::Undefined:
    case Type::None:
        return true;
    case Type::String:
        budget.chargeText(std::min(left.string().size(), right.string().size()));
        return left.string() == right.string();
    case Type::List:
    case Type::Tuple:
    case Type::DictKeys:
    case Type::DictItems:
        return equalItems(budget, left.items(), right.items());
    case Type::Dict:
        return equalEntries(budget, left.as<Dict>().entries, right.as<Dict>().entries);
    case Type::Range: {
        const auto& a = left.as<Range>();
        const auto& b = right.as<Range>();
        return a.length == b.length
            && (a.length == 0 || (a.start == b.start && (a.length == 1 || a.step == b.step)));
    }
    default:
        return left.object() == right.object();
    }
}

std::partial_ordering order(Budget& budget, const Value& left, const Value& right, const char* symbol)
{
    budget.charge();
    if (left.isNumber() && right.isNumber())
        return orderNumbers(left, right);
    if (left.isString() && right.isString()) {
        budget.chargeText(std::min(left.string().size(), right.string().size()));
        return left.string().compare(right.string()) <=> 0;
    }
    if (left.type() == right.type() && (left.is(Type::List) || left.is(Type::Tuple))) {
        const Values& a = left.items();
        const Values& b = right.items();
        for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
            if (!equals(budget, a[i], b[i]))
                return order(budget, a[i], b[i], symbol);
        }
        return a.size() <=> b.size();
    }
    for (const Value* side : {&left, &right}) {
        if (side->isUndefined())
            throw Fault(side->message());
    }
    throw Fault(std::string("'") + symbol + "' not supported between instances of '" + typeName(left)
        + "' and '" + typeName(right) + "'");
}

bool lessThan(Budget& budget, const Value& left, const Value& right)
{
    return order(budget, left, right) < 0;
}

bool contains(Budget& budget, const Value& container, const Value& item)
{
    switch (container.type()) {
    case Type::String:
        if (item.isUndefined())
            throw Fault(item.message());
        if (!item.isString())
            throw Fault("'in <string>' requires string as left operand, not " + typeName(item));
        budget.chargeText(container.string().size());
        return findText(container.string(), item.string()) != std::string::npos;
    case Type::Dict:
        return container.as<Dict>().entries.find(budget, item) != nullptr;
    default:
        break;
    }
    if (!isIterable(container))
        throw Fault("argument of type '" + typeName(container) + "' is not iterable");
    const Pull pull = iterate(budget, container);
    for (Value candidate; pull(candidate);) {
        if (equals(budget, candidate, item))
            return true;
    }
    return false;
}

bool isSame(const Value& left, const Value& right)
{
    if (left.type() != right.type())
        return false;
    switch (left.type()) {
    case Type::Undefined:
        return &left.message() == &right.message();
    case Type::None:
        return true;
    case Type::Bool:
    case Type::Int:
        return left.integer() == right.integer();
    case Type::Float:
        return left.number() == right.number();
    case Type::String:
        return left.string() == right.string();
    default:
        return left.object() == right.object();
    }
}

}
