#include "core/base/paths.h"
#include "core/engine.h"
#include "core/study/sweep_item.h"
#include "core/study/sweep_table.h"
#include "tests/support/cli.h"
#include "tests/support/goldens.h"

#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <numeric>
#include <set>

using namespace tiller;

// The layer x strength grid on the default model, against cells that are run one at a time.
class TestSweep : public QObject {
    Q_OBJECT

    std::shared_ptr<const Engine> m_engine;
    std::shared_ptr<const SteeringVector> m_vector;
    SweepRequest m_request;
    std::vector<SweepResult> m_results; ///< of m_request
    QTemporaryDir m_folder;

    std::vector<SweepResult> run(const SweepRequest& request, const Job& job = {}) const
    {
        std::vector<SweepResult> results;
        sweep(
            m_engine->model(), m_engine->tokenizer(), request,
            [&](const SweepResult& result) { results.push_back(result); }, job);
        return results;
    }

    static const SweepResult* find(
        const std::vector<SweepResult>& results, int layer, double strength, int prompt)
    {
        const auto found = std::ranges::find_if(results, [&](const SweepResult& result) {
            return result.layer == layer && result.strength == strength && result.prompt == prompt;
        });
        return found == results.end() ? nullptr : &*found;
    }

    Plan plan(int layer, double strength, const TokenScope& scope = {}) const
    {
        const Edit edit{m_vector, Op::Add, strength, LayerCurve{{layer, 1.0}}, scope};
        return resolvePlan({edit}, m_engine->model().config());
    }

    // log p of ids[from..], from a full pass under the plan.
    std::vector<double> logprobs(const std::vector<TokenId>& ids, int from, const Plan& steered) const
    {
        ForwardRequest pass;
        pass.rows = {ids};
        pass.plans = {steered};
        pass.promptLengths = {from};
        pass.logits = true;
        const HostTensor logits = forward(m_engine->model(), pass, {}).front().logits;
        const auto width = static_cast<size_t>(logits.shape[1]);
        std::vector<double> result;
        for (size_t t = static_cast<size_t>(from); t < ids.size(); ++t) {
            const float* row = logits.data.data() + (t - 1) * width;
            const double most = *std::max_element(row, row + width);
            double sum = 0;
            for (size_t i = 0; i < width; ++i)
                sum += std::exp(row[i] - most);
            result.push_back(row[ids[t]] - most - std::log(sum));
        }
        return result;
    }

    static double mean(const std::vector<double>& values)
    {
        return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
    }

    static bool close(double a, double b) { return std::abs(a - b) <= 1e-4 * std::max(std::abs(b), 0.1); }

private slots:
    void initTestCase()
    {
        m_engine = Engine::open(defaultModelPath(), {.dtype = "f32", .device = "cpu"}, {});
        ExtractRequest extraction;
        extraction.set = readContrastSet(TILLER_SOURCE_DIR "/resources/contrast_sets/formality.json").set;
        const auto pairs = extraction.set.pairs;
        extraction.set.pairs.resize(12);
        m_vector = std::make_shared<const SteeringVector>(m_engine->extract(extraction, {}).vector);
        m_request.vector = m_vector;
        m_request.layers = {6, 14, 22};
        m_request.strengths = {-1.5, 0, 1.5};
        for (const char* prompt : {"Tell me about your weekend plans.", "What is rain?"})
            m_request.prompts.push_back(m_engine->renderer().renderPrompt({prompt, {}}));
        m_request.maxNewTokens = 16;
        for (size_t i = 12; i < 15; ++i) // the vector has not seen these
            m_request.items.push_back(sweepItem(m_engine->renderer(), pairs[i]));
        m_request.neutral = m_engine->tokenizer().encode("Books may be borrowed for three weeks.");
        for (const MetricFacts& facts : allMetrics())
            m_request.metrics.push_back(facts.metric);
        m_results = run(m_request);
    }

