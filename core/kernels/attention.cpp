#include "core/kernels/attention.h"

#include "core/base/threads.h"
#include "core/kernels/worthwhile.h"

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/kernels/attention.cpp"
#include <hwy/foreach_target.h>

#include "core/kernels/simd-inl.h"
#include <hwy/contrib/math/math-inl.h>

HWY_BEFORE_NAMESPACE();
namespace tiller::kernels::HWY_NAMESPACE {

void capScores(float* scores, float cap, int64_t count)
{
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    const V vcap = hn::Set(d, cap);
    const V inverse = hn::Set(d, 1.0f / cap);
    int64_t i = 0;
    for (; i + lanes <= count; i += lanes)
        hn::StoreU(hn::Mul(hn::Tanh(d, hn::Mul(hn::LoadU(d, scores + i), inverse)), vcap), d, scores + i);
    for (; i < count; ++i)
        scores[i] = cap * std::tanh(scores[i] / cap);
}

// Vectors of slots: a page is a whole number of pairs of them.
using DSlots = hn::CappedTag<float, 16>;
using VSlots = hn::Vec<DSlots>;

HWY_INLINE VSlots firstOfPairs(DSlots d, hn::Vec<hn::RebindToUnsigned<DSlots>> pairs)
{
    return hn::BitCast(d, hn::ShiftLeft<16>(pairs));
}

HWY_INLINE VSlots secondOfPairs(DSlots d, hn::Vec<hn::RebindToUnsigned<DSlots>> pairs)
{
    const hn::RebindToUnsigned<DSlots> d32;
    return hn::BitCast(d, hn::And(pairs, hn::Set(d32, 0xFFFF0000u)));
}

HWY_INLINE hn::Vec<hn::RebindToUnsigned<DSlots>> loadPairs(const uint16_t* p)
{
    const hn::RebindToUnsigned<DSlots> d32;
#if HWY_TARGET == HWY_SCALAR
    uint32_t bits;
    __builtin_memcpy(&bits, p, sizeof bits);
    return hn::Set(d32, bits);
#else
    const hn::Repartition<uint16_t, DSlots> d16;
    return hn::BitCast(d32, hn::LoadU(d16, p));
#endif
}

// scores[g, slot] = q[g] . keys[slot] of a page, for `Queries` queries; width as pagedWidth() gives it.
template <int Queries, typename T>
HWY_INLINE void scorePage(const float* q, const T* keys, int64_t width, float* scores, int64_t scoreStride)
{
    const DSlots d;
    const auto lanes = static_cast<int64_t>(hn::Lanes(d));
    for (int64_t s = 0; s < pageSlots; s += 2 * lanes) {
        VSlots low[Queries];
        VSlots high[Queries];
        for (int g = 0; g < Queries; ++g)
            low[g] = high[g] = hn::Zero(d);
        const auto add = [&](const float* dimension, VSlots a, VSlots b) HWY_ATTR {
            for (int g = 0; g < Queries; ++g) {
                const VSlots factor = hn::Set(d, dimension[g * width]);
                low[g] = hn::MulAdd(factor, a, low[g]);
                high[g] = hn::MulAdd(factor, b, high[g]);
            }
        };
        if constexpr (std::is_same_v<T, float>) {
            for (int64_t i = 0; i < width; ++i)
                add(q + i, hn::LoadU(d, keys + i * pageSlots + s),
                    hn::LoadU(d, keys + i * pageSlots + s + lanes));
        } else {
            for (int64_t i = 0; i < width; i += 2) {
                const auto a = loadPairs(keys + i * pageSlots + 2 * s);
                const auto b = loadPairs(keys + i * pageSlots + 2 * (s + lanes));
                add(q + i, firstOfPairs(d, a), firstOfPairs(d, b));
                add(q + i + 1, secondOfPairs(d, a), secondOfPairs(d, b));
            }
        }
        for (int g = 0; g < Queries; ++g) {
            hn::StoreU(low[g], d, scores + g * scoreStride + s);
            hn::StoreU(high[g], d, scores + g * scoreStride + s + lanes);
        }
    }
}

// Softmax in place.
void softmax(float* s, int64_t count)
{
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    V vmost = hn::Set(d, s[0]);
    int64_t j = 0;
    for (; j + lanes <= count; j += lanes)
        vmost = hn::Max(vmost, hn::LoadU(d, s + j));
    float most = hn::GetLane(hn::MaxOfLanes(d, vmost));
    for (; j < count; ++j)
        most = std::max(most, s[j]);
    V vsum = hn::Zero(d);
    const V shift = hn::Set(d, most);
    for (j = 0; j + lanes <= count; j += lanes) {
        const V e = exponential(d, hn::Sub(hn::LoadU(d, s + j), shift));
        hn::StoreU(e, d, s + j);
        vsum = hn::Add(vsum, e);
    }
    float sum = addUp(d, vsum);
    for (; j < count; ++j)
        sum += s[j] = std::exp(s[j] - most);
    const V inverse = hn::Set(d, 1.0f / sum);
    for (j = 0; j + lanes <= count; j += lanes)
        hn::StoreU(hn::Mul(hn::LoadU(d, s + j), inverse), d, s + j);
    for (; j < count; ++j)
        s[j] /= sum;
}

// The pages of one head of a row.
template <typename T>
struct HeadPages {
    const T* first; ///< this head's part of page 0
    const int32_t* pages;
    int64_t pageStride; ///< from a page to the next
    int64_t width;

