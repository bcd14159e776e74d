#pragma once

#include "core/kernels/packed/packed_matrix.h"
#include "core/kernels/packed/quantised_rows.h"

#include <type_traits>

namespace tiller::kernels {

/// Calls f with the type as a constant: std::integral_constant<DType, ...>.
template <typename F>
void withConstant(DType type, F&& f)
{
    switch (type) {
    case DType::Q4_0:
        return f(std::integral_constant<DType, DType::Q4_0>());
    case DType::Q4_1:
        return f(std::integral_constant<DType, DType::Q4_1>());
    case DType::Q5_0:
        return f(std::integral_constant<DType, DType::Q5_0>());
    case DType::Q5_1:
        return f(std::integral_constant<DType, DType::Q5_1>());
    case DType::Q8_0:
        return f(std::integral_constant<DType, DType::Q8_0>());
    case DType::Q4_K:
        return f(std::integral_constant<DType, DType::Q4_K>());
    case DType::Q5_K:
        return f(std::integral_constant<DType, DType::Q5_K>());
    case DType::Q6_K:
        return f(std::integral_constant<DType, DType::Q6_K>());
    default:
        return;
    }
}

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
