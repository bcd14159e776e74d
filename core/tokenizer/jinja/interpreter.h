#pragma once

#include "core/tokenizer/jinja/ast.h"
#include "core/tokenizer/jinja/scope.h"

#include <ctime>

namespace tiller::jinja {

/// One rendering: its names, its output and what it may still spend. One thread, one use.
class Interpreter {
public:
    Interpreter(Entries context, const std::tm& now);
    ~Interpreter();
    Interpreter(const Interpreter&) = delete;
    Interpreter& operator=(const Interpreter&) = delete;

    /// Throws Fault; line() is then where.
    std::string render(const Statements& program);
    int line() const { return m_line; }
    const std::tm& now() const { return m_now; }

    Value evaluate(const Expression& expression);
    Flow execute(const Statements& statements);
    Value call(const Value& callee, Arguments arguments);

    /// What `body` writes, kept from the output.
    template <typename Body>
    std::string capture(const Body& body)
    {
        std::string text;
        std::swap(text, m_output);
        const Restore restore{m_output, text};
        body();
        return std::move(m_output);
    }
    void write(std::string_view text);

    Value lookUp(const std::string& name);
    void assign(const Target& target, const Value& value);
    const ScopePtr& scope() const { return m_scope; }
    const ScopePtr& outermostScope() const { return m_outermost; }

    /// Names set while it lives are gone afterwards.
    class InnerScope {
    public:
        InnerScope(Interpreter& interpreter, ScopePtr parent)
            : m_interpreter(interpreter)
            , m_outer(std::exchange(interpreter.m_scope, std::make_shared<Scope>(std::move(parent))))
        {
        }
        ~InnerScope() { m_interpreter.m_scope = m_outer; }
        InnerScope(const InnerScope&) = delete;
        InnerScope& operator=(const InnerScope&) = delete;

    private:
        Interpreter& m_interpreter;
        ScopePtr m_outer;
    };

    /// Scopes, namespaces and loops can hold themselves; what is kept here is emptied at the end.
    void keep(ScopePtr scope) { m_scopes.push_back(std::move(scope)); }
    Value makeNamespace(Entries entries);

    Budget budget;

private:
    struct Restore {
        std::string& output;
        std::string& saved;
        ~Restore() { std::swap(output, saved); }
    };

    std::tm m_now;
    ScopePtr m_outermost;
    ScopePtr m_scope;
    std::string m_output;
    int m_line = 1;
    int m_depth = 0;
    std::vector<ScopePtr> m_scopes;
    std::vector<std::shared_ptr<Namespace>> m_namespaces;
};

}