    const T* page(int64_t index) const { return first + pages[index] * pageStride; }
};

// Positions begin .. end of a row, whose scores start at the first of their page.
struct Span {
    int64_t begin = 0;
    int64_t end = 0;

    int64_t firstPage() const { return begin / pageSlots; }
    int64_t endPage() const { return (end + pageSlots - 1) / pageSlots; }
    int64_t scores() const { return (endPage() - firstPage()) * pageSlots; }
};

// `Vectors` vectors of the mean of the values that `Queries` queries see: sums stay in registers.
template <int Queries, int Vectors, typename T, typename Out>
HWY_INLINE void mixValues(const float* weights, const HeadPages<T>& values, const Span& span,
    int64_t dimension, Out* out, int64_t outStride)
{
    const D d;
    const auto lanes = static_cast<int64_t>(hn::Lanes(d));
    const int64_t stride = span.scores();
    V sums[Queries][Vectors];
    for (int g = 0; g < Queries; ++g)
        for (int v = 0; v < Vectors; ++v)
            sums[g][v] = hn::Zero(d);
    for (int64_t p = span.firstPage(); p < span.endPage(); ++p) {
        const T* page = values.page(p) + dimension;
        const float* w = weights + (p - span.firstPage()) * pageSlots;
        const int64_t last = std::min(pageSlots, span.end - p * pageSlots);
        for (int64_t j = std::max<int64_t>(0, span.begin - p * pageSlots); j < last; ++j) {
            V value[Vectors];
            for (int v = 0; v < Vectors; ++v)
                value[v] = loadf(d, page + j * values.width + v * lanes);
            for (int g = 0; g < Queries; ++g) {
                const V factor = hn::Set(d, w[g * stride + j]);
                for (int v = 0; v < Vectors; ++v)
                    sums[g][v] = hn::MulAdd(factor, value[v], sums[g][v]);
            }
        }
    }
    for (int g = 0; g < Queries; ++g)
        for (int v = 0; v < Vectors; ++v)
            storef(d, sums[g][v], out + g * outStride + v * lanes);
}

template <int Queries, typename T, typename Out>
void mixAllValues(
    const float* weights, const HeadPages<T>& values, const Span& span, int64_t headDim, Out* out)
{
    const D d;
    const auto lanes = static_cast<int64_t>(hn::Lanes(d));
    int64_t i = 0;
    for (; i + 4 * lanes <= headDim; i += 4 * lanes)
        mixValues<Queries, 4>(weights, values, span, i, out + i, headDim);
    for (; i + lanes <= headDim; i += lanes)
        mixValues<Queries, 1>(weights, values, span, i, out + i, headDim);
    for (; i < headDim; ++i) {
        for (int g = 0; g < Queries; ++g) {
            const float* w = weights + g * span.scores();
            const int64_t origin = span.firstPage() * pageSlots;
            float sum = 0;
            for (int64_t j = span.begin; j < span.end; ++j)
                sum += w[j - origin] * getf(values.page(j / pageSlots) + j % pageSlots * values.width + i);
            putf(sum, out + g * headDim + i);
        }
    }
}

// Calls f with the number of queries as a constant, for as many at a time as registers hold.
constexpr int mostQueries = 6;

template <int Queries = mostQueries, typename F>
HWY_INLINE void withQueries(int64_t count, F&& f)
{
    if (count >= Queries)
        return f(std::integral_constant<int, Queries>());
    if constexpr (Queries > 1)
        withQueries<Queries - 1>(count, std::forward<F>(f));
}

// Consecutive tokens of one row, whose queries read each page of keys and values together.
struct Tile {
    int64_t first = 0;
    int64_t tokens = 0;
};

template <typename T, typename Cached>
class TileAttention {
public:
    TileAttention(const T* queries, const CachePages& cache, const HeadLayout& layout, int64_t window,
        const ScoreShape& shape, T* out)
        : m_queries(queries)
        , m_cache(cache)
        , m_layout(layout)
        , m_window(window)
        , m_shape(shape)
        , m_out(out)
        , m_group(layout.heads / layout.kvHeads)
        , m_width(pagedWidth(layout.headDim))
    {
    }

