#include "core/tokenizer/jinja/filters.h"
#include "core/tokenizer/jinja/parser.h"
#include "core/tokenizer/jinja/tests.h"

namespace tiller::jinja {

using Kind = Token::Type;

bool Parser::endsTuple(bool inFor) const
{
    const Token& token = peek();
    return token.type == Kind::PrintEnd || token.type == Kind::BlockEnd || token.isSymbol(")")
        || (inFor && token.isName("recursive"));
}

ExpressionPtr Parser::tuple(bool withConditional, bool inParentheses, bool inFor)
{
    const int line = peek().line;
    Expressions items;
    bool isTuple = false;
    while (!endsTuple(inFor)) {
        items.push_back(expression(withConditional));
        if (!peek().isSymbol(","))
            break;
        next();
        isTuple = true;
    }
    if (!isTuple && !items.empty())
        return std::move(items.front());
    if (!isTuple && !inParentheses)
        fail("Expected an expression, got '" + describe(peek()) + "'");
    return make<Collection>(line, Type::Tuple, std::move(items));
}

ExpressionPtr Parser::expression(bool withConditional)
{
    const DepthGuard guard(m_depth, maxNesting, "the template is nested too deeply");
    return withConditional ? conditional() : disjunction();
}

ExpressionPtr Parser::conditional()
{
    const size_t unknown = m_unknown.size();
    const int line = peek().line;
    auto node = disjunction();
    while (skipName("if")) {
        auto test = disjunction();
        ExpressionPtr otherwise;
        if (skipName("else")) {
            const DepthGuard guard(m_depth, maxNesting, "the template is nested too deeply");
            otherwise = conditional();
        }
        node = make<Conditional>(line, std::move(test), std::move(node), std::move(otherwise));
        forgetUnknown(unknown);
    }
    return node;
}

ExpressionPtr Parser::disjunction()
{
    auto node = conjunction();
    while (peek().isName("or")) {
        const int line = next().line;
        node = make<Logic>(line, false, std::move(node), conjunction());
    }
    return node;
}

ExpressionPtr Parser::conjunction()
{
    auto node = negation();
    while (peek().isName("and")) {
        const int line = next().line;
        node = make<Logic>(line, true, std::move(node), negation());
    }
    return node;
}

ExpressionPtr Parser::negation()
{
    if (!peek().isName("not"))
        return comparison();
    const DepthGuard guard(m_depth, maxNesting, "the template is nested too deeply");
    const int line = next().line;
    return make<Unary>(line, Unary::Kind::Not, negation());
}

ExpressionPtr Parser::comparison()
{
    static constexpr std::pair<std::string_view, Comparison> symbols[]
        = {{"==", Comparison::Equal}, {"!=", Comparison::NotEqual}, {"<", Comparison::Less},
            {"<=", Comparison::LessEqual}, {">", Comparison::Greater}, {">=", Comparison::GreaterEqual}};
    const int line = peek().line;
    Expressions operands;
    std::vector<Comparison> comparisons;
    operands.push_back(sum());
    for (;;) {
        const auto* symbol = std::find_if(std::begin(symbols), std::end(symbols),
            [&](const auto& entry) { return peek().isSymbol(entry.first); });
        if (symbol != std::end(symbols)) {
            next();
            comparisons.push_back(symbol->second);
        } else if (skipName("in")) {
            comparisons.push_back(Comparison::In);
        } else if (peek().isName("not") && peek(1).isName("in")) {
            next();
            next();
            comparisons.push_back(Comparison::NotIn);
        } else {
            break;
        }
        operands.push_back(sum());
    }
    if (comparisons.empty())
        return std::move(operands.front());
    return make<Compare>(line, std::move(operands), std::move(comparisons));
}

ExpressionPtr Parser::sum()
{
    auto node = concatenation();
    while (peek().isSymbol("+") || peek().isSymbol("-")) {
        const Token& symbol = next();
        const auto op = symbol.text == "+" ? Operator::Add : Operator::Subtract;
        node = make<Binary>(symbol.line, op, std::move(node), concatenation());
    }
    return node;
}

ExpressionPtr Parser::concatenation()
{
    const int line = peek().line;
    Expressions parts;
    parts.push_back(product());
    while (skipSymbol("~"))
        parts.push_back(product());
    if (parts.size() == 1)
        return std::move(parts.front());
    return make<Concatenation>(line, std::move(parts));
}

ExpressionPtr Parser::product()
{
    static constexpr std::pair<std::string_view, Operator> symbols[] = {{"*", Operator::Multiply},
        {"/", Operator::Divide}, {"//", Operator::FloorDivide}, {"%", Operator::Modulo}};
    auto node = power();
    for (;;) {
        const auto* symbol = std::find_if(std::begin(symbols), std::end(symbols),
            [&](const auto& entry) { return peek().isSymbol(entry.first); });
        if (symbol == std::end(symbols))
            return node;
        const int line = next().line;
        node = make<Binary>(line, symbol->second, std::move(node), power());
    }
}

// Jinja's power binds to the left and less than a sign: -n ** 2 is (-n) ** 2.
ExpressionPtr Parser::power()
{
    auto node = unary();
    while (peek().isSymbol("**")) {
        const int line = next().line;
        node = make<Binary>(line, Operator::Power, std::move(node), unary());
    }
    return node;
}

ExpressionPtr Parser::unary(bool withFilter)
{
    const DepthGuard guard(m_depth, 2 * maxNesting, "the template is nested too deeply");
    ExpressionPtr node;
    if (peek().isSymbol("-") || peek().isSymbol("+")) {
        const Token& sign = next();
        const auto kind = sign.text == "-" ? Unary::Kind::Negate : Unary::Kind::Positive;
        node = make<Unary>(sign.line, kind, unary(false));
    } else {
        node = primary();
    }
    node = postfix(std::move(node));
    return withFilter ? filtersAndTests(std::move(node)) : std::move(node);
}

ExpressionPtr Parser::primary()
{
    const Token& token = peek();
    switch (token.type) {
    case Kind::Name:
        return name();
    case Kind::String: {
        std::string text;
        while (peek().type == Kind::String)
            text += next().text;
        return make<Literal>(token.line, Value(std::move(text)));
    }
    case Kind::Integer:
    case Kind::Float:
        next();
        return make<Literal>(token.line, token.number);
    default:
        break;
    }
    if (skipSymbol("(")) {
        auto node = tuple(true, true);
        expectSymbol(")");
        return node;
    }
    if (token.isSymbol("["))
        return list();
    if (token.isSymbol("{"))
        return dict();
    fail(token.type == Kind::End ? "unexpected end of template" : "unexpected '" + describe(token) + "'");
}

ExpressionPtr Parser::name()
{
    const Token& token = next();
    const std::string& text = token.text;
    if (text == "true" || text == "True" || text == "false" || text == "False")
        return make<Literal>(token.line, Value(text == "true" || text == "True"));
    if (text == "none" || text == "None")
        return make<Literal>(token.line, Value());
    for (MacroBody* macro : m_macros) {
        macro->usesCaller |= text == "caller";
        macro->usesKwargs |= text == "kwargs";
        macro->usesVarargs |= text == "varargs";
    }
    return make<Name>(token.line, text);
}

ExpressionPtr Parser::list()
{
    const int line = next().line;
    Expressions items;
    while (!peek().isSymbol("]")) {
        if (!items.empty())
            expectSymbol(",");
        if (peek().isSymbol("]"))
            break;
        items.push_back(expression());
    }
    expectSymbol("]");
    return make<Collection>(line, Type::List, std::move(items));
}

ExpressionPtr Parser::dict()
{
    const int line = next().line;
    Expressions keys;
    Expressions values;
    while (!peek().isSymbol("}")) {
        if (!keys.empty())
            expectSymbol(",");
        if (peek().isSymbol("}"))
            break;
        keys.push_back(expression());
        expectSymbol(":");
        values.push_back(expression());
    }
    expectSymbol("}");
    return make<DictDisplay>(line, std::move(keys), std::move(values));
}

ExpressionPtr Parser::postfix(ExpressionPtr node)
{
    for (;;) {
        if (peek().isSymbol(".") || peek().isSymbol("["))
            node = subscript(std::move(node));
        else if (peek().isSymbol("("))
            node = call(std::move(node));
        else
            return node;
    }
}

ExpressionPtr Parser::filtersAndTests(ExpressionPtr node)
{
    for (;;) {
        if (peek().isSymbol("|"))
            node = filters(std::move(node));
        else if (peek().isName("is"))
            node = test(std::move(node));
        else if (peek().isSymbol("("))
            node = call(std::move(node));
        else
            return node;
    }
}

ExpressionPtr Parser::subscript(ExpressionPtr node)
{
    const Token& token = next();
    if (token.text == "[")
        return index(std::move(node), token.line);
    const Token& attribute = next();
    if (attribute.type == Kind::Name)
        return make<AttributeOf>(token.line, std::move(node), attribute.text);
    if (attribute.type != Kind::Integer)
        fail("expected name or number");
    auto key = make<Literal>(attribute.line, attribute.number);
    return make<ItemOf>(token.line, std::move(node), std::move(key));
}

ExpressionPtr Parser::index(ExpressionPtr node, int line)
{
    ExpressionPtr bounds[3];
    size_t bound = 0;
    Expressions keys;
    while (!peek().isSymbol("]")) {
        if (skipSymbol(":")) {
            if (++bound > 2 || !keys.empty())
                fail("expected token ']', got ':'");
        } else if (bound == 0 && bounds[0] && skipSymbol(",")) {
            keys.push_back(std::move(bounds[0]));
        } else if (!bounds[bound]) {
            bounds[bound] = expression();
        } else {
            fail("expected token ',', got '" + describe(peek()) + "'");
        }
    }
    next();
    if (bound > 0)
        return make<SliceOf>(
            line, std::move(node), std::move(bounds[0]), std::move(bounds[1]), std::move(bounds[2]));
    if (keys.empty() && bounds[0])
        return make<ItemOf>(line, std::move(node), std::move(bounds[0]));
    if (bounds[0])
        keys.push_back(std::move(bounds[0]));
    auto key = make<Collection>(line, Type::Tuple, std::move(keys));
    return make<ItemOf>(line, std::move(node), std::move(key));
}

ExpressionPtr Parser::call(ExpressionPtr node)
{
    const int line = peek().line;
    auto arguments = callArguments();
    return make<Call>(line, std::move(node), std::move(arguments));
}

CallArguments Parser::callArguments()
{
    expectSymbol("(");
    CallArguments arguments;
    const auto ensure = [&](bool valid) {
        if (!valid)
            fail("invalid syntax for function call expression");
    };
    bool first = true;
    while (!peek().isSymbol(")")) {
        if (!first) {
            expectSymbol(",");
            if (peek().isSymbol(")"))
                break;
        }
        first = false;
        ensure(!arguments.doubleStarred);
        if (skipSymbol("*")) {
            ensure(!arguments.starred);
            arguments.starred = expression();
        } else if (skipSymbol("**")) {
            arguments.doubleStarred = expression();
        } else if (peek().type == Kind::Name && peek(1).isSymbol("=")) {
            arguments.names.push_back(next().text);
            next();
            arguments.named.push_back(expression());
        } else {
            ensure(!arguments.starred && arguments.named.empty());
            arguments.positional.push_back(expression());
        }
    }
    expectSymbol(")");
    return arguments;
}

std::string Parser::dottedName()
{
    std::string name = expect(Kind::Name, "name").text;
    while (skipSymbol("."))
        name += "." + expect(Kind::Name, "name").text;
    return name;
}

ExpressionPtr Parser::filters(ExpressionPtr node, bool startInline)
{
    while (startInline || skipSymbol("|")) {
        startInline = false;
        const int line = peek().line;
        const std::string name = dottedName();
        if (!findFilter(name))
            m_unknown.push_back({"No filter named '" + name + "'.", line});
        CallArguments arguments;
        if (peek().isSymbol("("))
            arguments = callArguments();
        node = make<FilterOf>(line, std::move(node), name, std::move(arguments));
    }
    return node;
}

ExpressionPtr Parser::test(ExpressionPtr node)
{
    const int line = next().line;
    const bool negated = skipName("not");
    const std::string name = dottedName();
    if (!findTest(name))
        m_unknown.push_back({"No test named '" + name + "'.", line});
    CallArguments arguments;
    const Token& token = peek();
    const bool startsOperand = token.type == Kind::Name || token.type == Kind::String
        || token.type == Kind::Integer || token.type == Kind::Float || token.isSymbol("[")
        || token.isSymbol("{");
    if (token.isSymbol("(")) {
        arguments = callArguments();
    } else if (startsOperand && !token.isName("else") && !token.isName("or") && !token.isName("and")) {
        if (token.isName("is"))
            fail("You cannot chain multiple tests with is");
        arguments.positional.push_back(postfix(primary()));
    }
    ExpressionPtr result = make<TestOf>(line, std::move(node), name, std::move(arguments));
    return negated ? make<Unary>(line, Unary::Kind::Not, std::move(result)) : std::move(result);
}

}
