#pragma once

#include "core/tokenizer/pipeline/text_range.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct pcre2_real_code_8;

namespace tiller {

/// A regular expression as tokenizer.json writes it (Oniguruma's Ruby syntax), run by PCRE2 with its just in
/// time compiler. Texts must be valid UTF-8. Immutable; any thread.
class Regex {
public:
    /// Throws Error on a pattern that PCRE2 refuses or that means something else there.
    explicit Regex(std::string_view pattern);
    static Regex literal(std::string_view text);

    /// All matches, left to right and apart. Throws Error when a match takes too many steps.
    void findAll(std::string_view text, std::vector<TextRange>& matches) const;
    bool matchesAt(std::string_view text, size_t offset) const; ///< starting exactly there
    std::string replaceAll(std::string_view text, std::string_view replacement) const;

private:
    bool match(std::string_view text, size_t offset, uint32_t options, TextRange& range) const;

    std::string m_pattern;
    std::shared_ptr<const pcre2_real_code_8> m_code;
};

/// A pattern in Oniguruma's Ruby syntax in PCRE2's words. Throws Error on what has no equal there.
std::string toPcreSyntax(std::string_view pattern);

}
