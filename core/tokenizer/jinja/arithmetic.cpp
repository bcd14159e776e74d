#include "core/tokenizer/jinja/arithmetic.h"

#include "core/tokenizer/jinja/format.h"
#include "core/tokenizer/jinja/interpreter.h"
#include "core/tokenizer/jinja/numbers.h"
#include "core/tokenizer/jinja/text.h"

#include <cmath>
#include <limits>

namespace tiller::jinja {

namespace {

constexpr const char* symbols[] = {"+", "-", "*", "/", "//", "%", "** or pow()"};

[[noreturn]] void unsupported(Operator op, const Value& left, const Value& right)
{
    if (op == Operator::Add && left.isString())
        throw Fault("can only concatenate str (not \"" + typeName(right) + "\") to str");
    if (op == Operator::Add && left.is(Type::List))
        throw Fault("can only concatenate list (not \"" + typeName(right) + "\") to list");
    throw Fault(std::string("unsupported operand type(s) for ") + symbols[static_cast<size_t>(op)] + ": '"
        + typeName(left) + "' and '" + typeName(right) + "'");
}

// By reference: an argument may be read before the one beside it has written it.
int64_t checked(bool overflow, const int64_t& result)
{
    if (overflow)
        throw Fault("an integer does not fit 64 bits");
    return result;
}

int64_t floorDivide(int64_t a, int64_t b)
{
    if (b == 0)
        throw Fault("integer division or modulo by zero");
    if (b == -1)
        return checked(
            a == std::numeric_limits<int64_t>::min(), a == std::numeric_limits<int64_t>::min() ? 0 : -a);
    const int64_t quotient = a / b;
    return quotient * b != a && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

Value power(int64_t base, int64_t exponent)
{
    if (exponent < 0) {
        if (base == 0)
            throw Fault("0.0 cannot be raised to a negative power");
        return Value(std::pow(static_cast<double>(base), static_cast<double>(exponent)));
    }
    int64_t result = 1;
    while (exponent > 0) {
        if (exponent & 1)
            result = checked(__builtin_mul_overflow(result, base, &result), result);
        exponent >>= 1;
        if (exponent > 0)
            base = checked(__builtin_mul_overflow(base, base, &base), base);
    }
    return Value(result);
}

Value integers(Operator op, int64_t a, int64_t b)
{
    int64_t result = 0;
    switch (op) {
    case Operator::Add:
        return Value(checked(__builtin_add_overflow(a, b, &result), result));
    case Operator::Subtract:
        return Value(checked(__builtin_sub_overflow(a, b, &result), result));
    case Operator::Multiply:
        return Value(checked(__builtin_mul_overflow(a, b, &result), result));
    case Operator::Divide:
        if (b == 0)
            throw Fault("division by zero");
        return Value(static_cast<double>(a) / static_cast<double>(b));
    case Operator::FloorDivide:
        return Value(floorDivide(a, b));
    case Operator::Modulo:
        return b == -1 ? Value(int64_t(0)) : Value(a - floorDivide(a, b) * b);
    case Operator::Power:
        return power(a, b);
    }
    return {};
}

double modulo(double a, double b)
{
    const double rest = std::fmod(a, b);
    if (rest == 0)
        return std::copysign(0.0, b);
    return (rest < 0) != (b < 0) ? rest + b : rest;
}

Value reals(Operator op, double a, double b)
{
    if (b == 0 && (op == Operator::Divide || op == Operator::FloorDivide || op == Operator::Modulo))
        throw Fault(op == Operator::Divide ? "float division by zero" : "float floor division by zero");
    switch (op) {
    case Operator::Add:
        return Value(a + b);
    case Operator::Subtract:
        return Value(a - b);
    case Operator::Multiply:
        return Value(a * b);
    case Operator::Divide:
        return Value(a / b);
    case Operator::FloorDivide:
        return Value(std::round((a - modulo(a, b)) / b));
    case Operator::Modulo:
        return Value(modulo(a, b));
    case Operator::Power: {
        if (a == 0 && b < 0)
            throw Fault("0.0 cannot be raised to a negative power");
        const double result = std::pow(a, b);
        if (std::isnan(result) && !std::isnan(a) && !std::isnan(b))
            throw Fault("a negative number has no real power with a fraction");
        if (std::isinf(result) && !std::isinf(a) && !std::isinf(b))
            throw Fault("the result of ** is too large");
        return Value(result);
    }
    }
    return {};
}

Value add(Budget& budget, const Value& left, const Value& right)
{
    if (left.isString()) {
        const bool markup = left.text().markup || right.text().markup;
        const auto part = [&](const Value& side) {
            return markup && !side.text().markup ? escapeHtml(side.string()) : side.string();
        };
        budget.chargeText(left.string().size() + right.string().size());
        return Value(part(left) + part(right), markup);
    }
    budget.charge(left.items().size() + right.items().size());
    Values items = left.items();
    items.insert(items.end(), right.items().begin(), right.items().end());
    return makeSequence(left.type(), std::move(items));
}

Value repeat(Budget& budget, const Value& value, int64_t times)
{
    const size_t count = times > 0 ? static_cast<size_t>(times) : 0;
    if (value.isString()) {
        budget.chargeCopies(value.string().size(), count, true);
        std::string text;
        for (size_t i = 0; !value.string().empty() && i < count; ++i)
            text += value.string();
        return Value(std::move(text), value.text().markup);
    }
    budget.chargeCopies(value.items().size(), count, false);
    Values items;
    for (size_t i = 0; !value.items().empty() && i < count; ++i)
        items.insert(items.end(), value.items().begin(), value.items().end());
    return makeSequence(value.type(), std::move(items));
}

bool isRepeatable(const Value& value)
{
    return value.isString() || value.is(Type::List) || value.is(Type::Tuple);
}

}

Value calculate(Interpreter& interpreter, Operator op, const Value& left, const Value& right)
{
    if (left.isString() && op == Operator::Modulo)
        return Value(formatPercent(interpreter, left.string(), right), left.text().markup);
    for (const Value* side : {&left, &right}) {
        if (side->isUndefined())
            throw Fault(side->message());
    }
    if (left.isInteger() && right.isInteger())
        return integers(op, left.integer(), right.integer());
    if (left.isNumber() && right.isNumber())
        return reals(op, left.number(), right.number());
    if (op == Operator::Add && left.type() == right.type() && isRepeatable(left))
        return add(interpreter.budget, left, right);
    if (op == Operator::Multiply && isRepeatable(left) && right.isInteger())
        return repeat(interpreter.budget, left, right.integer());
    if (op == Operator::Multiply && isRepeatable(right) && left.isInteger())
        return repeat(interpreter.budget, right, left.integer());
    unsupported(op, left, right);
}

Value negate(const Value& value)
{
    if (value.isUndefined())
        throw Fault(value.message());
    if (value.is(Type::Float))
        return Value(-value.number());
    if (!value.isInteger())
        throw Fault("bad operand type for unary -: '" + typeName(value) + "'");
    int64_t result = 0;
    return Value(checked(__builtin_sub_overflow(int64_t(0), value.integer(), &result), result));
}

Value positive(const Value& value)
{
    if (value.isUndefined())
        throw Fault(value.message());
    if (!value.isNumber())
        throw Fault("bad operand type for unary +: '" + typeName(value) + "'");
    return value.isInteger() ? Value(value.integer()) : value;
}

Value roundNumber(const Value& value, int64_t digits)
{
    if (value.isInteger()) {
        if (digits >= 0)
            return Value(value.integer());
        if (digits < -18)
            return Value(int64_t(0));
        int64_t unit = 1;
        for (int64_t i = digits; i < 0; ++i)
            unit *= 10;
        const int64_t low = floorDivide(value.integer(), unit);
        const int64_t rest = value.integer() - low * unit;
        const bool up = rest * 2 > unit || (rest * 2 == unit && low % 2 != 0);
        return Value((low + (up ? 1 : 0)) * unit);
    }
    const double number = value.number();
    if (!std::isfinite(number) || digits > 300)
        return value;
    if (digits < -308)
        return Value(std::copysign(0.0, number));
    if (digits < 0) {
        const double unit = std::pow(10.0, static_cast<double>(-digits));
        return Value(std::nearbyint(number / unit) * unit);
    }
    // The decimal text is rounded from the exact value of the double, not from a scaled copy.
    return Value(parseReal(fixedText(number, static_cast<int>(digits))).value_or(number));
}

int64_t truncate(double value)
{
    if (std::isnan(value))
        throw Fault("cannot convert float NaN to integer");
    if (!(std::fabs(value) < 9.2e18))
        throw Fault("an integer does not fit 64 bits");
    return static_cast<int64_t>(value);
}

}
