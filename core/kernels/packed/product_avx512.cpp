#include "core/kernels/packed/packed_paths_internal.h"

#if defined(__x86_64__)

#include <algorithm>
#include <cstring>
// GCC 12 reports the deliberately undefined operands inside its own header (GCC bug 105593).
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop

// Everything below runs only where these exist. No template of the standard library may be instantiated here.
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"

namespace tiller::kernels {

namespace {

__attribute__((always_inline)) inline __m512i load(const uint8_t* p)
{
    return _mm512_loadu_si512(p);
}

__attribute__((always_inline)) inline __m512 halves(const uint8_t* p)
{
    return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
}

__attribute__((always_inline)) inline __m512 unsignedBytes(const uint8_t* p)
{
    return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))));
}

__attribute__((always_inline)) inline __m512 signedBytes(const uint8_t* p)
{
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))));
}

// The quants of a step, four inputs of each of 16 rows, as unsigned bytes.
template <Layout l>
__attribute__((always_inline)) inline __m512i quants(const uint8_t* chunk, int step)
{
    if constexpr (l.bits == 8)
        return load(chunk + 64 * step);
    const __m512i both = load(chunk + 64 * (step % 4));
    const __m512i low = _mm512_and_si512(step < 4 ? both : _mm512_srli_epi16(both, 4), _mm512_set1_epi8(15));
    if constexpr (l.bits == 5) {
        __mmask64 mask;
        std::memcpy(&mask, chunk + l.highAt + 8 * step, sizeof mask);
        return _mm512_or_si512(low, _mm512_maskz_mov_epi8(mask, _mm512_set1_epi8(16)));
    }
    if constexpr (l.bits == 6) {
        const __m512i four = load(chunk + l.highAt + 64 * (step / 4));
        const __m512i part = step % 4 == 0 ? _mm512_slli_epi16(four, 4)
            : step % 4 == 1                ? _mm512_slli_epi16(four, 2)
            : step % 4 == 2                ? four
                                           : _mm512_srli_epi16(four, 2);
        return _mm512_ternarylogic_epi32(part, _mm512_set1_epi8(0x30), low, 0xEA); // (part & 0x30) | low
    }
    return low;
}

// How the sums of a chunk become values: [16 rows].
struct Scales {
    __m512 first; ///< of the chunk, or Q6_K: of inputs 0 to 15
    __m512 second; ///< minima, or Q6_K: scales of inputs 16 to 31
};

template <Layout l>
__attribute__((always_inline)) inline Scales scales(const uint8_t* group, const uint8_t* chunk)
{
    Scales s;
    if constexpr (!l.isNested) {
        s.first = halves(chunk + l.scaleAt);
        s.second = l.hasMinimum ? halves(chunk + l.minimumAt) : _mm512_setzero_ps();
    } else if constexpr (l.hasMinimum) {
        s.first = _mm512_mul_ps(halves(group + l.groupScaleAt), unsignedBytes(chunk + l.scaleAt));
        s.second = _mm512_fnmadd_ps(
            halves(group + l.groupMinimumAt), unsignedBytes(chunk + l.minimumAt), _mm512_setzero_ps());
    } else {
        const __m512 d = halves(group + l.groupScaleAt);
        s.first = _mm512_mul_ps(d, signedBytes(chunk + l.scaleAt));
        s.second = _mm512_mul_ps(d, signedBytes(chunk + l.minimumAt));
    }
    return s;
}

__attribute__((always_inline)) inline __m512i fourInputs(const int8_t* values)
{
    int32_t word;
    std::memcpy(&word, values, sizeof word);
    return _mm512_set1_epi32(word);
}

// The offset of a format is a power of two.
template <Layout l>
__attribute__((always_inline)) inline __m512i startFrom(int32_t minusSum)
{
    if constexpr (l.offset == 0)
        return _mm512_setzero_si512();
    constexpr int shift = l.offset == 8 ? 3 : l.offset == 16 ? 4 : l.offset == 32 ? 5 : 7;
    return _mm512_slli_epi32(_mm512_set1_epi32(minusSum), shift);
}

