#include "core/steer/mix_expression.h"

#include "core/base/error.h"
#include "core/steer/algebra.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace tiller {

namespace {

using VectorOf = std::function<SteeringVector(const std::string&)>;

constexpr std::string_view s_unicodeMinus = "\u2212";

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

bool isNameByte(std::string_view text, size_t at)
{
    if (at >= text.size() || text.substr(at).starts_with(s_unicodeMinus))
        return false;
    const char c = text[at];
    return isDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '/'
        || static_cast<unsigned char>(c) >= 0x80;
}

// End of the bare word that begins at `at`: a hyphen belongs to it where it stands inside.
size_t wordEnd(std::string_view text, size_t at)
{
    while (isNameByte(text, at) || (at < text.size() && text[at] == '-' && isNameByte(text, at + 1)))
        ++at;
    return at;
}

// "/tmp/a" beside a weight is no division.
bool beginsPath(std::string_view text, size_t at)
{
    return text.substr(at).starts_with('/') && isNameByte(text, at + 1) && !isDigit(text[at + 1]);
}

// "character 7: ", from 1.
std::string placeOf(std::string_view text, size_t at)
{
    const auto isFirstByte = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
    const auto characters = std::ranges::count_if(text.substr(0, at), isFirstByte);
    return "character " + std::to_string(characters + 1) + ": ";
}

struct Node {
    enum class Kind { Number, Name, Sum, Product, Quotient, Call };
    Kind kind = Kind::Number;
    size_t begin = 0; // in the text
    size_t end = 0;
    double number = 0;
    std::string name = {}; // of a vector or a function
    std::vector<double> signs = {}; // of the parts of a sum
    std::vector<Node> parts = {};
    bool isVector = false;
};

struct Function {
    std::string_view name;
    size_t vectors; // arguments, then
    size_t numbers;
};

constexpr Function s_functions[] = {{"unit", 1, 0}, {"without", 2, 0}, {"lerp", 2, 1}};

class MixParser {
public:
    explicit MixParser(std::string_view text)
        : m_text(text)
    {
    }

    Node parse()
    {
        Node root = sum();
        if (m_at < m_text.size())
            fail(m_at, "expected + or -");
        return requireVector(std::move(root));
    }

    [[noreturn]] void fail(size_t at, const std::string& reason) const
    {
        throw Error(
            placeOf(m_text, at) + reason, "For example 1.0 helpful + 0.5 concise - 0.3 \"two words\".");
    }

private:
    Node requireVector(Node node) const
    {
        if (!node.isVector)
            fail(node.end, "expected a vector's name");
        return node;
    }

    Node sum()
    {
        constexpr int deepest = 64;
        skipSpace();
        if (++m_depth > deepest)
            fail(m_at, "nested deeper than 64 levels");
        Node result{.kind = Node::Kind::Sum, .begin = m_at};
        double sign = takeSign().value_or(1);
        while (true) {
            result.parts.push_back(product());
            result.signs.push_back(sign);
            skipSpace();
            const auto next = takeSign();
            if (!next)
                break;
            sign = *next;
            skipSpace();
            sign *= takeSign().value_or(1); // "a + -0.5 b"
        }
        --m_depth;
        result.end = result.parts.back().end;
        result.isVector = std::ranges::any_of(result.parts, &Node::isVector);
        if (result.isVector)
            for (const Node& part : result.parts)
                if (!part.isVector)
                    fail(part.end, "expected a vector's name");
        return result.parts.size() == 1 && result.signs[0] > 0 ? std::move(result.parts[0]) : result;
    }

    Node product()
    {
        Node result = factor();
        while (true) {
            skipSpace();
            const bool divides = at('/') && (result.isVector || !beginsPath(m_text, m_at));
            const bool isBeside = !result.isVector && (at('"') || at('(') || isNameByte(m_text, m_at));
            if (!divides && !at('*') && !isBeside)
                return result;
            if (divides || !isBeside)
                ++m_at;
            skipSpace();
            Node right = factor();
            if (right.isVector && (divides || result.isVector))
                fail(right.begin,
                    divides ? "expected a number to divide by"
                            : "expected a weight: vectors are not multiplied");
            if (divides && right.kind == Node::Kind::Number && right.number == 0)
                fail(right.begin, "expected a number to divide by that is not zero");
            Node whole{.kind = divides ? Node::Kind::Quotient : Node::Kind::Product,
                .begin = result.begin,
                .end = right.end,
                .isVector = result.isVector || right.isVector};
            whole.parts.push_back(std::move(result));
            whole.parts.push_back(std::move(right));
            result = std::move(whole);
        }
    }

