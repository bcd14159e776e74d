#include "core/run/ops/op_internal.h"

namespace tiller {

void applyClamp(at::Tensor& h, const OpInput& input)
{
    const double target = input.strength
        * static_cast<double>(input.positiveProjection.value_or(static_cast<float>(input.norm)));
    h.addr_(target - h.mv(input.unit), input.unit);
}

}