    void gridEqualsCellsAlone()
    {
        QCOMPARE(
            m_results.size(), size_t(3 * 3 * (2 + 1) + 2 * 3)); // of steered cells kl and items come apart
        std::vector<double> unsteeredNll;
        for (size_t prompt = 0; prompt < 2; ++prompt)
            for (const int layer : m_request.layers)
                for (const double strength : m_request.strengths) {
                    GenerateRequest alone;
                    alone.prompts = {m_request.prompts[prompt]};
                    alone.plans = {strength == 0 ? Plan() : plan(layer, strength)};
                    alone.sampling.maxNewTokens = 16;
                    GeneratedRow row
                        = generate(m_engine->model(), m_engine->tokenizer(), alone, {}, {}).rows.front();
                    const SweepResult* result = find(m_results, layer, strength, static_cast<int>(prompt));
                    QVERIFY(result);
                    std::vector<TokenId> ids = m_request.prompts[prompt];
                    const int from = static_cast<int>(ids.size());
                    ids.insert(ids.end(), row.ids.begin(), row.ids.end());
                    const double nll = -mean(logprobs(ids, from, {}));
                    if (row.finish == Finish::Eos)
                        row.ids.pop_back();
                    QCOMPARE(result->text, m_engine->tokenizer().decode(row.ids, true));

                    GenerateRequest base = alone;
                    base.plans = {{}};
                    const auto own
                        = generate(m_engine->model(), m_engine->tokenizer(), base, {}, {}).rows[0].ids;
                    std::vector<TokenId> unsteered = m_request.prompts[prompt];
                    unsteered.insert(unsteered.end(), own.begin(), own.end());
                    const double loss = nll + mean(logprobs(unsteered, from, {}));
                    QVERIFY(close(result->figures.at(Metric::Coherence).value, loss));

                    ForwardRequest reading;
                    reading.rows = {{ids.begin(), ids.begin() + from + std::ssize(row.ids)}};
                    reading.layers = {layer};
                    const HostTensor states = forward(m_engine->model(), reading, {}).front().residuals;
                    const LayerVector& v = m_vector->layers.at(layer);
                    std::vector<double> projections;
                    for (std::ptrdiff_t t = from; t < std::ssize(reading.rows[0]); ++t) {
                        const auto begin = states.data.begin() + t * std::ssize(v.values);
                        projections.push_back(
                            dot({begin, begin + std::ssize(v.values)}, v.values) / v.norm());
                    }
                    QVERIFY(
                        close(result->figures.at(Metric::Readback).value, *v.onPairScale(mean(projections))));
                    QCOMPARE(result->figures.at(Metric::Length).value, double(row.ids.size()));
                    QCOMPARE(result->figures.at(Metric::Repetition).value, repetition(row.ids));
                }
    }