    Node factor()
    {
        skipSpace();
        const size_t begin = m_at;
        if (at('(')) {
            ++m_at;
            Node inner = sum();
            takeClosing(begin);
            inner.end = m_at;
            return inner;
        }
        if (const auto number = takeNumber())
            return {.kind = Node::Kind::Number, .begin = begin, .end = m_at, .number = *number};
        const bool quoted = at('"');
        Node named{.kind = Node::Kind::Name, .begin = begin, .name = takeName(), .isVector = true};
        if (!quoted && at('('))
            return call(std::move(named));
        named.end = m_at;
        return named;
    }

    Node call(Node called)
    {
        const auto function = std::ranges::find(s_functions, called.name, &Function::name);
        if (function == std::end(s_functions))
            fail(called.begin, "expected unit, without or lerp before the parenthesis");
        called.kind = Node::Kind::Call;
        const size_t opening = m_at++;
        const size_t arguments = function->vectors + function->numbers;
        for (size_t i = 0; i < arguments; ++i) {
            skipSpace();
            if (i > 0 && !at(','))
                fail(m_at,
                    "expected a comma: " + called.name + " takes " + std::to_string(arguments)
                        + " arguments");
            m_at += i > 0;
            Node argument = sum();
            if (i < function->vectors)
                argument = requireVector(std::move(argument));
            else if (argument.isVector)
                fail(argument.begin, "expected a number");
            called.parts.push_back(std::move(argument));
        }
        takeClosing(opening);
        called.end = m_at;
        return called;
    }

    void takeClosing(size_t opening)
    {
        skipSpace();
        if (!at(')'))
            fail(m_at == m_text.size() ? opening : m_at,
                m_at == m_text.size() ? "expected a parenthesis that closes this one"
                                      : "expected + or - or )");
        ++m_at;
    }

    // Unless it is the beginning of a word ("3b.pt").
    std::optional<double> takeNumber()
    {
        if (m_at == m_text.size() || !(isDigit(m_text[m_at]) || m_text[m_at] == '.'))
            return std::nullopt;
        double value = 0;
        const char* begin = m_text.data() + m_at;
        const auto [end, error] = std::from_chars(begin, m_text.data() + m_text.size(), value);
        const size_t after = m_at + static_cast<size_t>(end - begin);
        const bool divides = after < m_text.size() && m_text[after] == '/';
        if (after == m_at || (wordEnd(m_text, after) > after && !divides))
            return std::nullopt;
        if (error != std::errc())
            fail(m_at, "expected a weight that fits a number");
        m_at = after;
        return value;
    }

    std::string takeName()
    {
        if (at('"'))
            return takeQuoted();
        const size_t end = wordEnd(m_text, m_at);
        if (end == m_at)
            fail(m_at, "expected a weight or a vector's name");
        const std::string name(m_text.substr(m_at, end - m_at));
        m_at = end;
        return name;
    }

    std::string takeQuoted()
    {
        const size_t begin = m_at++;
        std::string name;
        while (m_at < m_text.size() && m_text[m_at] != '"') {
            if (m_text[m_at] == '\\' && m_at + 1 < m_text.size())
                ++m_at;
            name += m_text[m_at++];
        }
        if (m_at == m_text.size())
            fail(begin, "expected a closing quote for the name that begins here");
        ++m_at;
        if (name.empty())
            fail(begin, "expected a name between the quotes");
        return name;
    }

    std::optional<double> takeSign()
    {
        const std::string_view rest = m_text.substr(m_at);
        for (const auto& [spelling, sign] :
            {std::pair<std::string_view, double>{"+", 1}, {"-", -1}, {s_unicodeMinus, -1}}) {
            if (rest.starts_with(spelling)) {
                m_at += spelling.size();
                return sign;
            }
        }
        return std::nullopt;
    }

    bool at(char c) const { return m_at < m_text.size() && m_text[m_at] == c; }

