#include "core/model/experts_internal.h"

namespace tiller {

at::Tensor mixExperts(const BlockWeights& block, const ExpertsConfig& config, const at::Tensor& x,
    const std::function<at::Tensor(const MlpWeights&, const at::Tensor&)>& mlp)
{
    auto [shares, chosen]
        = at::softmax(block.router->multiplyToFloat(x), -1).topk(config.perToken, -1); // [n, perToken]
    if (config.normalised)
        shares = shares / shares.sum(-1, true);

    at::Tensor sum = at::zeros({x.size(0), x.size(1)}, x.options().dtype(at::kFloat));
    for (size_t e = 0; e < block.experts.size(); ++e) {
        const at::Tensor picks = (chosen == static_cast<int64_t>(e)).nonzero(); // [k, 2]: token, place
        if (picks.size(0) == 0)
            continue;
        const at::Tensor tokens = picks.select(1, 0);
        const at::Tensor share = shares.index({tokens, picks.select(1, 1)}).unsqueeze(1);
        sum.index_add_(0, tokens, mlp(block.experts[e], x.index_select(0, tokens)).to(at::kFloat) * share);
    }
    return sum;
}

}
