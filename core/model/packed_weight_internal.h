#pragma once

#include "core/kernels/packed/packed_matrix.h"
#include "core/model/weights_internal.h"

namespace tiller {

/// Quantised matrices one below the other, multiplied from their blocks with inputs rounded to 8 bits in
/// chunks of 32. float32 in and out, CPU. bias [out] float32, undefined for none.
LinearPtr makePacked(std::vector<kernels::PackedMatrix> parts, at::Tensor bias);

}
