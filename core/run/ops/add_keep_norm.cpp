#include "core/run/ops/op_internal.h"

namespace tiller {

void applyAddKeepNorm(at::Tensor& h, const OpInput& input)
{
    const at::Tensor before = h.norm(2, {1}, true);
    h.add_(input.direction, input.strength);
    const at::Tensor after = h.norm(2, {1}, true);
    // A sum of exactly zero has no direction to rescale.
    h.mul_(at::where(after > 0, before / after, at::ones_like(after)));
}

}
