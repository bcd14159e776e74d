#include "core/kernels/packed/packed_paths_internal.h"

#if defined(__x86_64__)

#include <algorithm>
#include <cstring>
#include <immintrin.h>

// Everything below runs only where these exist. No template of the standard library may be instantiated here.
#pragma GCC push_options
#pragma GCC target("avx2,fma,f16c")

namespace tiller::kernels {

namespace {

// Half a panel, eight rows, at a time: a register holds four inputs of each.
template <DType type>
struct HalfChunk {
    static constexpr Layout layout = layoutOf(type);

    __m256i steps[8];
    __m256 scale; ///< Q6_K: of inputs 0 to 15
    __m256 second; ///< minima, or Q6_K's scales of inputs 16 to 31

    // `half` 0 or 1: rows 0 to 7 or 8 to 15.
    __attribute__((always_inline)) HalfChunk(const uint8_t* group, const uint8_t* chunk, int half)
    {
        readQuants(chunk, half);
        const auto at = [half](int64_t offset, int64_t bytes) { return offset + half * 8 * bytes; };
        if constexpr (!layout.isNested) {
            scale = halves(chunk + at(layout.scaleAt, 2));
            if constexpr (layout.hasMinimum)
                second = halves(chunk + at(layout.minimumAt, 2));
        } else {
            const __m256 d = halves(group + at(layout.groupScaleAt, 2));
            if constexpr (layout.hasMinimum) {
                const __m256 least
                    = _mm256_sub_ps(_mm256_setzero_ps(), halves(group + at(layout.groupMinimumAt, 2)));
                scale = _mm256_mul_ps(d, unsignedBytes(chunk + at(layout.scaleAt, 1)));
                second = _mm256_mul_ps(least, unsignedBytes(chunk + at(layout.minimumAt, 1)));
            } else {
                scale = _mm256_mul_ps(d, signedBytes(chunk + at(layout.scaleAt, 1)));
                second = _mm256_mul_ps(d, signedBytes(chunk + at(layout.minimumAt, 1)));
            }
        }
    }

private:
    static __m256i load(const uint8_t* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }

    __attribute__((always_inline)) void readQuants(const uint8_t* chunk, int half)
    {
        if constexpr (layout.bits == 8) {
            for (int s = 0; s < 8; ++s)
                steps[s] = load(chunk + 64 * s + 32 * half);
            return;
        }
        const __m256i nibble = _mm256_set1_epi8(15);
        for (int s = 0; s < 4; ++s) {
            const __m256i both = load(chunk + 64 * s + 32 * half);
            steps[s] = _mm256_and_si256(both, nibble);
            steps[s + 4] = _mm256_and_si256(_mm256_srli_epi16(both, 4), nibble);
        }
        if constexpr (layout.bits == 5) {
            // Each byte of a register looks at its bit of the mask: spread the four mask bytes, then test.
            const __m256i spread = _mm256_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2,
                2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3);
            const __m256i bit = _mm256_set1_epi64x(static_cast<int64_t>(0x8040201008040201ull));
            for (int s = 0; s < 8; ++s) {
                int32_t mask;
                std::memcpy(&mask, chunk + layout.highAt + 8 * s + 4 * half, sizeof mask);
                const __m256i set
                    = _mm256_and_si256(_mm256_shuffle_epi8(_mm256_set1_epi32(mask), spread), bit);
                steps[s] = _mm256_or_si256(
                    steps[s], _mm256_and_si256(_mm256_cmpeq_epi8(set, bit), _mm256_set1_epi8(16)));
            }
        }
        if constexpr (layout.bits == 6) {
            const __m256i upper = _mm256_set1_epi8(0x30);
            for (int h = 0; h < 2; ++h) {
                const __m256i four = load(chunk + layout.highAt + 64 * h + 32 * half);
                const __m256i parts[4] = {
                    _mm256_slli_epi16(four, 4), _mm256_slli_epi16(four, 2), four, _mm256_srli_epi16(four, 2)};
                for (int s = 0; s < 4; ++s)
                    steps[4 * h + s] = _mm256_or_si256(steps[4 * h + s], _mm256_and_si256(parts[s], upper));
            }
        }
    }

    static __m256 halves(const uint8_t* p)
    {
        return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
    }
    static __m256 unsignedBytes(const uint8_t* p)
    {
        return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p))));
    }
    static __m256 signedBytes(const uint8_t* p)
    {
        return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p))));
    }
};

