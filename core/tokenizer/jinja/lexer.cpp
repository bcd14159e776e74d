#include "core/tokenizer/jinja/lexer.h"

#include "core/tokenizer/jinja/numbers.h"
#include "core/tokenizer/jinja/text.h"
#include "core/tokenizer/jinja/unicode.h"

#include <algorithm>

namespace tiller::jinja {

namespace {

bool isDigitByte(char c)
{
    return c >= '0' && c <= '9';
}

std::string unifyNewlines(std::string_view source)
{
    std::string out;
    out.reserve(source.size());
    for (size_t i = 0; i < source.size(); ++i) {
        if (source[i] == '\r') {
            out += '\n';
            if (i + 1 < source.size() && source[i + 1] == '\n')
                ++i;
        } else {
            out += source[i];
        }
    }
    if (out.ends_with('\n'))
        out.pop_back();
    return out;
}

class StringLiteral {
public:
    // Python reads a literal as ASCII with its other letters written as escapes, so that a backslash before
    // such a letter meets the backslash of its escape.
    StringLiteral(std::string_view literal, int line)
        : m_text(asciiRepr(literal))
        , m_line(line)
    {
    }

    std::string value()
    {
        while (m_at < m_text.size()) {
            const char c = m_text[m_at++];
            if (c == '\\' && m_at < m_text.size())
                escape(m_text[m_at++]);
            else
                m_out += c;
        }
        return std::move(m_out);
    }

private:
    void escape(char c)
    {
        constexpr std::string_view names = "abfnrtv\\'\"";
        constexpr std::string_view values = "\a\b\f\n\r\t\v\\'\"";
        const size_t simple = names.find(c);
        if (simple != std::string_view::npos)
            m_out += values[simple];
        else if (c == 'x' || c == 'u' || c == 'U')
            hexadecimal(c == 'x' ? 2 : c == 'u' ? 4 : 8);
        else if (c >= '0' && c <= '7')
            octal();
        else if (c == 'N')
            throw SyntaxFault(m_line, "a character cannot be given by its name");
        else if (c != '\n')
            (m_out += '\\') += c;
    }

    void hexadecimal(size_t digits)
    {
        const std::string_view hex = std::string_view(m_text).substr(m_at, digits);
        const bool valid = hex.size() == digits && std::all_of(hex.begin(), hex.end(), [](char c) {
            return isDigitByte(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        });
        const int64_t codePoint = valid ? parseInteger(hex, 16).value_or(-1) : -1;
        if (codePoint < 0 || codePoint > 0x10FFFF)
            throw SyntaxFault(m_line, "a string has a broken escape");
        m_at += digits;
        appendCodePoint(m_out, static_cast<char32_t>(codePoint));
    }

    void octal()
    {
        char32_t codePoint = 0;
        --m_at;
        for (int i = 0; i < 3 && m_at < m_text.size() && m_text[m_at] >= '0' && m_text[m_at] <= '7'; ++i)
            codePoint = codePoint * 8 + static_cast<char32_t>(m_text[m_at++] - '0');
        appendCodePoint(m_out, codePoint);
    }

    std::string m_text;
    std::string m_out;
    size_t m_at = 0;
    int m_line;
};

class Lexer {
public:
    explicit Lexer(std::string_view source)
        : m_source(unifyNewlines(source))
    {
    }

    std::vector<Token> run()
    {
        while (m_at < m_source.size())
            data();
        add(Token::Type::End, "");
        return std::move(m_tokens);
    }

private:
    bool startsWith(std::string_view text, size_t at) const
    {
        return m_source.compare(at, text.size(), text) == 0;
    }

    size_t skipSpace(size_t at) const
    {
        return m_source.size() - stripLeft(std::string_view(m_source).substr(at)).size();
    }

    void add(Token::Type type, std::string text, Value number = {})
    {
        m_tokens.push_back({type, std::move(text), std::move(number), m_line});
    }

