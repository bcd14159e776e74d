#include "core/tokenizer/pipeline/vocabulary.h"

#include "core/base/error.h"
#include "core/io/text.h"

#include <charconv>

namespace tiller {

Vocabulary::Vocabulary(Entries entries, const std::string& where)
{
    // Gaps are allowed, but a file must not make us reserve memory that it does not fill.
    const auto limit = static_cast<int64_t>(2 * entries.size() + 65536);
    size_t size = 0;
    for (const auto& [piece, id] : entries) {
        if (id < 0 || id >= limit)
            throw Error(where + ": token " + inQuotes(piece) + " has the id " + std::to_string(id)
                + ", out of range");
        if (piece.size() > s_longestPiece)
            throw Error(where + ": token " + std::to_string(id) + " is " + std::to_string(piece.size())
                + " bytes long");
        size = std::max(size, static_cast<size_t>(id) + 1);
    }

    m_pieces.resize(size);
    m_ids.reserve(entries.size());
    std::vector<bool> isTaken(size);
    for (auto& [piece, id] : entries) {
        const auto slot = static_cast<size_t>(id);
        if (isTaken[slot])
            throw Error(where + ": two tokens have the id " + std::to_string(id));
        isTaken[slot] = true;
        m_pieces[slot] = std::move(piece);
        if (const std::string& text = m_pieces[slot];
            !text.empty() && !m_ids.emplace(text, static_cast<TokenId>(id)).second)
            throw Error(where + ": token " + inQuotes(text) + " stands twice");
    }
}

std::optional<TokenId> Vocabulary::find(std::string_view piece) const
{
    const auto found = m_ids.find(piece);
    return found == m_ids.end() ? std::nullopt : std::optional(found->second);
}

std::string bytePiece(uint8_t byte)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    return std::string("<0x") + digits[byte >> 4] + digits[byte & 15] + ">";
}

std::optional<uint8_t> byteOfPiece(std::string_view piece)
{
    if (piece.size() != 6 || !piece.starts_with("<0x") || !piece.ends_with('>'))
        return std::nullopt;
    uint8_t byte = 0;
    const auto [end, error] = std::from_chars(piece.data() + 3, piece.data() + 5, byte, 16);
    return error == std::errc() && end == piece.data() + 5 ? std::optional(byte) : std::nullopt;
}

}
