#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tiller {

/// SentencePiece's table of character rewritings ("precompiled charsmap"): a double-array trie whose leaves
/// are offsets of zero-terminated texts. Layout: google/sentencepiece, src/normalizer.cc, and Darts-clone.
class Charsmap {
public:
    /// Throws Error (starting with `where`) on a table that a reader could run out of.
    Charsmap(std::string_view blob, const std::string& where);

    /// What the shortest key that starts `text` becomes: the rule of the `tokenizers` library.
    std::optional<std::string_view> rewrite(std::string_view text) const;

private:
    std::vector<uint32_t> m_units;
    std::string m_texts;
};

}