    void moveTo(size_t at)
    {
        m_line += static_cast<int>(std::count(m_source.begin() + static_cast<std::ptrdiff_t>(m_at),
            m_source.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
        m_at = at;
    }

    /// The text up to `end`, where a tag with the given sign begins.
    void addData(size_t end, char sign, bool isPrint)
    {
        std::string_view text = std::string_view(m_source).substr(m_at, end - m_at);
        if (sign == '-') {
            text = stripRight(text);
        } else if (sign != '+' && !isPrint) {
            const size_t lineStart = text.rfind('\n') + 1;
            const bool atLineStart = lineStart > 0 || m_at == 0 || m_source[m_at - 1] == '\n';
            if (atLineStart && stripLeft(text.substr(lineStart)).empty())
                text = text.substr(0, lineStart);
        }
        if (!text.empty())
            add(Token::Type::Data, std::string(text));
        moveTo(end);
    }

    void data()
    {
        size_t begin = m_source.find('{', m_at);
        while (begin != std::string::npos
            && (begin + 1 >= m_source.size()
                || std::string_view("{%#").find(m_source[begin + 1]) == std::string_view::npos))
            begin = m_source.find('{', begin + 1);
        if (begin == std::string::npos) {
            add(Token::Type::Data, m_source.substr(m_at));
            return moveTo(m_source.size());
        }
        const char kind = m_source[begin + 1];
        const char sign = begin + 2 < m_source.size() ? m_source[begin + 2] : '\0';
        addData(begin, sign, kind == '{');
        const size_t inside = begin + (sign == '-' || sign == '+' ? 3 : 2);
        if (kind == '#')
            return comment(inside);
        if (kind == '%') {
            if (const size_t end = rawBegin(inside))
                return raw(end);
        }
        add(kind == '{' ? Token::Type::PrintBegin : Token::Type::BlockBegin, "");
        moveTo(inside);
        tag(kind == '{');
    }

    /// Just behind a block tag that ends at `at`, or 0 when none ends there.
    size_t blockEnd(size_t at) const
    {
        if (startsWith("+%}", at))
            return at + 3;
        if (startsWith("-%}", at))
            return skipSpace(at + 3);
        if (startsWith("%}", at))
            return at + (startsWith("\n", at + 2) ? 3 : 2);
        return 0;
    }

    void comment(size_t at)
    {
        const size_t end = m_source.find("#}", at);
        if (at == m_source.size())
            return moveTo(at); // jinja2 minds a comment without an end only where it has a text
        if (end == std::string::npos)
            throw SyntaxFault(m_line, "Missing end of comment tag");
        const char sign = end > at ? m_source[end - 1] : '\0';
        if (sign == '-')
            return moveTo(skipSpace(end + 2));
        moveTo(end + (sign != '+' && startsWith("\n", end + 2) ? 3 : 2));
    }

    size_t rawBegin(size_t at) const
    {
        at = skipSpace(at);
        if (!startsWith("raw", at))
            return 0;
        at = skipSpace(at + 3);
        if (startsWith("-%}", at))
            return skipSpace(at + 3);
        return startsWith("%}", at) ? at + 2 : 0;
    }

    void raw(size_t start)
    {
        moveTo(start);
        if (start == m_source.size())
            return;
        for (size_t at = m_source.find("{%", m_at); at != std::string::npos;
             at = m_source.find("{%", at + 1)) {
            const char sign = at + 2 < m_source.size() ? m_source[at + 2] : '\0';
            const size_t name = skipSpace(at + (sign == '-' || sign == '+' ? 3 : 2));
            if (!startsWith("endraw", name))
                continue;
            if (const size_t end = blockEnd(skipSpace(name + 6))) {
                addData(at, sign, false);
                return moveTo(end);
            }
        }
        throw SyntaxFault(m_line, "Missing end of raw directive");
    }

    void tag(bool isPrint)
    {
        while (m_at < m_source.size()) {
            if (m_open.empty()) {
                if (const size_t end = isPrint ? printEnd() : blockEnd(m_at)) {
                    add(isPrint ? Token::Type::PrintEnd : Token::Type::BlockEnd, "");
                    return moveTo(end);
                }
            }
            const size_t next = skipSpace(m_at);
            if (next > m_at)
                moveTo(next);
            else if (!number() && !name() && !string() && !symbol())
                throw SyntaxFault(m_line, "unexpected char " + textRepr(letterAt(m_at)));
        }
    }

    size_t printEnd() const
    {
        if (startsWith("-}}", m_at))
            return skipSpace(m_at + 3);
        return startsWith("}}", m_at) ? m_at + 2 : 0;
    }

    std::string_view letterAt(size_t at) const
    {
        size_t end = at;
        nextCodePoint(m_source, end);
        return std::string_view(m_source).substr(at, end - at);
    }

    /// Behind a run of digits with underscores between them.
    size_t digitsEnd(size_t at) const
    {
        while (at < m_source.size() && isDigitByte(m_source[at])) {
            ++at;
            if (at + 1 < m_source.size() && m_source[at] == '_' && isDigitByte(m_source[at + 1]))
                ++at;
        }
        return at;
    }

    bool number()
    {
        if (!isDigitByte(m_source[m_at]))
            return false;
        size_t end = digitsEnd(m_at);
        bool real = false;
        if (m_at == 0 || m_source[m_at - 1] != '.') {
            size_t fraction = end;
            if (startsWith(".", end) && end + 1 < m_source.size() && isDigitByte(m_source[end + 1]))
                fraction = digitsEnd(end + 1);
            size_t exponent = fraction;
            if (startsWith("e", fraction) || startsWith("E", fraction)) {
                exponent
                    = fraction + (startsWith("+", fraction + 1) || startsWith("-", fraction + 1) ? 2 : 1);
                const size_t behind = digitsEnd(exponent);
                exponent = behind > exponent ? behind : fraction;
            }
            real = exponent > end;
            end = exponent;
        }
        real ? addReal(end) : addInteger();
        return true;
    }

    std::string withoutUnderscores(size_t end) const
    {
        std::string text = m_source.substr(m_at, end - m_at);
        std::erase(text, '_');
        return text;
    }

    void addReal(size_t end)
    {
        add(Token::Type::Float, "", Value(parseReal(withoutUnderscores(end)).value_or(0.0)));
        moveTo(end);
    }

    void addInteger()
    {
        size_t end = digitsEnd(m_at);
        const bool prefixed = m_source[m_at] == '0' && m_at + 1 < m_source.size()
            && std::string_view("xXoObB").find(m_source[m_at + 1]) != std::string_view::npos;
        if (prefixed) {
            const int base = (m_source[m_at + 1] | 0x20) == 'x' ? 16
                : (m_source[m_at + 1] | 0x20) == 'o'            ? 8
                                                                : 2;
            const size_t behind = prefixedEnd(m_at + 2, base);
            if (behind > m_at + 2)
                return addInteger(behind, base);
        }
        if (m_source[m_at] == '0') {
            // A decimal number has no leading zero; the zeros are a number of their own.
            end = m_at;
            while (startsWith("0", end) || startsWith("_0", end))
                end += startsWith("0", end) ? 1 : 2;
        }
        addInteger(end, 10);
    }

    size_t prefixedEnd(size_t at, int base) const
    {
        const auto isDigitOf = [&](size_t i) {
            return i < m_source.size() && m_source[i] != '_' && parseInteger(m_source.substr(i, 1), base);
        };
        for (;;) {
            const size_t digit = startsWith("_", at) ? at + 1 : at;
            if (!isDigitOf(digit))
                return at;
            at = digit + 1;
        }
    }

    void addInteger(size_t end, int base)
    {
        const auto value = parseInteger(withoutUnderscores(end), base);
        if (!value)
            throw SyntaxFault(m_line, "an integer does not fit 64 bits");
        add(Token::Type::Integer, m_source.substr(m_at, end - m_at), Value(*value));
        moveTo(end);
    }

    bool name()
    {
        size_t end = m_at;
        while (end < m_source.size()) {
            size_t next = end;
            const char32_t c = nextCodePoint(m_source, next);
            if (!(c == U'_' || isAlphabetic(c) || isNumeric(c)))
                break;
            end = next;
        }
        if (end == m_at)
            return false;
        if (end - m_at > maxNameBytes)
            throw SyntaxFault(m_line, "a name is too long");
        add(Token::Type::Name, m_source.substr(m_at, end - m_at));
        moveTo(end);
        return true;
    }

    bool string()
    {
        const char quote = m_source[m_at];
        if (quote != '\'' && quote != '"')
            return false;
        size_t end = m_at + 1;
        while (end < m_source.size() && m_source[end] != quote)
            end += m_source[end] == '\\' ? 2 : 1;
        if (end >= m_source.size())
            return false;
        const std::string_view literal = std::string_view(m_source).substr(m_at + 1, end - m_at - 1);
        add(Token::Type::String, StringLiteral(literal, m_line).value());
        moveTo(end + 1);
        return true;
    }

    bool symbol()
    {
        constexpr std::string_view two[] = {"//", "**", "==", "!=", ">=", "<="};
        constexpr std::string_view one = "+-/*%~[](){}><=.:|,;";
        size_t length = one.find(m_source[m_at]) == std::string_view::npos ? 0 : 1;
        for (const auto symbol : two)
            length = startsWith(symbol, m_at) ? 2 : length;
        if (length == 0)
            return false;
        const std::string text = m_source.substr(m_at, length);
        balance(text);
        add(Token::Type::Symbol, text);
        moveTo(m_at + length);
        return true;
    }

    void balance(const std::string& symbol)
    {
        if (symbol == "(" || symbol == "[" || symbol == "{") {
            m_open += symbol == "(" ? ')' : symbol == "[" ? ']' : '}';
        } else if (symbol == ")" || symbol == "]" || symbol == "}") {
            if (m_open.empty())
                throw SyntaxFault(m_line, "unexpected '" + symbol + "'");
            if (m_open.back() != symbol[0])
                throw SyntaxFault(m_line, "unexpected '" + symbol + "', expected '" + m_open.back() + "'");
            m_open.pop_back();
        }
    }

    const std::string m_source;
    size_t m_at = 0;
    int m_line = 1;
    std::string m_open; ///< the brackets that close the open ones: within them no tag ends
    std::vector<Token> m_tokens;
};

}

std::vector<Token> tokenize(std::string_view source)
{
    return Lexer(source).run();
}

std::string describe(const Token& token)
{
    switch (token.type) {
    case Token::Type::Data:
        return "template data / text";
    case Token::Type::PrintBegin:
        return "begin of print statement";
    case Token::Type::PrintEnd:
        return "end of print statement";
    case Token::Type::BlockBegin:
        return "begin of statement block";
    case Token::Type::BlockEnd:
        return "end of statement block";
    case Token::Type::String:
        return "string";
    case Token::Type::Integer:
        return "integer";
    case Token::Type::Float:
        return "float";
    case Token::Type::End:
        return "end of template";
    case Token::Type::Name:
    case Token::Type::Symbol:
        break;
    }
    return token.text;
}

}
