#include "core/tokenizer/jinja/format.h"

#include "core/tokenizer/jinja/access.h"
#include "core/tokenizer/jinja/arithmetic.h"
#include "core/tokenizer/jinja/format_spec.h"
#include "core/tokenizer/jinja/interpreter.h"
#include "core/tokenizer/jinja/numbers.h"
#include "core/tokenizer/jinja/text.h"
#include "core/tokenizer/jinja/unicode.h"

namespace tiller::jinja {

namespace {

/// Appends what the budget allows.
void append(Budget& budget, std::string& out, std::string_view part)
{
    if (out.size() + part.size() > maxTextBytes)
        throw Fault("the template makes a text above 16 MB");
    budget.chargeText(part.size());
    out += part;
}

/// str(), repr() or ascii(), by the letter s, r or a.
std::string textBy(Budget& budget, char conversion, const Value& value)
{
    if (conversion == 's')
        return toText(budget, value);
    return conversion == 'r' ? toRepr(budget, value) : asciiRepr(toRepr(budget, value));
}

// ---- format % values

class PercentFormatter {
public:
    PercentFormatter(Interpreter& interpreter, std::string_view format, const Value& values)
        : m_budget(interpreter.budget)
        , m_format(format)
        , m_values(values)
    {
    }

    std::string run()
    {
        std::string out;
        while (m_at < m_format.size()) {
            const size_t percent = m_format.find('%', m_at);
            append(m_budget, out, m_format.substr(m_at, percent - m_at));
            if (percent == std::string_view::npos)
                break;
            m_at = percent + 1;
            append(m_budget, out, conversion());
        }
        const bool single = !m_values.is(Type::Tuple);
        const bool mapping = m_values.is(Type::Dict) || m_values.is(Type::List) || m_values.is(Type::Range)
            || m_values.isUndefined();
        if (single ? !mapping && m_used == 0 : m_used < m_values.items().size())
            throw Fault("not all arguments converted during string formatting");
        return out;
    }

private:
    char peek() const
    {
        if (m_at >= m_format.size())
            throw Fault("incomplete format");
        return m_format[m_at];
    }

    Value nextValue()
    {
        if (m_values.is(Type::Tuple)) {
            if (m_used >= m_values.items().size())
                throw Fault("not enough arguments for format string");
            return m_values.items()[m_used++];
        }
        if (m_used++ > 0)
            throw Fault("not enough arguments for format string");
        return m_values;
    }

    Value namedValue()
    {
        const size_t end = m_format.find(')', m_at);
        if (end == std::string_view::npos)
            throw Fault("incomplete format key");
        const std::string_view key = m_format.substr(m_at + 1, end - m_at - 1);
        if (!m_values.is(Type::Dict))
            throw Fault("format requires a mapping");
        const Value* found = m_values.as<Dict>().entries.find(key);
        if (!found)
            throw Fault(textRepr(key));
        m_at = end + 1;
        return *found;
    }

    int64_t number()
    {
        if (peek() == '*') {
            ++m_at;
            const Value value = nextValue();
            if (!value.isInteger())
                throw Fault("* wants int");
            return value.integer();
        }
        const size_t start = m_at;
        while (peek() >= '0' && peek() <= '9')
            ++m_at;
        if (m_at == start)
            return 0;
        const auto value = parseInteger(m_format.substr(start, m_at - start));
        if (!value)
            throw Fault("width too big");
        return *value;
    }

    void flags(FormatSpec& spec)
    {
        for (;; ++m_at) {
            switch (peek()) {
            case '-':
                spec.align = '<';
                break;
            case '+':
                spec.sign = '+';
                break;
            case ' ':
                spec.sign = spec.sign == '+' ? '+' : ' ';
                break;
            case '#':
                spec.alternate = true;
                break;
            case '0':
                spec.fill = "0";
                break;
            default:
                return;
            }
        }
    }

