#include "core/base/paths.h"
#include "core/engine.h"

#include <QTest>

using namespace tiller;

// An engine remembers what it has read: only texts that are new go through the model, and what comes out is
// what a new engine would give.
class TestRefit : public QObject {
    Q_OBJECT

    std::shared_ptr<const Engine> m_engine;
    ExtractRequest m_request;

    // Tokens that went through the model for this request.
    static int64_t tokensRead(const Engine& engine, const ExtractRequest& request, ExtractResult& result)
    {
        int64_t read = 0;
        Job job;
        job.progress = [&](const Progress& progress) { read = std::max(read, progress.done); };
        result = engine.extract(request, job);
        return read;
    }

    void compareWithNewEngine(const ExtractResult& result, const ExtractRequest& request) const
    {
        const auto fresh = Engine::open(defaultModelPath(), {}, {})->extract(request, {});
        QCOMPARE(result.bank.items, fresh.bank.items);
        QCOMPARE(result.rows, fresh.rows);
        QCOMPARE(result.vector.layers.size(), fresh.vector.layers.size());
        for (const auto& [layer, direction] : fresh.vector.layers) {
            const double c = cosine(result.vector.layers.at(layer).values, direction.values);
            QVERIFY2(c > 0.99999, qPrintable(QStringLiteral("layer %1: %2").arg(layer).arg(c)));
        }
    }

private slots:
    void init()
    {
        m_engine = Engine::open(defaultModelPath(), {}, {});
        m_request = {};
        m_request.set = readContrastSet(
            std::filesystem::path(TILLER_SOURCE_DIR) / "resources/contrast_sets/formality.json")
                            .set;
        m_request.set.pairs.resize(10);
        ExtractResult result;
        QCOMPARE(tokensRead(*m_engine, m_request, result), result.tokens);
    }

    void anotherMethodReadsNothing()
    {
        m_request.method = "pca_center";
        ExtractResult result;
        QCOMPARE(tokensRead(*m_engine, m_request, result), int64_t(0));
        compareWithNewEngine(result, m_request);
    }

    void fewerLayersReadNothing()
    {
        m_request.layers = {3, 12, 29};
        ExtractResult result;
        QCOMPARE(tokensRead(*m_engine, m_request, result), int64_t(0));
        compareWithNewEngine(result, m_request);
    }

    void aDroppedPairIsSetAside()
    {
        m_request.set.pairs[6].enabled = false;
        ExtractResult result;
        QCOMPARE(tokensRead(*m_engine, m_request, result), int64_t(0));
        QCOMPARE(result.bank.items, int64_t(9));
        QCOMPARE(result.rows, (std::vector<int>{0, 1, 2, 3, 4, 5, 7, 8, 9}));
        QCOMPARE(result.setAside.items, int64_t(1));
        QCOMPARE(result.setAsideRows, std::vector<int>{6});
        QCOMPARE(result.vector.pairs, 9);
        QCOMPARE(result.diagnostics.itemNumbers, (std::vector<int>{1, 2, 3, 4, 5, 6, 8, 9, 10}));
        compareWithNewEngine(result, m_request);
    }