    // Beginning at the residual of the layer that is steered is a full pass.
    void givenTextsEqualFullPasses()
    {
        for (const int layer : m_request.layers)
            for (const double strength : {-1.5, 1.5}) {
                const Plan steered = plan(layer, strength);
                std::vector<double> effects;
                std::vector<double> choices;
                for (const SweepItem& item : m_request.items) {
                    const auto sideOf = [&](const std::vector<TokenId>& answer, const Plan& under) {
                        std::vector<TokenId> ids = item.head;
                        ids.insert(ids.end(), answer.begin(), answer.end());
                        return logprobs(ids, static_cast<int>(item.head.size()), under);
                    };
                    const auto positive = sideOf(item.positive, steered);
                    const auto negative = sideOf(item.negative, steered);
                    effects.push_back(mean(positive) - mean(negative) - mean(sideOf(item.positive, {}))
                        + mean(sideOf(item.negative, {})));
                    const double p = std::exp(mean(positive) * double(positive.size()));
                    choices.push_back(p / (p + std::exp(mean(negative) * double(negative.size()))));
                }
                double effect = std::nan("");
                double choice = std::nan("");
                double kl = std::nan("");
                for (const SweepResult& result : m_results)
                    if (result.layer == layer && result.strength == strength && result.prompt < 0) {
                        if (result.figures.contains(Metric::Effect)) {
                            effect = result.figures.at(Metric::Effect).value;
                            choice = result.figures.at(Metric::Ab).value;
                            QVERIFY(result.figures.at(Metric::Effect).low <= effect);
                            QVERIFY(result.figures.at(Metric::Effect).high >= effect);
                        } else {
                            kl = result.figures.at(Metric::Kl).value;
                        }
                    }
                QVERIFY(close(effect, mean(effects)));
                QVERIFY(close(choice, mean(choices)));
                ScoreRequest scoring;
                scoring.texts = {m_request.neutral};
                scoring.rows = {{0, steered, 0}};
                QVERIFY(close(kl, score(m_engine->model(), scoring, {})[0].kl));
            }
        // Towards the positive side the positive answers become likelier.
        const auto effectOf = [&](double strength) {
            for (const SweepResult& result : m_results)
                if (result.layer == 14 && result.strength == strength
                    && result.figures.contains(Metric::Effect))
                    return result.figures.at(Metric::Effect).value;
            return std::nan("");
        };
        QVERIFY(effectOf(-1.5) < 0 && effectOf(1.5) > 0);
        QCOMPARE(effectOf(0), 0.0);
    }

    // Both answers continue one computation of their head, wherever it is steered.
    void answersEqualFullPassesInEveryScope()
    {
        SweepRequest request = m_request;
        request.metrics = {Metric::Effect};
        request.layers = {7, 29}; // after the last block nothing is left to compute
        request.strengths = {-1.5, 1.5};
        request.items.resize(1);
        SweepItem& item = request.items[0];
        item.negative.resize(1);
        const auto logprobOf = [&](const std::vector<TokenId>& answer, const Plan& under) {
            std::vector<TokenId> ids = item.head;
            ids.insert(ids.end(), answer.begin(), answer.end());
            return mean(logprobs(ids, static_cast<int>(item.head.size()), under));
        };
        const auto differenceOf = [&](const Plan& under) {
            return logprobOf(item.positive, under) - logprobOf(item.negative, under);
        };
        for (const char* words : {"all", "prompt", "generated", "last", "from:3"})
            for (const bool skipFirst : {false, true}) {
                request.scope = parseScope(words);
                request.scope.skipFirst = skipFirst;
                const auto results = run(request);
                QCOMPARE(results.size(), size_t(4));
                for (const SweepResult& result : results)
                    QVERIFY2(close(result.figures.at(Metric::Effect).value,
                                 differenceOf(plan(result.layer, result.strength, request.scope))
                                     - differenceOf({})),
                        words);
            }
    }

    // The memory that a batch may take changes how many rows run at once, not what comes out.
    void rowsAtOnceChangeNothing()
    {
        SweepRequest request = m_request;
        request.metrics = {Metric::Coherence};
        request.layers = {14};
        const auto together = run(request);
        request.memory = 1;
        const auto alone = run(request);
        QCOMPARE(alone.size(), together.size());
        for (const SweepResult& result : together) {
            const SweepResult* other = find(alone, result.layer, result.strength, result.prompt);
            QVERIFY(other);
            QCOMPARE(other->text, result.text);
            QVERIFY(close(
                other->figures.at(Metric::Coherence).value, result.figures.at(Metric::Coherence).value));
        }
    }

