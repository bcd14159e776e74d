#include "core/kernels/rows.h"
#include "core/run/ops/op_internal.h"

namespace tiller {

namespace {

double target(const OpInput& input)
{
    return input.strength
        * static_cast<double>(input.positiveProjection.value_or(static_cast<float>(input.norm)));
}

void position(float* h, const OpInput& input)
{
    const float along = kernels::dot(h, input.u(), input.width());
    kernels::addScaled(h, static_cast<float>(target(input)) - along, input.u(), input.width());
}

void library(at::Tensor& h, const OpInput& input)
{
    h.addr_(target(input) - h.mv(input.unit), input.unit);
}

}

const OpFunctions s_clamp{position, library};

}
