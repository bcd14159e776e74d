#include "core/kernels/products.h"

#include "core/base/threads.h"

#include <algorithm>
#if defined(__x86_64__)
// GCC 12 reports the deliberately undefined operands inside its own header (GCC bug 105593).
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop
#endif

namespace tiller::kernels {

namespace {

float fromBf16(uint16_t bits)
{
    const uint32_t wide = static_cast<uint32_t>(bits) << 16;
    float value;
    __builtin_memcpy(&value, &wide, sizeof value);
    return value;
}

struct Product {
    const uint16_t* w;
    int64_t out;
    int64_t in;
    const uint16_t* x;
    int64_t rows;
    float* y;
};

#if defined(__x86_64__)
#define TILLER_CLONES __attribute__((target_clones("avx512f", "avx2,fma", "default")))
#else
#define TILLER_CLONES
#endif

// Sixteen independent sums per output let every target vectorise without reassociating floats.
TILLER_CLONES void portable(const Product& p, int64_t begin, int64_t end)
{
    constexpr int64_t lanes = 16;
    for (int64_t o = begin; o < end; ++o) {
        const uint16_t* w = p.w + o * p.in;
        for (int64_t r = 0; r < p.rows; ++r) {
            const uint16_t* x = p.x + r * p.in;
            float sums[lanes] = {};
            int64_t i = 0;
            for (; i + lanes <= p.in; i += lanes)
                for (int64_t k = 0; k < lanes; ++k)
                    sums[k] += fromBf16(w[i + k]) * fromBf16(x[i + k]);
            float sum = 0;
            for (; i < p.in; ++i)
                sum += fromBf16(w[i]) * fromBf16(x[i]);
            for (const float part : sums)
                sum += part;
            p.y[r * p.out + o] = sum;
        }
    }
}

#if defined(__x86_64__)

#define TILLER_AVX512BF16 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")))

TILLER_AVX512BF16 inline __m512bh load32(const uint16_t* p, int64_t left)
{
    const __mmask32 mask = left >= 32 ? ~__mmask32(0) : (__mmask32(1) << left) - 1;
    const __m512i bits = _mm512_maskz_loadu_epi16(mask, p);
    __m512bh result;
    __builtin_memcpy(&result, &bits, sizeof result);
    return result;
}

// A tile of outputs x rows keeps its sums in registers: each weight is loaded once for all its rows.
template <int Outputs, int Rows>
TILLER_AVX512BF16 void tile(const Product& p, int64_t o, int64_t r)
{
    __m512 sums[Outputs][Rows];
    for (int a = 0; a < Outputs; ++a)
        for (int b = 0; b < Rows; ++b)
            sums[a][b] = _mm512_setzero_ps();
    for (int64_t i = 0; i < p.in; i += 32) {
        __m512bh x[Rows];
        for (int b = 0; b < Rows; ++b)
            x[b] = load32(p.x + (r + b) * p.in + i, p.in - i);
        for (int a = 0; a < Outputs; ++a) {
            const __m512bh w = load32(p.w + (o + a) * p.in + i, p.in - i);
            for (int b = 0; b < Rows; ++b)
                sums[a][b] = _mm512_dpbf16_ps(sums[a][b], w, x[b]);
        }
    }
    for (int a = 0; a < Outputs; ++a)
        for (int b = 0; b < Rows; ++b)
            p.y[(r + b) * p.out + o + a] = _mm512_reduce_add_ps(sums[a][b]);
}

template <int Outputs>
TILLER_AVX512BF16 void stripe(const Product& p, int64_t o)
{
    int64_t r = 0;
    for (; r + 4 <= p.rows; r += 4)
        tile<Outputs, 4>(p, o, r);
    for (; r + 2 <= p.rows; r += 2)
        tile<Outputs, 2>(p, o, r);
    for (; r < p.rows; ++r)
        tile<Outputs, 1>(p, o, r);
}

TILLER_AVX512BF16 void withDotProducts(const Product& p, int64_t begin, int64_t end)
{
    int64_t o = begin;
    for (; o + 4 <= end; o += 4)
        stripe<4>(p, o);
    for (; o < end; ++o)
        stripe<1>(p, o);
}

#endif

using Kernel = void (*)(const Product&, int64_t, int64_t);

Kernel best()
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512bf16"))
        return withDotProducts;
#endif
    return portable;
}

}

void multiplyBf16(const uint16_t* w, int64_t out, int64_t in, const uint16_t* x, int64_t rows, float* y)
{
    static const Kernel kernel = best();
    const Product product {w, out, in, x, rows, y};
    constexpr int64_t smallest = 64 * 1024;
    const int64_t grain = std::max<int64_t>(4, smallest / std::max<int64_t>(1, in * rows));
    parallelFor(out, grain, [&](int64_t begin, int64_t end) { kernel(product, begin, end); });
}

}
