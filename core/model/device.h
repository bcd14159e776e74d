#pragma once

#include "core/model/model.h"

namespace tiller {

/// Throws Error unless this build and machine compute on "cpu", "cuda" or "cuda:n"; the remedy says what to
/// install.
void checkDevice(const std::string& device);

/// The arithmetic of "f32", "bf16", "f16" or "auto" (bf16 where processor or GPU multiplies it, else f32).
/// Throws Error for every other word.
ComputeType computeTypeOf(const std::string& dtype, const std::string& device);

}
