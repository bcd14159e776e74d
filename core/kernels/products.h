#pragma once

#include <cstdint>

namespace tiller::kernels {

/// y[r, o] = sum over i of w[o, i] x[r, i], with float32 sums and results from bfloat16 inputs (as their bits).
/// w [out, in], x [rows, in], y [rows, out], row-major. Uses the bf16 dot products of AVX-512 where there are any.
void multiplyBf16(const uint16_t* w, int64_t out, int64_t in, const uint16_t* x, int64_t rows, float* y);

}
