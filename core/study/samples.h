#pragma once

#include "core/steer/activation_bank.h"

#include <cstdint>
#include <utility>
#include <vector>

namespace tiller {

/// What each item of a bank counts as, [items]: an example as labelled 1 or 0; a pair as it stands (1) or
/// with its sides swapped (0).
using Labelling = std::vector<int64_t>;

Labelling labellingOf(const ActivationBank& bank);

/// A bank of `items` of a bank, in this order, repetitions included, that counts them as `labelling` says.
ActivationBank take(const ActivationBank& bank, const std::vector<int>& items, const Labelling& labelling);

/// Random samples of a bank's items, for resampling. All pairs are alike; examples are drawn within their
/// label. Sequences depend on nothing but `seed` and on which items the bank has, on any machine.
class Samples {
public:
    Samples(const ActivationBank& bank, uint64_t seed);

    std::vector<int> allItems() const; ///< 0, 1, 2 ...
    std::pair<std::vector<int>, std::vector<int>> halves(); ///< floor(n / 2) of n, and the others
    std::vector<int> bootstrap(); ///< n of n, with replacement
    std::vector<int> folds(int count); ///< [items] number of the fold, 0 to count - 1; equal within one
    Labelling shuffled(const std::vector<int>& folds); ///< sides swapped at random; labels permuted in a fold

private:
    size_t below(size_t bound);
    std::vector<int> permuted(std::vector<int> values);

    bool m_ofPairs;
    Labelling m_labelling;
    std::vector<std::vector<int>> m_groups; ///< items that may stand for each other
    uint64_t m_state;
};

}