    void skipSpace()
    {
        while (
            m_at < m_text.size() && std::string_view(" \t\r\n").find(m_text[m_at]) != std::string_view::npos)
            ++m_at;
    }

    std::string_view m_text;
    size_t m_at = 0;
    int m_depth = 0;
};

double numberOf(const Node& node)
{
    const auto part = [&](size_t i) { return numberOf(node.parts[i]); };
    switch (node.kind) {
    case Node::Kind::Sum: {
        double total = 0;
        for (size_t i = 0; i < node.parts.size(); ++i)
            total += node.signs[i] * part(i);
        return total;
    }
    case Node::Kind::Product:
        return part(0) * part(1);
    case Node::Kind::Quotient:
        return part(0) / part(1);
    default:
        return node.number;
    }
}

// Calls `leaf(weight, node)` for the names and calls that the sum adds up.
template <typename Leaf>
void eachTerm(const Node& node, double weight, const Leaf& leaf)
{
    switch (node.kind) {
    case Node::Kind::Sum:
        for (size_t i = 0; i < node.parts.size(); ++i)
            eachTerm(node.parts[i], weight * node.signs[i], leaf);
        break;
    case Node::Kind::Product: {
        const size_t vector = node.parts[0].isVector ? 0 : 1;
        eachTerm(node.parts[vector], weight * numberOf(node.parts[1 - vector]), leaf);
        break;
    }
    case Node::Kind::Quotient:
        eachTerm(node.parts[0], weight / numberOf(node.parts[1]), leaf);
        break;
    default:
        leaf(weight, node);
    }
}

SteeringVector evaluate(const Node& node, std::string_view text, const VectorOf& vectorOf)
{
    if (node.kind == Node::Kind::Name) {
        try {
            return vectorOf(node.name);
        } catch (const Error& error) {
            throw Error(placeOf(text, node.begin) + error.what(), error.remedy());
        }
    }
    const auto part = [&](size_t i) { return evaluate(node.parts[i], text, vectorOf); };
    if (node.kind == Node::Kind::Call)
        return node.name == "unit"   ? unit(part(0))
            : node.name == "without" ? projectOut(part(0), part(1))
                                     : interpolate(part(0), part(1), numberOf(node.parts[2]));
    std::vector<std::pair<double, SteeringVector>> terms;
    eachTerm(node, 1,
        [&](double weight, const Node& leaf) { terms.emplace_back(weight, evaluate(leaf, text, vectorOf)); });
    return mix(terms);
}

bool isBareName(const std::string& name)
{
    if (name.empty() || wordEnd(name, 0) != name.size())
        return false;
    const char first = name[0];
    return !isDigit(first) && first != '.' && first != '-' && (first != '/' || beginsPath(name, 0));
}

std::string formatName(const std::string& name)
{
    if (isBareName(name))
        return name;
    std::string out = "\"";
    for (const char c : name) {
        if (c == '"' || c == '\\')
            out += '\\';
        out += c;
    }
    return out + '"';
}

std::string formatWeight(double weight)
{
    char buffer[64];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, weight).ptr;
    std::string out(buffer, end);
    return out.find_first_of(".en") == std::string::npos ? out + ".0" : out;
}

}

std::vector<MixTerm> parseMix(std::string_view text)
{
    MixParser parser(text);
    std::vector<MixTerm> terms;
    eachTerm(parser.parse(), 1, [&](double weight, const Node& leaf) {
        if (leaf.kind == Node::Kind::Call)
            parser.fail(leaf.begin, "expected a sum of vectors: " + leaf.name + " gives another one");
        terms.push_back({weight, leaf.name});
    });
    return terms;
}

std::string formatMix(const std::vector<MixTerm>& terms)
{
    std::string out;
    for (const MixTerm& term : terms) {
        const bool negative = term.weight < 0;
        if (out.empty())
            out += negative ? "-" : "";
        else
            out += negative ? " - " : " + ";
        out += formatWeight(negative ? -term.weight : term.weight) + ' ' + formatName(term.name);
    }
    return out;
}

SteeringVector evaluateMix(std::string_view text, const VectorOf& vectorOf)
{
    const Node root = MixParser(text).parse();
    SteeringVector result = evaluate(root, text, vectorOf);
    if (root.kind == Node::Kind::Name)
        result = mix({{1, std::move(result)}});
    result.expression = text;
    return result;
}

}
