#pragma once

#include "core/io/dtype.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tiller {

/// A tensor inside a mapped file. The extent was checked when the file was opened; the data lives as
/// long as the file object it came from. Not necessarily aligned to its element.
struct TensorView {
    std::string name;
    DType dtype = DType::F32;
    std::vector<int64_t> shape; ///< outermost dimension first (as torch, the reverse of GGUF's)
    std::span<const std::byte> data; ///< exactly the tensor's bytes, row-major

    int64_t count() const
    {
        int64_t n = 1;
        for (const int64_t d : shape)
            n *= d;
        return n;
    }
};

/// A float32 tensor in memory, row-major: what core hands to callers that know no torch.
struct HostTensor {
    std::vector<int64_t> shape;
    std::vector<float> data;
};

}
