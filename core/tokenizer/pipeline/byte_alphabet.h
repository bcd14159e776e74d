#pragma once

#include <string>
#include <string_view>

namespace tiller {

/// GPT-2's alphabet: every byte has a printable character, so that pieces of bytes are readable text
/// (space is U+0120). Source: openai/gpt-2, encoder.py, bytes_to_unicode.
std::string toByteAlphabet(std::string_view bytes);

/// The other way; text that holds a character outside the alphabet stands for itself.
std::string fromByteAlphabet(std::string_view text);

}
