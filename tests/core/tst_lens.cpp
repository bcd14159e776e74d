#include "core/base/paths.h"
#include "core/engine.h"
#include "core/run/plan_changes.h"
#include "core/study/comparison.h"
#include "core/study/distinct.h"
#include "core/study/lens.h"
#include "core/study/trace.h"
#include "tests/support/goldens.h"

#include <QTest>

#include <algorithm>

using namespace tiller;

// Looking inside: against transformers in float32, see data/smollm2/make_lens.py.
class TestLens : public QObject {
    Q_OBJECT

    std::shared_ptr<const Engine> m_engine;
    nlohmann::json m_golden;
    std::shared_ptr<const SteeringVector> m_vector;

    static void compare(const std::vector<LensToken>& tokens, const nlohmann::json& golden, double tolerance)
    {
        QCOMPARE(tokens.size(), golden.size());
        for (size_t i = 0; i < tokens.size(); ++i) {
            QCOMPARE(tokens[i].id, golden[i]["id"].get<TokenId>());
            QVERIFY(std::abs(static_cast<double>(tokens[i].value) - golden[i]["value"].get<double>())
                < tolerance);
        }
    }

    TraceRequest traceOf(const nlohmann::json& ids) const
    {
        TraceRequest request;
        request.ids = ids.get<std::vector<TokenId>>();
        request.promptLength = static_cast<int>(request.ids.size());
        request.vectors = {m_vector};
        return request;
    }

private slots:
    void initTestCase()
    {
        m_engine = Engine::open(defaultModelPath(), {.dtype = "f32", .device = "cpu"}, {});
        m_golden = readJson(goldens::data("smollm2/lens.json"));
        const auto file = SafetensorsFile::open(goldens::data("smollm2/golden.safetensors"));
        const auto values = goldens::floats(file, "mean_difference.completion_mean");
        auto vector = std::make_shared<SteeringVector>();
        for (std::ptrdiff_t l = 0; l < 30; ++l)
            vector->layers[static_cast<int>(l)].values.assign(
                values.begin() + l * 576, values.begin() + (l + 1) * 576);
        m_vector = vector;
    }

    void directions()
    {
        for (const auto& golden : m_golden["directions"]) {
            std::vector<float> v = m_vector->layers.at(golden["layer"].get<int>()).values;
            const DirectionLens lens = lensOf(m_engine->model(), {v}, 12, {}).front();
            compare(lens.raised, golden["raised"], 2e-3);
            compare(lens.lowered, golden["lowered"], 2e-3);

            for (float& value : v)
                value *= -1e-6F; // whatever its length
            const DirectionLens negated = lensOf(m_engine->model(), {v}, 12, {}).front();
            for (size_t i = 0; i < 12; ++i)
                QCOMPARE(negated.raised[i].id, lens.lowered[i].id);
        }
    }

    // GPT-2's norm has a bias that would otherwise be read out of every direction.
    void aBiasIsNoPartOfADirection()
    {
        const auto model = Model::load(
            Checkpoint::open(goldens::data("models/gpt2")), {.dtype = "f32", .device = "cpu"}, {});
        std::vector<float> v(static_cast<size_t>(model->config().hidden));
        for (size_t i = 0; i < v.size(); ++i)
            v[i] = static_cast<float>(std::sin(1.7 * static_cast<double>(i)));
        std::vector<float> negated;
        std::ranges::transform(v, std::back_inserter(negated), std::negate<>());
        const auto lenses = lensOf(*model, {v, negated}, 5, {});
        for (size_t i = 0; i < 5; ++i) {
            QCOMPARE(lenses[0].raised[i].id, lenses[1].lowered[i].id);
            QVERIFY(std::abs(lenses[0].raised[i].value + lenses[1].lowered[i].value) < 1e-4F);
        }
    }

    void refusesWhatIsNoDirection()
    {
        const std::vector<float> zero(576);
        std::vector<float> infinite(576, 1.0F);
        infinite[3] = std::numeric_limits<float>::infinity();
        for (const std::vector<float>& v : {zero, infinite, std::vector<float>(5, 1.0F)})
            QVERIFY_THROWS_EXCEPTION(Error, lensOf(m_engine->model(), {v}, 3, {}));
        CancelToken cancel;
        cancel.cancel();
        QVERIFY_THROWS_EXCEPTION(
            Cancelled, lensOf(m_engine->model(), {m_vector->layers.at(3).values}, 3, cancel));
    }

