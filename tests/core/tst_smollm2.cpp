#include "core/base/paths.h"
#include "core/engine.h"
#include "core/run/pooled_activations.h"
#include "tests/support/goldens.h"

#include <QTest>
#include <numeric>

using namespace tiller;

// The default model against transformers in float32: see data/smollm2/make_goldens.py.
class TestSmolLm2 : public QObject {
    Q_OBJECT

    std::shared_ptr<const Engine> m_engine;
    std::unique_ptr<SafetensorsFile> m_golden;
    nlohmann::json m_meta;
    size_t m_hidden = 0;
    size_t m_layers = 0;

    std::shared_ptr<const SteeringVector> goldenVector() const
    {
        auto vector = std::make_shared<SteeringVector>();
        const auto values = goldens::floats(*m_golden, "mean_difference.completion_mean");
        for (size_t l = 0; l < m_layers; ++l)
            vector->layers[static_cast<int>(l)].values.assign(
                values.begin() + static_cast<std::ptrdiff_t>(l * m_hidden),
                values.begin() + static_cast<std::ptrdiff_t>((l + 1) * m_hidden));
        return vector;
    }

    Plan plan(int layer, double strength) const
    {
        return resolvePlan(
            {{goldenVector(), Op::Add, strength, LayerCurve{{layer, 1.0}}, {}}}, m_engine->model().config());
    }

private slots:
    void initTestCase()
    {
        LoadOptions options;
        options.dtype = "f32";
        m_engine = Engine::open(defaultModelPath(), options, {});
        m_golden = std::make_unique<SafetensorsFile>(
            SafetensorsFile::open(goldens::data("smollm2/golden.safetensors")));
        m_meta = readJson(goldens::data("smollm2/golden.json"));
        m_hidden = static_cast<size_t>(m_engine->info().hidden);
        m_layers = static_cast<size_t>(m_engine->info().layers);
        QCOMPARE(m_layers, size_t(30));
        QCOMPARE(m_engine->info().computeType, std::string("float32"));
    }

    void forwardPasses()
    {
        size_t k = 0;
        for (const auto& f : m_meta["forward"]) {
            const auto ids = f["ids"].get<std::vector<TokenId>>();
            QCOMPARE(m_engine->tokenizer().encode(f["text"].get<std::string>()), ids);

            ForwardRequest request;
            request.rows = {ids};
            request.layers.resize(m_layers);
            std::iota(request.layers.begin(), request.layers.end(), 0);
            request.logits = true;
            const ForwardRow row = forward(m_engine->model(), request, {})[0];

            const auto first = goldens::floats(*m_golden, "forward." + std::to_string(k) + ".resid_first");
            const auto last = goldens::floats(*m_golden, "forward." + std::to_string(k) + ".resid_last");
            for (size_t l = 0; l < m_layers; ++l) {
                const float* block = row.residuals.data.data() + l * ids.size() * m_hidden;
                QVERIFY(goldens::relativeError(block, first.data() + l * m_hidden, m_hidden) < 1e-4);
                QVERIFY(goldens::relativeError(
                            block + (ids.size() - 1) * m_hidden, last.data() + l * m_hidden, m_hidden)
                    < 1e-4);
            }
            const size_t vocabulary = static_cast<size_t>(m_engine->info().vocabulary);
            const float* logits = row.logits.data.data() + (ids.size() - 1) * vocabulary;
            const auto topIds = f["top20_ids"].get<std::vector<size_t>>();
            for (size_t i = 0; i < topIds.size(); ++i)
                QVERIFY(std::abs(logits[topIds[i]] - f["top20_logits"][i].get<float>()) < 2e-3f);
            ++k;
        }
    }

    void meanDifferences_data()
    {
        QTest::addColumn<QString>("read");
        QTest::addColumn<QString>("golden");
        QTest::newRow("last") << "last"
                              << "mean_difference.last";
        QTest::newRow("completion") << "completion"
                                    << "mean_difference.completion_mean";
        QTest::newRow("mean") << "mean"
                              << "mean_difference.all_but_first_mean";
    }

