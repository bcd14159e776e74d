#include "core/study/lens.h"

#include "core/base/error.h"
#include "core/kernels/distributions.h"
#include "core/model/compute_scope_internal.h"
#include "core/model/decoder_internal.h"
#include "core/study/lens_internal.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tiller {

namespace {

// Logits of this many rows are held at once.
constexpr int64_t s_rows = 32;

at::Tensor toHost(const at::Tensor& logits)
{
    return logits.to(at::kCPU).contiguous();
}

}

std::vector<DirectionLens> lensOf(
    const Model& model, const std::vector<std::vector<float>>& directions, int top, const CancelToken& cancel)
{
    const ComputeScope scope;
    const Decoder decoder(model);
    const int64_t hidden = model.config().hidden;
    const auto options = at::TensorOptions(at::kFloat);
    const at::Tensor biases = decoder.readOut(at::zeros({1, hidden}, options).to(model.weights().device));
    std::vector<DirectionLens> result;
    for (const std::vector<float>& v : directions) {
        cancel.check();
        if (static_cast<int64_t>(v.size()) != hidden)
            throw Error("The direction has " + std::to_string(v.size()) + " values, and the model's residual "
                    + std::to_string(hidden),
                "It belongs to another model.");
        const double squares = std::inner_product(v.begin(), v.end(), v.begin(), 0.0);
        if (!(squares > 0) || !std::isfinite(squares))
            throw Error("The direction is zero or not finite: it says nothing about tokens");
        // The epsilon of the norm is made for states: a short direction is not to be lost in it.
        const double toUnitRms = std::sqrt(static_cast<double>(hidden) / squares);
        const at::Tensor state
            = at::tensor(v, options).mul_(toUnitRms).view({1, hidden}).to(model.weights().device);
        const at::Tensor logits = toHost(decoder.readOut(state) - biases);
        const std::span values(logits.data_ptr<float>(), static_cast<size_t>(logits.numel()));
        result.push_back(
            {firstTokens(values, top, std::greater<>()), firstTokens(values, top, std::less<>())});
    }
    return result;
}

std::vector<std::vector<LensToken>> lensOfStates(
    const Model& model, std::span<const float> states, int top, const CancelToken& cancel)
{
    const ComputeScope scope;
    const Decoder decoder(model);
    const int64_t hidden = model.config().hidden;
    const int64_t count = std::ssize(states) / hidden;
    const at::Tensor all
        = at::from_blob(const_cast<float*>(states.data()), {count, hidden}, at::TensorOptions(at::kFloat));
    std::vector<std::vector<LensToken>> result;
    for (int64_t begin = 0; begin < count; begin += s_rows) {
        cancel.check();
        const int64_t rows = std::min(s_rows, count - begin);
        const at::Tensor logits
            = toHost(decoder.logits(all.narrow(0, begin, rows).to(model.weights().device)));
        std::vector<float> logSums(static_cast<size_t>(rows));
        kernels::logSumExp(logits.data_ptr<float>(), rows, logits.size(1), logSums.data());
        for (int64_t r = 0; r < rows; ++r) {
            const std::span values(
                logits.data_ptr<float>() + r * logits.size(1), static_cast<size_t>(logits.size(1)));
            std::vector<LensToken> tokens = firstTokens(values, top, std::greater<>());
            for (LensToken& token : tokens)
                token.value = std::exp(token.value - logSums[static_cast<size_t>(r)]);
            result.push_back(std::move(tokens));
        }
    }
    return result;
}

}
