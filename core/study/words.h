#pragma once

#include <string>
#include <vector>

namespace tiller {

/// Figures as sentences need them: with a point in every locale.
std::string fixed(double value, int decimals); ///< "0.98"
std::string percent(double share); ///< "87 %"
std::string layersInWords(const std::vector<int>& ascending); ///< "layer 12", "layers 0-3, 29"

}
