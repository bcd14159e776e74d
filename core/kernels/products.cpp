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

uint16_t toBf16(float value)
{
    uint32_t bits;
    __builtin_memcpy(&bits, &value, sizeof bits);
    return static_cast<uint16_t>((bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16);
}

struct Product {
    const uint16_t* w;
    const float* bias;
    int64_t out;
    int64_t in;
    const uint16_t* x;
    int64_t rows;
    void* y;
    int64_t yStride;
    Float type;

    void put(int64_t row, int64_t o, float value) const
    {
        if (bias)
            value += bias[o];
        if (type == Float::F32)
            static_cast<float*>(y)[row * yStride + o] = value;
        else
            static_cast<uint16_t*>(y)[row * yStride + o] = toBf16(value);
    }
};

#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__) // which is not ready when clones are chosen
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
            p.put(r, o, sum);
        }
    }
}

#if defined(__x86_64__)

#define TILLER_AVX512BF16 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")))

TILLER_AVX512BF16 inline __m512bh asBf16(__m512i bits)
{
    __m512bh result;
    __builtin_memcpy(&result, &bits, sizeof result);
    return result;
}

// The sums of four vectors at once: a third of the instructions of four separate sums.
TILLER_AVX512BF16 inline __m128 addLanes(__m512 a, __m512 b, __m512 c, __m512 d)
{
    const __m512 ab = _mm512_add_ps(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
    const __m512 cd = _mm512_add_ps(_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d));
    const __m512 lo = _mm512_shuffle_ps(ab, cd, _MM_SHUFFLE(1, 0, 1, 0));
    const __m512 hi = _mm512_shuffle_ps(ab, cd, _MM_SHUFFLE(3, 2, 3, 2));
    const __m512 four = _mm512_add_ps(lo, hi);
    const __m256 two = _mm256_add_ps(_mm512_castps512_ps256(four), _mm512_extractf32x8_ps(four, 1));
    return _mm_add_ps(_mm256_castps256_ps128(two), _mm256_extractf128_ps(two, 1));
}

// A tile of outputs x rows keeps its sums in registers: each weight is loaded once for all its rows.
template <int Outputs, int Rows>
TILLER_AVX512BF16 void tile(const Product& p, int64_t o, int64_t r)
{
    __m512 sums[Outputs][Rows];
    for (int a = 0; a < Outputs; ++a)
        for (int b = 0; b < Rows; ++b)
            sums[a][b] = _mm512_setzero_ps();
    const uint16_t* w = p.w + o * p.in;
    const uint16_t* x = p.x + r * p.in;
    int64_t i = 0;
    for (; i + 32 <= p.in; i += 32) {
        __m512bh row[Rows];
        for (int b = 0; b < Rows; ++b)
            row[b] = asBf16(_mm512_loadu_si512(x + b * p.in + i));
        for (int a = 0; a < Outputs; ++a) {
            const __m512bh weight = asBf16(_mm512_loadu_si512(w + a * p.in + i));
            for (int b = 0; b < Rows; ++b)
                sums[a][b] = _mm512_dpbf16_ps(sums[a][b], weight, row[b]);
        }
    }
    if (i < p.in) {
        const __mmask32 rest = (__mmask32(1) << (p.in - i)) - 1;
        for (int a = 0; a < Outputs; ++a) {
            const __m512bh weight = asBf16(_mm512_maskz_loadu_epi16(rest, w + a * p.in + i));
            for (int b = 0; b < Rows; ++b)
                sums[a][b] = _mm512_dpbf16_ps(
                    sums[a][b], weight, asBf16(_mm512_maskz_loadu_epi16(rest, x + b * p.in + i)));
        }
    }
    for (int b = 0; b < Rows; ++b) {
        if constexpr (Outputs == 4) {
            __m128 four = addLanes(sums[0][b], sums[1][b], sums[2][b], sums[3][b]);
            if (p.bias)
                four = _mm_add_ps(four, _mm_loadu_ps(p.bias + o));
            const int64_t at = (r + b) * p.yStride + o;
            if (p.type == Float::F32) {
                _mm_storeu_ps(static_cast<float*>(p.y) + at, four);
            } else {
                const __m128bh rounded = _mm_cvtneps_pbh(four);
                __builtin_memcpy(static_cast<uint16_t*>(p.y) + at, &rounded, 4 * sizeof(uint16_t));
            }
        } else {
            for (int a = 0; a < Outputs; ++a)
                p.put(r + b, o + a, _mm512_reduce_add_ps(sums[a][b]));
        }
    }
}

// Some outputs for rows begin .. end.
template <int Outputs>
TILLER_AVX512BF16 void stripe(const Product& p, int64_t o, int64_t begin, int64_t end)
{
    // Many rows keep the core busy for longer than the hardware looks ahead: ask for the next stripe's
    // weights a part at a time.
    constexpr int64_t line = 64 / sizeof(uint16_t);
    const uint16_t* next = p.w + (o + Outputs) * p.in;
    const uint16_t* const last = std::min(next + Outputs * p.in, p.w + p.out * p.in);
    const int64_t part = (Outputs * p.in * 6 / (end - begin) / line + 1) * line;
    int64_t r = begin;
    for (; r + 6 <= end; r += 6) {
        for (const uint16_t* stop = std::min(next + part, last); next < stop; next += line)
            _mm_prefetch(next, _MM_HINT_T1);
        tile<Outputs, 6>(p, o, r);
    }
    switch (end - r) {
    case 5:
        tile<Outputs, 5>(p, o, r);
        break;
    case 4:
        tile<Outputs, 4>(p, o, r);
        break;
    case 3:
        tile<Outputs, 3>(p, o, r);
        break;
    case 2:
        tile<Outputs, 2>(p, o, r);
        break;
    case 1:
        tile<Outputs, 1>(p, o, r);
        break;
    default:
        break;
    }
}

TILLER_AVX512BF16 void withDotProducts(const Product& p, int64_t begin, int64_t end)
{
    // As many rows at a time as the second-level cache holds beside the weights.
    constexpr int64_t block = 96;
    for (int64_t r = 0; r < p.rows; r += block) {
        const int64_t stop = std::min(r + block, p.rows);
        int64_t o = begin;
        for (; o + 4 <= end; o += 4)
            stripe<4>(p, o, r, stop);
        for (; o < end; ++o)
            stripe<1>(p, o, r, stop);
    }
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

void multiplyBf16(const uint16_t* w, const float* bias, int64_t out, int64_t in, const uint16_t* x,
    int64_t rows, void* y, int64_t yStride, Float type)
{
    static const Kernel kernel = best();
    const Product product{w, bias, out, in, x, rows, y, yStride, type};
    constexpr int64_t smallest = 64 * 1024;
    const int64_t grain = std::max<int64_t>(16, smallest / std::max<int64_t>(1, in * rows));
    parallelFor(out, grain, [&](int64_t begin, int64_t end) { kernel(product, begin, end); });
}

}
