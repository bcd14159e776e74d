#pragma once

#include "core/tokenizer/tokenizer.h"

#include <vector>

namespace tiller {

/// Share of distinct three-token sequences (distinct-3, Li et al. 2016); 1 for fewer than three tokens.
double distinctThree(const std::vector<TokenId>& ids);

}
