// Loads and stores of either float type, for kernels compiled once a target: include after
// <hwy/highway.h>, again for every target.

#if defined(TILLER_KERNELS_SIMD_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef TILLER_KERNELS_SIMD_INL
#undef TILLER_KERNELS_SIMD_INL
#else
#define TILLER_KERNELS_SIMD_INL
#endif

#include "core/kernels/float_type.h"

#include <algorithm>
#include <hwy/highway.h>
#include <type_traits>

HWY_BEFORE_NAMESPACE();
namespace tiller::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;

HWY_INLINE V loadf(D d, const float* p)
{
    return hn::LoadU(d, p);
}

// bfloat16 as its bits.
HWY_INLINE V loadf(D d, const uint16_t* p)
{
    const hn::Rebind<uint16_t, D> d16;
    const hn::RebindToUnsigned<D> d32;
    return hn::BitCast(d, hn::ShiftLeft<16>(hn::PromoteTo(d32, hn::LoadU(d16, p))));
}

HWY_INLINE void storef(D d, V v, float* p)
{
    hn::StoreU(v, d, p);
}

HWY_INLINE void storef(D, V v, uint16_t* p)
{
    const hn::Rebind<uint16_t, D> d16;
    const hn::RebindToUnsigned<D> d32;
    const auto bits = hn::BitCast(d32, v);
    const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(d32, 1u));
    const auto rounded = hn::ShiftRight<16>(hn::Add(bits, hn::Add(odd, hn::Set(d32, 0x7FFFu))));
    hn::StoreU(hn::TruncateTo(d16, rounded), d16, p);
}

// e^x to about 2e-7 relative, for x between -87 and 88 (beyond: that of the nearer bound), in half the
// instructions of Highway's, which is exact to the last bit: 2^(n + f) with 2^f by its series.
HWY_INLINE V exponential(D d, V x)
{
    const hn::RebindToSigned<D> d32;
    const V bounded = hn::Min(hn::Set(d, 88.0f), hn::Max(hn::Set(d, -87.0f), x)); // NaN stays
    const V y = hn::Mul(bounded, hn::Set(d, 1.44269504f));
    const auto n = hn::NearestInt(y);
    // In two parts, so that nothing of x is lost: ln 2 = 0.693145752 + 1.42860677e-6.
    const V whole = hn::ConvertTo(d, n);
    V f = hn::NegMulAdd(whole, hn::Set(d, 0.693145752f), bounded);
    f = hn::NegMulAdd(whole, hn::Set(d, 1.42860677e-6f), f);
    V p = hn::Set(d, 1.0f / 720);
    p = hn::MulAdd(p, f, hn::Set(d, 1.0f / 120));
    p = hn::MulAdd(p, f, hn::Set(d, 1.0f / 24));
    p = hn::MulAdd(p, f, hn::Set(d, 1.0f / 6));
    p = hn::MulAdd(p, f, hn::Set(d, 0.5f));
    const V one = hn::Set(d, 1.0f);
    p = hn::MulAdd(hn::MulAdd(p, f, one), f, one);
    return hn::Mul(p, hn::BitCast(d, hn::ShiftLeft<23>(hn::Add(n, hn::Set(d32, 127)))));
}

HWY_INLINE float addUp(D d, V v)
{
    return hn::GetLane(hn::SumOfLanes(d, v));
}

inline float getf(const float* p)
{
    return *p;
}

inline float getf(const uint16_t* p)
{
    const uint32_t bits = static_cast<uint32_t>(*p) << 16;
    float value;
    __builtin_memcpy(&value, &bits, sizeof value);
    return value;
}

inline void putf(float v, float* p)
{
    *p = v;
}

inline void putf(float v, uint16_t* p)
{
    uint32_t bits;
    __builtin_memcpy(&bits, &v, sizeof bits);
    *p = static_cast<uint16_t>((bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16);
}

// Calls f with values of the element types: float, or uint16_t for bfloat16.
template <typename F>
void withTypes(Float first, Float second, F&& f)
{
    if (first == Float::F32 && second == Float::F32)
        f(float(), float());
    else if (first == Float::F32)
        f(float(), uint16_t());
    else if (second == Float::F32)
        f(uint16_t(), float());
    else
        f(uint16_t(), uint16_t());
}

template <typename In, typename Out>
void convert(const In* in, int64_t count, Out* out)
{
    if constexpr (std::is_same_v<In, Out>) {
        std::copy(in, in + count, out);
    } else {
        const D d;
        const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
        int64_t i = 0;
        for (; i + lanes <= count; i += lanes)
            storef(d, loadf(d, in + i), out + i);
        for (; i < count; ++i)
            putf(getf(in + i), out + i);
    }
}

}
HWY_AFTER_NAMESPACE();
#endif