    void meanDifferences()
    {
        QFETCH(QString, read);
        QFETCH(QString, golden);
        ExtractRequest request;
        request.set = readContrastSet(goldens::data("smollm2/pairs.json")).set;
        request.read = parseReadPosition(read.toStdString());
        const ExtractResult result = m_engine->extract(request, {});
        const auto expected = goldens::floats(*m_golden, golden.toStdString());
        QCOMPARE(result.vector.layers.size(), m_layers);
        for (const auto& [layer, v] : result.vector.layers) {
            const float* g = expected.data() + static_cast<size_t>(layer) * m_hidden;
            QVERIFY(goldens::cosine(v.values.data(), g, m_hidden) >= 0.9999);
            QVERIFY(std::abs(v.norm() / goldens::norm(g, m_hidden) - 1) < 1e-3);
        }
        if (read == QLatin1String("completion")) {
            const auto norms = m_meta["mean_residual_norm"].get<std::vector<double>>();
            for (const auto& [layer, v] : result.vector.layers)
                QVERIFY(std::abs(*v.meanResidualNorm / norms[static_cast<size_t>(layer)] - 1) < 1e-3);
        }
    }

    // Every text alone and unshared gives what the batches with shared prefixes give.
    void sharedPrefixesChangeNothing()
    {
        const ContrastSet set = readContrastSet(goldens::data("smollm2/pairs.json")).set;
        const Renderer renderer = m_engine->renderer();
        std::vector<PooledSequence> sequences;
        const std::vector<int> layers{3, 17};
        for (size_t i = 0; i < 4; ++i) {
            for (const ContrastText* side : {&set.pairs[i].positive, &set.pairs[i].negative}) {
                const RenderedText text = renderer.render(set.pairs[i].prompt, *side);
                sequences.push_back({text.ids, parseReadPosition("mean").positions(text)});
            }
        }
        sequences.push_back(sequences[2]); // a text twice
        sequences.push_back(
            {{sequences[0].ids.begin(), sequences[0].ids.begin() + 20}, {3, 19}}); // a prefix of another
        sequences.push_back({{504, 6783, 314}, {1, 2}}); // nothing in common
        const auto together = pooledActivations(m_engine->model(), sequences, layers, {});
        for (size_t s = 0; s < sequences.size(); ++s) {
            const auto alone
                = pooledActivations(m_engine->model(), std::span(sequences).subspan(s, 1), layers, {});
            const float* shared = together.data() + s * layers.size() * m_hidden;
            QVERIFY(goldens::relativeError(shared, alone.data(), alone.size()) < 1e-4);
        }
    }

    // Long texts take another path through attention than short ones: a position must not notice.
    void longTextsAgreeWithShortOnes()
    {
        std::vector<TokenId> text;
        while (text.size() < 230)
            for (const TokenId id : m_meta["neutral_ids"].get<std::vector<TokenId>>())
                text.push_back(id);
        ForwardRequest request;
        request.rows = {{text.begin(), text.begin() + 70}, text};
        request.layers = {0, 11, 29};
        const auto rows = forward(m_engine->model(), request, {});
        for (size_t l = 0; l < request.layers.size(); ++l) {
            const float* alone = rows[0].residuals.data.data() + l * 70 * m_hidden;
            const float* within = rows[1].residuals.data.data() + l * text.size() * m_hidden;
            QVERIFY(goldens::relativeError(alone, within, 70 * m_hidden) < 1e-4);
        }
        request.rows = {{text.begin(), text.begin() + 70}};
        const auto shortRow = forward(m_engine->model(), request, {})[0];
        QVERIFY(goldens::relativeError(
                    shortRow.residuals.data.data(), rows[0].residuals.data.data(), 3 * 70 * m_hidden)
            < 1e-4);
    }

    void steeredText()
    {
        const auto prompt = m_meta["forward"][1]["ids"].get<std::vector<TokenId>>();
        GenerateRequest request;
        for (const auto& s : m_meta["steered"]) {
            request.prompts.push_back(prompt);
            request.plans.push_back(plan(s["layer"], s["strength"]));
        }
        request.sampling.maxNewTokens = 30;
        request.sampling.ignoreEos = true;
        const GenerateResult result = generate(m_engine->model(), m_engine->tokenizer(), request, {}, {});
        size_t equal = 0;
        for (size_t r = 0; r < result.rows.size(); ++r) {
            auto golden = m_meta["steered"][r]["greedy_ids"].get<std::vector<TokenId>>();
            golden.resize(30);
            equal += result.rows[r].ids == golden;
        }
        QVERIFY2(equal >= 7, qPrintable(QString::number(equal)));
    }