// A panel times the rows of a tile: every quant is read once for all rows, sums stay in registers. One panel
// at a time, because the processor fetches one stream of weights ahead better than two (measured).
template <DType type, int Rows>
void multiplyTile(const PackedTask& t, int64_t panel, int64_t tile)
{
    constexpr Layout l = layoutOf(type);
    constexpr bool inHalves = type == DType::Q6_K; // a scale for 16 inputs
    __m512 sums[Rows];
    for (int r = 0; r < Rows; ++r)
        sums[r] = _mm512_setzero_ps();
    const int8_t* x = t.x.values(tile);
    const QuantisedRows::Factors* factors = t.x.factors(tile);
    const auto* group = reinterpret_cast<const uint8_t*>(t.w.panel(panel));
    const int64_t groups = t.w.inputs() / l.groupInputs;
    constexpr int64_t chunks = l.groupInputs / chunkInputs;
    const auto add = [&](__m512 scale, __m512i products, int r) __attribute__((always_inline))
    {
        const __m512 part = _mm512_mul_ps(_mm512_set1_ps(factors[r].scale), _mm512_cvtepi32_ps(products));
        sums[r] = _mm512_fmadd_ps(scale, part, sums[r]);
    };
    for (int64_t g = 0; g < groups; ++g, group += l.groupBytes) {
        for (int64_t k = 0; k < chunks; ++k) {
            const uint8_t* chunk = group + k * l.chunkBytes;
            // Many rows keep the core busy for longer than the hardware looks ahead (measured).
            constexpr int64_t ahead = 2560;
            if (Rows > 2 && tile == 0)
                for (int64_t line = 0; line < l.chunkBytes; line += 64)
                    _mm_prefetch(reinterpret_cast<const char*>(chunk) + ahead + line, _MM_HINT_T0);
            __m512i products[Rows];
            for (int r = 0; r < Rows; ++r)
                products[r]
                    = startFrom<l>(inHalves ? factors[r].lowSum : factors[r].lowSum + factors[r].highSum);
#pragma GCC unroll 8
            for (int s = 0; s < 8; ++s) {
                if (inHalves && s == 4) {
                    const Scales w = scales<l>(group, chunk);
                    for (int r = 0; r < Rows; ++r) {
                        add(w.first, products[r], r);
                        products[r] = startFrom<l>(factors[r].highSum);
                    }
                }
                const __m512i w = quants<l>(chunk, s);
                for (int r = 0; r < Rows; ++r)
                    products[r]
                        = _mm512_dpbusd_epi32(products[r], w, fourInputs(x + r * chunkInputs + 4 * s));
            }
            const Scales w = scales<l>(group, chunk);
            for (int r = 0; r < Rows; ++r) {
                add(inHalves ? w.second : w.first, products[r], r);
                if constexpr (l.hasMinimum)
                    sums[r] = _mm512_fmadd_ps(w.second, _mm512_set1_ps(factors[r].scaledSum), sums[r]);
            }
            x += Rows * chunkInputs;
            factors += Rows;
        }
    }
    const int64_t o = panel * panelRows;
    const int64_t outputs = std::min(panelRows, t.w.outputs() - o);
    const auto mask = static_cast<__mmask16>((1u << outputs) - 1u);
    const __m512 bias = t.bias ? _mm512_maskz_loadu_ps(mask, t.bias + o) : _mm512_setzero_ps();
    for (int r = 0; r < Rows; ++r)
        _mm512_mask_storeu_ps(
            t.y + (t.x.firstRow(tile) + r) * t.yStride + o, mask, _mm512_add_ps(sums[r], bias));
}

template <DType type, int Rows = QuantisedRows::mostTileRows>
void multiplyTileOf(int64_t rows, const PackedTask& t, int64_t panel, int64_t tile)
{
    if (rows == Rows)
        return multiplyTile<type, Rows>(t, panel, tile);
    if constexpr (Rows > 1)
        multiplyTileOf<type, Rows - 1>(rows, t, panel, tile);
}

template <DType type>
void panels(const PackedTask& t, int64_t begin, int64_t end)
{
    for (int64_t p = begin; p < end; ++p)
        for (int64_t tile = 0; tile < t.x.tiles(); ++tile)
            multiplyTileOf<type>(t.x.rowsOf(tile), t, p, tile);
}

}

void multiplyPanelsAvx512(const PackedTask& task, int64_t begin, int64_t end)
{
    withConstant(task.w.type(), [&](auto type) { panels<decltype(type)::value>(task, begin, end); });
}

}

#pragma GCC pop_options

#endif