// Adds four products of each row to its sum. Quants of up to six bits cannot saturate the 16-bit pairs; those
// of eight are given as they are stored, signed plus 128, and go through their magnitudes.
template <int bits>
inline __m256i addProducts(__m256i sum, __m256i quants, const int8_t* values)
{
    int32_t word;
    std::memcpy(&word, values, sizeof word);
    const __m256i x = _mm256_set1_epi32(word);
    __m256i pairs;
    if constexpr (bits == 8) {
        const __m256i q = _mm256_xor_si256(quants, _mm256_set1_epi8(-128));
        pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(q), _mm256_sign_epi8(x, q));
    } else {
        pairs = _mm256_maddubs_epi16(quants, x);
    }
    return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

template <DType type, int Rows>
void multiplyTile(const PackedTask& t, int64_t panel, int half, int64_t tile)
{
    constexpr Layout l = layoutOf(type);
    constexpr int offset = l.bits == 8 ? 0 : l.offset;
    __m256 sums[Rows];
    for (int r = 0; r < Rows; ++r)
        sums[r] = _mm256_setzero_ps();
    const auto* group = reinterpret_cast<const uint8_t*>(t.w.panel(panel));
    const int64_t groups = t.w.inputs() / l.groupInputs;
    constexpr int64_t chunks = l.groupInputs / chunkInputs;
    const int8_t* values = t.x.values(tile);
    const QuantisedRows::Factors* factors = t.x.factors(tile);
    for (int64_t g = 0; g < groups; ++g, group += l.groupBytes) {
        for (int64_t k = 0; k < chunks; ++k) {
            const HalfChunk<type> w(group, group + k * l.chunkBytes, half);
            for (int r = 0; r < Rows; ++r) {
                const int8_t* x = values + r * chunkInputs;
                const auto& f = factors[r];
                const __m256 scale = _mm256_set1_ps(f.scale);
                if constexpr (type == DType::Q6_K) {
                    __m256i a = _mm256_set1_epi32(offset * f.lowSum);
                    __m256i b = _mm256_set1_epi32(offset * f.highSum);
                    for (int s = 0; s < 4; ++s) {
                        a = addProducts<l.bits>(a, w.steps[s], x + 4 * s);
                        b = addProducts<l.bits>(b, w.steps[s + 4], x + 4 * (s + 4));
                    }
                    __m256 sum = _mm256_mul_ps(w.scale, _mm256_cvtepi32_ps(a));
                    sum = _mm256_fmadd_ps(w.second, _mm256_cvtepi32_ps(b), sum);
                    sums[r] = _mm256_fmadd_ps(sum, scale, sums[r]);
                } else {
                    __m256i a = _mm256_set1_epi32(offset * (f.lowSum + f.highSum));
                    for (int s = 0; s < 8; ++s)
                        a = addProducts<l.bits>(a, w.steps[s], x + 4 * s);
                    const __m256 sum = _mm256_mul_ps(scale, _mm256_cvtepi32_ps(a));
                    sums[r] = _mm256_fmadd_ps(w.scale, sum, sums[r]);
                    if constexpr (l.hasMinimum)
                        sums[r] = _mm256_fmadd_ps(w.second, _mm256_set1_ps(f.scaledSum), sums[r]);
                }
            }
            values += Rows * chunkInputs;
            factors += Rows;
        }
    }
    const int64_t o = panel * panelRows + 8 * half;
    const int64_t outputs = std::min<int64_t>(8, t.w.outputs() - o);
    for (int r = 0; r < Rows; ++r) {
        float out[8];
        _mm256_storeu_ps(out, sums[r]);
        for (int64_t i = 0; i < outputs; ++i)
            t.y[(t.x.firstRow(tile) + r) * t.yStride + o + i] = out[i] + (t.bias ? t.bias[o + i] : 0.0f);
    }
}

template <DType type, int Rows = QuantisedRows::mostTileRows>
void multiplyTileOf(int64_t rows, const PackedTask& t, int64_t panel, int half, int64_t tile)
{
    if (rows == Rows)
        return multiplyTile<type, Rows>(t, panel, half, tile);
    if constexpr (Rows > 1)
        multiplyTileOf<type, Rows - 1>(rows, t, panel, half, tile);
}

template <DType type>
void panels(const PackedTask& t, int64_t begin, int64_t end)
{
    for (int64_t p = begin; p < end; ++p)
        for (int half = 0; half < 2; ++half)
            for (int64_t tile = 0; tile < t.x.tiles(); ++tile)
                multiplyTileOf<type>(t.x.rowsOf(tile), t, p, half, tile);
}

}

void multiplyPanelsAvx2(const PackedTask& task, int64_t begin, int64_t end)
{
    withConstant(task.w.type(), [&](auto type) { panels<decltype(type)::value>(task, begin, end); });
}

}

#pragma GCC pop_options

#endif
