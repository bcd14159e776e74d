#include "core/kernels/rows.h"
#include "core/run/ops/op_internal.h"

#include <cmath>
#include <numbers>

namespace tiller {

namespace {

// Turning towards u: (across, along) -> (size cos - along sin, along cos + size sin) in the plane of h and u,
// with `along` the part of h on u, `across` what is perpendicular to it, and `size` = |across|. Parallel to u
// there is no plane; float32 noise of the subtraction counts as parallel.
constexpr double noise = 1e-6;

double angleOf(const OpInput& input)
{
    return input.strength * std::numbers::pi / 180;
}

void position(float* h, const OpInput& input)
{
    const int64_t width = input.width();
    const auto cosine = static_cast<float>(std::cos(angleOf(input)));
    const auto sine = static_cast<float>(std::sin(angleOf(input)));
    const float before = std::sqrt(kernels::dot(h, h, width));
    const float along = kernels::dot(h, input.u(), width);
    kernels::addScaled(h, -along, input.u(), width);
    const float size = std::sqrt(kernels::dot(h, h, width));
    if (size <= static_cast<float>(noise) * before) {
        kernels::addScaled(h, along, input.u(), width);
        return;
    }
    kernels::scale(h, (size * cosine - along * sine) / size, width);
    kernels::addScaled(h, along * cosine + size * sine, input.u(), width);
}

void library(at::Tensor& h, const OpInput& input)
{
    const double cosine = std::cos(angleOf(input));
    const double sine = std::sin(angleOf(input));
    const at::Tensor along = h.mv(input.unit); // [positions]
    const at::Tensor across = h - along.unsqueeze(1) * input.unit;
    const at::Tensor size = across.norm(2, {1});
    const at::Tensor scale = (size * cosine - along * sine) / size;
    const at::Tensor turned
        = across * scale.unsqueeze(1) + (along * cosine + size * sine).unsqueeze(1) * input.unit;
    const at::Tensor parallel = size <= noise * h.norm(2, {1});
    h.copy_(at::where(parallel.unsqueeze(1), h, turned));
}

}

const OpFunctions s_rotate{position, library};

}