    // Taken up in the middle, a text goes on as it went: scopes and draws know what was generated.
    void continuedText()
    {
        GenerateRequest request;
        request.prompts.assign(3, m_meta["forward"][1]["ids"].get<std::vector<TokenId>>());
        const auto edit = [&](const char* scope) {
            return resolvePlan({{goldenVector(), Op::Add, 1.5, LayerCurve{{12, 1.0}}, parseScope(scope)}},
                m_engine->model().config());
        };
        request.plans = {{}, edit("generated"), edit("prompt")};
        request.sampling.temperature = 0.8;
        request.sampling.maxNewTokens = 24;
        request.sampling.ignoreEos = true;
        const auto whole = generate(m_engine->model(), m_engine->tokenizer(), request, {}, {}).rows;
        request.continued = 10;
        request.sampling.maxNewTokens = 14;
        for (size_t r = 0; r < 3; ++r)
            request.prompts[r].insert(
                request.prompts[r].end(), whole[r].ids.begin(), whole[r].ids.begin() + 10);
        const auto rest = generate(m_engine->model(), m_engine->tokenizer(), request, {}, {}).rows;
        for (size_t r = 0; r < 3; ++r)
            QVERIFY(std::ranges::equal(rest[r].ids, std::span(whole[r].ids).subspan(10)));
        request.continued = 1000;
        QVERIFY_THROWS_EXCEPTION(Error, generate(m_engine->model(), m_engine->tokenizer(), request, {}, {}));
    }

    void neutralText()
    {
        ScoreRequest request;
        request.texts = {m_meta["neutral_ids"].get<std::vector<TokenId>>()};
        for (const auto& s : m_meta["steered"])
            request.rows.push_back({0, plan(s["layer"], s["strength"])});
        const auto scores = score(m_engine->model(), request, {});
        for (size_t r = 0; r < scores.size(); ++r) {
            const auto& golden = m_meta["steered"][r];
            const auto near = [](double got, double expected) {
                return std::abs(got - expected) <= std::max(0.01 * std::abs(expected), 1e-4);
            };
            QVERIFY(near(scores[r].kl, golden["neutral_kl_steered_from_base"]));
            QVERIFY(near(scores[r].meanNll, golden["neutral_mean_nll"]));
        }
    }

    // The map's cells are the scorer's figures.
    void sweepAgreesWithGoldens()
    {
        SweepRequest request;
        request.vector = goldenVector();
        request.layers = {8, 12, 20};
        request.strengths = {-2, 0, 1, 2};
        request.metrics = {Metric::Kl};
        request.neutral = m_meta["neutral_ids"].get<std::vector<TokenId>>();
        std::vector<SweepResult> cells;
        sweep(m_engine->model(), m_engine->tokenizer(), request,
            [&](const SweepResult& cell) { cells.push_back(cell); }, {});
        QCOMPARE(cells.size(), size_t(12));
        int compared = 0;
        for (const auto& golden : m_meta["steered"]) {
            for (const SweepResult& cell : cells) {
                if (cell.layer != golden["layer"] || cell.strength != golden["strength"])
                    continue;
                const double kl = golden["neutral_kl_steered_from_base"];
                QVERIFY(std::abs(cell.figures.at(Metric::Kl).value - kl) <= std::max(0.01 * kl, 1e-4));
                ++compared;
            }
        }
        QCOMPARE(compared, 6);
    }

    void planReplacedWhileRunning()
    {
        const auto prompt = m_meta["forward"][1]["ids"].get<std::vector<TokenId>>();
        GenerateRequest request;
        request.prompts = {prompt, prompt};
        request.plans = {{}, {}};
        request.sampling.maxNewTokens = 24;
        request.sampling.ignoreEos = true;
        request.live = std::make_shared<LivePlans>();
        const auto onStep = [&](const std::vector<TokenEvent>& events) {
            if (events[0].index == 7)
                request.live->replace({{}, plan(12, 2.0)});
        };
        const auto rows = generate(m_engine->model(), m_engine->tokenizer(), request, onStep, {}).rows;
        // Until the change both rows are the same text; the token chosen in step 7 was not touched by it.
        for (size_t i = 0; i <= 7; ++i)
            QCOMPARE(rows[0].ids[i], rows[1].ids[i]);
        QVERIFY(rows[0].ids != rows[1].ids);
    }

