#include "core/kernels/activation.h"
#include "core/kernels/attention.h"
#include "core/kernels/distributions.h"
#include "core/kernels/rows.h"

#include <QTest>
#include <cmath>
#include <cstring>
#include <functional>
#include <hwy/targets.h>
#include <numeric>
#include <random>

using namespace tiller;

namespace {

// Odd on purpose: every width leaves a rest that no vector fills.
constexpr int64_t s_rows = 5;
constexpr int64_t s_width = 77;

std::vector<float> noise(int64_t count, unsigned seed)
{
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    std::vector<float> values(static_cast<size_t>(count));
    std::ranges::generate(values, [&] { return normal(random); });
    return values;
}

uint16_t toBf16(float value)
{
    uint32_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    return static_cast<uint16_t>((bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16);
}

float fromBf16(uint16_t value)
{
    const uint32_t bits = static_cast<uint32_t>(value) << 16;
    float wide = 0;
    std::memcpy(&wide, &bits, sizeof wide);
    return wide;
}

std::vector<uint16_t> toBf16(const std::vector<float>& values)
{
    std::vector<uint16_t> narrow(values.size());
    std::ranges::transform(values, narrow.begin(), [](float v) { return toBf16(v); });
    return narrow;
}

std::vector<float> fromBf16(const std::vector<uint16_t>& values)
{
    std::vector<float> wide(values.size());
    std::ranges::transform(values, wide.begin(), [](uint16_t v) { return fromBf16(v); });
    return wide;
}

// Runs body with values of either type and gives what it wrote as float32.
template <typename Body>
std::vector<float> inType(kernels::Float type, const std::vector<float>& in, int64_t outs, const Body& body)
{
    if (type == kernels::Float::F32) {
        std::vector<float> out(static_cast<size_t>(outs));
        body(in.data(), out.data());
        return out;
    }
    const std::vector<uint16_t> narrow = toBf16(in);
    std::vector<uint16_t> out(static_cast<size_t>(outs));
    body(narrow.data(), out.data());
    return fromBf16(out);
}

std::vector<float> normalised(kernels::Float type, bool centred)
{
    const auto x = noise(s_rows * s_width, 1);
    const auto weight = noise(s_width, 2);
    const auto bias = noise(s_width, 3);
    const kernels::Norm norm{weight.data(), centred ? bias.data() : nullptr, 1e-5f, centred};
    return inType(type, x, s_rows * s_width,
        [&](const void*, void* y) { kernels::normalise(x.data(), norm, s_rows, s_width, y, type); });
}

std::vector<float> added(kernels::Float type)
{
    auto h = noise(s_rows * s_width, 4);
    inType(type, noise(s_rows * s_width, 5), 1,
        [&](const void* y, void*) { kernels::addTo(h.data(), y, type, s_rows * s_width); });
    return h;
}

std::vector<float> vectorOperations()
{
    auto y = noise(s_width, 6);
    const auto x = noise(s_width, 7);
    std::vector<float> out{kernels::dot(x.data(), y.data(), s_width)};
    kernels::addScaled(y.data(), -1.25f, x.data(), s_width);
    out.insert(out.end(), y.begin(), y.end());
    kernels::scale(y.data(), 0.75f, s_width);
    out.insert(out.end(), y.begin(), y.end());
    return out;
}

std::vector<float> gated(kernels::Float type, kernels::Activation activation)
{
    return inType(type, noise(s_rows * 2 * s_width, 8), s_rows * s_width,
        [&](const void* x, void* y) { kernels::activateGated(x, type, activation, s_rows, s_width, y); });
}

std::vector<float> distributions()
{
    const auto logits = noise(s_rows * s_width, 9);
    std::vector<float> out(static_cast<size_t>(s_rows));
    kernels::logSumExp(logits.data(), s_rows, s_width, out.data());
    std::vector<double> kl(static_cast<size_t>(s_rows));
    kernels::klDivergence(
        {logits.data(), out.data(), s_rows}, {logits.data(), out.data(), 1}, s_width, kl.data());
    out.insert(out.end(), kl.begin(), kl.end());
    std::vector<float> weights(static_cast<size_t>(s_width));
    kernels::weigh(logits.data(), s_width, 0.7f, weights.data());
    out.insert(out.end(), weights.begin(), weights.end());
    out.push_back(static_cast<float>(kernels::indexOfLargest(logits.data(), s_rows * s_width)));
    return out;
}

// 70 positions of one row in three pages, rotated, stored and asked, with a window and without.
std::vector<float> attention(kernels::Float type, int64_t headDim, int64_t window)
{
    constexpr int64_t tokens = 70;
    constexpr int64_t heads = 4;
    constexpr int64_t kvHeads = 2;
    const int64_t rotated = headDim / 2 / 2 * 2;
    const std::vector<int32_t> row(tokens, 0);
    std::vector<int32_t> position(tokens);
    std::iota(position.begin(), position.end(), 0);
    const kernels::HeadLayout layout{tokens, row.data(), position.data(), heads, kvHeads, headDim, nullptr};
    std::vector<float> cosine(static_cast<size_t>(tokens * rotated / 2));
    std::vector<float> sine(cosine.size());
    for (size_t i = 0; i < cosine.size(); ++i) {
        cosine[i] = std::cos(static_cast<float>(i) * 0.1f);
        sine[i] = std::sin(static_cast<float>(i) * 0.1f);
    }
    const auto pageSize = static_cast<size_t>(kvHeads * kernels::pageSlots * kernels::pagedWidth(headDim));
    std::vector<float> keys(3 * pageSize); // as float32 or, in half of it, bfloat16
    std::vector<float> values(3 * pageSize);
    const std::vector<int32_t> pages{2, 0, 1};
    const int32_t* rows[] = {pages.data()};
    const kernels::CachePages cache{keys.data(), values.data(), type, rows};
    return inType(type, noise(tokens * (heads + 2 * kvHeads) * headDim, 10), tokens * heads * headDim,
        [&](const void* qkv, void* out) {
            std::vector<float> queries(static_cast<size_t>(tokens * heads * headDim));
            kernels::rotateAndStore(
                qkv, type, layout, cosine.data(), sine.data(), rotated, queries.data(), cache);
            kernels::attend(queries.data(), type, cache, layout, window, {0.2f, 0}, out);
        });
}

}

// What Highway compiles once a target gives the same on every target that this processor has, not only on the
// one that it would choose. The products have a test of their own.
class TestKernelTargets : public QObject {
    Q_OBJECT

private slots:
    void targetsAgree_data()
    {
        QTest::addColumn<std::function<std::vector<float>()>>("compute");
        QTest::addColumn<bool>("narrow");
        using kernels::Activation;
        using kernels::Float;
        const auto add = [](const char* name, bool narrow, std::function<std::vector<float>()> compute) {
            QTest::addRow("%s, %s", name, narrow ? "bfloat16" : "float32") << std::move(compute) << narrow;
        };
        add("vector operations", false, vectorOperations);
        add("distributions", false, distributions);
        for (const Float type : {Float::F32, Float::BF16}) {
            const bool narrow = type == Float::BF16;
            add("RMS norm", narrow, [=] { return normalised(type, false); });
            add("layer norm", narrow, [=] { return normalised(type, true); });
            add("addition", narrow, [=] { return added(type); });
            add("SiLU", narrow, [=] { return gated(type, Activation::Silu); });
            add("GELU", narrow, [=] { return gated(type, Activation::Gelu); });
            add("tanh GELU", narrow, [=] { return gated(type, Activation::GeluTanh); });
            add("ReLU", narrow, [=] { return gated(type, Activation::Relu); });
            add("attention", narrow, [=] { return attention(type, 64, 0); });
            add("attention in a window", narrow, [=] { return attention(type, 64, 40); });
            add("attention of odd heads", narrow, [=] { return attention(type, 37, 0); });
        }
    }

