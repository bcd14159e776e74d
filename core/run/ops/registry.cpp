#include "core/base/error.h"
#include "core/run/ops/op_internal.h"

namespace tiller {

OpFunction findOp(Op op)
{
    switch (op) {
    case Op::Add:
        return applyAdd;
    case Op::AddKeepNorm:
        return applyAddKeepNorm;
    case Op::Ablate:
        return applyAblate;
    case Op::Clamp:
        return applyClamp;
    case Op::Rotate:
        return applyRotate;
    }
    throw Error("Unknown operation");
}

}
