#pragma once

#include "core/kernels/float_type.h"

#include <cstdint>

namespace tiller::kernels {

// Operations on a few rows of plain buffers, fused so that a decode step is not lost in library calls.
// Each runs on the workers of core/base/threads.h where the work is worth it. Row-major, no aliasing unless
// said. SIMD by run-time dispatch (Highway).

/// RMS norm, x / sqrt(mean(x^2) + epsilon) * weight (Zhang & Sennrich 2019), or centred, layer norm:
/// (x - mean) / sqrt(variance + epsilon) * weight + bias (Ba et al. 2016).
struct Norm {
    const float* weight = nullptr;
    const float* bias = nullptr; ///< null: none
    float epsilon = 0;
    bool centred = false;
};

/// y[r] = norm(x[r]), x [rows, width] float32, weight and bias [width].
void normalise(const float* x, const Norm& norm, int64_t rows, int64_t width, void* y, Float type);

/// In place, on parts of rows: the first groups * width elements of each row (rows are `stride` apart) are
/// normed in groups of `width`, each group with its own weights [groups, width].
void normaliseGroups(
    void* x, Float type, const Norm& norm, int64_t rows, int64_t stride, int64_t groups, int64_t width);

/// h += y over `count` elements.
void addTo(float* h, const void* y, Float type, int64_t count);

// One vector of `width` float32, on the caller's thread: what edits and taps of single positions are made of.

/// a . b
float dot(const float* a, const float* b, int64_t width);
/// y += factor * x
void addScaled(float* y, float factor, const float* x, int64_t width);
/// y *= factor
void scale(float* y, float factor, int64_t width);

}