    void cancelKeepsWhatWasWritten()
    {
        GenerateRequest request;
        request.prompts = {m_meta["forward"][0]["ids"].get<std::vector<TokenId>>()};
        request.sampling.maxNewTokens = 1000;
        request.sampling.ignoreEos = true;
        Job job;
        const auto onStep = [&](const std::vector<TokenEvent>& events) {
            if (events[0].index == 4)
                job.cancel.cancel();
        };
        const auto result = generate(m_engine->model(), m_engine->tokenizer(), request, onStep, job);
        QVERIFY(result.cancelled);
        QCOMPARE(result.rows[0].ids.size(), size_t(5));
    }

    void stopStringsAreCutOff()
    {
        GenerateRequest request;
        request.prompts = {m_meta["forward"][1]["ids"].get<std::vector<TokenId>>()};
        request.sampling.maxNewTokens = 40;
        const std::string whole
            = generate(m_engine->model(), m_engine->tokenizer(), request, {}, {}).rows[0].text;
        const std::string stop = whole.substr(20, 9);
        request.sampling.stop = {stop};
        std::string streamed;
        const auto onStep = [&](const std::vector<TokenEvent>& events) { streamed += events[0].text; };
        const auto row = generate(m_engine->model(), m_engine->tokenizer(), request, onStep, {}).rows[0];
        QCOMPARE(row.text, whole.substr(0, whole.find(stop)));
        QCOMPARE(streamed, row.text);
        QVERIFY(row.finish == Finish::Stop);
    }

    void sameSeedSameText()
    {
        GenerateRequest request;
        const auto prompt = m_meta["forward"][1]["ids"].get<std::vector<TokenId>>();
        request.prompts = {prompt, prompt};
        request.sampling.maxNewTokens = 16;
        request.sampling.temperature = 1;
        request.sampling.topP = 0.95;
        const auto first = generate(m_engine->model(), m_engine->tokenizer(), request, {}, {});
        const auto second = generate(m_engine->model(), m_engine->tokenizer(), request, {}, {});
        QCOMPARE(first.rows[0].ids, first.rows[1].ids); // the same draws for all rows
        QCOMPARE(first.rows[0].ids, second.rows[0].ids);
        request.sampling.seed = 17;
        QVERIFY(generate(m_engine->model(), m_engine->tokenizer(), request, {}, {}).rows[0].ids
            != first.rows[0].ids);
    }

    // bfloat16 stays close: block outputs within its rounding, and the same choice where float32 is sure.
    void bfloat16StaysClose()
    {
        LoadOptions options;
        options.dtype = "bf16";
        const auto engine = Engine::open(defaultModelPath(), options, {});
        for (size_t k = 0; k < m_meta["forward"].size(); ++k) {
            const auto& f = m_meta["forward"][k];
            ForwardRequest request;
            request.rows = {f["ids"].get<std::vector<TokenId>>()};
            request.layers = {0, 14, 29};
            request.logits = true;
            const ForwardRow row = forward(engine->model(), request, {})[0];
            const auto golden = goldens::floats(*m_golden, "forward." + std::to_string(k) + ".resid_last");
            const size_t length = request.rows[0].size();
            for (size_t i = 0; i < 3; ++i) {
                const float* h = row.residuals.data.data() + ((i + 1) * length - 1) * m_hidden;
                const float* g = golden.data() + static_cast<size_t>(request.layers[i]) * m_hidden;
                QVERIFY2(goldens::relativeError(h, g, m_hidden) < 0.03,
                    qPrintable(QString::number(goldens::relativeError(h, g, m_hidden))));
            }
            const auto top = f["top20_logits"].get<std::vector<float>>();
            if (top[0] - top[1] > 0.5f) {
                const auto v = static_cast<size_t>(m_engine->info().vocabulary);
                const float* logits = row.logits.data.data() + (length - 1) * v;
                QCOMPARE(static_cast<int>(std::max_element(logits, logits + v) - logits),
                    f["top20_ids"][0].get<int>());
            }
        }
    }
};

QTEST_APPLESS_MAIN(TestSmolLm2)
#include "tst_smollm2.moc"