    void onlyWhatIsNewIsComputed()
    {
        SweepRequest request = m_request;
        request.strengths = {-1.5, 1.5};
        request.maxNewTokens = 4;
        request.known = [](int, double strength, int prompt, Metric metric) {
            return strength < 0 && (prompt == 0 || metric == Metric::Kl);
        };
        int texts = 0;
        int cells = 0;
        for (const SweepResult& result : run(request)) {
            QVERIFY(result.strength > 0 || result.prompt == 1 || result.figures.contains(Metric::Effect));
            ++(result.prompt >= 0 ? texts : cells);
        }
        QCOMPARE(texts, 3 * 2 + 3); // both prompts at 1.5, the second at -1.5
        QCOMPARE(cells, 3 * 2 + 3); // kl and items at 1.5, items at -1.5
    }

    // It has no readback, for which it is not generated again when the sweep is resumed.
    void aTextThatEndsAtOnceIsMeasuredOnce()
    {
        GenerateRequest whole;
        whole.prompts = {m_engine->renderer().renderPrompt({"Say hello.", {}})};
        whole.sampling.maxNewTokens = 64;
        const GeneratedRow row
            = generate(m_engine->model(), m_engine->tokenizer(), whole, {}, {}).rows.front();
        QVERIFY(row.finish == Finish::Eos);
        SweepRequest request = m_request;
        request.prompts = whole.prompts;
        request.prompts[0].insert(request.prompts[0].end(), row.ids.begin(), row.ids.end() - 1);
        request.layers = {14};
        request.strengths = {0, 0.001};
        request.metrics = {Metric::Readback, Metric::Coherence};
        SweepTable table;
        for (const SweepResult& result : run(request)) {
            QVERIFY(result.text.empty() && !result.figures.contains(Metric::Readback));
            table.put(result, "Hello");
        }
        QCOMPARE(table.rows().size(), size_t(2));
        for (const char* name : {"ended.csv", "ended.json"}) {
            const auto file = m_folder.filePath(QString::fromUtf8(name)).toStdString();
            table.write(file, false);
            const SweepTable before = SweepTable::read(file);
            request.known = [&](int layer, double strength, int, Metric metric) {
                return before.knows(layer, strength, "Hello", metric);
            };
            QVERIFY(run(request).empty());
        }
    }

    // Displays show a cell as being measured before its first figure comes, and no other.
    void namesCellsBeforeTheirFigures()
    {
        SweepRequest request = m_request;
        request.maxNewTokens = 4;
        request.known = [](int layer, double, int, Metric) { return layer == 6; };
        std::set<SweepPlace> begun;
        request.begun = [&](std::span<const SweepPlace> places) {
            QVERIFY(!places.empty());
            begun.insert(places.begin(), places.end());
        };
        std::set<SweepPlace> measured;
        const auto onResult = [&](const SweepResult& result) {
            measured.insert({result.layer, result.strength});
            QVERIFY(begun.contains({result.layer, result.strength}));
        };
        sweep(m_engine->model(), m_engine->tokenizer(), request, onResult, {});
        QCOMPARE(begun, measured);
        QCOMPARE(begun.size(), size_t(2 * 3));
    }

    // An item may have a vector of its own: one that was fitted without it.
    void itemsMayHaveTheirOwnVector()
    {
        SweepRequest request = m_request;
        request.metrics = {Metric::Effect};
        request.layers = {14};
        request.strengths = {1.5};
        const double plain = run(request).front().figures.at(Metric::Effect).value;
        auto inverted = std::make_shared<SteeringVector>(*m_vector);
        for (auto& [layer, direction] : inverted->layers)
            for (float& value : direction.values)
                value = -value;
        for (SweepItem& item : request.items)
            item.vector = inverted;
        QVERIFY(run(request).front().figures.at(Metric::Effect).value < 0 && plain > 0);
        request.control = m_vector; // steers whatever the items have
        QVERIFY(close(run(request).front().figures.at(Metric::Effect).value, plain));
    }

