#include "core/run/sampler.h"

#include "core/base/error.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <unordered_set>

namespace tiller {

namespace {

struct Candidate {
    TokenId id = 0;
    double probability = 0;
};

// Probabilities at the given temperature, tokens of no weight left out, in order of ids.
std::vector<Candidate> candidatesOf(std::span<const float> logits, double temperature, double leastShare)
{
    const double most = static_cast<double>(*std::max_element(logits.begin(), logits.end()));
    double sum = 0;
    std::vector<Candidate> candidates;
    for (size_t i = 0; i < logits.size(); ++i) {
        const double weight = std::exp((static_cast<double>(logits[i]) - most) / temperature);
        sum += weight;
        if (weight > 0 && weight >= leastShare)
            candidates.push_back({static_cast<TokenId>(i), weight});
    }
    for (Candidate& c : candidates)
        c.probability /= sum;
    return candidates;
}

void keepTopK(std::vector<Candidate>& candidates, size_t k)
{
    if (candidates.size() <= k)
        return;
    std::vector<double> values;
    values.reserve(candidates.size());
    for (const Candidate& c : candidates)
        values.push_back(c.probability);
    std::nth_element(
        values.begin(), values.begin() + static_cast<std::ptrdiff_t>(k - 1), values.end(), std::greater<>());
    const double threshold = values[k - 1];
    size_t atThreshold = k
        - static_cast<size_t>(std::count_if(candidates.begin(), candidates.end(),
            [&](const Candidate& c) { return c.probability > threshold; }));
    std::erase_if(candidates, [&](const Candidate& c) {
        if (c.probability != threshold)
            return c.probability < threshold;
        return atThreshold == 0 || atThreshold-- == 0;
    });
}

// The smallest set of likeliest tokens whose probabilities reach topP of what is left.
void keepNucleus(std::vector<Candidate>& candidates, double topP)
{
    const double total = std::accumulate(candidates.begin(), candidates.end(), 0.0,
        [](double sum, const Candidate& c) { return sum + c.probability; });
    // Tokens below this can never be reached: together they hold less than the rest of the mass.
    const double negligible = (1 - topP) * total / static_cast<double>(candidates.size());
    std::vector<Candidate> likely;
    for (const Candidate& c : candidates)
        if (c.probability >= negligible)
            likely.push_back(c);
    std::stable_sort(likely.begin(), likely.end(),
        [](const Candidate& a, const Candidate& b) { return a.probability > b.probability; });
    double sum = 0;
    size_t kept = 0;
    while (kept < likely.size() && (kept == 0 || sum < topP * total))
        sum += likely[kept++].probability;
    likely.resize(kept);
    std::sort(
        likely.begin(), likely.end(), [](const Candidate& a, const Candidate& b) { return a.id < b.id; });
    candidates = std::move(likely);
}

}

void requireFinite(std::span<const float> logSums, const std::string& where)
{
    if (!std::all_of(logSums.begin(), logSums.end(), [](float v) { return std::isfinite(v); }))
        throw Error("The model's logits are no finite numbers " + where,
            "Lower the strength of the edits; without any, the weights or the configuration are damaged.");
}

double uniformDraw(uint64_t seed, uint64_t step)
{
    uint64_t z = seed * 0x9e3779b97f4a7c15ull + (step + 1) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    z ^= z >> 31;
    return static_cast<double>(z >> 11) * 0x1.0p-53;
}

TokenId sampleToken(
    std::span<const float> logits, std::span<const TokenId> seen, const SamplingOptions& options, double draw)
{
    std::vector<float> penalised;
    if (options.repetitionPenalty != 1) {
        penalised.assign(logits.begin(), logits.end());
        const auto penalty = static_cast<float>(options.repetitionPenalty);
        for (const TokenId id : std::unordered_set<TokenId>(seen.begin(), seen.end())) {
            float& logit = penalised[static_cast<size_t>(id)];
            logit = logit > 0 ? logit / penalty : logit * penalty;
        }
        logits = penalised;
    }
    if (options.temperature == 0)
        return static_cast<TokenId>(std::max_element(logits.begin(), logits.end()) - logits.begin());

    std::vector<Candidate> candidates = candidatesOf(logits, options.temperature, options.minP);
    if (options.topK > 0)
        keepTopK(candidates, static_cast<size_t>(options.topK));
    if (options.topP < 1)
        keepNucleus(candidates, options.topP);
    double total = 0;
    for (const Candidate& c : candidates)
        total += c.probability;
    double left = draw * total;
    for (const Candidate& c : candidates) {
        left -= c.probability;
        if (left < 0)
            return c.id;
    }
    return candidates.back().id;
}

void checkSampling(const SamplingOptions& o)
{
    const auto demand = [](bool good, const char* cause) {
        if (!good)
            throw Error(cause);
    };
    demand(std::isfinite(o.temperature) && o.temperature >= 0, "The temperature must be 0 (greedy) or more");
    demand(o.topK >= 0, "Top-k must be 0 (off) or more");
    demand(o.topP > 0 && o.topP <= 1, "Top-p must lie above 0 and not above 1 (off)");
    demand(o.minP >= 0 && o.minP <= 1, "Min-p must lie between 0 (off) and 1");
    demand(std::isfinite(o.repetitionPenalty) && o.repetitionPenalty > 0,
        "The repetition penalty must be above 0 (1: off)");
    demand(o.maxNewTokens >= 0, "The number of new tokens must not be negative");
}

}
