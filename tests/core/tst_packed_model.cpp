#include "core/base/paths.h"
#include "core/engine.h"
#include "tests/support/goldens.h"

#include <QTest>
#include <numeric>

using namespace tiller;

// The default model multiplied from its quantised blocks, against transformers in float32 on the same
// weights: what 8-bit inputs cost, and that everything done with a model holds here too. See
// data/smollm2/make_goldens.py.
class TestPackedModel : public QObject {
    Q_OBJECT

    std::shared_ptr<const Engine> m_engine;
    std::unique_ptr<SafetensorsFile> m_golden;
    nlohmann::json m_meta;
    size_t m_hidden = 0;
    size_t m_layers = 0;
    size_t m_vocabulary = 0;

    const Model& model() const { return m_engine->model(); }

    std::vector<TokenId> prompt(size_t i) const
    {
        return m_meta["forward"][i]["ids"].get<std::vector<TokenId>>();
    }

    Plan plan(int layer, double strength, TokenScope scope = {}) const
    {
        auto vector = std::make_shared<SteeringVector>();
        const auto values = goldens::floats(*m_golden, "mean_difference.completion_mean");
        for (size_t l = 0; l < m_layers; ++l)
            vector->layers[static_cast<int>(l)].values.assign(
                values.begin() + static_cast<std::ptrdiff_t>(l * m_hidden),
                values.begin() + static_cast<std::ptrdiff_t>((l + 1) * m_hidden));
        return resolvePlan({{vector, Op::Add, strength, LayerCurve{{layer, 1.0}}, scope}}, model().config());
    }

private slots:
    void initTestCase()
    {
        m_engine = Engine::open(defaultModelPath(), {}, {});
        QCOMPARE(m_engine->info().computeType, std::string("packed"));
        m_golden = std::make_unique<SafetensorsFile>(
            SafetensorsFile::open(goldens::data("smollm2/golden.safetensors")));
        m_meta = readJson(goldens::data("smollm2/golden.json"));
        m_hidden = static_cast<size_t>(m_engine->info().hidden);
        m_layers = static_cast<size_t>(m_engine->info().layers);
        m_vocabulary = static_cast<size_t>(m_engine->info().vocabulary);
    }

    void blocksTakeTheirSizeInTheFile()
    {
        QVERIFY(model().weightBytes() * 100 < m_engine->info().fileBytes * 105);
    }

    void residualsAndFirstChoices()
    {
        double worst = 0;
        for (size_t k = 0; k < m_meta["forward"].size(); ++k) {
            ForwardRequest request;
            request.rows = {prompt(k)};
            request.layers.resize(m_layers);
            std::iota(request.layers.begin(), request.layers.end(), 0);
            request.logits = true;
            const ForwardRow row = forward(model(), request, {})[0];
            const size_t length = request.rows[0].size();
            for (const char* which : {".resid_first", ".resid_last"}) {
                const auto golden = goldens::floats(*m_golden, "forward." + std::to_string(k) + which);
                const size_t position = which[7] == 'f' ? 0 : length - 1;
                for (size_t l = 0; l < m_layers; ++l)
                    worst = std::max(worst,
                        goldens::relativeError(row.residuals.data.data() + (l * length + position) * m_hidden,
                            golden.data() + l * m_hidden, m_hidden));
            }
            const auto& f = m_meta["forward"][k];
            const auto top = f["top20_logits"].get<std::vector<float>>();
            const float* logits = row.logits.data.data() + (length - 1) * m_vocabulary;
            if (top[0] - top[1] > 0.5f)
                QCOMPARE(static_cast<int>(std::max_element(logits, logits + m_vocabulary) - logits),
                    f["top20_ids"][0].get<int>());
        }
        qInfo("largest relative error of a residual: %.4f", worst);
        QVERIFY2(worst < 0.06, qPrintable(QString::number(worst)));
    }

    void klOnTheNeutralText()
    {
        ScoreRequest request;
        request.texts = {m_meta["neutral_ids"].get<std::vector<TokenId>>()};
        for (const auto& s : m_meta["steered"])
            request.rows.push_back({0, plan(s["layer"], s["strength"])});
        const auto scores = score(model(), request, {});
        for (size_t r = 0; r < scores.size(); ++r) {
            const double golden = m_meta["steered"][r]["neutral_kl_steered_from_base"];
            QVERIFY2(std::abs(scores[r].kl - golden) <= std::max(0.05 * golden, 1e-3),
                qPrintable(QStringLiteral("%1 for %2").arg(scores[r].kl).arg(golden)));
        }
    }

