#pragma once

#include "core/tokenizer/pipeline/text_range.h"
#include "core/tokenizer/tokenizer.h"

#include <array>
#include <map>

namespace tiller {

/// A token that is cut out of the text before anything else looks at it.
struct AddedToken {
    TokenId id = 0;
    std::string content;
    bool singleWord = false; ///< not inside a word
    bool leftStrip = false; ///< takes the white space before it along
    bool rightStrip = false; ///< and after it
    bool normalized = true; ///< looked for in the normalized text
    bool special = false; ///< a control token
};

/// A stretch of text, or a token found there.
struct Segment {
    TextRange range;
    std::optional<TokenId> token;
};

/// Finds added tokens in text: leftmost first, then longest, as the `tokenizers` library. Immutable.
class AddedTokenFinder {
public:
    /// Tokens without content are never found; of two with the same content the first is.
    explicit AddedTokenFinder(std::vector<AddedToken> tokens);

    /// The text in order. Without `parseSpecial` control tokens are ordinary text. With rightStrip a token
    /// may have taken space that the next one starts with; ranges then overlap.
    std::vector<Segment> split(std::string_view text, bool parseSpecial) const;

private:
    struct Node {
        std::map<char, size_t> next;
        const AddedToken* token = nullptr;
    };

    const AddedToken* longestAt(std::string_view text, size_t offset) const;

    std::vector<AddedToken> m_tokens;
    std::vector<Node> m_trie;
    std::array<bool, 256> m_starts{}; ///< bytes that a token starts with
};

}
