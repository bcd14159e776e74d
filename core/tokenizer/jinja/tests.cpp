#include "core/tokenizer/jinja/tests.h"

#include "core/tokenizer/jinja/arithmetic.h"
#include "core/tokenizer/jinja/ast.h"
#include "core/tokenizer/jinja/comparison.h"
#include "core/tokenizer/jinja/filters.h"
#include "core/tokenizer/jinja/interpreter.h"
#include "core/tokenizer/jinja/iteration.h"
#include "core/tokenizer/jinja/strings.h"
#include "core/tokenizer/jinja/text.h"

namespace tiller::jinja {

namespace {

template <bool (*holds)(const Value&)>
bool simple(Interpreter&, const Value& input, const Arguments& arguments)
{
    const Parameters none("test", arguments, {});
    return holds(input);
}

template <Comparison comparison>
bool compares(Interpreter& interpreter, const Value& input, const Arguments& arguments)
{
    const Parameters given("test", arguments, {""}, 1);
    return compare(interpreter.budget, comparison, input, given[0]);
}

Value remainder(Interpreter& interpreter, const Value& input, const Value& divisor)
{
    return calculate(interpreter, Operator::Modulo, input, divisor);
}

bool isOdd(Interpreter& interpreter, const Value& input, const Arguments& arguments)
{
    const Parameters none("odd", arguments, {});
    return equals(interpreter.budget, remainder(interpreter, input, Value(int64_t(2))), Value(int64_t(1)));
}

bool isEven(Interpreter& interpreter, const Value& input, const Arguments& arguments)
{
    const Parameters none("even", arguments, {});
    return equals(interpreter.budget, remainder(interpreter, input, Value(int64_t(2))), Value(int64_t(0)));
}

bool isDivisible(Interpreter& interpreter, const Value& input, const Arguments& arguments)
{
    const Parameters given("divisibleby", arguments, {"num"}, 1);
    return equals(interpreter.budget, remainder(interpreter, input, given[0]), Value(int64_t(0)));
}

bool isSameAs(Interpreter&, const Value& input, const Arguments& arguments)
{
    const Parameters given("sameas", arguments, {"other"}, 1);
    return isSame(input, given[0]);
}

bool isLowerCase(Interpreter& interpreter, const Value& input, const Arguments& arguments)
{
    const Parameters none("lower", arguments, {});
    return isLowerText(toText(interpreter.budget, input));
}

bool isUpperCase(Interpreter& interpreter, const Value& input, const Arguments& arguments)
{
    const Parameters none("upper", arguments, {});
    return isUpperText(toText(interpreter.budget, input));
}

bool isDefined(const Value& value)
{
    return !value.isUndefined();
}
bool isUndefined(const Value& value)
{
    return value.isUndefined();
}
bool isNone(const Value& value)
{
    return value.isNone();
}
bool isBoolean(const Value& value)
{
    return value.is(Type::Bool);
}
bool isTrue(const Value& value)
{
    return value.is(Type::Bool) && value.truth();
}
bool isFalse(const Value& value)
{
    return value.is(Type::Bool) && !value.truth();
}
bool isInteger(const Value& value)
{
    return value.is(Type::Int);
}
bool isFloat(const Value& value)
{
    return value.is(Type::Float);
}
bool isNumber(const Value& value)
{
    return value.isNumber();
}
bool isString(const Value& value)
{
    return value.isString();
}
bool isMapping(const Value& value)
{
    return value.is(Type::Dict);
}
bool isEscaped(const Value& value)
{
    return value.isString() && value.text().markup;
}
bool isFilter(const Value& value)
{
    return value.isString() && findFilter(value.string());
}
bool isTest(const Value& value)
{
    return value.isString() && findTest(value.string());
}

bool isSequence(const Value& value)
{
    return hasLength(value) && !value.is(Type::DictKeys) && !value.is(Type::DictValues)
        && !value.is(Type::DictItems);
}

bool isCallable(const Value& value)
{
    return value.is(Type::Callable) || value.is(Type::Loop) || value.isUndefined();
}

std::unordered_map<std::string_view, Test> allTests()
{
    return {{"odd", isOdd}, {"even", isEven}, {"divisibleby", isDivisible}, {"defined", simple<isDefined>},
        {"undefined", simple<isUndefined>}, {"filter", simple<isFilter>}, {"test", simple<isTest>},
        {"none", simple<isNone>}, {"boolean", simple<isBoolean>}, {"false", simple<isFalse>},
        {"true", simple<isTrue>}, {"integer", simple<isInteger>}, {"float", simple<isFloat>},
        {"lower", isLowerCase}, {"upper", isUpperCase}, {"string", simple<isString>},
        {"mapping", simple<isMapping>}, {"number", simple<isNumber>}, {"sequence", simple<isSequence>},
        {"iterable", simple<isIterable>}, {"callable", simple<isCallable>}, {"sameas", isSameAs},
        {"escaped", simple<isEscaped>}, {"in", compares<Comparison::In>}, {"==", compares<Comparison::Equal>},
        {"eq", compares<Comparison::Equal>}, {"equalto", compares<Comparison::Equal>},
        {"!=", compares<Comparison::NotEqual>}, {"ne", compares<Comparison::NotEqual>},
        {">", compares<Comparison::Greater>}, {"gt", compares<Comparison::Greater>},
        {"greaterthan", compares<Comparison::Greater>}, {">=", compares<Comparison::GreaterEqual>},
        {"ge", compares<Comparison::GreaterEqual>}, {"<", compares<Comparison::Less>},
        {"lt", compares<Comparison::Less>}, {"lessthan", compares<Comparison::Less>},
        {"<=", compares<Comparison::LessEqual>}, {"le", compares<Comparison::LessEqual>}};
}

}

Test findTest(std::string_view name)
{
    static const auto all = allTests();
    const auto found = all.find(name);
    return found == all.end() ? nullptr : found->second;
}

bool applyTest(
    Interpreter& interpreter, const std::string& name, const Value& input, const Arguments& arguments)
{
    const Test test = findTest(name);
    if (!test)
        throw Fault("No test named '" + name + "'.");
    return test(interpreter, input, arguments);
}

}
