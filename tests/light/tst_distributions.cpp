#include "core/kernels/distributions.h"

#include <QTest>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

using namespace tiller::kernels;

// Against double arithmetic; widths that fill no vector are among them.
class TestDistributions : public QObject {
    Q_OBJECT

    static std::vector<float> logits(int64_t count, float spread, uint32_t seed)
    {
        std::mt19937 random(seed);
        std::normal_distribution<float> normal(3, spread);
        std::vector<float> values(static_cast<size_t>(count));
        for (float& v : values)
            v = normal(random);
        return values;
    }

private slots:
    void widths_data()
    {
        QTest::addColumn<int>("width");
        for (const int width : {1, 5, 16, 17, 63, 64, 1000, 1024, 49152})
            QTest::addRow("%d", width) << width;
    }

    void widths()
    {
        QFETCH(int, width);
        for (const float spread : {0.01f, 4.0f, 60.0f}) {
            const auto p = logits(width, spread, 1);
            const auto q = logits(width, spread, 2);
            const auto sumOf = [](const std::vector<float>& values) {
                const double most = static_cast<double>(*std::max_element(values.begin(), values.end()));
                double sum = 0;
                for (const float v : values)
                    sum += std::exp(static_cast<double>(v) - most);
                return most + std::log(sum);
            };
            const double pSum = sumOf(p);
            const double qSum = sumOf(q);
            float sums[2];
            logSumExp(p.data(), 1, width, sums);
            logSumExp(q.data(), 1, width, sums + 1);
            QVERIFY(std::abs(static_cast<double>(sums[0]) - pSum) < 2e-6 * std::abs(pSum) + 1e-6);

            double expected = 0;
            for (size_t i = 0; i < p.size(); ++i) {
                const double logp = static_cast<double>(p[i]) - pSum;
                expected += std::exp(logp) * (logp - (static_cast<double>(q[i]) - qSum));
            }
            double kl = 0;
            klDivergence({p.data(), sums, 1}, {q.data(), sums + 1, 1}, width, &kl);
            QVERIFY(std::abs(kl - expected) < 1e-5 * (1 + expected));

            QCOMPARE(indexOfLargest(p.data(), width), std::max_element(p.begin(), p.end()) - p.begin());
            for (const float temperature : {0.3f, 1.0f, 2.0f}) {
                std::vector<float> weights(p.size());
                weigh(p.data(), width, temperature, weights.data());
                const auto most = static_cast<double>(*std::max_element(p.begin(), p.end()));
                for (size_t i = 0; i < p.size(); ++i) {
                    const double x = (static_cast<double>(p[i]) - most) / static_cast<double>(temperature);
                    const double w = x < -87 ? 0 : std::exp(x);
                    // The exponent itself is rounded to float32.
                    QVERIFY(std::abs(static_cast<double>(weights[i]) - w)
                        <= w * (4e-7 + 2e-7 * std::abs(x)) + 2e-38);
                }
            }
        }
    }

    void firstOfEqualOnes()
    {
        std::vector<float> values(100, 1.0f);
        values[37] = values[38] = values[99] = 2.0f;
        QCOMPARE(indexOfLargest(values.data(), 100), int64_t(37));
        QCOMPARE(indexOfLargest(values.data() + 38, 62), int64_t(0));
        QCOMPARE(indexOfLargest(values.data() + 39, 61), int64_t(60));
    }

    void whatIsNotFiniteShows()
    {
        constexpr float infinity = std::numeric_limits<float>::infinity();
        for (const float bad : {std::numeric_limits<float>::quiet_NaN(), infinity}) {
            for (const size_t where : {size_t(0), size_t(20), size_t(66)}) {
                std::vector<float> values(67, 1.0f);
                values[where] = bad;
                float sum = 0;
                logSumExp(values.data(), 1, 67, &sum);
                QVERIFY(!std::isfinite(sum));
            }
        }
    }
};

QTEST_APPLESS_MAIN(TestDistributions)
#include "tst_distributions.moc"