    std::string conversion()
    {
        std::optional<Value> named;
        if (peek() == '(')
            named = namedValue();
        FormatSpec spec;
        flags(spec);
        spec.width = number();
        if (spec.width < 0) {
            spec.align = '<';
            spec.width = -std::max(spec.width, -int64_t(maxTextBytes) - 1);
        }
        if (peek() == '.') {
            ++m_at;
            spec.precision = std::max<int64_t>(number(), 0);
        }
        while (peek() == 'h' || peek() == 'l' || peek() == 'L')
            ++m_at;
        spec.type = peek();
        ++m_at;
        if (spec.type == '%')
            return "%";
        return convert(named ? *named : nextValue(), spec);
    }

    std::string convert(const Value& value, FormatSpec spec)
    {
        switch (spec.type) {
        case 's':
        case 'r':
        case 'a':
        case 'c':
            return convertText(value, spec);
        case 'd':
        case 'i':
        case 'u':
        case 'x':
        case 'X':
        case 'o':
            return convertInteger(value, spec);
        case 'e':
        case 'E':
        case 'f':
        case 'F':
        case 'g':
        case 'G':
            if (value.isUndefined())
                throw Fault(value.message());
            if (!value.isNumber())
                throw Fault("must be real number, not " + typeName(value));
            return formatReal(m_budget, value.number(), numeric(spec));
        default:
            throw Fault(std::string("unsupported format character '") + spec.type + "'");
        }
    }

    static FormatSpec numeric(FormatSpec spec)
    {
        if (spec.align == '<')
            spec.fill = " ";
        else
            spec.align = spec.fill == "0" ? '=' : '>';
        return spec;
    }

    std::string convertText(const Value& value, FormatSpec spec)
    {
        spec.fill = " ";
        spec.align = spec.align == '<' ? '<' : '>';
        if (spec.type != 'c')
            return formatText(m_budget, textBy(m_budget, spec.type, value), spec);
        if (value.isInteger())
            return formatInteger(m_budget, value.integer(), spec);
        if (!value.isString() || value.text().length != 1)
            throw Fault("%c requires int or char");
        return formatText(m_budget, value.string(), spec);
    }

    std::string convertInteger(const Value& value, FormatSpec spec)
    {
        if (value.isUndefined())
            throw Fault(value.message());
        const bool decimal = spec.type == 'd' || spec.type == 'i' || spec.type == 'u';
        if (!value.isNumber() || (!decimal && !value.isInteger()))
            throw Fault(std::string("%") + spec.type + " format: "
                + (decimal ? "a real number" : "an integer") + " is required, not " + typeName(value));
        if (decimal)
            spec.type = 'd';
        const int64_t number = value.isInteger() ? value.integer() : truncate(value.number());
        if (!spec.precision)
            return formatInteger(m_budget, number, numeric(spec));
        // The precision is a least number of digits.
        FormatSpec digits;
        digits.type = spec.type;
        digits.alternate = spec.alternate;
        digits.sign = spec.sign;
        digits.fill = "0";
        digits.align = '=';
        digits.width
            = std::min<int64_t>(*spec.precision, maxTextBytes) + (number < 0 || spec.sign != '-' ? 1 : 0);
        const std::string text = formatInteger(m_budget, number, digits);
        FormatSpec layout;
        layout.width = spec.width;
        layout.align = spec.align == '<' ? '<' : '>';
        return formatText(m_budget, text, layout);
    }

    Budget& m_budget;
    const std::string_view m_format;
    const Value& m_values;
    size_t m_at = 0;
    size_t m_used = 0;
};

// ---- format.format(...)

std::string formatValue(Budget& budget, const Value& value, const std::string& text)
{
    if (text.empty())
        return toText(budget, value);
    const FormatSpec spec = parseFormatSpec(text);
    if (value.isString()) {
        if ((spec.type && spec.type != 's') || spec.align == '=' || spec.grouping || spec.sign != '-')
            throw Fault("a format does not suit an object of type 'str'");
        return formatText(budget, value.string(), spec);
    }
    if (value.isInteger()) {
        if (spec.precision && std::string_view("\0dnxXobc", 8).find(spec.type) != std::string_view::npos)
            throw Fault("Precision not allowed in integer format specifier");
        return formatInteger(budget, value.integer(), spec);
    }
    if (value.is(Type::Float))
        return formatReal(budget, value.number(), spec);
    throw Fault("unsupported format string passed to " + typeName(value) + ".__format__");
}

class BraceFormatter {
public:
    BraceFormatter(Interpreter& interpreter, const Arguments& arguments)
        : m_interpreter(interpreter)
        , m_arguments(arguments)
    {
    }

