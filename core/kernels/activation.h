#pragma once

#include "core/kernels/float_type.h"

#include <cstdint>

namespace tiller::kernels {

enum class Activation {
    Silu, ///< x sigmoid(x)
    Gelu, ///< x Phi(x), the exact form (Hendrycks & Gimpel 2016)
    GeluTanh, ///< its tanh approximation, which GPT-2 and Gemma use
    Relu,
};

/// out = activation(x) over `count` elements; in place is allowed.
void activate(const void* x, Float type, Activation activation, int64_t count, void* out);

/// out[r] = activation(gateUp[r, 0:width]) * gateUp[r, width:2 width]  (GLU variants, Shazeer 2020)
void activateGated(
    const void* gateUp, Float type, Activation activation, int64_t rows, int64_t width, void* out);

}
