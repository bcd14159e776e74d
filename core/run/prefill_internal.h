#pragma once

#include "core/base/cancel.h"
#include "core/model/decoder_internal.h"
#include "core/run/hooks.h"
#include "core/run/kv_cache_internal.h"
#include "core/tokenizer/tokenizer.h"

#include <map>
#include <set>
#include <vector>

namespace tiller {

/// Output of a block, before or after its edits.
struct TapPoint {
    int layer = 0;
    bool beforeEdits = false;
    auto operator<=>(const TapPoint&) const = default;
};

/// What the blocks make of the last position of each row.
struct LastPositions {
    at::Tensor residual; ///< [rows, hidden] float32, output of the last block
    std::map<TapPoint, at::Tensor> taps; ///< [rows, hidden]
};

struct PrefillRequest {
    const std::vector<std::vector<TokenId>>& prompts; ///< one a row
    std::vector<Plan> plans; ///< one a row
    std::set<TapPoint> taps;
    int64_t positions = 0; ///< expected to be cached in all, prompts included
    int continued = 0; ///< tokens at the end of every prompt that were generated: no prompt for the scopes
};

/// Runs the prompts; `cache` becomes theirs. Rows with the same prompt are computed, and kept, once up to the
/// first layer at which a plan edits the prompt: steered differently, they part where they begin to differ.
/// Throws what Decoder and EditSchedule throw.
LastPositions prefill(
    Decoder& decoder, const PrefillRequest& request, KvCache& cache, const CancelToken& cancel);

}
