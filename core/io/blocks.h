#pragma once

#include "core/io/dtype.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace tiller {

/// Expands stored values to float32. `values.size()` must be a multiple of the type's block and
/// `bytes` hold exactly that many blocks, else Error. Bit-exact with ggml's dequantisation.
/// Single-threaded: callers split by rows.
void toFloat32(DType type, std::span<const std::byte> bytes, std::span<float> values);

float halfToFloat(uint16_t bits);
uint16_t floatToHalf(float value); ///< round to nearest even
float bfloat16ToFloat(uint16_t bits);
uint16_t floatToBfloat16(float value); ///< round to nearest even, NaN stays NaN

}
