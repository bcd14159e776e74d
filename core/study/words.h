#pragma once

#include <string>
#include <vector>

namespace tiller {

/// Figures as sentences need them: with a point in every locale, in UTF-8.
std::string fixed(double value, int decimals); ///< "0.98", "−0.3"
std::string percent(double share); ///< "87 %"
std::string numbersInWords(const std::vector<int>& ascending); ///< "12", "0–3, 29"
std::string layersInWords(const std::vector<int>& ascending); ///< "layer 12", "layers 0–3, 29"

}
