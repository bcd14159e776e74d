#pragma once

#include "ui/models/strip_model.h"

#include <vector>

namespace tiller {

/// How two strips' directions lie to each other where both act.
struct StripCosine {
    int first = 0; ///< rows of the mixer, first < second
    int second = 0;
    int layer = -1; ///< the first on which both act; -1: none
    double cosine = 0;

    /// Whether at the strips' present strengths they push one way; false: they cancel.
    bool doubles(const std::vector<Strip>& strips) const;
};

/// Every pair, in the order of the strips.
std::vector<StripCosine> stripCosines(const std::vector<Strip>& strips);

}
