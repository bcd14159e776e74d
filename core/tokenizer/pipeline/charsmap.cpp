#include "core/tokenizer/pipeline/charsmap.h"

#include "core/base/error.h"

#include <algorithm>
#include <cstring>

namespace tiller {

namespace {

// Keys are a few characters long; SentencePiece keeps room for 32 matches that start at one place.
constexpr size_t s_longestKey = 32;

bool hasLeaf(uint32_t unit)
{
    return (unit >> 8 & 1) != 0;
}

uint32_t labelOf(uint32_t unit)
{
    return unit & (1u << 31 | 0xFF);
}

uint32_t offsetOf(uint32_t unit)
{
    return (unit >> 10) << ((unit & 1u << 9) >> 6);
}

uint32_t valueOf(uint32_t unit)
{
    return unit & ~(1u << 31);
}

// Walks the trie once. Whatever a text makes a reader touch is then inside the table.
class Check {
public:
    Check(const std::vector<uint32_t>& units, const std::string& texts, const std::string& where)
        : m_units(units)
        , m_texts(texts)
        , m_where(where)
        , m_heights(units.size())
    {
        visit(0, 0);
    }

private:
    // Keys with the same end share its nodes. A circle would make the depth grow without end.
    size_t visit(size_t node, size_t depth)
    {
        if (depth + m_heights[node] > s_longestKey)
            throw Error(m_where + ": the character table is damaged: its keys are too long");
        if (m_heights[node] > 0)
            return m_heights[node];
        const uint32_t unit = m_units[node];
        const size_t children = node ^ offsetOf(unit);
        if ((children | 0xFF) >= m_units.size())
            throw Error(m_where + ": the character table is damaged: it points outside itself");
        if (hasLeaf(unit) && valueOf(m_units[children]) >= m_texts.size())
            throw Error(m_where + ": the character table is damaged: a text lies outside it");
        size_t height = 1;
        for (uint32_t label = 1; label < 256; ++label) {
            if (labelOf(m_units[children ^ label]) == label)
                height = std::max(height, 1 + visit(children ^ label, depth + 1));
        }
        return m_heights[node] = static_cast<uint8_t>(height);
    }

    const std::vector<uint32_t>& m_units;
    const std::string& m_texts;
    const std::string& m_where;
    std::vector<uint8_t> m_heights; // by node, 0: not seen yet
};

}

Charsmap::Charsmap(std::string_view blob, const std::string& where)
{
    uint32_t size = 0;
    if (blob.size() > sizeof size)
        std::memcpy(&size, blob.data(), sizeof size);
    if (size == 0 || size % sizeof(uint32_t) != 0 || size >= blob.size() - sizeof size)
        throw Error(where + ": the character table is damaged: its size is wrong");
    m_units.resize(size / sizeof(uint32_t));
    std::memcpy(m_units.data(), blob.data() + sizeof size, size);
    m_texts = blob.substr(sizeof size + size);
    if (m_texts.back() != '\0')
        throw Error(where + ": the character table is damaged: its last text has no end");
    Check(m_units, m_texts, where);
}

std::optional<std::string_view> Charsmap::rewrite(std::string_view text) const
{
    size_t node = offsetOf(m_units[0]);
    for (const char c : text) {
        const auto byte = static_cast<uint8_t>(c);
        if (byte == 0)
            return std::nullopt;
        node ^= byte;
        const uint32_t unit = m_units[node];
        if (labelOf(unit) != byte)
            return std::nullopt;
        node ^= offsetOf(unit);
        if (hasLeaf(unit))
            return m_texts.data() + valueOf(m_units[node]);
    }
    return std::nullopt;
}

}
