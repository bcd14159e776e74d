#pragma once

#include "core/model/torch_internal.h"

namespace tiller {

/// A tensor [rows, width] on the CPU, not filled, for what a pass computes on the way. One that this thread
/// was given before and that nobody holds any more is given again: a decode step, whose shapes repeat,
/// allocates nothing. Large ones are new each time, so that little memory is kept.
at::Tensor scratch(int64_t rows, int64_t width, at::ScalarType type);

}
