#include "core/steer/algebra.h"

#include "core/base/error.h"
#include "core/io/text.h"
#include "core/steer/model_name.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace tiller {

namespace {

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

class MixParser {
public:
    explicit MixParser(std::string_view text)
        : m_text(text)
    {
    }

    std::vector<MixTerm> parse()
    {
        std::vector<MixTerm> terms;
        skipSpace();
        double sign = takeSign().value_or(1);
        while (true) {
            terms.push_back(term(sign));
            skipSpace();
            if (m_at == m_text.size())
                return terms;
            const auto next = takeSign();
            if (!next)
                fail(m_at, "expected + or -");
            sign = *next;
            skipSpace();
            sign *= takeSign().value_or(1); // "a + -0.5 b"
        }
    }

private:
    MixTerm term(double sign)
    {
        skipSpace();
        MixTerm result;
        const auto weight = takeWeight();
        result.weight = sign * weight.value_or(1);
        skipSpace();
        if (m_at < m_text.size() && m_text[m_at] == '*') {
            if (!weight)
                fail(m_at, "expected a weight before *");
            ++m_at;
            skipSpace();
        }
        result.name = takeName(weight ? "expected a vector's name" : "expected a weight or a vector's name");
        return result;
    }

    // A number is a weight unless it is the beginning of a word ("3b.pt").
    std::optional<double> takeWeight()
    {
        if (m_at == m_text.size() || !(isDigit(m_text[m_at]) || m_text[m_at] == '.'))
            return std::nullopt;
        double value = 0;
        const char* begin = m_text.data() + m_at;
        const auto [end, error] = std::from_chars(begin, m_text.data() + m_text.size(), value);
        const size_t length = static_cast<size_t>(end - begin);
        if (length == 0 || wordEnd(m_text, m_at + length) > m_at + length)
            return std::nullopt;
        if (error != std::errc())
            fail(m_at, "expected a weight that fits a number");
        m_at += length;
        return value;
    }

    std::string takeName(const char* expected)
    {
        if (m_at < m_text.size() && m_text[m_at] == '"')
            return takeQuoted();
        const size_t end = wordEnd(m_text, m_at);
        if (end == m_at)
            fail(m_at, expected);
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

    void skipSpace()
    {
        while (
            m_at < m_text.size() && std::string_view(" \t\r\n").find(m_text[m_at]) != std::string_view::npos)
            ++m_at;
    }

    [[noreturn]] void fail(size_t at, const std::string& expected) const
    {
        const auto isFirstByte = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
        const auto characters = std::ranges::count_if(m_text.substr(0, at), isFirstByte);
        throw Error("character " + std::to_string(characters + 1) + ": " + expected,
            "For example 1.0 helpful + 0.5 concise - 0.3 \"two words\".");
    }

    std::string_view m_text;
    size_t m_at = 0;
};

bool isBareName(const std::string& name)
{
    if (name.empty() || wordEnd(name, 0) != name.size())
        return false;
    // Read as a weight otherwise.
    return MixParser("1 " + name).parse() == std::vector<MixTerm>{{1, name}} && !isDigit(name[0])
        && name[0] != '.';
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

std::string described(const SteeringVector& vector)
{
    return inQuotes(vector.name.empty() ? "a vector" : vector.name);
}

void checkMixable(const SteeringVector& first, const SteeringVector& other)
{
    const std::string names = described(first) + " and " + described(other);
    if (first.width() != other.width())
        throw Error(names + " have different widths: " + std::to_string(first.width()) + " and "
                + std::to_string(other.width()),
            "Vectors of different models cannot be mixed.");
    const bool bothKnown = !first.modelFingerprint.empty() && !other.modelFingerprint.empty();
    const bool same = bothKnown ? first.modelFingerprint == other.modelFingerprint
                                : modelNamesAgree(first.modelName, other.modelName);
    if (!same)
        throw Error(names + " belong to different models: " + inQuotes(first.modelName) + " and "
                + inQuotes(other.modelName),
            "Vectors of different models cannot be mixed.");
    if (first.layerUnknown != other.layerUnknown)
        throw Error(described(first.layerUnknown ? first : other) + " does not say its layer, and "
                + described(first.layerUnknown ? other : first) + " does",
            "Save it with its layer first.");
}

}

std::vector<MixTerm> parseMix(std::string_view text)
{
    return MixParser(text).parse();
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

SteeringVector mix(const std::vector<std::pair<double, SteeringVector>>& terms)
{
    if (terms.empty())
        throw Error("nothing to mix", "Name at least one vector.");
    const SteeringVector& first = terms.front().second;

    SteeringVector result;
    result.method = "mix";
    result.layerUnknown = first.layerUnknown;
    result.modelName = first.modelName;
    result.modelFingerprint = first.modelFingerprint;
    result.readPosition = first.readPosition;

    std::map<int, std::vector<double>> sums;
    std::map<int, std::pair<double, int>> residualNorms; // sum and count of what the terms measured
    for (const auto& [weight, vector] : terms) {
        checkMixable(first, vector);
        if (result.modelName.empty())
            result.modelName = vector.modelName;
        if (result.modelFingerprint.empty())
            result.modelFingerprint = vector.modelFingerprint;
        if (vector.readPosition != result.readPosition)
            result.readPosition.clear();
        for (const auto& [layer, direction] : vector.layers) {
            auto& sum = sums[layer];
            if (direction.values.size() != first.width())
                throw Error(described(vector) + ": layer " + std::to_string(layer)
                    + " has another width than the others");
            sum.resize(first.width(), 0.0);
            for (size_t k = 0; k < sum.size(); ++k)
                sum[k] += weight * static_cast<double>(direction.values[k]);
            if (direction.meanResidualNorm) {
                residualNorms[layer].first += *direction.meanResidualNorm;
                ++residualNorms[layer].second;
            }
        }
    }
    for (const auto& [layer, sum] : sums) {
        LayerVector& direction = result.layers[layer];
        direction.values.assign(sum.begin(), sum.end());
        if (const auto norms = residualNorms.find(layer); norms != residualNorms.end())
            direction.meanResidualNorm = norms->second.first / norms->second.second;
    }
    return result;
}

}
