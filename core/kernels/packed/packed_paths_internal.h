#pragma once

#include "core/kernels/packed/packed_matrix.h"
#include "core/kernels/packed/quantised_rows.h"

namespace tiller::kernels {

struct PackedTask {
    const PackedMatrix& w;
    const QuantisedRows& x;
    const float* bias;
    float* y;
    int64_t yStride;
};

// Panels begin .. end for all rows.
void multiplyPanelsPortable(const PackedTask& task, int64_t begin, int64_t end);
#if defined(__x86_64__)
void multiplyPanelsAvx2(const PackedTask& task, int64_t begin, int64_t end);
void multiplyPanelsAvx512(const PackedTask& task, int64_t begin, int64_t end);
#endif

}
