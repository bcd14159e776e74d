#include "core/study/separation.h"

#include <algorithm>

namespace tiller {

double areaUnderCurve(std::vector<double> positive, std::vector<double> negative)
{
    std::ranges::sort(positive);
    std::ranges::sort(negative);
    double wins = 0;
    auto below = negative.begin(); // first that is not lower
    auto above = negative.begin(); // first that is higher
    for (const double value : positive) {
        while (below != negative.end() && *below < value)
            ++below;
        while (above != negative.end() && *above <= value)
            ++above;
        wins += static_cast<double>(below - negative.begin()) + 0.5 * static_cast<double>(above - below);
    }
    return wins / (static_cast<double>(positive.size()) * static_cast<double>(negative.size()));
}

}
