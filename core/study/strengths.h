#pragma once

#include <string_view>
#include <vector>

namespace tiller {

/// "-4 to 4 step 1", "-2,-1,0,1.5", "±4 step 0.5"; the minus sign U+2212 counts as a hyphen. Ascending,
/// without repeats, at most 101. Throws Error that says what is wrong.
std::vector<double> parseStrengths(std::string_view text);

}
