#include "core/tokenizer/jinja/text.h"

#include "core/tokenizer/jinja/unicode.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace tiller::jinja {

namespace {

std::string escaped(char32_t c)
{
    char buffer[12];
    std::snprintf(buffer, sizeof buffer,
        c < 0x100         ? "\\x%02x"
            : c < 0x10000 ? "\\u%04x"
                          : "\\U%08x",
        static_cast<unsigned>(c));
    return buffer;
}

class Writer {
public:
    explicit Writer(Budget& budget)
        : m_budget(budget)
    {
    }

    std::string take() { return std::move(m_out); }

    void value(const Value& value)
    {
        m_budget.charge();
        // Namespaces can hold themselves.
        const DepthGuard guard(m_depth, 2 * maxNesting, "a value is nested too deeply to be written");
        switch (value.type()) {
        case Type::Undefined:
            return put("Undefined");
        case Type::None:
            return put("None");
        case Type::Bool:
            return put(value.integer() ? "True" : "False");
        case Type::Int:
            return put(std::to_string(value.integer()));
        case Type::Float:
            return put(floatText(value.number()));
        case Type::String:
            m_budget.chargeText(value.string().size());
            return put(
                value.text().markup ? "Markup(" + textRepr(value.string()) + ")" : textRepr(value.string()));
        case Type::List:
            return sequence(value.items(), "[", "]");
        case Type::Tuple:
            return sequence(value.items(), "(", value.items().size() == 1 ? ",)" : ")");
        case Type::DictKeys:
        case Type::DictValues:
        case Type::DictItems:
            return sequence(value.items(), typeName(value) + "([", "])");
        case Type::Dict:
            return entries(value.as<Dict>().entries);
        case Type::Namespace:
            put("<Namespace ");
            entries(value.as<Namespace>().entries);
            return put(">");
        case Type::Range: {
            const auto& range = value.as<Range>();
            put("range(" + std::to_string(range.start) + ", " + std::to_string(range.stop));
            return put(range.step == 1 ? ")" : ", " + std::to_string(range.step) + ")");
        }
        default:
            return put(value.object()->description());
        }
    }

private:
    void put(std::string_view text)
    {
        if (m_out.size() + text.size() > maxTextBytes)
            throw Fault("the template makes a text above 16 MB");
        m_out += text;
    }

    void sequence(const Values& items, std::string_view open, std::string_view close)
    {
        put(open);
        for (size_t i = 0; i < items.size(); ++i) {
            if (i)
                put(", ");
            value(items[i]);
        }
        put(close);
    }

    void entries(const Entries& entries)
    {
        put("{");
        bool first = true;
        for (const auto& [key, item] : entries.pairs()) {
            if (!first)
                put(", ");
            first = false;
            value(key);
            put(": ");
            value(item);
        }
        put("}");
    }

    Budget& m_budget;
    std::string m_out;
    int m_depth = 0;
};

}

std::string toText(Budget& budget, const Value& value)
{
    if (value.isString()) {
        budget.chargeText(value.string().size());
        return value.string();
    }
    return value.isUndefined() ? std::string() : toRepr(budget, value);
}

std::string toRepr(Budget& budget, const Value& value)
{
    Writer writer(budget);
    writer.value(value);
    std::string text = writer.take();
    budget.chargeText(text.size());
    return text;
}

std::string textRepr(std::string_view text)
{
    const bool doubled
        = text.find('\'') != std::string_view::npos && text.find('"') == std::string_view::npos;
    const char quote = doubled ? '"' : '\'';
    std::string out(1, quote);
    for (size_t offset = 0; offset < text.size();) {
        const char32_t c = nextCodePoint(text, offset);
        if (c == U'\n')
            out += "\\n";
        else if (c == U'\r')
            out += "\\r";
        else if (c == U'\t')
            out += "\\t";
        else if (c == U'\\' || c == static_cast<char32_t>(quote))
            (out += '\\') += static_cast<char>(c);
        else if (isPrintable(c))
            appendCodePoint(out, c);
        else
            out += escaped(c);
    }
    return out += quote;
}

std::string asciiRepr(std::string_view repr)
{
    std::string out;
    for (size_t offset = 0; offset < repr.size();) {
        const char32_t c = nextCodePoint(repr, offset);
        out += c < 0x80 ? std::string(1, static_cast<char>(c)) : escaped(c);
    }
    return out;
}

std::string floatText(double value)
{
    if (std::isnan(value))
        return "nan";
    if (std::isinf(value))
        return value > 0 ? "inf" : "-inf";
    std::array<char, 400> buffer;
    const double size = std::fabs(value);
    const bool plain = size == 0 || (size >= 1e-4 && size < 1e16);
    const auto format = plain ? std::chars_format::fixed : std::chars_format::scientific;
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format).ptr;
    std::string text(buffer.data(), end);
    return plain && text.find('.') == std::string::npos ? text + ".0" : text;
}

std::string escapeHtml(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        switch (c) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '"':
            out += "&#34;";
            break;
        case '\'':
            out += "&#39;";
            break;
        default:
            out += c;
        }
    }
    return out;
}

}