    std::string run(std::string_view format, int depth = 0)
    {
        if (depth > 2)
            throw Fault("Max string recursion exceeded");
        std::string out;
        for (size_t at = 0; at < format.size();) {
            const size_t brace = format.find_first_of("{}", at);
            append(m_interpreter.budget, out, format.substr(at, brace - at));
            if (brace == std::string_view::npos)
                break;
            if (brace + 1 < format.size() && format[brace + 1] == format[brace]) {
                out += format[brace];
                at = brace + 2;
                continue;
            }
            if (format[brace] == '}')
                throw Fault("Single '}' encountered in format string");
            const size_t end = fieldEnd(format, brace + 1);
            append(m_interpreter.budget, out, field(format.substr(brace + 1, end - brace - 1), depth));
            at = end + 1;
        }
        return out;
    }

private:
    static size_t fieldEnd(std::string_view format, size_t at)
    {
        int open = 1;
        for (; at < format.size(); ++at) {
            open += format[at] == '{' ? 1 : format[at] == '}' ? -1 : 0;
            if (open == 0)
                return at;
        }
        throw Fault("expected '}' before end of string");
    }

    std::string field(std::string_view text, int depth)
    {
        Budget& budget = m_interpreter.budget;
        const size_t nameEnd = std::min(text.find_first_of("!:"), text.size());
        Value value = lookUp(text.substr(0, nameEnd));
        text.remove_prefix(nameEnd);
        if (text.starts_with('!')) {
            const char conversion = text.size() > 1 ? text[1] : '\0';
            if (conversion != 'r' && conversion != 's' && conversion != 'a')
                throw Fault("Unknown conversion specifier");
            value = Value(textBy(budget, conversion, value));
            text.remove_prefix(2);
            if (!text.empty() && text[0] != ':')
                throw Fault("expected ':' after conversion specifier");
        }
        const std::string spec = text.empty() ? "" : run(text.substr(1), depth + 1);
        return formatValue(budget, value, spec);
    }

    Value lookUp(std::string_view name)
    {
        const size_t end = std::min(name.find_first_of(".["), name.size());
        Value value = argument(std::string(name.substr(0, end)));
        name.remove_prefix(end);
        while (!name.empty()) {
            if (name[0] == '.') {
                const size_t stop = std::min(name.find_first_of(".[", 1), name.size());
                value = getAttribute(m_interpreter, value, std::string(name.substr(1, stop - 1)));
                name.remove_prefix(stop);
            } else {
                const size_t stop = name.find(']');
                if (name[0] != '[' || stop == std::string_view::npos)
                    throw Fault("Only '.' or '[' may follow ']' in format field specifier");
                const std::string_view key = name.substr(1, stop - 1);
                const auto index = parseInteger(key);
                value = getItem(m_interpreter, value, index ? Value(*index) : Value(key));
                name.remove_prefix(stop + 1);
            }
        }
        return value;
    }

    Value argument(const std::string& name)
    {
        std::optional<int64_t> index;
        if (name.empty())
            index = m_automatic++;
        else if (name.find_first_not_of("0123456789") == std::string::npos)
            index = parseInteger(name).value_or(INT64_MAX);
        if (index) {
            if (static_cast<uint64_t>(*index) >= m_arguments.positional.size())
                throw Fault("Replacement index " + std::to_string(*index)
                    + " out of range for positional args tuple");
            return m_arguments.positional[static_cast<size_t>(*index)];
        }
        for (const auto& [key, value] : m_arguments.named) {
            if (key == name)
                return value;
        }
        throw Fault(textRepr(name));
    }

    Interpreter& m_interpreter;
    const Arguments& m_arguments;
    int64_t m_automatic = 0;
};

}

std::string formatPercent(Interpreter& interpreter, std::string_view format, const Value& values)
{
    return PercentFormatter(interpreter, format, values).run();
}

std::string formatBraces(Interpreter& interpreter, std::string_view format, const Arguments& arguments)
{
    return BraceFormatter(interpreter, arguments).run(format);
}

}
