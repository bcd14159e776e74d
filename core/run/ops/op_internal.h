#pragma once

#include "core/model/torch_internal.h"
#include "core/run/hooks.h"

namespace tiller {

/// A direction ready for use: on the model's device, float32.
struct OpInput {
    at::Tensor direction; ///< v, [hidden]
    at::Tensor unit; ///< u = v / |v|, or zeros when v is zero
    double norm = 0; ///< |v|
    double strength = 0; ///< s
    std::optional<float> positiveProjection;
};

/// Changes h [positions, hidden] float32 in place.
using OpFunction = void (*)(at::Tensor& h, const OpInput& input);

/// One file an op beside this header, one line each in registry.cpp.
OpFunction findOp(Op op);

void applyAdd(at::Tensor& h, const OpInput& input);
void applyAddKeepNorm(at::Tensor& h, const OpInput& input);
void applyAblate(at::Tensor& h, const OpInput& input);
void applyClamp(at::Tensor& h, const OpInput& input);
void applyRotate(at::Tensor& h, const OpInput& input);

}
