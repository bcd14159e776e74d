#include "core/kernels/rows.h"
#include "core/run/ops/op_internal.h"

#include <cmath>

namespace tiller {

namespace {

// A sum of exactly zero has no direction to rescale.

void position(float* h, const OpInput& input)
{
    const int64_t width = input.width();
    const float before = kernels::dot(h, h, width);
    kernels::addScaled(h, input.s(), input.v(), width);
    if (const float after = kernels::dot(h, h, width); after > 0)
        kernels::scale(h, std::sqrt(before / after), width);
}

void library(at::Tensor& h, const OpInput& input)
{
    const at::Tensor before = h.norm(2, {1}, true);
    h.add_(input.direction, input.strength);
    const at::Tensor after = h.norm(2, {1}, true);
    h.mul_(at::where(after > 0, before / after, at::ones_like(after)));
}

}

const OpFunctions s_addKeepNorm{position, library};

}
