#include "core/model/experts_internal.h"

namespace tiller {

at::Tensor mixExperts(const BlockWeights& block, const ExpertsConfig& config, const at::Tensor& x,
    const std::function<at::Tensor(const MlpWeights&, const at::Tensor&)>& mlp)
{
    auto [shares, chosen]
        = at::softmax(block.router->multiplyToFloat(x), -1).topk(config.perToken, -1); // [n, perToken]
    if (config.normalised)
        shares = shares / shares.sum(-1, true);

    // Picks (token * perToken + place) of each expert: most experts of a large mixture have none.
    std::vector<std::vector<int64_t>> picks(block.experts.size());
    const at::Tensor host = chosen.to(at::kCPU).contiguous();
    for (int64_t i = 0; i < host.numel(); ++i)
        picks[static_cast<size_t>(host.data_ptr<int64_t>()[i])].push_back(i);

    const at::Tensor flatShares = shares.reshape({-1, 1});
    at::Tensor sum = at::zeros({x.size(0), x.size(1)}, x.options().dtype(at::kFloat));
    for (size_t e = 0; e < picks.size(); ++e) {
        if (picks[e].empty())
            continue;
        const at::Tensor pick = at::tensor(picks[e], at::kLong).to(x.device());
        const at::Tensor tokens = pick.div(config.perToken, "floor");
        const at::Tensor result = mlp(block.experts[e], x.index_select(0, tokens)).to(at::kFloat);
        sum.index_add_(0, tokens, result * flatShares.index_select(0, pick));
    }
    return sum;
}

}
