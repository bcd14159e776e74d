#pragma once

#include "core/kernels/packed/packed_matrix.h"
#include "core/kernels/packed/quantised_rows.h"

namespace tiller::kernels {

/// y[r, o] = bias[o] + sum over i of w[o, i] x[r, i]: exact integer sums of quants within a chunk, float32
/// from there. bias [outputs] (null: none), y [rows, outputs] with rows `yStride` apart. By AVX-512 VNNI,
/// AVX2 or plain C++, whichever the processor has; they agree to float rounding.
void multiplyPacked(
    const PackedMatrix& w, const QuantisedRows& x, const float* bias, float* y, int64_t yStride);

enum class PackedPath { Portable, Avx2, Avx512Vnni };
bool isAvailable(PackedPath path);
/// The same by a chosen path, for tests. It must be available.
void multiplyPacked(PackedPath path, const PackedMatrix& w, const QuantisedRows& x, const float* bias,
    float* y, int64_t yStride);

}
