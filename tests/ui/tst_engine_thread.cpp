// Jobs on the engine's threads: whatever happens, exactly one signal ends each.
#include "core/base/paths.h"
#include "core/base/threads.h"
#include "ui/engine/engine_thread.h"

#include <QCoreApplication>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <QThread>

#include <map>

using namespace tiller;

namespace {

constexpr int patience = 180000;

/// Counts what ends each job.
class Ends : public QObject {
public:
    explicit Ends(EngineApi* engine)
    {
        connect(engine, &EngineApi::finished, this, [this](JobId job, const JobResult& result) {
            ++finished[job];
            results[job] = result;
            onWindowThread = onWindowThread && QThread::currentThread() == thread();
        });
        connect(engine, &EngineApi::failed, this, [this](JobId job, const Failure& failure) {
            ++failed[job];
            failures[job] = failure;
        });
        connect(engine, &EngineApi::cancelled, this, [this](JobId job) { ++cancelled[job]; });
        connect(engine, &EngineApi::tokensArrived, this,
            [this](JobId job, const std::vector<TokenEvent>& events) {
                tokens[job].insert(tokens[job].end(), events.begin(), events.end());
                lateTokens = lateTokens || total(job) > 0;
            });
        connect(
            engine, &EngineApi::partsArrived, this, [this](JobId job, const std::vector<SweptPart>& arrived) {
                for (const SweptPart& part : arrived)
                    ++(part.begun ? begun : parts)[job];
            });
    }

    int total(JobId job) const
    {
        const auto of
            = [job](const std::map<JobId, int>& counts) { return counts.contains(job) ? counts.at(job) : 0; };
        return of(finished) + of(failed) + of(cancelled);
    }

    std::map<JobId, int> finished;
    std::map<JobId, int> failed;
    std::map<JobId, int> cancelled;
    std::map<JobId, Failure> failures;
    std::map<JobId, JobResult> results;
    std::map<JobId, std::vector<TokenEvent>> tokens;
    std::map<JobId, int> parts; ///< with figures
    std::map<JobId, int> begun;
    bool lateTokens = false;
    bool onWindowThread = true;
};

GenerateJob story(int tokens)
{
    GenerateJob job;
    job.prompt = "Tell me a long story about a lighthouse.";
    job.rows.resize(2);
    job.sampling.maxNewTokens = tokens;
    job.sampling.ignoreEos = true;
    return job;
}

}

class EngineThreadTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        setThreadCount(0);
        QVERIFY2(QFile::exists(QString::fromStdString(defaultModelPath().string())),
            "the default model is missing: packaging/run.sh fetches it");
    }

    void aMissingFileFailsOnceAndSaysWhich()
    {
        EngineThread engine;
        Ends ends(&engine);
        const JobId job = engine.start(OpenModelJob{"/nowhere/model.gguf", {}});
        QTRY_COMPARE_WITH_TIMEOUT(ends.total(job), 1, patience);
        QCOMPARE(ends.failed[job], 1);
        QVERIFY(ends.failures[job].cause.contains(QStringLiteral("/nowhere/model.gguf")));
        QVERIFY(!engine.isBusy());
    }

    void withoutAModelJobsFailWithARemedy()
    {
        EngineThread engine;
        Ends ends(&engine);
        const JobId job = engine.start(story(4));
        QTRY_COMPARE_WITH_TIMEOUT(ends.total(job), 1, patience);
        QCOMPARE(ends.failed[job], 1);
        QVERIFY(!ends.failures[job].remedy.isEmpty());
    }

    void aJobCancelledBeforeItStartsIsCancelled()
    {
        EngineThread engine;
        Ends ends(&engine);
        const JobId first = engine.start(OpenModelJob{defaultModelPath(), {}});
        const JobId second = engine.start(story(4));
        engine.cancel(second);
        engine.cancel(second);
        engine.cancel(987654);
        QTRY_COMPARE_WITH_TIMEOUT(ends.total(second), 1, patience);
        QCOMPARE(ends.cancelled[second], 1);
        QCOMPARE(ends.finished[first], 1);
    }

    void aWholeSession()
    {
        EngineThread engine;
        Ends ends(&engine);
        const JobId open = engine.start(OpenModelJob{defaultModelPath(), {}});
        QTRY_COMPARE_WITH_TIMEOUT(ends.total(open), 1, patience);
        QCOMPARE(ends.finished[open], 1);
        QCOMPARE(std::get<OpenedModel>(ends.results[open]).config.layers, 30);

        // A file that cannot be opened leaves the model that is.
        QTemporaryDir folder;
        QFile corrupt(folder.filePath(QStringLiteral("corrupt.gguf")));
        QVERIFY(corrupt.open(QIODevice::WriteOnly));
        corrupt.write("GGUF but not really");
        corrupt.close();
        const JobId bad = engine.start(OpenModelJob{corrupt.fileName().toStdString(), {}});
        QTRY_COMPARE_WITH_TIMEOUT(ends.total(bad), 1, patience);
        QCOMPARE(ends.failed[bad], 1);

        const JobId whole = engine.start(story(12));
        QTRY_COMPARE_WITH_TIMEOUT(ends.total(whole), 1, patience);
        QCOMPARE(ends.finished[whole], 1);
        const auto& generated = std::get<Generated>(ends.results[whole]);
        QCOMPARE(generated.result.rows.size(), size_t(2));
        QCOMPARE(generated.result.rows[0].text, generated.result.rows[1].text);
        QCOMPARE(ends.tokens[whole].size(), size_t(24));

        const JobId stopped = engine.start(story(4000));
        QTRY_VERIFY_WITH_TIMEOUT(!ends.tokens[stopped].empty(), patience);
        engine.cancel(stopped);
        QTRY_COMPARE_WITH_TIMEOUT(ends.total(stopped), 1, patience);
        QCOMPARE(ends.cancelled[stopped], 1);
        QVERIFY(ends.tokens[stopped].size() < 8000);

        // A wrong layer in a running plan is refused, and the text goes on.
        auto vector = std::make_shared<SteeringVector>();
        vector->name = "far";
        vector->layers[0].values.assign(576, 0.1f);
        const JobId live = engine.start(story(4000));
        QTRY_VERIFY_WITH_TIMEOUT(!ends.tokens[live].empty(), patience);
        int rejected = 0;
        connect(
            &engine, &EngineApi::editsRejected, this, [&](JobId job) { rejected += job == live ? 1 : 0; });
        engine.replaceEdits(live, {{}, {Edit{vector, Op::Add, 1, LayerCurve{{400, 1.0}}, {}}}});
        QTRY_COMPARE_WITH_TIMEOUT(rejected, 1, patience);
        const size_t before = ends.tokens[live].size();
        QTRY_VERIFY_WITH_TIMEOUT(ends.tokens[live].size() > before, patience);
        engine.cancel(live);
        QTRY_COMPARE_WITH_TIMEOUT(ends.total(live), 1, patience);

        QVERIFY(!ends.lateTokens);
        QVERIFY(ends.onWindowThread);
        QVERIFY(!engine.isBusy());
    }

    void textPassesARunningMap()
    {
        EngineThread engine;
        Ends ends(&engine);
        const JobId open = engine.start(OpenModelJob{defaultModelPath(), {}});
        auto vector = std::make_shared<SteeringVector>();
        vector->name = "v";
        vector->layers[0].values.assign(576, 0.1f);
        SweepJob map;
        map.vector = vector;
        map.strengths = {-2, -1, 0, 1, 2};
        map.metrics = {Metric::Kl};
        map.neutralText = "A neutral sentence of some words, repeated. A neutral sentence.";
        for (int layer = 0; layer < 30; ++layer)
            map.layers.push_back(layer);
        const JobId sweep = engine.start(map);
        QTRY_VERIFY_WITH_TIMEOUT(ends.parts[sweep] > 0, patience);
        const JobId text = engine.start(story(3));
        QTRY_COMPARE_WITH_TIMEOUT(ends.total(text), 1, patience);
        QCOMPARE(ends.finished[text], 1);
        QTRY_COMPARE_WITH_TIMEOUT(ends.total(sweep), 1, patience);
        QCOMPARE(ends.finished[sweep], 1);
        QCOMPARE(ends.parts[sweep], 150);
        QVERIFY(ends.begun[sweep] >= 150); // each is announced
        QCOMPARE(ends.finished[open], 1);
    }

    // What was measured is not measured again, and what a cancel interrupts is kept.
    void aMapIsRemembered()
    {
        QTemporaryDir folder;
        EngineThread engine;
        Ends ends(&engine);
        engine.start(OpenModelJob{defaultModelPath(), {}});
        auto vector = std::make_shared<SteeringVector>();
        for (const int layer : {10, 20})
            vector->layers[layer].values.assign(576, 0.1f);
        SweepJob map;
        map.vector = vector;
        map.layers = {10, 20};
        map.strengths = {-1, 0, 1};
        map.metrics = {Metric::Coherence, Metric::Kl, Metric::Repetition};
        map.prompts = {"What is rain?"};
        map.tokens = 8;
        map.neutralText = "A neutral sentence.";
        map.cache = folder.filePath(QStringLiteral("sweeps")).toStdString();
        std::map<JobId, Swept> swept;
        connect(&engine, &EngineApi::finished, this, [&](JobId job, const JobResult& result) {
            if (const auto* done = std::get_if<Swept>(&result))
                swept[job] = *done;
        });
        const auto run = [&](const SweepJob& job) {
            const JobId id = engine.start(job);
            if (!QTest::qWaitFor([&] { return ends.total(id) == 1; }, patience))
                return Swept{-1, -1, 0};
            return swept[id];
        };
        const Swept first = run(map);
        QCOMPARE(first.known, 0);
        QCOMPARE(first.measured, 2 * 3 + 2 + 2 * 2); // texts, cells at 0, kl of the others
        const Swept again = run(map);
        QCOMPARE(again.measured, 0);
        QCOMPARE(again.known, first.measured);
        map.strengths.push_back(2);
        QCOMPARE(run(map).measured, 2 * 2);
        // Each kind of figure depends on its own settings alone.
        map.tokens = 6;
        const Swept shorter = run(map);
        QCOMPARE(shorter.known, 2 * 4); // kl
        QCOMPARE(shorter.measured, 2 * 4); // texts
        map.tokens = 8;
        map.neutralText = "Another sentence.";
        const Swept other = run(map);
        QCOMPARE(other.known, 2 * 4); // texts
        map.neutralText = "A neutral sentence.";
        QCOMPARE(run(map).measured, 0);
        for (const auto& file : std::filesystem::directory_iterator(map.cache)) {
            QFile damaged(QString::fromStdString(file.path().string()));
            QVERIFY(damaged.open(QIODevice::WriteOnly));
            damaged.write("{\"settings\":");
        }
        QCOMPARE(run(map).known, 0);
    }

    void leavingInTheMiddle_data()
    {
        QTest::addColumn<int>("wait");
        QTest::newRow("at once") << 0;
        QTest::newRow("while opening") << 60;
        QTest::newRow("while generating") << 2500;
    }

    void leavingInTheMiddle()
    {
        QFETCH(int, wait);
        auto engine = std::make_unique<EngineThread>();
        engine->start(OpenModelJob{defaultModelPath(), {}});
        engine->start(story(4000));
        engine->start(CountTokensJob{});
        QTest::qWait(wait);
        engine.reset(); // returns, and no thread is destroyed while it runs: Qt would abort
        QVERIFY(!engine);
    }
};

QTEST_GUILESS_MAIN(EngineThreadTest)
#include "tst_engine_thread.moc"