    // Neither stops the others: one has no text, the other more than the model's context.
    void whatCannotBeReadIsLeftOut()
    {
        m_request.set.pairs[1].negative.text.clear();
        for (int i = 0; i < 10'000; ++i)
            m_request.set.pairs[4].positive.text += " word";
        m_request.set.pairs[7].positive.text.clear();
        m_request.set.pairs[7].enabled = false;
        ExtractResult result;
        QCOMPARE(tokensRead(*m_engine, m_request, result), int64_t(0));
        QCOMPARE(result.rows, (std::vector<int>{0, 2, 3, 5, 6, 8, 9}));
        QVERIFY(result.setAsideRows.empty());
        QCOMPARE(result.leftOut.size(), size_t(2));
        QCOMPARE(result.leftOut[0].row, 1);
        QCOMPARE(result.leftOut[0].reason, std::string("pair 2, casual: the text is empty"));
        QCOMPARE(result.leftOut[1].row, 4);
        const QString reason = QString::fromStdString(result.leftOut[1].reason);
        QVERIFY2(reason.contains("context holds 8192"), qPrintable(reason));
    }

    void equalSidesAreFound()
    {
        m_request.set.pairs[3].negative = m_request.set.pairs[3].positive;
        QCOMPARE(m_engine->extract(m_request, {}).bank.equalSides, std::vector<int>{3});
    }

    // One pair without a prompt is read from the first token on, and named.
    void whatIsReadAtTheSinkIsFound()
    {
        QVERIFY(m_engine->extract(m_request, {}).bank.sinkItems.empty());
        m_request.set.pairs[5].prompt = {};
        m_request.set.pairs[8] = m_request.set.pairs[2];
        const ExtractResult result = m_engine->extract(m_request, {});
        QCOMPARE(result.bank.sinkItems, std::vector<int>{5});
        QCOMPARE(result.bank.repeated, std::vector<int>{8});
        QVERIFY(std::ranges::any_of(result.diagnostics.warnings, [](const DiagnosticWarning& w) {
            return w.text.starts_with("Pair 6 is read from the first token on");
        }));
    }

    void renderingStopsWhenAsked()
    {
        Job job;
        job.cancel.cancel();
        QVERIFY_THROWS_EXCEPTION(Cancelled, renderSet(m_request.set, m_engine->renderer(), {}, job.cancel));
    }

    void anEditedPairIsReadAlone()
    {
        m_request.set.pairs[2].positive.text += " I remain at your disposal.";
        ExtractResult result;
        const int64_t read = tokensRead(*m_engine, m_request, result);
        const ContrastPair& pair = m_request.set.pairs[2];
        const auto text = m_engine->renderer().render(pair.prompt, pair.positive);
        QCOMPARE(read, static_cast<int64_t>(text.ids.size()));
        compareWithNewEngine(result, m_request);
    }

    void anotherReadPositionIsReadAnew()
    {
        m_request.read = parseReadPosition("last");
        ExtractResult result;
        QVERIFY(tokensRead(*m_engine, m_request, result) > 0);
        compareWithNewEngine(result, m_request);
    }

    // Read at the first token too, a mean is that token's: the attention sink.
    void theSinkIsMeasured()
    {
        m_request.read = parseReadPosition("mean");
        QVERIFY(m_engine->extract(m_request, {}).bank.sinkShare.empty());
        // Without template and prompt a completion is the whole text.
        m_request.read = parseReadPosition("completion");
        m_request.render.raw = true;
        for (ContrastPair& pair : m_request.set.pairs)
            pair.prompt = {};
        const ExtractResult result = m_engine->extract(m_request, {});
        QCOMPARE(result.bank.sinkShare.size(), size_t(30));
        QVERIFY(result.bank.sinkShare[15] > 0.5f && result.bank.sinkShare[15] < 1.5f);
        QVERIFY(std::ranges::any_of(result.diagnostics.warnings,
            [](const DiagnosticWarning& w) { return w.text.find("sink") != std::string::npos; }));
    }

    void nothingLeftIsSaid()
    {
        for (ContrastPair& pair : m_request.set.pairs)
            pair.enabled = false;
        QVERIFY_THROWS_EXCEPTION(Error, m_engine->extract(m_request, {}));
    }

    // The texts used longest ago make room.
    void theCacheKeepsItsBudget()
    {
        ActivationCache cache(3 * 2 * 4 * sizeof(float));
        const std::vector<int> layers{1, 5};
        const auto text = [](int id) { return PooledSequence{{id}, {0}}; };
        const std::vector<float> values(8, 1.0f);
        std::vector<float> found(8);
        for (const int id : {1, 2, 3})
            cache.store(text(id), layers, values.data(), 4);
        QVERIFY(cache.find(text(1), layers, found.data()));
        QVERIFY(cache.find(text(1), {5}, found.data()));
        QVERIFY(!cache.find(text(1), {4}, found.data()));
        cache.store(text(4), layers, values.data(), 4);
        QVERIFY(!cache.find(text(2), layers, found.data()));
        for (const int id : {1, 3, 4})
            QVERIFY(cache.find(text(id), layers, found.data()));
    }
};

QTEST_GUILESS_MAIN(TestRefit)
#include "tst_refit.moc"
