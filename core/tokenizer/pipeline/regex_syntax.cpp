#include "core/tokenizer/pipeline/regex.h"

#include "core/base/error.h"
#include "core/io/text.h"

#include <cctype>
#include <utility>

namespace tiller {

namespace {

constexpr std::string_view s_word = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}";
// Oniguruma looks up the first 256 characters in a table of its own, but not within a set.
constexpr std::string_view s_wordOutsideSets
    = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\xB2\\xB3\\xB9\\xBC-\\xBE";

constexpr std::pair<std::string_view, std::string_view> s_brackets[] = {{"alpha", "\\p{Alphabetic}"},
    {"alnum", "\\p{Alphabetic}\\p{Nd}"}, {"digit", "\\p{Nd}"}, {"space", "\\p{White_Space}"},
    {"upper", "\\p{Uppercase}"}, {"lower", "\\p{Lowercase}"}, {"word", s_word}, {"xdigit", "0-9A-Fa-f"}};

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

// The two syntaxes agree on most things. They differ in what \s, \w, \b, \h and [:alpha:] mean, in \uHHHH, in
// the flag m, in {,n}, in {n,m}+ (repeated in Ruby, possessive in Perl) and in sets of sets.
class Translator {
public:
    explicit Translator(std::string_view pattern)
        : m_pattern(pattern)
    {
    }

    std::string run()
    {
        while (m_at < m_pattern.size()) {
            if (peek() == '\\')
                escape();
            else if (m_isInSet)
                setMember();
            else
                outside();
        }
        return std::move(m_out);
    }

private:
    char peek(size_t ahead = 0) const
    {
        return m_at + ahead < m_pattern.size() ? m_pattern[m_at + ahead] : '\0';
    }
    void copy(size_t count = 1)
    {
        m_out += m_pattern.substr(m_at, count);
        m_at += count;
    }
    void replace(size_t count, std::string_view by)
    {
        m_out += by;
        m_at += count;
    }
    void beginAtom() { m_atom = m_out.size(); }

    [[noreturn]] void refuse(const std::string& what) const
    {
        throw Error(
            "the regular expression " + inQuotes(m_pattern) + " uses " + what + ", which is not supported");
    }

    void escape()
    {
        if (!m_isInSet)
            beginAtom();
        switch (peek(1)) {
        case 's':
            return replace(2, "\\p{White_Space}");
        case 'S':
            return replace(2, "\\P{White_Space}");
        case 'd':
            return replace(2, "\\p{Nd}");
        case 'D':
            return replace(2, "\\P{Nd}");
        case 'w':
            return group(m_isInSet ? s_word : s_wordOutsideSets, false);
        case 'W':
            return group(m_isInSet ? s_word : s_wordOutsideSets, true);
        case 'h':
            return group("0-9A-Fa-f", false);
        case 'H':
            return group("0-9A-Fa-f", true);
        case 'u':
            return hexadecimal();
        case 'b':
            return m_isInSet ? copy(2) : boundary("(?:(?<=W)(?!W)|(?<!W)(?=W))");
        case 'B':
            return boundary("(?:(?<=W)(?=W)|(?<!W)(?!W))");
        default:
            copy(m_at + 1 < m_pattern.size() ? 2 : 1);
            if (const size_t end = m_pattern.find('}', m_at); peek() == '{' && end != std::string_view::npos)
                copy(end + 1 - m_at); // \p{...}, \x{...}
        }
    }

    void group(std::string_view members, bool negated)
    {
        if (m_isInSet && negated)
            refuse("a negated class inside a set");
        if (m_isInSet)
            return replace(2, members);
        m_out += negated ? "[^" : "[";
        m_out += members;
        replace(2, "]");
    }

    void boundary(std::string_view test)
    {
        std::string text;
        for (const char c : test)
            text += c == 'W' ? std::string("[").append(s_wordOutsideSets).append("]") : std::string(1, c);
        replace(2, text);
    }

    void hexadecimal()
    {
        const std::string_view digits = m_pattern.substr(m_at + 2, 4);
        if (digits.size() < 4 || !std::isxdigit(digits[0]) || !std::isxdigit(digits[1])
            || !std::isxdigit(digits[2]) || !std::isxdigit(digits[3]))
            refuse("\\u without four digits");
        replace(6, "\\x{" + std::string(digits) + "}");
    }

    void setMember()
    {
        if (peek() == ']')
            m_isInSet = false;
        else if (peek() == '[' && peek(1) == ':')
            return bracket();
        else if (peek() == '[')
            refuse("a set inside a set");
        else if (peek() == '&' && peek(1) == '&')
            refuse("an intersection of sets");
        copy();
    }

    void bracket()
    {
        const size_t end = m_pattern.find(":]", m_at);
        const std::string_view name
            = m_pattern.substr(m_at + 2, end == std::string_view::npos ? 0 : end - m_at - 2);
        for (const auto& [known, members] : s_brackets) {
            if (name == known)
                return replace(name.size() + 4, members);
        }
        refuse("the class [:" + std::string(name) + ":]");
    }

    void outside()
    {
        switch (peek()) {
        case '[':
            beginAtom();
            m_isInSet = true;
            copy(peek(1) == '^' ? 2 : 1);
            if (peek() == ']')
                copy();
            return;
        case '(':
            m_groups.push_back(m_out.size());
            copy();
            return flags();
        case ')':
            if (!m_groups.empty()) {
                m_atom = m_groups.back();
                m_groups.pop_back();
            }
            return copy();
        case '{':
            return interval();
        case '*':
        case '+':
        case '?':
        case '|':
            return copy();
        default:
            beginAtom();
            return copy();
        }
    }

    // After "(": Ruby's (?m lets the dot match newlines, which Perl calls (?s.
    void flags()
    {
        if (peek() != '?')
            return;
        copy();
        size_t end = m_at;
        while (
            end < m_pattern.size() && std::string_view("imx-").find(m_pattern[end]) != std::string_view::npos)
            ++end;
        if (end == m_pattern.size() || (m_pattern[end] != ':' && m_pattern[end] != ')'))
            return;
        while (m_at < end) {
            if (peek() == 'm')
                replace(1, "s");
            else
                copy();
        }
    }

    void interval()
    {
        size_t end = m_at + 1;
        while (end < m_pattern.size() && isDigit(m_pattern[end]))
            ++end;
        const bool hasLow = end > m_at + 1;
        const bool hasComma = end < m_pattern.size() && m_pattern[end] == ',';
        if (hasComma)
            ++end;
        while (end < m_pattern.size() && isDigit(m_pattern[end]))
            ++end;
        const bool isInterval = end < m_pattern.size() && m_pattern[end] == '}'
            && (hasLow || (hasComma && isDigit(m_pattern[end - 1])));
        if (!isInterval) {
            beginAtom();
            return copy();
        }
        if (hasLow)
            copy();
        else
            replace(1, "{0");
        copy(end + 1 - m_at);
        if (peek() == '+') {
            m_out.insert(m_atom, "(?:");
            m_out += ')';
        }
    }

    std::string_view m_pattern;
    size_t m_at = 0;
    std::string m_out;
    bool m_isInSet = false;
    size_t m_atom = 0; // where the last thing that can be repeated starts in m_out
    std::vector<size_t> m_groups;
};

}

std::string toPcreSyntax(std::string_view pattern)
{
    return Translator(pattern).run();
}

}
