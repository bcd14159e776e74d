#include "core/kernels/packed/packed_product.h"

#include "core/base/threads.h"
#include "core/kernels/packed/packed_paths_internal.h"

#include <algorithm>

namespace tiller::kernels {

bool isAvailable(PackedPath path)
{
    switch (path) {
    case PackedPath::Portable:
        return true;
#if defined(__x86_64__)
    case PackedPath::Avx2:
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case PackedPath::Avx512Vnni:
        return __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bw")
            && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
#endif
    default:
        return false;
    }
}

void multiplyPacked(PackedPath path, const PackedMatrix& w, const QuantisedRows& x, const float* bias,
    float* y, int64_t yStride)
{
    const PackedTask task{w, x, bias, y, yStride};
    // A share should read at least so many bytes of weights, or the threads spend their time meeting.
    constexpr int64_t smallest = 32 * 1024;
    const int64_t panelBytes = static_cast<int64_t>(w.bytes()) / std::max<int64_t>(1, w.panels());
    const int64_t grain = std::max<int64_t>(1, smallest / std::max<int64_t>(1, panelBytes * x.rows()));
    parallelFor(w.panels(), grain, [&](int64_t begin, int64_t end) {
        switch (path) {
#if defined(__x86_64__)
        case PackedPath::Avx512Vnni:
            return multiplyPanelsAvx512(task, begin, end);
        case PackedPath::Avx2:
            return multiplyPanelsAvx2(task, begin, end);
#endif
        default:
            return multiplyPanelsPortable(task, begin, end);
        }
    });
}

void multiplyPacked(
    const PackedMatrix& w, const QuantisedRows& x, const float* bias, float* y, int64_t yStride)
{
    static const PackedPath best = isAvailable(PackedPath::Avx512Vnni) ? PackedPath::Avx512Vnni
        : isAvailable(PackedPath::Avx2)                                ? PackedPath::Avx2
                                                                       : PackedPath::Portable;
    multiplyPacked(best, w, x, bias, y, yStride);
}

}
