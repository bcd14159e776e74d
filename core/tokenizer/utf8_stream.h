#pragma once

#include <string>
#include <string_view>

namespace tiller {

/// Joins token bytes into whole UTF-8 characters: feed() returns what is complete and keeps the rest;
/// bytes that can never become a character turn into U+FFFD as soon as that is certain. What feed() and
/// finish() return, joined, is sanitizeUtf8() of the bytes joined. One stream belongs to one thread.
class Utf8Stream {
public:
    std::string feed(std::string_view bytes);
    std::string finish(); ///< what is left, as U+FFFD; the stream may be fed anew afterwards

private:
    std::string m_pending; ///< the start of a character, at most three bytes
};

/// Replaces every maximal invalid part by U+FFFD (as Python's errors="replace"; Unicode 15, section 3.9).
std::string sanitizeUtf8(std::string_view bytes);

}
