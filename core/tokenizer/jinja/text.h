#pragma once

#include "core/tokenizer/jinja/value.h"

namespace tiller::jinja {

/// str(value): what a template writes.
std::string toText(Budget& budget, const Value& value);
/// repr(value).
std::string toRepr(Budget& budget, const Value& value);

std::string textRepr(std::string_view text); ///< 'it' or "it's", escaped as Python does
std::string asciiRepr(std::string_view repr); ///< other letters as escapes, as ascii() does
std::string floatText(double value); ///< the shortest that reads back: 1.0, 1e+20, nan

/// <, >, &, " and ' as HTML entities.
std::string escapeHtml(std::string_view text);

}
