#pragma once

#include <cstdint>

namespace tiller::kernels {

/// out[r] = log sum over i of exp(logits[r, i]): log-probabilities are logits - out.
void logSumExp(const float* logits, int64_t rows, int64_t width, float* out);

/// Of the largest value, the first where several are equal. count at least 1, no NaN.
int64_t indexOfLargest(const float* x, int64_t count);

/// weights[i] = exp((logits[i] - max logit) / temperature): 1 for the likeliest. Zero below e^-87.
void weigh(const float* logits, int64_t count, float temperature, float* weights);

/// Logits with the log-sum-exp of each row.
struct Distributions {
    const float* logits = nullptr; ///< [rows, width]
    const float* logSums = nullptr; ///< [rows]
    int64_t rows = 0;
};

/// out[r] = sum over i of p[r, i] log(p[r, i] / q[., i]) in nats: of each row of p from the matching row of
/// q, or from its only row.
void klDivergence(const Distributions& p, const Distributions& q, int64_t width, double* out);

}