    void targetsAgree()
    {
        QFETCH(std::function<std::vector<float>()>, compute);
        QFETCH(bool, narrow);
        const std::vector<float> expected = compute();
        float largest = 0;
        for (const float value : expected)
            largest = std::max(largest, std::abs(value));
        QVERIFY(largest > 0.1f);

        int targets = 0;
        const int64_t supported = hwy::SupportedTargets();
        for (int64_t rest = supported; rest != 0; rest &= rest - 1) {
            const int64_t target = rest & -rest;
            hwy::SetSupportedTargetsForTest(target);
            hwy::GetChosenTarget().Update(hwy::SupportedTargets());
            const std::vector<float> got = compute();
            hwy::SetSupportedTargetsForTest(0);
            hwy::GetChosenTarget().Update(hwy::SupportedTargets());
            QCOMPARE(got.size(), expected.size());
            // Sums in another order; a bfloat16 may round the other way.
            const float tolerance = narrow ? 0.02f : 2e-5f;
            for (size_t i = 0; i < got.size(); ++i)
                QVERIFY2(std::abs(got[i] - expected[i]) <= tolerance * std::max(largest, 1.0f),
                    qPrintable(QStringLiteral("%1: value %2 is %3, not %4")
                                   .arg(QLatin1String(hwy::TargetName(target)))
                                   .arg(i)
                                   .arg(double(got[i]))
                                   .arg(double(expected[i]))));
            ++targets;
        }
        QVERIFY(targets > 1);
    }
};

QTEST_GUILESS_MAIN(TestKernelTargets)
#include "tst_kernel_targets.moc"
