#pragma once

#include "core/tokenizer/jinja/arithmetic.h"
#include "core/tokenizer/jinja/value.h"

#include <algorithm>

namespace tiller::jinja {

class Interpreter;

/// A node knows its line, for errors, and how deep its tree is, which bounds every recursion over it.
struct Node {
    explicit Node(int nodeLine)
        : line(nodeLine)
    {
    }
    virtual ~Node() = default;

    const int line;
    int depth = 1;

protected:
    template <typename T>
    void adopt(const std::unique_ptr<T>& child)
    {
        if (child)
            depth = std::max(depth, child->depth + 1);
    }
    template <typename T>
    void adopt(const std::vector<std::unique_ptr<T>>& children)
    {
        for (const auto& child : children)
            adopt(child);
    }
};

struct CallArguments;

struct Expression : Node {
    using Node::Node;
    virtual Value evaluate(Interpreter&) const = 0;

protected:
    void adoptArguments(const CallArguments& arguments);
};
using ExpressionPtr = std::unique_ptr<Expression>;
using Expressions = std::vector<ExpressionPtr>;

/// How a statement ended.
enum class Flow { Normal, Break, Continue };

struct Statement : Node {
    using Node::Node;
    virtual Flow execute(Interpreter&) const = 0;
};
using StatementPtr = std::unique_ptr<Statement>;
using Statements = std::vector<StatementPtr>;

// ---- expressions

struct Literal : Expression {
    Literal(int at, Value constant);
    Value evaluate(Interpreter&) const override;
    const Value value;
};

struct Name : Expression {
    Name(int at, std::string identifier);
    Value evaluate(Interpreter&) const override;
    const std::string name;
};

struct Collection : Expression {
    Collection(int at, Type collectionType, Expressions values);
    Value evaluate(Interpreter&) const override;
    const Type type; ///< List or Tuple
    const Expressions items;
};

struct DictDisplay : Expression {
    DictDisplay(int at, Expressions keyNodes, Expressions valueNodes);
    Value evaluate(Interpreter&) const override;
    const Expressions keys;
    const Expressions values;
};

struct AttributeOf : Expression {
    AttributeOf(int at, ExpressionPtr owner, std::string attribute);
    Value evaluate(Interpreter&) const override;
    const ExpressionPtr object;
    const std::string name;
};

struct ItemOf : Expression {
    ItemOf(int at, ExpressionPtr owner, ExpressionPtr index);
    Value evaluate(Interpreter&) const override;
    const ExpressionPtr object;
    const ExpressionPtr key;
};

/// Any of the three bounds may be null.
struct SliceOf : Expression {
    SliceOf(int at, ExpressionPtr owner, ExpressionPtr from, ExpressionPtr to, ExpressionPtr stride);
    Value evaluate(Interpreter&) const override;
    const ExpressionPtr object;
    const ExpressionPtr start;
    const ExpressionPtr stop;
    const ExpressionPtr step;
};

/// The arguments in a call, a filter or a test.
struct CallArguments {
    Expressions positional;
    std::vector<std::string> names; ///< of `named`
    Expressions named;
    ExpressionPtr starred; ///< *args, or null
    ExpressionPtr doubleStarred; ///< **kwargs, or null