    // Along the float32 model's own greedy text, how often the first choice is the same: no less than the
    // rounding alone costs, emulated in data/smollm2/emulate_rounding.py. Two per cent are left for
    // near-ties, which another processor's last bits decide otherwise: with noise of 1e-6 the emulation
    // itself gives 308 to 314.
    void firstChoicesAlongGoldenText()
    {
        size_t equal = 0;
        size_t all = 0;
        for (const auto& s : m_meta["steered"]) {
            std::vector<TokenId> text = prompt(1);
            const size_t start = text.size();
            const auto golden = s["greedy_ids"].get<std::vector<TokenId>>();
            text.insert(text.end(), golden.begin(), golden.end());
            ForwardRequest request;
            request.rows = {text};
            request.plans = {plan(s["layer"], s["strength"])};
            request.logits = true;
            const auto row = forward(model(), request, {})[0];
            for (size_t i = 0; i < golden.size(); ++i, ++all) {
                const float* logits = row.logits.data.data() + (start - 1 + i) * m_vocabulary;
                equal += std::max_element(logits, logits + m_vocabulary) - logits == golden[i];
            }
        }
        const auto emulated = readJson(goldens::data("smollm2/emulated.json"))["cache"]["bfloat16"];
        const auto expected = emulated["same_first_choices"].get<size_t>();
        QCOMPARE(all, emulated["positions"].get<size_t>());
        qInfo("same first choice: %zu of %zu (%.3f); emulated rounding: %zu (%.3f)", equal, all,
            static_cast<double>(equal) / static_cast<double>(all), expected,
            static_cast<double>(expected) / static_cast<double>(all));
        QVERIFY2(
            equal + all / 50 >= expected, qPrintable(QStringLiteral("%1 for %2").arg(equal).arg(expected)));
    }

    // A row's rounding is its own: what else is in the batch does not change it.
    void rowsOfABatchAreAsAlone()
    {
        ForwardRequest request;
        request.rows = {prompt(0), prompt(1), prompt(2), prompt(1)};
        request.plans = {{}, plan(12, 1.5), {}, {}};
        request.layers = {0, 12, static_cast<int>(m_layers) - 1};
        const auto together = forward(model(), request, {});
        for (size_t r = 0; r < request.rows.size(); ++r) {
            ForwardRequest one = request;
            one.rows = {request.rows[r]};
            one.plans = {request.plans[r]};
            const auto alone = forward(model(), one, {})[0];
            QVERIFY(goldens::relativeError(together[r].residuals.data.data(), alone.residuals.data.data(),
                        alone.residuals.data.size())
                < 0.02);
        }
    }

    // One position at a time from the cache, or all at once.
    void prefillEqualsDecode()
    {
        for (const char* scope : {"all", "generated", "from:5"}) {
            GenerateRequest request;
            request.prompts = {prompt(0), prompt(1)};
            const Plan steered = plan(14, 1.5, parseScope(scope));
            request.plans = {{}, steered};
            request.sampling.maxNewTokens = 20;
            request.sampling.ignoreEos = true;
            const auto generated = generate(model(), m_engine->tokenizer(), request, {}, {});
            for (size_t r = 0; r < 2; ++r) {
                std::vector<TokenId> whole = request.prompts[r];
                const int start = static_cast<int>(whole.size());
                whole.insert(whole.end(), generated.rows[r].ids.begin(), generated.rows[r].ids.end());
                ForwardRequest once;
                once.rows = {whole};
                once.plans = {request.plans[r]};
                if (std::string_view(scope) == "generated") // in one pass every token counts as prompt
                    for (LayerEdit& e : once.plans[0].edits)
                        e.scope = {TokenScope::Kind::From, start};
                once.logits = true;
                const auto row = forward(model(), once, {})[0];
                for (size_t i = 0; i < generated.rows[r].ids.size(); ++i) {
                    const float* logits
                        = row.logits.data.data() + (static_cast<size_t>(start) - 1 + i) * m_vocabulary;
                    const float best = *std::max_element(logits, logits + m_vocabulary);
                    QVERIFY(best - logits[generated.rows[r].ids[i]] < 0.2f);
                }
            }
        }
    }

    void planReplacedWhileRunning()
    {
        GenerateRequest request;
        request.prompts = {prompt(1), prompt(1)};
        request.plans = {{}, {}};
        request.sampling.maxNewTokens = 24;
        request.sampling.ignoreEos = true;
        request.live = std::make_shared<LivePlans>();
        const auto onStep = [&](const std::vector<TokenEvent>& events) {
            if (events[0].index == 7)
                request.live->replace({{}, plan(12, 2.0)});
        };
        const auto rows = generate(model(), m_engine->tokenizer(), request, onStep, {}).rows;
        for (size_t i = 0; i <= 7; ++i)
            QCOMPARE(rows[0].ids[i], rows[1].ids[i]);
        QVERIFY(rows[0].ids != rows[1].ids);
    }

    void vectorsPointWhereFloatOnesDo()
    {
        ExtractRequest request;
        request.set = readContrastSet(goldens::data("smollm2/pairs.json")).set;
        request.read = parseReadPosition("completion");
        const ExtractResult result = m_engine->extract(request, {});
        const auto golden = goldens::floats(*m_golden, "mean_difference.completion_mean");
        for (const auto& [layer, v] : result.vector.layers) {
            const double c = goldens::cosine(
                v.values.data(), golden.data() + static_cast<size_t>(layer) * m_hidden, m_hidden);
            QVERIFY2(c > 0.99, qPrintable(QStringLiteral("layer %1: %2").arg(layer).arg(c)));
        }
    }
};

QTEST_APPLESS_MAIN(TestPackedModel)
#include "tst_packed_model.moc"
