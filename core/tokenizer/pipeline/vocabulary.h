#pragma once

#include "core/tokenizer/tokenizer.h"

#include <unordered_map>
#include <utility>

namespace tiller {

/// Lets unordered containers of strings be asked with a view.
struct StringHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

/// A model's pieces, found by id and by text. Ids may leave a few gaps. Immutable.
class Vocabulary {
public:
    using Entries = std::vector<std::pair<std::string, int64_t>>;

    Vocabulary() = default;
    /// Throws Error (starting with `where`) on ids that are negative, far beyond the number of entries or
    /// used twice, on a text that stands twice, and on texts of more than 16 KiB.
    Vocabulary(Entries entries, const std::string& where);
    Vocabulary(Vocabulary&&) = default;
    Vocabulary& operator=(Vocabulary&&) = default;

    size_t size() const { return m_pieces.size(); } ///< the largest id and one
    const std::string& piece(TokenId id) const { return m_pieces[static_cast<size_t>(id)]; } ///< empty: a gap
    std::optional<TokenId> find(std::string_view piece) const;

private:
    std::vector<std::string> m_pieces;
    std::unordered_map<std::string_view, TokenId> m_ids; ///< by m_pieces
};

/// No tokenizer in use has pieces anywhere near as long; longer ones make every step slow.
constexpr size_t s_longestPiece = 16 * 1024;

/// <0x0A> for 10: how SentencePiece writes a byte.
std::string bytePiece(uint8_t byte);
/// The other way: nullopt for what is not written like that.
std::optional<uint8_t> byteOfPiece(std::string_view piece);

}
