#include "core/kernels/rows.h"
#include "core/run/ops/op_internal.h"

namespace tiller {

namespace {

void position(float* h, const OpInput& input)
{
    const float along = kernels::dot(h, input.u(), input.width());
    kernels::addScaled(h, -input.s() * along, input.u(), input.width());
}

void library(at::Tensor& h, const OpInput& input)
{
    h.addr_(h.mv(input.unit), input.unit, 1, -input.strength);
}

}

const OpFunctions s_ablate{position, library};

}
