#include "core/run/ops/op_internal.h"

namespace tiller {

void applyAdd(at::Tensor& h, const OpInput& input)
{
    h.add_(input.direction, input.strength);
}

}
