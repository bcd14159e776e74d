#pragma once

#include <cstdint>

namespace tiller::kernels {

/// logits [rows, width] -> log-probabilities, in place.
void logSoftmax(float* logits, int64_t rows, int64_t width);

/// out[r] = sum over i of p[r, i] (log p[r, i] - log q[., i]) in nats: KL of each row of `logp`
/// from the matching row of `logq` (qRows == rows) or from its only row (qRows == 1).
void klDivergence(const float* logp, const float* logq, int64_t rows, int64_t qRows, int64_t width, double* out);

}
