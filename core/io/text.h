#pragma once

#include <string>
#include <string_view>

namespace tiller {

bool isUtf8(std::string_view text);

/// A name out of a foreign file, fit for a message: in quotes, at most 100 bytes, no control characters,
/// valid UTF-8.
std::string inQuotes(std::string_view name);

}