    Arguments evaluate(Interpreter&) const;
};

struct Call : Expression {
    Call(int at, ExpressionPtr function, CallArguments callArguments);
    Value evaluate(Interpreter&) const override;
    const ExpressionPtr callee;
    const CallArguments arguments;
};

/// `input` is null in a filter block, whose text comes from the interpreter.
struct FilterOf : Expression {
    FilterOf(int at, ExpressionPtr value, std::string filter, CallArguments filterArguments);
    Value evaluate(Interpreter&) const override;
    const ExpressionPtr input;
    const std::string name;
    const CallArguments arguments;
};

struct TestOf : Expression {
    TestOf(int at, ExpressionPtr value, std::string test, CallArguments testArguments);
    Value evaluate(Interpreter&) const override;
    const ExpressionPtr input;
    const std::string name;
    const CallArguments arguments;
};

struct Unary : Expression {
    enum class Kind { Not, Negate, Positive };
    Unary(int at, Kind unaryKind, ExpressionPtr value);
    Value evaluate(Interpreter&) const override;
    const Kind kind;
    const ExpressionPtr operand;
};

struct Binary : Expression {
    Binary(int at, Operator binaryOperator, ExpressionPtr leftNode, ExpressionPtr rightNode);
    Value evaluate(Interpreter&) const override;
    const Operator op;
    const ExpressionPtr left;
    const ExpressionPtr right;
};

/// `and`, `or`: the value of the side that decides.
struct Logic : Expression {
    Logic(int at, bool conjunction, ExpressionPtr leftNode, ExpressionPtr rightNode);
    Value evaluate(Interpreter&) const override;
    const bool isAnd;
    const ExpressionPtr left;
    const ExpressionPtr right;
};

enum class Comparison { Equal, NotEqual, Less, LessEqual, Greater, GreaterEqual, In, NotIn };
bool compare(Budget& budget, Comparison comparison, const Value& left, const Value& right);

/// a < b < c: every neighbouring pair must hold.
struct Compare : Expression {
    Compare(int at, Expressions operandNodes, std::vector<Comparison> comparisonKinds);
    Value evaluate(Interpreter&) const override;
    const Expressions operands;
    const std::vector<Comparison> comparisons; ///< one fewer
};

struct Concatenation : Expression {
    Concatenation(int at, Expressions partNodes);
    Value evaluate(Interpreter&) const override;
    const Expressions parts;
};

struct Conditional : Expression {
    Conditional(int at, ExpressionPtr condition, ExpressionPtr then, ExpressionPtr orElse);
    Value evaluate(Interpreter&) const override;
    const ExpressionPtr test;
    const ExpressionPtr whenTrue;
    const ExpressionPtr whenFalse; ///< or null
};

// ---- statements

/// Where an assignment goes: a name, an attribute of a namespace, or several targets.
struct Target {
    std::string name;
    std::string attribute; ///< empty unless name.attribute
    std::vector<Target> parts; ///< for a tuple, whose name is empty
};

struct TextOutput : Statement {
    TextOutput(int at, std::string data);
    Flow execute(Interpreter&) const override;
    const std::string text;
};

struct Output : Statement {
    Output(int at, ExpressionPtr value);
    Flow execute(Interpreter&) const override;
    const ExpressionPtr expression;
};

struct For : Statement {
    For(int at, Target loopTarget, ExpressionPtr items, ExpressionPtr filter, bool isRecursive,
        Statements loopBody, Statements elseBody);
    Flow execute(Interpreter&) const override;
    const Target target;
    const ExpressionPtr iterable;
    const ExpressionPtr test; ///< or null
    const bool recursive;
    const Statements body;
    const Statements orElse;
};

struct If : Statement {
    If(int at, Expressions conditions, std::vector<Statements> branchBodies);
    Flow execute(Interpreter&) const override;
    const Expressions tests;
    const std::vector<Statements> branches; ///< one a test, and one more for `else`
};

struct Set : Statement {
    Set(int at, Target setTarget, ExpressionPtr expression);
    Flow execute(Interpreter&) const override;
    const Target target;
    const ExpressionPtr value;
};

struct SetBlock : Statement {
    SetBlock(int at, Target setTarget, ExpressionPtr filterNode, Statements blockBody);
    Flow execute(Interpreter&) const override;
    const Target target;
    const ExpressionPtr filter; ///< or null
    const Statements body;
};

/// What a macro and the block of a call have in common.
struct MacroBody {
    std::string name; ///< empty for a call block
    std::vector<std::string> parameters;
    Expressions defaults; ///< of the last parameters
    bool usesCaller = false;
    bool usesKwargs = false;
    bool usesVarargs = false;
    Statements body;
};

struct Macro : Statement {
    Macro(int at, MacroBody macroDefinition);
    Flow execute(Interpreter&) const override;
    const MacroBody definition;
};

struct CallBlock : Statement {
    CallBlock(int at, MacroBody callerDefinition, ExpressionPtr callNode);
    Flow execute(Interpreter&) const override;
    const MacroBody caller;
    const ExpressionPtr call; ///< a Call
};

struct FilterBlock : Statement {
    FilterBlock(int at, ExpressionPtr filterNode, Statements blockBody);
    Flow execute(Interpreter&) const override;
    const ExpressionPtr filter;
    const Statements body;
};

struct With : Statement {
    With(int at, std::vector<Target> withTargets, Expressions withValues, Statements blockBody);
    Flow execute(Interpreter&) const override;
    const std::vector<Target> targets;
    const Expressions values;
    const Statements body;
};

/// A generation block passes its text on; a named block of a template without parents does so too, but
/// sees only the outermost names unless it is scoped.
struct Block : Statement {
    Block(int at, bool seesOuterNames, Statements blockBody);
    Flow execute(Interpreter&) const override;
    const bool scoped;
    const Statements body;
};

struct Jump : Statement {
    Jump(int at, Flow jumpFlow);
    Flow execute(Interpreter&) const override;
    const Flow flow;
};

/// include, import, extends: there is nowhere to load a template from.
struct Load : Statement {
    using Statement::Statement;
    Flow execute(Interpreter&) const override;
};

}