    void statesLayerByLayer()
    {
        const auto layers = trace(m_engine->model(), traceOf(m_golden["ids"]), {});
        QCOMPARE(layers.size(), size_t(30));
        for (const auto& golden : m_golden["states"]) {
            const TracedLayer& layer = layers[golden["layer"].get<size_t>()];
            QVERIFY(std::abs(layer.norm / golden["norm"].get<double>() - 1) < 1e-4);
            compare(layer.tokens, golden["tokens"], 1e-4);
        }
    }

    // An edit moves the projection at its layer by s |v|, in its scope only.
    void theTraceSeesTheEdit()
    {
        TraceRequest request = traceOf(m_golden["ids"]);
        const auto plain = trace(m_engine->model(), request, {});
        const auto steeredAt = [&](const char* scope) {
            const Edit edit{m_vector, Op::Add, 2, LayerCurve{{12, 1.0}}, parseScope(scope)};
            request.plan = resolvePlan({edit}, m_engine->model().config());
            return trace(m_engine->model(), request, {});
        };
        const auto steered = steeredAt("all");
        QCOMPARE(steered[11].projections, plain[11].projections);
        const double moved = steered[12].projections[0] - plain[12].projections[0];
        QVERIFY(std::abs(moved / (2 * m_vector->layers.at(12).norm()) - 1) < 1e-3);
        QVERIFY(steered[29].tokens[0].value != plain[29].tokens[0].value);

        QCOMPARE(steeredAt("generated")[12].projections, plain[12].projections);
        request.promptLength = 1;
        QVERIFY(steeredAt("generated")[12].projections[0] > plain[12].projections[0] + 1);
    }

    void aSetWithoutTheLayerHasNoProjectionThere()
    {
        auto part = std::make_shared<SteeringVector>();
        part->layers = {{3, m_vector->layers.at(3)}, {4, m_vector->layers.at(4)}};
        auto single = std::make_shared<SteeringVector>();
        single->layers = {{3, m_vector->layers.at(3)}};
        TraceRequest request = traceOf(m_golden["ids"]);
        request.vectors = {part, single};
        const auto layers = trace(m_engine->model(), request, {});
        QVERIFY(!std::isnan(layers[4].projections[0]));
        QVERIFY(std::isnan(layers[5].projections[0]));
        QVERIFY(!std::isnan(layers[5].projections[1]));
    }

    // Scopes of a scored text know where its prompt ends; KL is given for each position.
    void scoresKnowThePrompt()
    {
        ScoreRequest request;
        request.texts = {m_golden["ids"].get<std::vector<TokenId>>()};
        const Edit edit{m_vector, Op::Add, 2, LayerCurve{{12, 1.0}}, parseScope("generated")};
        const Plan plan = resolvePlan({edit}, m_engine->model().config());
        request.rows = {{0, plan, 0}, {0, plan, 2}};
        const auto scores = score(m_engine->model(), request, {});
        QVERIFY(scores[0].kl < 1e-6);
        QCOMPARE(scores[1].klAt.size(), size_t(3));
        QVERIFY(scores[1].klAt[0] < 1e-6F && scores[1].klAt[1] < 1e-6F && scores[1].klAt[2] > 1e-3F);
        QVERIFY(std::abs(scores[1].kl - static_cast<double>(scores[1].klAt[2]) / 3) < 1e-5);
    }

