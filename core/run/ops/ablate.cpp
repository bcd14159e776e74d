#include "core/run/ops/op_internal.h"

namespace tiller {

void applyAblate(at::Tensor& h, const OpInput& input)
{
    h.addr_(h.mv(input.unit), input.unit, 1, -input.strength);
}

}
