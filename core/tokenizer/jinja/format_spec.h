#pragma once

#include "core/tokenizer/jinja/value.h"

namespace tiller::jinja {

/// What Python's two formatting languages have in common: how one value is laid out.
struct FormatSpec {
    std::string fill = " ";
    char align = '\0'; ///< < > ^ =; none: the type's own
    char sign = '-'; ///< '+' and ' ' mark positive numbers
    bool alternate = false;
    char grouping = '\0'; ///< , or _
    int64_t width = 0;
    std::optional<int64_t> precision;
    char type = '\0';
};

/// `spec` of str.format (">10", ",.2f").
FormatSpec parseFormatSpec(std::string_view spec);

std::string formatText(Budget& budget, std::string_view text, const FormatSpec& spec);
std::string formatInteger(Budget& budget, int64_t value, const FormatSpec& spec);
std::string formatReal(Budget& budget, double value, const FormatSpec& spec);

}
