#pragma once

#include "core/tokenizer/jinja/ast.h"
#include "core/tokenizer/jinja/lexer.h"

#include <set>

namespace tiller::jinja {

/// Reads a template into a tree, by jinja2's grammar. Throws SyntaxFault.
class Parser {
public:
    explicit Parser(std::string_view source);
    Statements parse();

private:
    // Statements (parser.cpp).
    using EndTags = std::vector<std::string_view>;
    Statements statements(const EndTags& ends);
    Statements body(const EndTags& ends, bool dropEnd);
    StatementPtr statement();
    StatementPtr forStatement();
    StatementPtr ifStatement();
    StatementPtr setStatement();
    StatementPtr macroStatement();
    StatementPtr callStatement();
    StatementPtr filterStatement();
    StatementPtr withStatement();
    StatementPtr blockStatement();
    StatementPtr generationStatement();
    StatementPtr autoescapeStatement();
    StatementPtr jumpStatement();
    StatementPtr loadStatement();
    void printStatement(Statements& out);
    void signature(MacroBody& macro);
    void macroBody(MacroBody& macro, std::string_view end);
    Target target(bool inFor, bool allowAttribute);
    Target simpleTarget(bool allowAttribute);
    [[noreturn]] void failUnknownTag(const std::string& name);
    [[noreturn]] void failEnd();

    // Expressions (parser_expressions.cpp), loosest binding first.
    ExpressionPtr tuple(bool withConditional = true, bool inParentheses = false, bool inFor = false);
    ExpressionPtr expression(bool withConditional = true);
    ExpressionPtr conditional();
    ExpressionPtr disjunction();
    ExpressionPtr conjunction();
    ExpressionPtr negation();
    ExpressionPtr comparison();
    ExpressionPtr sum();
    ExpressionPtr concatenation();
    ExpressionPtr product();
    ExpressionPtr power();
    ExpressionPtr unary(bool withFilter = true);
    ExpressionPtr primary();
    ExpressionPtr name();
    ExpressionPtr list();
    ExpressionPtr dict();
    ExpressionPtr postfix(ExpressionPtr node);
    ExpressionPtr filtersAndTests(ExpressionPtr node);
    ExpressionPtr subscript(ExpressionPtr node);
    ExpressionPtr index(ExpressionPtr node, int line);
    ExpressionPtr call(ExpressionPtr node);
    ExpressionPtr filters(ExpressionPtr node, bool startInline = false);
    ExpressionPtr test(ExpressionPtr node);
    CallArguments callArguments();
    std::string dottedName();
    bool endsTuple(bool inFor) const;

    // Tokens.
    const Token& peek(size_t ahead = 0) const
    {
        return m_tokens[std::min(m_at + ahead, m_tokens.size() - 1)];
    }
    const Token& next();
    bool skipName(std::string_view name);
    bool skipSymbol(std::string_view symbol);
    void expectName(std::string_view name);
    void expectSymbol(std::string_view symbol);
    const Token& expect(Token::Type type, const char* what);
    bool atName(const EndTags& names) const;
    [[noreturn]] void fail(const std::string& cause) const;

    /// Makes a node and refuses a tree that has become too deep.
    template <typename T, typename... Parts>
    std::unique_ptr<T> make(int line, Parts&&... parts)
    {
        auto node = std::make_unique<T>(line, std::forward<Parts>(parts)...);
        if (node->depth > maxNesting)
            throw SyntaxFault(line, "the template is nested too deeply");
        return node;
    }

    // A filter or test that does not exist is an error of the whole template, except right inside an if:
    // there it counts only once it is reached.
    struct Unknown {
        std::string cause;
        int line;
    };
    void failOnUnknown(size_t since);
    void forgetUnknown(size_t since) { m_unknown.resize(std::min(since, m_unknown.size())); }

    std::vector<Token> m_tokens;
    size_t m_at = 0;
    int m_depth = 0;
    int m_loops = 0; ///< loops that break and continue can mean
    int m_loopNesting = 0; ///< loops around, macros or not
    std::vector<Unknown> m_unknown;
    std::vector<std::string> m_openTags;
    std::vector<EndTags> m_endTags;
    std::vector<MacroBody*> m_macros;
    std::set<std::string> m_blocks;
};

}
