#include "core/base/error.h"
#include "core/steer/extractors/extractors_internal.h"

namespace tiller {

std::vector<const float*> classRows(const ActivationBank& bank, int64_t layerIndex, bool positive)
{
    std::vector<const float*> rows;
    if (bank.sides == 2) {
        for (int64_t item = 0; item < bank.items; ++item)
            rows.push_back(bank.at(item, positive ? 0 : 1, layerIndex));
    } else {
        for (int64_t item = 0; item < bank.items; ++item)
            if ((bank.labels.at(static_cast<size_t>(item)) == 1) == positive)
                rows.push_back(bank.at(item, 0, layerIndex));
    }
    if (rows.empty())
        throw Error(std::string("the contrast set has no ") + (positive ? "positive" : "negative") + " texts",
            "A direction needs both sides.");
    return rows;
}

std::vector<double> meanOf(const std::vector<const float*>& rows, int64_t width)
{
    std::vector<double> mean(static_cast<size_t>(width), 0.0);
    for (const float* row : rows)
        for (size_t k = 0; k < mean.size(); ++k)
            mean[k] += static_cast<double>(row[k]);
    for (double& value : mean)
        value /= static_cast<double>(rows.size());
    return mean;
}

}
