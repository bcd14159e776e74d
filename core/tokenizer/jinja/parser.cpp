#include "core/tokenizer/jinja/parser.h"

namespace tiller::jinja {

using Kind = Token::Type;

Parser::Parser(std::string_view source)
    : m_tokens(tokenize(source))
{
}

Statements Parser::parse()
{
    try {
        Statements all = statements({});
        failOnUnknown(0);
        return all;
    } catch (const SyntaxFault&) {
        throw;
    } catch (const Fault& fault) {
        throw SyntaxFault(peek().line, fault.what());
    }
}

// ---- tokens

const Token& Parser::next()
{
    const Token& token = peek();
    if (m_at + 1 < m_tokens.size())
        ++m_at;
    return token;
}

bool Parser::skipName(std::string_view name)
{
    if (!peek().isName(name))
        return false;
    next();
    return true;
}

bool Parser::skipSymbol(std::string_view symbol)
{
    if (!peek().isSymbol(symbol))
        return false;
    next();
    return true;
}

void Parser::expectName(std::string_view name)
{
    if (!skipName(name))
        fail("expected token '" + std::string(name) + "', got '" + describe(peek()) + "'");
}

void Parser::expectSymbol(std::string_view symbol)
{
    if (!skipSymbol(symbol))
        fail("expected token '" + std::string(symbol) + "', got '" + describe(peek()) + "'");
}

const Token& Parser::expect(Kind type, const char* what)
{
    if (peek().type == type)
        return next();
    if (peek().type == Kind::End)
        fail(std::string("unexpected end of template, expected '") + what + "'.");
    fail(std::string("expected token '") + what + "', got '" + describe(peek()) + "'");
}

bool Parser::atName(const EndTags& names) const
{
    return peek().type == Kind::Name && std::find(names.begin(), names.end(), peek().text) != names.end();
}

void Parser::fail(const std::string& cause) const
{
    throw SyntaxFault(peek().line, cause);
}

void Parser::failOnUnknown(size_t since)
{
    if (m_unknown.size() > since)
        throw SyntaxFault(m_unknown[since].line, m_unknown[since].cause);
}

void Parser::failUnknownTag(const std::string& name)
{
    std::string message = "Encountered unknown tag '" + name + "'.";
    if (!m_endTags.empty() && !m_endTags.back().empty()) {
        const bool nested = std::any_of(m_endTags.begin(), m_endTags.end(),
            [&](const EndTags& ends) { return std::find(ends.begin(), ends.end(), name) != ends.end(); });
        message
            += nested ? " You probably made a nesting mistake: the innermost block" : " The innermost block";
        message += " that needs to be closed is '" + m_openTags.back() + "'.";
    }
    fail(message);
}

void Parser::failEnd()
{
    std::string looking;
    for (const auto end : m_endTags.back())
        looking += (looking.empty() ? "'" : " or '") + std::string(end) + "'";
    fail("Unexpected end of template. Jinja was looking for the following tags: " + looking
        + ". The innermost block that needs to be closed is '" + m_openTags.back() + "'.");
}

// ---- statements

Statements Parser::statements(const EndTags& ends)
{
    Statements out;
    while (peek().type != Kind::End) {
        const Token& token = peek();
        if (token.type == Kind::Data) {
            out.push_back(make<TextOutput>(token.line, next().text));
        } else if (token.type == Kind::PrintBegin) {
            next();
            out.push_back(make<Output>(token.line, tuple()));
            expect(Kind::PrintEnd, "end of print statement");
        } else {
            expect(Kind::BlockBegin, "begin of statement block");
            if (atName(ends))
                return out;
            if (peek().isName("print"))
                printStatement(out);
            else
                out.push_back(statement());
            expect(Kind::BlockEnd, "end of statement block");
        }
    }
    return out;
}

/// The statements up to one of the end tags, whose name is then the next token unless it is dropped.
Statements Parser::body(const EndTags& ends, bool dropEnd)
{
    skipSymbol(":");
    expect(Kind::BlockEnd, "end of statement block");
    m_endTags.push_back(ends);
    Statements out = statements(ends);
    if (peek().type == Kind::End)
        failEnd();
    m_endTags.pop_back();
    if (dropEnd)
        next();
    return out;
}

StatementPtr Parser::statement()
{
    static constexpr std::pair<std::string_view, StatementPtr (Parser::*)()> tags[]
        = {{"for", &Parser::forStatement}, {"if", &Parser::ifStatement}, {"set", &Parser::setStatement},
            {"macro", &Parser::macroStatement}, {"call", &Parser::callStatement},
            {"filter", &Parser::filterStatement}, {"with", &Parser::withStatement},
            {"block", &Parser::blockStatement}, {"generation", &Parser::generationStatement},
            {"autoescape", &Parser::autoescapeStatement}, {"break", &Parser::jumpStatement},
            {"continue", &Parser::jumpStatement}, {"include", &Parser::loadStatement},
            {"import", &Parser::loadStatement}, {"from", &Parser::loadStatement},
            {"extends", &Parser::loadStatement}};
    const DepthGuard guard(m_depth, maxNesting, "the template is nested too deeply");
    if (peek().type != Kind::Name)
        fail("tag name expected");
    const std::string name = peek().text;
    const auto* tag = std::find_if(
        std::begin(tags), std::end(tags), [&](const auto& entry) { return entry.first == name; });
    if (tag == std::end(tags))
        failUnknownTag(name);
    m_openTags.push_back(name);
    StatementPtr node = (this->*tag->second)();
    m_openTags.pop_back();
    return node;
}

StatementPtr Parser::forStatement()
{
    const int line = next().line;
    Target loopTarget = target(true, false);
    expectName("in");
    auto iterable = tuple(false, false, true);
    const size_t unknown = m_unknown.size();
    ExpressionPtr filter;
    if (skipName("if"))
        filter = expression();
    const bool recursive = skipName("recursive");
    ++m_loops;
    ++m_loopNesting;
    Statements loopBody = body({"endfor", "else"}, false);
    --m_loops;
    Statements orElse;
    if (next().text == "else")
        orElse = body({"endfor"}, true);
    --m_loopNesting;
    failOnUnknown(unknown);
    return make<For>(line, std::move(loopTarget), std::move(iterable), std::move(filter), recursive,
        std::move(loopBody), std::move(orElse));
}

StatementPtr Parser::ifStatement()
{
    const size_t unknown = m_unknown.size();
    const int line = next().line;
    Expressions tests;
    std::vector<Statements> branches;
    tests.push_back(tuple(false));
    branches.push_back(body({"elif", "else", "endif"}, false));
    for (;;) {
        const Token& tag = next();
        if (tag.text == "elif") {
            tests.push_back(tuple(false));
            branches.push_back(body({"elif", "else", "endif"}, false));
            continue;
        }
        if (tag.text == "else")
            branches.push_back(body({"endif"}, true));
        break;
    }
    forgetUnknown(unknown);
    return make<If>(line, std::move(tests), std::move(branches));
}

StatementPtr Parser::setStatement()
{
    const int line = next().line;
    Target setTarget = target(false, true);
    if (skipSymbol("="))
        return make<Set>(line, std::move(setTarget), tuple());
    const size_t unknown = m_unknown.size();
    auto filter = filters(nullptr);
    Statements blockBody = body({"endset"}, true);
    failOnUnknown(unknown);
    return make<SetBlock>(line, std::move(setTarget), std::move(filter), std::move(blockBody));
}

void Parser::signature(MacroBody& macro)
{
    expectSymbol("(");
    while (!peek().isSymbol(")")) {
        if (!macro.parameters.empty())
            expectSymbol(",");
        const std::string& parameter = expect(Kind::Name, "name").text;
        if (std::find(macro.parameters.begin(), macro.parameters.end(), parameter) != macro.parameters.end())
            fail("duplicate argument '" + parameter + "' in function definition");
        macro.parameters.push_back(parameter);
        if (skipSymbol("="))
            macro.defaults.push_back(expression());
        else if (!macro.defaults.empty())
            fail("non-default argument follows default argument");
    }
    next();
}

/// The body of a macro, where loops around it cannot be left.
void Parser::macroBody(MacroBody& macro, std::string_view end)
{
    const size_t unknown = m_unknown.size();
    const int loops = std::exchange(m_loops, 0);
    m_macros.push_back(&macro);
    macro.body = body({end}, true);
    m_macros.pop_back();
    m_loops = loops;
    failOnUnknown(unknown);
    for (const std::string& parameter : macro.parameters) {
        macro.usesCaller &= parameter != "caller";
        macro.usesKwargs &= parameter != "kwargs";
        macro.usesVarargs &= parameter != "varargs";
    }
}

StatementPtr Parser::macroStatement()
{
    const int line = next().line;
    MacroBody macro;
    macro.name = expect(Kind::Name, "name").text;
    signature(macro);
    macroBody(macro, "endmacro");
    return make<Macro>(line, std::move(macro));
}

StatementPtr Parser::callStatement()
{
    const int line = next().line;
    MacroBody caller;
    if (peek().isSymbol("("))
        signature(caller);
    auto node = expression();
    if (!dynamic_cast<const Call*>(node.get()))
        throw SyntaxFault(line, "expected call");
    macroBody(caller, "endcall");
    return make<CallBlock>(line, std::move(caller), std::move(node));
}

StatementPtr Parser::filterStatement()
{
    const int line = next().line;
    const size_t unknown = m_unknown.size();
    auto filter = filters(nullptr, true);
    Statements blockBody = body({"endfilter"}, true);
    failOnUnknown(unknown);
    return make<FilterBlock>(line, std::move(filter), std::move(blockBody));
}

StatementPtr Parser::withStatement()
{
    const int line = next().line;
    const size_t unknown = m_unknown.size();
    std::vector<Target> targets;
    Expressions values;
    while (peek().type == Kind::Name || peek().isSymbol("(") || peek().isSymbol(",")) {
        if (!targets.empty())
            expectSymbol(",");
        targets.push_back(simpleTarget(false));
        expectSymbol("=");
        values.push_back(expression());
    }
    Statements blockBody = body({"endwith"}, true);
    failOnUnknown(unknown);
    return make<With>(line, std::move(targets), std::move(values), std::move(blockBody));
}

StatementPtr Parser::blockStatement()
{
    const int line = next().line;
    const size_t unknown = m_unknown.size();
    const std::string name = expect(Kind::Name, "name").text;
    if (!m_blocks.insert(name).second)
        fail("block '" + name + "' defined twice");
    const bool scoped = skipName("scoped");
    if (peek().isName("required"))
        fail("a required block needs a template that extends this one");
    const int loops = std::exchange(m_loops, 0);
    Statements blockBody = body({"endblock"}, true);
    m_loops = loops;
    skipName(name);
    failOnUnknown(unknown);
    return make<Block>(line, scoped, std::move(blockBody));
}

StatementPtr Parser::generationStatement()
{
    const int line = next().line;
    const size_t unknown = m_unknown.size();
    const int loops = std::exchange(m_loops, 0);
    Statements blockBody = body({"endgeneration"}, true);
    m_loops = loops;
    failOnUnknown(unknown);
    return make<Block>(line, true, std::move(blockBody));
}

StatementPtr Parser::autoescapeStatement()
{
    const int line = next().line;
    const size_t unknown = m_unknown.size();
    const auto option = expression();
    const auto* literal = dynamic_cast<const Literal*>(option.get());
    if (!literal || literal->value.truth())
        throw SyntaxFault(line, "only {% autoescape false %} is supported");
    Statements blockBody = body({"endautoescape"}, true);
    failOnUnknown(unknown);
    return make<Block>(line, true, std::move(blockBody));
}

StatementPtr Parser::jumpStatement()
{
    const Token& token = next();
    if (m_loops == 0)
        throw SyntaxFault(token.line, "'" + token.text + "' outside loop");
    return make<Jump>(token.line, token.text == "break" ? Flow::Break : Flow::Continue);
}

StatementPtr Parser::loadStatement()
{
    const int line = next().line;
    while (peek().type != Kind::BlockEnd && peek().type != Kind::End)
        next();
    return make<Load>(line);
}

void Parser::printStatement(Statements& out)
{
    const int line = next().line;
    bool first = true;
    while (peek().type != Kind::BlockEnd) {
        if (!first)
            expectSymbol(",");
        first = false;
        out.push_back(make<Output>(line, expression()));
    }
}

Target Parser::target(bool inFor, bool allowAttribute)
{
    Target first = simpleTarget(allowAttribute);
    if (!peek().isSymbol(","))
        return first;
    Target all;
    all.parts.push_back(std::move(first));
    while (skipSymbol(",")) {
        if (endsTuple(false) || (inFor && peek().isName("in")))
            break;
        all.parts.push_back(simpleTarget(allowAttribute));
    }
    return all;
}

Target Parser::simpleTarget(bool allowAttribute)
{
    const DepthGuard guard(m_depth, maxNesting, "the template is nested too deeply");
    if (skipSymbol("(")) {
        Target inner = target(false, false);
        expectSymbol(")");
        return inner;
    }
    static constexpr std::string_view constants[] = {"true", "false", "none", "True", "False", "None"};
    if (peek().type != Kind::Name
        || std::find(std::begin(constants), std::end(constants), peek().text) != std::end(constants))
        fail("can't assign to '" + describe(peek()) + "'");
    Target single;
    single.name = next().text;
    if (allowAttribute && skipSymbol("."))
        single.attribute = expect(Kind::Name, "name").text;
    else if (single.name == "loop" && m_loopNesting > 0)
        fail("Can't assign to special loop variable in for-loop target");
    return single;
}

}
