#pragma once

#include "core/model/model.h"

namespace tiller {

/// Throws Error unless this build and machine compute on "cpu", "cuda" or "cuda:n"; the remedy says what to
/// install.
void checkDevice(const std::string& device);

/// The arithmetic of a word of LoadOptions::dtype. Throws Error for every other word, and for q8 on a GPU.
ComputeType computeTypeOf(const std::string& dtype, const std::string& device, bool isQuantised);

}
