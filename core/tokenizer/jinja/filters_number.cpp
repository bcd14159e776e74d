#include "core/tokenizer/jinja/arithmetic.h"
#include "core/tokenizer/jinja/filters.h"
#include "core/tokenizer/jinja/interpreter.h"
#include "core/tokenizer/jinja/numbers.h"

#include <cmath>
#include <cstdio>

namespace tiller::jinja {

namespace {

void refuseUndefined(const Value& value)
{
    if (value.isUndefined())
        throw Fault(value.message());
}

const Value& numberOf(const Value& input)
{
    refuseUndefined(input);
    if (!input.isNumber())
        throw Fault("the filter needs a number, not " + typeName(input));
    return input;
}

Value absolute(Interpreter&, const Value& input, const Arguments& arguments)
{
    const Parameters none("abs", arguments, {});
    const bool negative = numberOf(input).isInteger() ? input.integer() < 0 : std::signbit(input.number());
    return negative ? negate(input) : positive(input);
}

Value rounded(Interpreter&, const Value& input, const Arguments& arguments)
{
    const Parameters given("round", arguments, {"precision", "method"});
    const std::string method = given.has(1) ? given.string(1) : "common";
    const int64_t precision = given.integer(0, 0);
    if (method == "common")
        return roundNumber(numberOf(input), precision);
    if (method != "ceil" && method != "floor")
        throw Fault("method must be common, ceil or floor");
    const double unit = std::pow(10.0, static_cast<double>(precision));
    const double scaled = numberOf(input).number() * unit;
    return Value((method == "ceil" ? std::ceil(scaled) : std::floor(scaled)) / unit);
}

Value toInteger(Interpreter&, const Value& input, const Arguments& arguments)
{
    const Parameters given("int", arguments, {"default", "base"});
    refuseUndefined(input);
    if (input.isInteger())
        return Value(input.integer());
    const Value fallback = given.get(0, Value(int64_t(0)));
    std::optional<double> real;
    if (input.isString()) {
        if (const auto number = parseInteger(input.string(), static_cast<int>(given.integer(1, 10))))
            return Value(*number);
        real = parseReal(input.string());
    } else if (input.is(Type::Float)) {
        real = input.number();
    }
    return real && std::isfinite(*real) ? Value(truncate(*real)) : fallback;
}

Value toReal(Interpreter&, const Value& input, const Arguments& arguments)
{
    const Parameters given("float", arguments, {"default"});
    refuseUndefined(input);
    if (input.isNumber())
        return Value(input.number());
    const auto number = input.isString() ? parseReal(input.string()) : std::nullopt;
    return number ? Value(*number) : given.get(0, Value(0.0));
}

Value fileSize(Interpreter&, const Value& input, const Arguments& arguments)
{
    const Parameters given("filesizeformat", arguments, {"binary"});
    const bool binary = given.truth(0, false);
    const auto parsed
        = input.isString() ? parseReal(input.string()) : std::optional(numberOf(input).number());
    if (!parsed || !std::isfinite(*parsed))
        throw Fault("filesizeformat needs a number");
    const double base = binary ? 1024 : 1000;
    if (*parsed == 1)
        return Value("1 Byte");
    if (*parsed < base)
        return Value(std::to_string(truncate(*parsed)) + " Bytes");
    constexpr const char* decimalUnits[] = {"kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"};
    constexpr const char* binaryUnits[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"};
    double size = *parsed / base;
    size_t unit = 0;
    for (; size >= base && unit < 7; ++unit)
        size /= base;
    return Value(fixedText(size, 1) + " " + (binary ? binaryUnits : decimalUnits)[unit]);
}

}

std::vector<NamedFilter> numberFilters()
{
    return {{"abs", absolute}, {"filesizeformat", fileSize}, {"float", toReal}, {"int", toInteger},
        {"round", rounded}};
}

}
