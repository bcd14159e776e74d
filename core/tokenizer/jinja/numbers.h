#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tiller::jinja {

/// int(text, base) and float(text) of Python: space around, underscores between digits, and for int a prefix
/// (0x) where the base allows it. nullopt for what Python refuses and for integers beyond 64 bits.
std::optional<int64_t> parseInteger(std::string_view text, int base = 10);
std::optional<double> parseReal(std::string_view text);

std::string fixedText(double value, int digits); ///< 1.50
std::string scientificText(double value, int digits); ///< 1.50e+00
std::string generalText(double value, int digits, bool keepZeros = false); ///< the shorter of both, as %g

}
