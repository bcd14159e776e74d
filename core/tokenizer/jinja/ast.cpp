#include "core/tokenizer/jinja/ast.h"

namespace tiller::jinja {

void Expression::adoptArguments(const CallArguments& arguments)
{
    adopt(arguments.positional);
    adopt(arguments.named);
    adopt(arguments.starred);
    adopt(arguments.doubleStarred);
}

Literal::Literal(int at, Value constant)
    : Expression(at)
    , value(std::move(constant))
{
}

Name::Name(int at, std::string identifier)
    : Expression(at)
    , name(std::move(identifier))
{
}

Collection::Collection(int at, Type collectionType, Expressions values)
    : Expression(at)
    , type(collectionType)
    , items(std::move(values))
{
    adopt(items);
}

DictDisplay::DictDisplay(int at, Expressions keyNodes, Expressions valueNodes)
    : Expression(at)
    , keys(std::move(keyNodes))
    , values(std::move(valueNodes))
{
    adopt(keys);
    adopt(values);
}

AttributeOf::AttributeOf(int at, ExpressionPtr owner, std::string attribute)
    : Expression(at)
    , object(std::move(owner))
    , name(std::move(attribute))
{
    adopt(object);
}

ItemOf::ItemOf(int at, ExpressionPtr owner, ExpressionPtr index)
    : Expression(at)
    , object(std::move(owner))
    , key(std::move(index))
{
    adopt(object);
    adopt(key);
}

SliceOf::SliceOf(int at, ExpressionPtr owner, ExpressionPtr from, ExpressionPtr to, ExpressionPtr stride)
    : Expression(at)
    , object(std::move(owner))
    , start(std::move(from))
    , stop(std::move(to))
    , step(std::move(stride))
{
    adopt(object);
    adopt(start);
    adopt(stop);
    adopt(step);
}

Call::Call(int at, ExpressionPtr function, CallArguments callArguments)
    : Expression(at)
    , callee(std::move(function))
    , arguments(std::move(callArguments))
{
    adopt(callee);
    adoptArguments(arguments);
}

FilterOf::FilterOf(int at, ExpressionPtr value, std::string filter, CallArguments filterArguments)
    : Expression(at)
    , input(std::move(value))
    , name(std::move(filter))
    , arguments(std::move(filterArguments))
{
    adopt(input);
    adoptArguments(arguments);
}

TestOf::TestOf(int at, ExpressionPtr value, std::string test, CallArguments testArguments)
    : Expression(at)
    , input(std::move(value))
    , name(std::move(test))
    , arguments(std::move(testArguments))
{
    adopt(input);
    adoptArguments(arguments);
}

Unary::Unary(int at, Kind unaryKind, ExpressionPtr value)
    : Expression(at)
    , kind(unaryKind)
    , operand(std::move(value))
{
    adopt(operand);
}

Binary::Binary(int at, Operator binaryOperator, ExpressionPtr leftNode, ExpressionPtr rightNode)
    : Expression(at)
    , op(binaryOperator)
    , left(std::move(leftNode))
    , right(std::move(rightNode))
{
    adopt(left);
    adopt(right);
}

Logic::Logic(int at, bool conjunction, ExpressionPtr leftNode, ExpressionPtr rightNode)
    : Expression(at)
    , isAnd(conjunction)
    , left(std::move(leftNode))
    , right(std::move(rightNode))
{
    adopt(left);
    adopt(right);
}

Compare::Compare(int at, Expressions operandNodes, std::vector<Comparison> comparisonKinds)
    : Expression(at)
    , operands(std::move(operandNodes))
    , comparisons(std::move(comparisonKinds))
{
    adopt(operands);
}

Concatenation::Concatenation(int at, Expressions partNodes)
    : Expression(at)
    , parts(std::move(partNodes))
{
    adopt(parts);
}

Conditional::Conditional(int at, ExpressionPtr condition, ExpressionPtr then, ExpressionPtr orElse)
    : Expression(at)
    , test(std::move(condition))
    , whenTrue(std::move(then))
    , whenFalse(std::move(orElse))
{
    adopt(test);
    adopt(whenTrue);
    adopt(whenFalse);
}

TextOutput::TextOutput(int at, std::string data)
    : Statement(at)
    , text(std::move(data))
{
}

Output::Output(int at, ExpressionPtr value)
    : Statement(at)
    , expression(std::move(value))
{
    adopt(expression);
}

For::For(int at, Target loopTarget, ExpressionPtr items, ExpressionPtr filter, bool isRecursive,
    Statements loopBody, Statements elseBody)
    : Statement(at)
    , target(std::move(loopTarget))
    , iterable(std::move(items))
    , test(std::move(filter))
    , recursive(isRecursive)
    , body(std::move(loopBody))
    , orElse(std::move(elseBody))
{
    adopt(iterable);
    adopt(test);
    adopt(body);
    adopt(orElse);
}

If::If(int at, Expressions conditions, std::vector<Statements> branchBodies)
    : Statement(at)
    , tests(std::move(conditions))
    , branches(std::move(branchBodies))
{
    adopt(tests);
    for (const auto& branch : branches)
        adopt(branch);
}

Set::Set(int at, Target setTarget, ExpressionPtr expression)
    : Statement(at)
    , target(std::move(setTarget))
    , value(std::move(expression))
{
    adopt(value);
}

SetBlock::SetBlock(int at, Target setTarget, ExpressionPtr filterNode, Statements blockBody)
    : Statement(at)
    , target(std::move(setTarget))
    , filter(std::move(filterNode))
    , body(std::move(blockBody))
{
    adopt(filter);
    adopt(body);
}

Macro::Macro(int at, MacroBody macroDefinition)
    : Statement(at)
    , definition(std::move(macroDefinition))
{
    adopt(definition.defaults);
    adopt(definition.body);
}

CallBlock::CallBlock(int at, MacroBody callerDefinition, ExpressionPtr callNode)
    : Statement(at)
    , caller(std::move(callerDefinition))
    , call(std::move(callNode))
{
    adopt(caller.defaults);
    adopt(caller.body);
    adopt(call);
}

FilterBlock::FilterBlock(int at, ExpressionPtr filterNode, Statements blockBody)
    : Statement(at)
    , filter(std::move(filterNode))
    , body(std::move(blockBody))
{
    adopt(filter);
    adopt(body);
}

With::With(int at, std::vector<Target> withTargets, Expressions withValues, Statements blockBody)
    : Statement(at)
    , targets(std::move(withTargets))
    , values(std::move(withValues))
    , body(std::move(blockBody))
{
    adopt(values);
    adopt(body);
}

Block::Block(int at, bool seesOuterNames, Statements blockBody)
    : Statement(at)
    , scoped(seesOuterNames)
    , body(std::move(blockBody))
{
    adopt(body);
}

Jump::Jump(int at, Flow jumpFlow)
    : Statement(at)
    , flow(jumpFlow)
{
}

}
