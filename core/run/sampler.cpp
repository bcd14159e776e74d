#include "core/run/sampler.h"

#include "core/base/error.h"
#include "core/kernels/distributions.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

namespace tiller {

namespace {

struct Candidate {
    TokenId id = 0;
    float weight = 0; ///< a probability, but for a common factor
};

// What a choice needs, kept by each thread so that the next takes no memory.
struct Buffers {
    std::vector<TokenId> seen;
    std::vector<float> penalised;
    std::vector<float> weights;
    std::vector<float> values;
    std::vector<Candidate> candidates;
    std::vector<Candidate> likely;
};

// Tokens of no weight, and those below a share of the likeliest's, left out; in order of ids.
void findCandidates(std::span<const float> weights, double leastShare, std::vector<Candidate>& candidates)
{
    const auto least = static_cast<float>(leastShare);
    candidates.clear();
    for (size_t i = 0; i < weights.size(); ++i)
        if (weights[i] > 0 && weights[i] >= least)
            candidates.push_back({static_cast<TokenId>(i), weights[i]});
}

double totalOf(const std::vector<Candidate>& candidates)
{
    return std::accumulate(candidates.begin(), candidates.end(), 0.0,
        [](double sum, const Candidate& c) { return sum + static_cast<double>(c.weight); });
}

void keepTopK(std::vector<Candidate>& candidates, size_t k, std::vector<float>& values)
{
    if (candidates.size() <= k)
        return;
    values.clear();
    for (const Candidate& c : candidates)
        values.push_back(c.weight);
    std::nth_element(
        values.begin(), values.begin() + static_cast<std::ptrdiff_t>(k - 1), values.end(), std::greater<>());
    const float threshold = values[k - 1];
    size_t atThreshold = k
        - static_cast<size_t>(std::count_if(
            candidates.begin(), candidates.end(), [&](const Candidate& c) { return c.weight > threshold; }));
    std::erase_if(candidates, [&](const Candidate& c) {
        if (c.weight != threshold)
            return c.weight < threshold;
        return atThreshold == 0 || atThreshold-- == 0;
    });
}

// The smallest set of likeliest tokens whose probabilities reach topP of what is left.
void keepNucleus(std::vector<Candidate>& candidates, double topP, std::vector<Candidate>& likely)
{
    const double total = totalOf(candidates);
    // Tokens below this can never be reached: together they hold less than the rest of the mass.
    const double negligible = (1 - topP) * total / static_cast<double>(candidates.size());
    likely.clear();
    for (const Candidate& c : candidates)
        if (static_cast<double>(c.weight) >= negligible)
            likely.push_back(c);
    std::sort(likely.begin(), likely.end(), [](const Candidate& a, const Candidate& b) {
        return a.weight != b.weight ? a.weight > b.weight : a.id < b.id;
    });
    double sum = 0;
    size_t kept = 0;
    while (kept < likely.size() && (kept == 0 || sum < topP * total))
        sum += static_cast<double>(likely[kept++].weight);
    likely.resize(kept);
    std::sort(
        likely.begin(), likely.end(), [](const Candidate& a, const Candidate& b) { return a.id < b.id; });
    candidates.swap(likely);
}

}

void requireFinite(std::span<const float> logSums, const char* where)
{
    if (!std::all_of(logSums.begin(), logSums.end(), [](float v) { return std::isfinite(v); }))
        throw Error(std::string("The model's logits are no finite numbers ") + where,
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
    static thread_local Buffers buffers;
    if (options.repetitionPenalty != 1) {
        std::vector<float>& penalised = buffers.penalised;
        penalised.assign(logits.begin(), logits.end());
        const auto penalty = static_cast<float>(options.repetitionPenalty);
        if (buffers.seen.capacity() < seen.size()) // a row grows by a token each time
            buffers.seen.reserve(2 * seen.size());
        buffers.seen.assign(seen.begin(), seen.end());
        std::ranges::sort(buffers.seen);
        buffers.seen.erase(std::ranges::unique(buffers.seen).begin(), buffers.seen.end());
        for (const TokenId id : buffers.seen) {
            float& logit = penalised[static_cast<size_t>(id)];
            logit = logit > 0 ? logit / penalty : logit * penalty;
        }
        logits = penalised;
    }
    constexpr double coldest = 1e-6; // below, nothing but the likeliest token has a weight
    if (options.temperature < coldest)
        return static_cast<TokenId>(
            kernels::indexOfLargest(logits.data(), static_cast<int64_t>(logits.size())));

    std::vector<float>& weights = buffers.weights;
    weights.resize(logits.size());
    kernels::weigh(logits.data(), static_cast<int64_t>(logits.size()),
        static_cast<float>(options.temperature), weights.data());
    std::vector<Candidate>& candidates = buffers.candidates;
    findCandidates(weights, options.minP, candidates);
    if (options.topK > 0)
        keepTopK(candidates, static_cast<size_t>(options.topK), buffers.values);
    if (options.topP < 1)
        keepNucleus(candidates, options.topP, buffers.likely);
    double left = draw * totalOf(candidates);
    for (const Candidate& c : candidates) {
        left -= static_cast<double>(c.weight);
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
