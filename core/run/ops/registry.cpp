#include "core/base/error.h"
#include "core/run/ops/op_internal.h"

namespace tiller {

const OpFunctions& findOp(Op op)
{
    switch (op) {
    case Op::Add:
        return s_add;
    case Op::AddKeepNorm:
        return s_addKeepNorm;
    case Op::Ablate:
        return s_ablate;
    case Op::Clamp:
        return s_clamp;
    case Op::Rotate:
        return s_rotate;
    }
    throw Error("Unknown operation");
}

}
