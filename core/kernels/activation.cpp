#include "core/kernels/activation.h"

#include "core/base/threads.h"
#include "core/kernels/worthwhile.h"

#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/kernels/activation.cpp"
#include <hwy/foreach_target.h>

#include "core/kernels/simd-inl.h"
#include <hwy/contrib/math/math-inl.h>

HWY_BEFORE_NAMESPACE();
namespace tiller::kernels::HWY_NAMESPACE {

// Each has a vector form and a scalar one for the last elements.
struct SiluOp {
    V operator()(D d, V x) const { return hn::Div(x, hn::Add(hn::Set(d, 1.0f), exponential(d, hn::Neg(x)))); }
    float operator()(float x) const { return x / (1.0f + std::exp(-x)); }
};

struct GeluOp {
    // erf by formula 7.1.26 of Abramowitz & Stegun, absolute error below 1.5e-7.
    V operator()(D d, V x) const
    {
        const V z = hn::Abs(hn::Mul(x, hn::Set(d, 0.70710678f)));
        const V one = hn::Set(d, 1.0f);
        const V t = hn::Div(one, hn::MulAdd(z, hn::Set(d, 0.3275911f), one));
        V p = hn::MulAdd(t, hn::Set(d, 1.061405429f), hn::Set(d, -1.453152027f));
        p = hn::MulAdd(p, t, hn::Set(d, 1.421413741f));
        p = hn::MulAdd(p, t, hn::Set(d, -0.284496736f));
        p = hn::Mul(hn::MulAdd(p, t, hn::Set(d, 0.254829592f)), t);
        const V erf = hn::NegMulAdd(p, exponential(d, hn::Neg(hn::Mul(z, z))), one);
        return hn::Mul(hn::Mul(x, hn::Set(d, 0.5f)), hn::Add(one, hn::CopySign(erf, x)));
    }
    float operator()(float x) const { return 0.5f * x * (1.0f + std::erf(x * 0.70710678f)); }
};

struct GeluTanhOp {
    V operator()(D d, V x) const
    {
        const V cubic = hn::MulAdd(hn::Mul(hn::Mul(x, x), x), hn::Set(d, 0.044715f), x);
        const V tanh = hn::Tanh(d, hn::Mul(cubic, hn::Set(d, 0.79788456f)));
        return hn::Mul(hn::Mul(x, hn::Set(d, 0.5f)), hn::Add(hn::Set(d, 1.0f), tanh));
    }
    float operator()(float x) const
    {
        return 0.5f * x * (1.0f + std::tanh(0.79788456f * (x + 0.044715f * x * x * x)));
    }
};

struct ReluOp {
    V operator()(D d, V x) const { return hn::Max(x, hn::Zero(d)); }
    float operator()(float x) const { return x > 0.0f ? x : 0.0f; }
};

template <typename F>
void withOp(Activation activation, F&& f)
{
    switch (activation) {
    case Activation::Silu:
        return f(SiluOp());
    case Activation::Gelu:
        return f(GeluOp());
    case Activation::GeluTanh:
        return f(GeluTanhOp());
    case Activation::Relu:
        return f(ReluOp());
    }
}

// up null: no gate.
template <typename Op, typename T>
void activateRow(Op op, const T* x, const T* up, int64_t count, T* out)
{
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    int64_t i = 0;
    for (; i + lanes <= count; i += lanes) {
        const V y = op(d, loadf(d, x + i));
        storef(d, up ? hn::Mul(y, loadf(d, up + i)) : y, out + i);
    }
    for (; i < count; ++i) {
        const float y = op(getf(x + i));
        putf(up ? y * getf(up + i) : y, out + i);
    }
}

template <typename T>
void activateRange(const T* x, Activation activation, int64_t begin, int64_t end, T* out)
{
    withOp(activation, [&](auto op) {
        activateRow(op, x + begin, static_cast<const T*>(nullptr), end - begin, out + begin);
    });
}

void Activate(const void* x, Float type, Activation activation, int64_t begin, int64_t end, void* out)
{
    if (type == Float::F32)
        activateRange(static_cast<const float*>(x), activation, begin, end, static_cast<float*>(out));
    else
        activateRange(static_cast<const uint16_t*>(x), activation, begin, end, static_cast<uint16_t*>(out));
}

template <typename T>
void gateRows(const T* gateUp, Activation activation, int64_t begin, int64_t end, int64_t width, T* out)
{
    withOp(activation, [&](auto op) {
        for (int64_t r = begin; r < end; ++r) {
            const T* gate = gateUp + r * 2 * width;
            activateRow(op, gate, gate + width, width, out + r * width);
        }
    });
}

void ActivateGated(const void* gateUp, Float type, Activation activation, int64_t begin, int64_t end,
    int64_t width, void* out)
{
    if (type == Float::F32)
        gateRows(static_cast<const float*>(gateUp), activation, begin, end, width, static_cast<float*>(out));
    else
        gateRows(
            static_cast<const uint16_t*>(gateUp), activation, begin, end, width, static_cast<uint16_t*>(out));
}

}
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tiller::kernels {

HWY_EXPORT(Activate);
HWY_EXPORT(ActivateGated);

void activate(const void* x, Float type, Activation activation, int64_t count, void* out)
{
    parallelFor(count, worthwhile / 4, [&](int64_t begin, int64_t end) {
        HWY_DYNAMIC_DISPATCH(Activate)(x, type, activation, begin, end, out);
    });
}

void activateGated(
    const void* gateUp, Float type, Activation activation, int64_t rows, int64_t width, void* out)
{
    parallelFor(rows, grainFor(4 * width), [&](int64_t begin, int64_t end) {
        HWY_DYNAMIC_DISPATCH(ActivateGated)(gateUp, type, activation, begin, end, width, out);
    });
}

}
#endif
