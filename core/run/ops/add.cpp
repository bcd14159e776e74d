#include "core/kernels/rows.h"
#include "core/run/ops/op_internal.h"

namespace tiller {

namespace {

void position(float* h, const OpInput& input)
{
    kernels::addScaled(h, input.s(), input.v(), input.width());
}

void library(at::Tensor& h, const OpInput& input)
{
    h.add_(input.direction, input.strength);
}

}

const OpFunctions s_add{position, library};

}
