#include "core/tokenizer/jinja/json_text.h"

#include "core/tokenizer/jinja/comparison.h"
#include "core/tokenizer/jinja/text.h"
#include "core/tokenizer/jinja/unicode.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace tiller::jinja {

namespace {

class JsonWriter {
public:
    JsonWriter(Budget& budget, const JsonStyle& style)
        : m_budget(budget)
        , m_style(style)
    {
    }

    std::string take() { return std::move(m_out); }

    void value(const Value& value)
    {
        m_budget.charge();
        switch (value.type()) {
        case Type::None:
            return put("null");
        case Type::Bool:
            return put(value.integer() ? "true" : "false");
        case Type::Int:
            return put(std::to_string(value.integer()));
        case Type::Float:
            return put(number(value.number()));
        case Type::String:
            return string(value.string());
        case Type::List:
        case Type::Tuple:
            return array(value.items());
        case Type::Dict:
            return object(value.as<Dict>().entries);
        default:
            throw Fault("Object of type " + typeName(value) + " is not JSON serializable");
        }
    }

private:
    void put(std::string_view text)
    {
        if (m_out.size() + text.size() > maxTextBytes)
            throw Fault("the template makes a text above 16 MB");
        m_out += text;
    }

    static std::string number(double value)
    {
        if (std::isnan(value))
            return "NaN";
        return std::isinf(value) ? (value > 0 ? "Infinity" : "-Infinity") : floatText(value);
    }

    void newLine()
    {
        if (!m_style.indent)
            return;
        put("\n");
        for (int i = 0; i < m_level; ++i)
            put(*m_style.indent);
    }

    void array(const Values& items)
    {
        if (items.empty())
            return put("[]");
        put("[");
        ++m_level;
        for (size_t i = 0; i < items.size(); ++i) {
            if (i)
                put(m_style.itemSeparator);
            newLine();
            value(items[i]);
        }
        --m_level;
        newLine();
        put("]");
    }

    void object(const Entries& entries)
    {
        if (entries.size() == 0)
            return put("{}");
        put("{");
        ++m_level;
        auto pairs = entries.pairs();
        if (m_style.sortKeys)
            std::stable_sort(pairs.begin(), pairs.end(),
                [&](const auto& a, const auto& b) { return lessThan(m_budget, a.first, b.first); });
        bool first = true;
        for (const auto& [name, item] : pairs) {
            if (!first)
                put(m_style.itemSeparator);
            first = false;
            newLine();
            key(name);
            put(m_style.keySeparator);
            value(item);
        }
        --m_level;
        newLine();
        put("}");
    }

    void key(const Value& name)
    {
        if (name.isString())
            return string(name.string());
        if (!name.isNumber() && !name.isNone())
            throw Fault("keys must be str, int, float, bool or None, not " + typeName(name));
        put("\"");
        value(name);
        put("\"");
    }

    void string(std::string_view text)
    {
        m_budget.chargeText(text.size());
        std::string out = "\"";
        for (size_t offset = 0; offset < text.size();) {
            const char32_t c = nextCodePoint(text, offset);
            constexpr std::u32string_view special = U"\"\\\n\r\t\b\f";
            const size_t found = special.find(c);
            if (found != std::u32string_view::npos)
                (out += '\\') += "\"\\nrtbf"[found];
            else if (c < 0x20 || (c > 0x7E && m_style.asciiOnly))
                escape(out, c);
            else
                appendCodePoint(out, c);
        }
        put(out += '"');
    }

    static void escape(std::string& out, char32_t c)
    {
        const auto unit = [&](char32_t u) {
            char buffer[8];
            std::snprintf(buffer, sizeof buffer, "\\u%04x", static_cast<unsigned>(u & 0xFFFF));
            out += buffer;
        };
        if (c >= 0x10000) {
            unit(0xD800 + ((c - 0x10000) >> 10));
            unit(0xDC00 + ((c - 0x10000) & 0x3FF));
        } else {
            unit(c);
        }
    }

    Budget& m_budget;
    const JsonStyle& m_style;
    std::string m_out;
    int m_level = 0;
};

Value convert(const nlohmann::ordered_json& json, int depth)
{
    if (depth > maxNesting)
        throw Fault("the context is nested too deeply");
    switch (json.type()) {
    case nlohmann::json::value_t::boolean:
        return Value(json.get<bool>());
    case nlohmann::json::value_t::number_integer:
        return Value(json.get<int64_t>());
    case nlohmann::json::value_t::number_unsigned: {
        const auto number = json.get<uint64_t>();
        if (number > static_cast<uint64_t>(INT64_MAX))
            throw Fault("an integer of the context does not fit 64 bits");
        return Value(static_cast<int64_t>(number));
    }
    case nlohmann::json::value_t::number_float:
        return Value(json.get<double>());
    case nlohmann::json::value_t::string:
        return Value(json.get_ref<const std::string&>());
    case nlohmann::json::value_t::array: {
        Values items;
        items.reserve(json.size());
        for (const auto& item : json)
            items.push_back(convert(item, depth + 1));
        return makeList(std::move(items));
    }
    case nlohmann::json::value_t::object: {
        Entries entries;
        for (const auto& [key, item] : json.items())
            entries.set(key, convert(item, depth + 1));
        return makeDict(std::move(entries));
    }
    default:
        return {};
    }
}

}

std::string toJson(Budget& budget, const Value& value, const JsonStyle& style)
{
    JsonWriter writer(budget, style);
    writer.value(value);
    std::string text = writer.take();
    budget.chargeText(text.size());
    return text;
}

Value fromJson(const nlohmann::ordered_json& json)
{
    return convert(json, 0);
}

}
