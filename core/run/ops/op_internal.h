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

    const float* v() const { return direction.data_ptr<float>(); }
    const float* u() const { return unit.data_ptr<float>(); }
    float s() const { return static_cast<float>(strength); }
    int64_t width() const { return direction.numel(); }
};

/// An operation twice: on the residual h [hidden] of one position in plain memory, and on positions together,
/// h [positions, hidden] float32, with libtorch on any device. Both change h in place and agree up to float
/// rounding.
struct OpFunctions {
    void (*position)(float* h, const OpInput& input);
    void (*library)(at::Tensor& h, const OpInput& input);
};

/// One file an op beside this header, one line each in registry.cpp.
const OpFunctions& findOp(Op op);

extern const OpFunctions s_add;
extern const OpFunctions s_addKeepNorm;
extern const OpFunctions s_ablate;
extern const OpFunctions s_clamp;
extern const OpFunctions s_rotate;

}