    // The queries that share key head h.
    void run(const Tile& tile, int64_t h)
    {
        const int64_t count = tile.tokens * m_group;
        const int32_t row = m_layout.row[tile.first];
        const int64_t last = m_layout.position[tile.first] + tile.tokens - 1;
        const Span span{firstSeen(m_layout.position[tile.first]), last + 1};
        const auto pagesOf = [&](const void* cache) {
            return HeadPages<Cached>{static_cast<const Cached*>(cache) + h * pageSlots * m_width,
                m_cache.pages[row], m_layout.kvHeads * pageSlots * m_width, m_width};
        };
        s_scratch.resize(static_cast<size_t>(count * (span.scores() + m_width + m_layout.headDim)));
        float* scores = s_scratch.data();
        float* q = scores + count * span.scores();
        float* mixed = q + count * m_width;

        gather(tile, h, q);
        score(q, count, pagesOf(m_cache.keys), span, scores);
        if (m_shape.softCap > 0)
            capScores(scores, m_shape.softCap, count * span.scores());
        for (int64_t i = 0; i < count; ++i)
            seeOnly(firstSeen(m_layout.position[tile.first] + i / m_group),
                m_layout.position[tile.first] + i / m_group + 1, span, scores + i * span.scores());
        const HeadPages<Cached> values = pagesOf(m_cache.values);
        for (int64_t i = 0; i < count;)
            withQueries(count - i, [&](auto n) HWY_ATTR {
                mixAllValues<n>(
                    scores + i * span.scores(), values, span, m_layout.headDim, mixed + i * m_layout.headDim);
                i += n;
            });
        for (int64_t i = 0; i < count; ++i)
            convert(mixed + i * m_layout.headDim, m_layout.headDim, m_out + place(tile, h, i));
    }

private:
    int64_t firstSeen(int64_t position) const
    {
        return m_window > 0 ? std::max<int64_t>(0, position - m_window + 1) : 0;
    }

    // Query i of a tile: those of a token's heads follow each other.
    int64_t place(const Tile& tile, int64_t h, int64_t i) const
    {
        return ((tile.first + i / m_group) * m_layout.heads + h * m_group + i % m_group) * m_layout.headDim;
    }

    void gather(const Tile& tile, int64_t h, float* q) const
    {
        for (int64_t i = 0; i < tile.tokens * m_group; ++i, q += m_width) {
            const T* query = m_queries + place(tile, h, i);
            for (int64_t k = 0; k < m_layout.headDim; ++k)
                q[k] = getf(query + k) * m_shape.scale;
            if (m_width > m_layout.headDim)
                q[m_layout.headDim] = 0;
        }
    }