    // What the generator said of its own tokens, teacher-forced; and what the scorer says.
    void comparesARunWithTheUnsteeredModel()
    {
        const auto prompt = m_engine->renderer().renderPrompt({"Tell me about your weekend plans.", {}});
        const Edit edit{m_vector, Op::Add, 2, LayerCurve{{14, 1.0}}, {}};
        GenerateRequest generation;
        generation.prompts = {prompt, prompt};
        generation.plans = {{}, resolvePlan({edit}, m_engine->model().config())};
        generation.sampling.maxNewTokens = 40;
        const GeneratedRow row
            = generate(m_engine->model(), m_engine->tokenizer(), generation, {}, {}).rows[1];

        ComparisonRequest request;
        request.ids = prompt;
        request.ids.insert(request.ids.end(), row.ids.begin(), row.ids.end());
        request.promptLength = static_cast<int>(prompt.size());
        request.plan = generation.plans[1];
        const auto tokens = compareText(m_engine->model(), request, {});
        QCOMPARE(tokens.size(), row.ids.size());
        ScoreRequest scoring;
        scoring.texts = {request.ids};
        scoring.rows = {{0, {}, request.promptLength}, {0, request.plan, request.promptLength}};
        const auto scores = score(m_engine->model(), scoring, {});
        for (size_t i = 0; i < tokens.size(); ++i) {
            const size_t place = prompt.size() - 1 + i;
            QCOMPARE(tokens[i].id, row.ids[i]);
            QCOMPARE(tokens[i].steered.rank, 1); // greedy
            const auto& others = tokens[i].alternatives;
            QVERIFY(others.size() >= 10 && others.size() <= 20);
            QCOMPARE(others[0].id, row.ids[i]);
            QVERIFY(std::ranges::is_sorted(
                others.begin(), others.begin() + 10, std::greater<>(), &OtherToken::steered));
            QVERIFY(std::abs(tokens[i].steered.logprob - row.logprobs[i]) < 1e-3F);
            QVERIFY(std::abs(tokens[i].unsteered.logprob - scores[0].logprobs[place]) < 1e-3F);
            QVERIFY(std::abs(tokens[i].kl - scores[1].klAt[place]) < 1e-3F);
            QVERIFY(std::abs(others[0].unsteered - std::exp(tokens[i].unsteered.logprob)) < 1e-6F);
            const auto likelier = std::ranges::count_if(
                others, [&](const OtherToken& other) { return other.unsteered > others[0].unsteered; });
            QCOMPARE(std::min<int>(int(likelier) + 1, 11), std::min(tokens[i].unsteered.rank, 11));
        }
        QVERIFY(std::ranges::any_of(tokens, [](const auto& t) { return t.unsteered.rank > 1; }));
        request.promptLength = 0;
        QVERIFY_THROWS_EXCEPTION(Error, compareText(m_engine->model(), request, {}));
    }

    // Every token is compared under the plan that chose it, and under what the cache held of plans before.
    void comparesARunWhosePlanWasChanged()
    {
        const auto prompt = m_engine->renderer().renderPrompt({"Tell me about your weekend plans.", {}});
        const auto plan = [&](double strength, const char* scope) {
            const Edit edit{m_vector, Op::Add, strength, LayerCurve{{14, 1.0}}, parseScope(scope)};
            return resolvePlan({edit}, m_engine->model().config());
        };
        const std::vector<PlanChange> changes{{3, plan(-2, "generated")}, {9, plan(2.5, "all")}, {12, {}}};
        GenerateRequest generation;
        generation.prompts = {prompt};
        generation.plans = {plan(2, "all")};
        generation.sampling.maxNewTokens = 20;
        generation.sampling.ignoreEos = true;
        generation.live = std::make_shared<LivePlans>();
        const auto change = [&](const std::vector<TokenEvent>& events) {
            for (const PlanChange& next : changes)
                if (next.token == events[0].index + 1)
                    generation.live->replace({next.plan});
        };
        const GeneratedRow row
            = generate(m_engine->model(), m_engine->tokenizer(), generation, change, {}).rows[0];

        ComparisonRequest request;
        request.ids = prompt;
        request.ids.insert(request.ids.end(), row.ids.begin(), row.ids.end());
        request.promptLength = static_cast<int>(prompt.size());
        const auto furthest = [&](const Plan& steered) {
            request.plan = steered;
            const auto tokens = compareText(m_engine->model(), request, {});
            float most = 0;
            for (size_t i = 0; i < tokens.size(); ++i)
                most = std::max(most, std::abs(tokens[i].steered.logprob - row.logprobs[i]));
            return most;
        };
        QVERIFY(furthest(planOverTime(generation.plans[0], changes, request.promptLength)) < 1e-3F);
        QVERIFY(furthest(changes.back().plan) > 0.1F);
        QVERIFY(furthest(generation.plans[0]) > 0.1F);
    }

    void countsDistinctSequences()
    {
        QCOMPARE(distinctThree({1, 2}), 1.0);
        QCOMPARE(distinctThree({1, 2, 3, 4}), 1.0);
        QCOMPARE(distinctThree({7, 7, 7, 7, 7}), 1.0 / 3);
    }
};

QTEST_GUILESS_MAIN(TestLens)
#include "tst_lens.moc"