    void saysWhatItLacks()
    {
        const auto refused = [&](const auto& change) {
            SweepRequest request = m_request;
            change(request);
            QVERIFY_THROWS_EXCEPTION(Error, run(request));
        };
        refused([](SweepRequest& r) { r.prompts.clear(); });
        refused([](SweepRequest& r) { r.items.clear(); });
        refused([](SweepRequest& r) { r.neutral.clear(); });
        refused([](SweepRequest& r) { r.metrics.clear(); });
        refused([](SweepRequest& r) { r.layers = {30}; });
        refused([](SweepRequest& r) { r.items[1].negative.clear(); });
        refused([](SweepRequest& r) {
            auto bare = std::make_shared<SteeringVector>(*r.vector);
            bare->layers[14].positiveProjection.reset();
            r.vector = bare;
        });
    }

    void cancelsInEveryPhase()
    {
        SweepRequest request = m_request;
        request.maxNewTokens = 4;
        const auto all = run(request);
        const auto first = [&](const auto& isOne) {
            return static_cast<size_t>(std::ranges::find_if(all, isOne) - all.begin());
        };
        for (const size_t stop :
            {size_t(0), first([](const SweepResult& r) { return r.strength != 0; }),
                first([](const SweepResult& r) { return r.strength != 0 && r.figures.contains(Metric::Kl); }),
                first([](const SweepResult& r) {
                    return r.strength != 0 && r.figures.contains(Metric::Ab);
                })}) {
            Job job;
            size_t count = 0;
            const auto onResult = [&](const SweepResult&) {
                if (count++ == stop)
                    job.cancel.cancel();
            };
            QVERIFY_THROWS_EXCEPTION(
                Cancelled, sweep(m_engine->model(), m_engine->tokenizer(), request, onResult, job));
            QVERIFY(count < all.size());
        }
    }

