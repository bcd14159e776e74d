#pragma once

#include "core/model/config.h"

#include <cstdint>
#include <vector>

namespace tiller {

/// Turning angles of rotary embeddings (Su et al. 2021) with the scalings of transformers'
/// modeling_rope_utils.
struct RopeTable {
    int64_t positions = 0;
    int64_t half = 0; ///< rotated dimensions / 2
    std::vector<float> cosine; ///< [positions, half]
    std::vector<float> sine;
};

/// Tables for positions 0 .. positions-1. Dynamic NTK and LongRoPE turn by other angles once a sequence is
/// longer than the original context: `positions` is then taken to be the length of the longest.
RopeTable makeRopeTable(const RopeConfig& rope, int64_t positions);

/// Whether a table for this length is of no use to shorter or longer sequences.
bool dependsOnLength(const RopeConfig& rope, int64_t positions);

}
