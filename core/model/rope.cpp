#include "core/model/rope.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tiller {

namespace {

std::vector<double> plainFrequencies(double theta, int dimensions)
{
    std::vector<double> f(static_cast<size_t>(dimensions / 2));
    for (size_t i = 0; i < f.size(); ++i)
        f[i] = 1.0 / std::pow(theta, 2.0 * static_cast<double>(i) / dimensions);
    return f;
}

// "By parts" of YaRN (Peng et al. 2023): fast dimensions stay, slow ones are interpolated, a ramp between.
void applyYarn(const RopeConfig& rope, std::vector<double>& frequencies)
{
    const double dimensions = rope.dimensions;
    const auto correction = [&](double rotations) {
        return dimensions * std::log(rope.originalContext / (rotations * 2 * std::numbers::pi))
            / (2 * std::log(rope.theta));
    };
    double low = correction(rope.betaFast);
    double high = correction(rope.betaSlow);
    if (rope.wholeDimensions) {
        low = std::floor(low);
        high = std::ceil(high);
    }
    low = std::max(low, 0.0);
    high = std::min(high, dimensions - 1);
    if (low == high)
        high += 0.001;
    for (size_t i = 0; i < frequencies.size(); ++i) {
        const double ramp = std::clamp((static_cast<double>(i) - low) / (high - low), 0.0, 1.0);
        frequencies[i] = frequencies[i] / rope.factor * ramp + frequencies[i] * (1 - ramp);
    }
}

void applyLlama3(const RopeConfig& rope, std::vector<double>& frequencies)
{
    const double lowWavelength = rope.originalContext / rope.lowFrequencyFactor;
    const double highWavelength = rope.originalContext / rope.highFrequencyFactor;
    for (double& f : frequencies) {
        const double wavelength = 2 * std::numbers::pi / f;
        if (wavelength > lowWavelength) {
            f /= rope.factor;
        } else if (wavelength > highWavelength) {
            const double smooth = (rope.originalContext / wavelength - rope.lowFrequencyFactor)
                / (rope.highFrequencyFactor - rope.lowFrequencyFactor);
            f = (1 - smooth) * f / rope.factor + smooth * f;
        }
    }
}

}

bool dependsOnLength(const RopeConfig& rope, int64_t positions)
{
    return positions > rope.originalContext
        && (rope.scaling == RopeConfig::Scaling::DynamicNtk || !rope.longDivisors.empty());
}

RopeTable makeRopeTable(const RopeConfig& rope, int64_t positions)
{
    double theta = rope.theta;
    if (rope.scaling == RopeConfig::Scaling::DynamicNtk && positions > rope.originalContext) {
        const double d = rope.dimensions;
        const double stretch
            = rope.factor * static_cast<double>(positions) / rope.originalContext - (rope.factor - 1);
        theta *= std::pow(stretch, d / (d - 2));
    }
    std::vector<double> frequencies = plainFrequencies(theta, rope.dimensions);
    double magnitude = rope.attentionFactor.value_or(1);
    if (rope.scaling == RopeConfig::Scaling::Linear) {
        for (double& f : frequencies)
            f /= rope.factor;
    } else if (rope.scaling == RopeConfig::Scaling::Llama3) {
        applyLlama3(rope, frequencies);
    } else if (rope.scaling == RopeConfig::Scaling::Yarn) {
        applyYarn(rope, frequencies);
        magnitude = rope.attentionFactor.value_or(rope.factor > 1 ? 0.1 * std::log(rope.factor) + 1 : 1);
    }
    const auto& divisors
        = positions > rope.originalContext && !rope.longDivisors.empty() ? rope.longDivisors : rope.divisors;
    for (size_t i = 0; i < divisors.size() && i < frequencies.size(); ++i)
        frequencies[i] /= static_cast<double>(divisors[i]);

    RopeTable table;
    table.positions = positions;
    table.half = rope.dimensions / 2;
    table.cosine.reserve(static_cast<size_t>(positions * table.half));
    table.sine.reserve(table.cosine.capacity());
    for (int64_t p = 0; p < positions; ++p) {
        for (const double f : frequencies) {
            // float32 angles, as the field's libraries compute them.
            const float angle = static_cast<float>(p) * static_cast<float>(f);
            table.cosine.push_back(static_cast<float>(std::cos(angle) * magnitude));
            table.sine.push_back(static_cast<float>(std::sin(angle) * magnitude));
        }
    }
    return table;
}

}
