#include "core/base/error.h"
#include "core/run/sampler.h"
#include "core/run/stop_watch.h"

#include <QTest>
#include <cmath>
#include <map>

using namespace tiller;

class TestSampler : public QObject {
    Q_OBJECT

    // Probabilities 0.5, 0.25, 0.15, 0.1 in a shuffled order of ids.
    const std::vector<float> m_logits{std::log(0.15f), std::log(0.5f), std::log(0.1f), std::log(0.25f)};

    std::map<TokenId, double> shares(const SamplingOptions& options) const
    {
        constexpr int draws = 20000;
        std::map<TokenId, double> counts;
        for (int i = 0; i < draws; ++i)
            counts[sampleToken(m_logits, {}, options, uniformDraw(options.seed, static_cast<uint64_t>(i)))]
                += 1.0 / draws;
        return counts;
    }

private slots:
    void drawsAreUniformAndRepeatable()
    {
        double sum = 0;
        for (uint64_t step = 0; step < 10000; ++step) {
            const double draw = uniformDraw(16, step);
            QVERIFY(draw >= 0 && draw < 1);
            QCOMPARE(uniformDraw(16, step), draw);
            sum += draw;
        }
        QVERIFY(std::abs(sum / 10000 - 0.5) < 0.02);
        QVERIFY(uniformDraw(16, 0) != uniformDraw(17, 0));
    }

    void greedyTakesTheLargestAndTheFirstOfEquals()
    {
        QCOMPARE(sampleToken(m_logits, {}, {}, 0.99), 1);
        QCOMPARE(sampleToken(std::vector<float>{1, 3, 3}, {}, {}, 0.99), 1);
    }

    void temperatureOneFollowsTheDistribution()
    {
        SamplingOptions o;
        o.temperature = 1;
        auto s = shares(o);
        QVERIFY(std::abs(s[0] - 0.15) < 0.02 && std::abs(s[1] - 0.5) < 0.02);
        QVERIFY(std::abs(s[2] - 0.1) < 0.02 && std::abs(s[3] - 0.25) < 0.02);
        o.temperature = 0.5; // probabilities squared and normalised
        s = shares(o);
        QVERIFY(std::abs(s[1] - 0.25 / 0.345) < 0.02);
    }

    void truncations()
    {
        SamplingOptions o;
        o.temperature = 1;
        o.topK = 2;
        auto s = shares(o);
        QCOMPARE(s.size(), size_t(2));
        QVERIFY(std::abs(s[1] - 2.0 / 3) < 0.02);
        o.topK = 0;
        o.topP = 0.7; // 0.5 alone is not enough, 0.5 + 0.25 is
        s = shares(o);
        QCOMPARE(s.size(), size_t(2));
        QVERIFY(s.count(1) && s.count(3));
        o.topP = 1;
        o.minP = 0.29; // of the best token's probability: 0.145 and more stay
        s = shares(o);
        QCOMPARE(s.size(), size_t(3));
        QVERIFY(!s.count(2));
    }

    void repetitionPenaltyActsOnSeenTokens()
    {
        SamplingOptions o;
        o.repetitionPenalty = 3;
        QCOMPARE(sampleToken(m_logits, std::vector<TokenId>{1, 1}, o, 0), 3);
        QCOMPARE(sampleToken(std::vector<float>{2, 3}, std::vector<TokenId>{1}, o, 0), 0);
    }

    void optionsOutOfRangeAreRefused()
    {
        SamplingOptions o;
        o.topP = 0;
        QVERIFY_THROWS_EXCEPTION(Error, checkSampling(o));
        o = {};
        o.temperature = -1;
        QVERIFY_THROWS_EXCEPTION(Error, checkSampling(o));
        o = {};
        o.repetitionPenalty = 0;
        QVERIFY_THROWS_EXCEPTION(Error, checkSampling(o));
    }

    void stopStringsAcrossPieces()
    {
        StopWatch watch({"STOP", "###"});
        QCOMPARE(watch.feed("one S"), std::string("one "));
        QCOMPARE(watch.feed("T"), std::string());
        QCOMPARE(watch.feed("ay #"), std::string("STay "));
        QCOMPARE(watch.feed("# ST"), std::string("## "));
        QCOMPARE(watch.feed("OP more"), std::string());
        QVERIFY(watch.stopped());

        StopWatch never({"end"});
        QCOMPARE(never.feed("the e"), std::string("the "));
        QCOMPARE(never.finish(), std::string("e"));
        QVERIFY(!never.stopped());
    }
};

QTEST_APPLESS_MAIN(TestSampler)
#include "tst_sampler.moc"
