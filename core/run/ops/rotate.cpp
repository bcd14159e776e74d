#include "core/run/ops/op_internal.h"

#include <cmath>
#include <numbers>

namespace tiller {

void applyRotate(at::Tensor& h, const OpInput& input)
{
    const double angle = input.strength * std::numbers::pi / 180;
    const at::Tensor along = h.mv(input.unit); // [positions]
    const at::Tensor across = h - along.unsqueeze(1) * input.unit; // part perpendicular to u
    const at::Tensor size = across.norm(2, {1}); // its length
    // Turning towards u: (across, along) -> (size cos - along sin, along cos + size sin) in the plane of h
    // and u.
    const at::Tensor newAlong = along * std::cos(angle) + size * std::sin(angle);
    const at::Tensor newAcross = size * std::cos(angle) - along * std::sin(angle);
    const at::Tensor scale = newAcross / size;
    const at::Tensor turned = across * scale.unsqueeze(1) + newAlong.unsqueeze(1) * input.unit;
    // Parallel to u there is no plane (float32 noise of the subtraction counts as parallel).
    const at::Tensor parallel = size <= 1e-6 * h.norm(2, {1});
    h.copy_(at::where(parallel.unsqueeze(1), h, turned));
}

}
