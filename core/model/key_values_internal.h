#pragma once

#include "core/kernels/attention.h"
#include "core/model/torch_internal.h"

#include <cstdint>
#include <vector>

namespace tiller {

struct ModelConfig;

/// Keys and values of one layer in pages of kernels::pageSlots positions. Rows name the pages they use, and
/// may share them. On the CPU a page lies as core/kernels/attention.h says, elsewhere as
/// [kvHeads, pageSlots, headDim].
struct LayerPages {
    at::Tensor keys; ///< [pages, kvHeads, pageSlots, width]
    at::Tensor values; ///< the same
    std::vector<std::vector<int32_t>> rows; ///< [rows] pages of each
};

/// Room for `pages` pages, not filled.
at::Tensor makePages(const ModelConfig& config, int64_t pages, const at::TensorOptions& options);

inline int64_t pagesFor(int64_t positions)
{
    return (positions + kernels::pageSlots - 1) / kernels::pageSlots;
}

}
