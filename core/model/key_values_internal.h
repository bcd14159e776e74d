#pragma once

#include "core/kernels/attention.h"
#include "core/model/torch_internal.h"

#include <cstdint>
#include <vector>

namespace tiller {

struct ModelConfig;

/// Keys and values of one layer in pages of kernels::pageSlots positions. Rows name the pages they use, and
/// may share them. On the CPU a page lies as core/kernels/attention.h says, where there are no
/// kernels as [kvHeads, pageSlots, headDim].
struct LayerPages {
    at::Tensor keys; ///< [pages, kvHeads, pageSlots, width]
    at::Tensor values; ///< the same
    std::vector<std::vector<int32_t>> rows; ///< [rows] pages of each

    // Of the pass that runs, on the device, only where there are no kernels:
    at::Tensor rowPages; ///< [rows, most pages] int64 `rows`, filled up with page 0
    at::Tensor tokenPages; ///< [n] int64 page of each token
};

/// Whether values on `device` are computed by libtorch's operations rather than by core/kernels.
bool computesWithLibrary(at::Device device);

/// Room for `pages` pages; where there are no kernels, zeros: slots that nothing was stored in are multiplied
/// by weights of zero there.
at::Tensor makePages(const ModelConfig& config, int64_t pages, const at::TensorOptions& options);

inline int64_t pagesFor(int64_t positions)
{
    return (positions + kernels::pageSlots - 1) / kernels::pageSlots;
}

}
