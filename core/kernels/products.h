#pragma once

#include "core/kernels/float_type.h"

#include <cstdint>

namespace tiller::kernels {

/// y[r, o] = bias[o] + sum over i of w[o, i] x[r, i], with float32 sums from bfloat16 inputs (as their bits);
/// y as `type` says. w [out, in], bias [out] (null: none), x [rows, in], y [rows, out] with rows `yStride`
/// apart. Uses AVX-512's bf16 dot products where there are any.
void multiplyBf16(const uint16_t* w, const float* bias, int64_t out, int64_t in, const uint16_t* x,
    int64_t rows, void* y, int64_t yStride, Float type);

}