    void score(
        const float* q, int64_t count, const HeadPages<Cached>& keys, const Span& span, float* scores) const
    {
        for (int64_t p = span.firstPage(); p < span.endPage(); ++p)
            for (int64_t i = 0; i < count;)
                withQueries(count - i, [&](auto n) HWY_ATTR {
                    scorePage<n>(q + i * m_width, keys.page(p), m_width,
                        scores + i * span.scores() + (p - span.firstPage()) * pageSlots, span.scores());
                    i += n;
                });
    }

    // Softmax over positions begin .. end, zeros elsewhere: slots that nothing was stored in hold anything.
    static void seeOnly(int64_t begin, int64_t end, const Span& span, float* scores)
    {
        const int64_t origin = span.firstPage() * pageSlots;
        std::fill(scores, scores + begin - origin, 0.0f);
        softmax(scores + begin - origin, end - begin);
        std::fill(scores + end - origin, scores + span.scores(), 0.0f);
    }

    static thread_local std::vector<float> s_scratch;

    const T* m_queries;
    const CachePages& m_cache;
    const HeadLayout& m_layout;
    int64_t m_window;
    const ScoreShape& m_shape;
    T* m_out;
    int64_t m_group;
    int64_t m_width;
};

template <typename T, typename Cached>
thread_local std::vector<float> TileAttention<T, Cached>::s_scratch;

// Items: the key heads of each tile.
void Attend(const void* queries, Float type, const CachePages& cache, const HeadLayout& layout,
    int64_t window, const ScoreShape& shape, void* out, const int64_t* tiles, int64_t begin, int64_t end)
{
    withTypes(type, cache.type, [&](auto own, auto stored) {
        using T = decltype(own);
        TileAttention<T, decltype(stored)> attention(
            static_cast<const T*>(queries), cache, layout, window, shape, static_cast<T*>(out));
        for (int64_t item = begin; item < end; ++item) {
            const int64_t tile = item / layout.kvHeads;
            attention.run({tiles[tile], tiles[tile + 1] - tiles[tile]}, item % layout.kvHeads);
        }
    });
}

}
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tiller::kernels {

HWY_EXPORT(Attend);

namespace {

// First tokens of the tiles, and behind them the number of tokens. A tile's scores stay in the second-level
// cache.
const std::vector<int64_t>& tilesOf(const HeadLayout& l)
{
    constexpr int64_t mostQueries = 24;
    constexpr int64_t mostScores = 96 * 1024;
    static thread_local std::vector<int64_t> tiles;
    tiles.clear();
    const int64_t group = l.heads / l.kvHeads;
    for (int64_t t = 0; t < l.tokens; ++t) {
        const int64_t tokens = tiles.empty() ? 0 : t - tiles.back();
        const int64_t queries = (tokens + 1) * group;
        const bool continues = tokens > 0 && l.row[t] == l.row[t - 1]
            && l.position[t] == l.position[t - 1] + 1 && queries <= mostQueries
            && queries * l.position[t] <= mostScores;
        if (!continues)
            tiles.push_back(t);
    }
    tiles.push_back(l.tokens);
    return tiles;
}

}

void attend(const void* queries, Float type, const CachePages& cache, const HeadLayout& layout,
    int64_t window, const ScoreShape& shape, void* out)
{
    const std::vector<int64_t>& tiles = tilesOf(layout);
    int64_t seen = 0;
    for (int64_t t = 0; t < layout.tokens; ++t)
        seen += layout.position[t] + 1;
    const auto items = static_cast<int64_t>(tiles.size() - 1) * layout.kvHeads;
    const int64_t each = seen * layout.heads * layout.headDim / std::max<int64_t>(1, items);
    parallelFor(items, grainFor(each), [&](int64_t begin, int64_t end) {
        HWY_DYNAMIC_DISPATCH(Attend)
        (queries, type, cache, layout, window, shape, out, tiles.data(), begin, end);
    });
}

}
#endif
