#pragma once

#include <string>

namespace tiller {

/// What weights are held in and multiplied as.
enum class ComputeType {
    F32,
    BF16,
    F16,
    /// Quantised matrices as they are stored, others in blocks of 8 bits; inputs of products rounded to 8
    /// bits in chunks of 32, everything else float32. CPU only.
    Packed,
};

std::string toString(ComputeType type); ///< "float32", "bfloat16", "float16", "packed"

}
