#include "core/steer/activation_bank.h"

#include "core/io/safetensors.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace tiller {

double ActivationBank::meanResidualNorm(int64_t layerIndex) const
{
    double total = 0;
    for (int64_t item = 0; item < items; ++item) {
        for (int64_t side = 0; side < sides; ++side) {
            const float* h = at(item, side, layerIndex);
            double squares = 0;
            for (int64_t k = 0; k < hidden; ++k)
                squares += static_cast<double>(h[k]) * static_cast<double>(h[k]);
            total += std::sqrt(squares);
        }
    }
    const int64_t texts = items * sides;
    return texts > 0 ? total / static_cast<double>(texts) : 0;
}

void writeBank(const std::filesystem::path& path, const ActivationBank& bank)
{
    std::vector<NamedTensor> tensors;
    tensors.push_back({"activations", DType::F32,
        {bank.items, bank.sides, static_cast<int64_t>(bank.layers.size()), bank.hidden},
        std::as_bytes(std::span(bank.values))});
    if (!bank.labels.empty())
        tensors.push_back({"labels", DType::I64, {bank.items}, std::as_bytes(std::span(bank.labels))});
    writeSafetensors(path, tensors, {{"layers", nlohmann::json(bank.layers).dump()}});
}

}