    // What the command line writes, in parts and whole.
    void shardsAreTheWhole()
    {
        using tiller::test::Outcome;
        const auto path = [&](const char* name) { return m_folder.filePath(QString::fromUtf8(name)); };
        QFile prompts(path("prompts.json"));
        QVERIFY(prompts.open(QIODevice::WriteOnly));
        prompts.write(R"(["The weather today", [{"role":"user","content":"What is rain?"}]])");
        prompts.close();
        writeVector(path("v.safetensors").toStdString(), *m_vector);
        const auto sweepTo = [&](const char* out, const QStringList& further,
                                 const char* strengths = "--strengths=-1,0,1") {
            return tiller::test::run(
                QStringList{"sweep", "default", "--vector", path("v.safetensors"), "--layers", "6,14,22",
                    QString::fromUtf8(strengths), "--prompts", path("prompts.json"), "--metrics",
                    "coherence,kl,length", "--max-new-tokens", "8", "--texts", "--out", path(out)}
                + further);
        };
        const auto read = [&](const char* name) {
            QFile file(path(name));
            return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
        };
        const Outcome whole = sweepTo("whole.csv", {});
        QVERIFY2(whole.code == 0, whole.err.constData());
        QCOMPARE(whole.object()["rows"].toInt(), 18);
        const QByteArray csv = read("whole.csv");
        QVERIFY2(csv.startsWith("layer,strength,prompt,push,coherence,kl,length,text,settings\n6,-1,"),
            csv.left(200).constData());

        for (const char* shard : {"1/2", "2/2"}) {
            const QByteArray name = QByteArray("part") + shard[0] + ".json";
            QCOMPARE(sweepTo(name.constData(), {"--shard", shard}).code, 0);
        }
        const Outcome merged
            = tiller::test::run({"sweep-merge", path("merged.csv"), path("part1.json"), path("part2.json")});
        QVERIFY2(merged.code == 0, merged.err.constData());
        QCOMPARE(merged.object()["missing"].toArray().size(), 0);
        const SweepTable together = SweepTable::read(path("merged.csv").toStdString());
        const auto rows = together.rows();
        const auto expected = SweepTable::read(path("whole.csv").toStdString()).rows();
        QCOMPARE(rows.size(), expected.size());
        for (size_t i = 0; i < rows.size(); ++i) {
            QCOMPARE(rows[i].text, expected[i].text);
            QVERIFY(close(rows[i].figures.at(Metric::Coherence).value,
                expected[i].figures.at(Metric::Coherence).value));
        }
        const Outcome half = tiller::test::run({"sweep-merge", path("half.csv"), path("part1.json")});
        QCOMPARE(half.code, 0);
        QCOMPARE(half.object()["missing"].toArray().size(), 0); // what is there is whole layers
        QCOMPARE(half.object()["missing_shards"].toArray(), (QJsonArray{"2/2"}));
        QVERIFY(half.err.contains("2/2"));
        QCOMPARE(merged.object()["missing_shards"].toArray().size(), 0);
        QVERIFY(!read("merged.csv").contains("shard="));
        // The name of the whole was forgotten: a part is not lost for it.
        const QByteArray part = read("part2.json");
        const Outcome forgotten = tiller::test::run({"sweep-merge", path("part2.json"), path("part1.json")});
        QCOMPARE(forgotten.code, 1);
        QVERIFY2(forgotten.isOneErrorLine(), forgotten.err.constData());
        QCOMPARE(read("part2.json"), part);

        // Resumed: nothing is left, then only what was added; other settings are refused.
        const Outcome again = sweepTo("merged.csv", {"--resume"});
        QVERIFY2(again.code == 0, again.err.constData());
        QCOMPARE(again.object()["computed"].toInt(), 0);
        const Outcome more = sweepTo("merged.csv", {"--resume"}, "--strengths=-1,0,1,2");
        QCOMPARE(more.object()["computed"].toInt(), 3 * (2 + 1));
        const Outcome other = sweepTo("merged.csv", {"--resume", "--scope", "generated"});
        QCOMPARE(other.code, 1);
        QVERIFY2(other.isOneErrorLine() && other.err.contains("scope (all, not generated)"),
            other.err.constData());

        // Texts stay where they are not asked for again, and are made where the table has none.
        const QStringList silent{"sweep", "default", "--vector", path("v.safetensors"), "--layers", "6",
            "--strengths=0,1", "--prompts", path("prompts.json"), "--max-new-tokens", "8"};
        const auto silentTo = [&](const char* out, const QStringList& further) {
            const Outcome done = tiller::test::run(silent + QStringList{"--out", path(out)} + further);
            return done.code == 0 ? done.object()["computed"].toInt() : -1;
        };
        QCOMPARE(silentTo("merged.csv", {"--resume", "--metrics", "repetition"}), 4);
        QCOMPARE(SweepTable::read(path("merged.csv").toStdString()).rows()[2].text, expected[2].text);
        QCOMPARE(silentTo("silent.csv", {"--metrics", "length"}), 4);
        QVERIFY(!SweepTable::read(path("silent.csv").toStdString()).hasTexts());
        QCOMPARE(silentTo("silent.csv", {"--metrics", "length", "--texts", "--resume"}), 4);
        QCOMPARE(SweepTable::read(path("silent.csv").toStdString()).rows()[1].text, expected[3].text);
        // A neutral text counts once kl is measured.
        QFile neutral(path("neutral.txt"));
        QVERIFY(neutral.open(QIODevice::WriteOnly));
        neutral.write("Another text.");
        neutral.close();
        QCOMPARE(
            silentTo("silent.csv", {"--metrics", "kl", "--neutral", path("neutral.txt"), "--resume"}), 2);
        QFile foreign(path("foreign.csv"));
        QVERIFY(foreign.open(QIODevice::WriteOnly));
        foreign.write("my,own\n1,2\n");
        foreign.close();
        QCOMPARE(sweepTo("foreign.csv", {}).code, 1);
        QCOMPARE(read("foreign.csv"), QByteArray("my,own\n1,2\n"));
    }
};

QTEST_GUILESS_MAIN(TestSweep)
#include "tst_sweep.moc"
