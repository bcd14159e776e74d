#include "core/model/library_only.h"
#include "core/model/model.h"
#include "core/run/forward.h"
#include "core/run/generator.h"
#include "tests/support/goldens.h"

#include <QDirIterator>
#include <QTemporaryDir>
#include <QTest>
#include <memory>
#include <numeric>

using namespace tiller;

// Tiny models of each architecture against transformers in float32: see data/models/README.md.
namespace {

constexpr double tolerance = 5e-5;

// The models have no tokenizer: ids are all that is compared.
class NoText : public Tokenizer {
public:
    std::vector<TokenId> encode(std::string_view, const EncodeOptions&) const override { return {}; }
    std::string decode(std::span<const TokenId>, bool) const override { return {}; }
    std::string bytesOf(TokenId) const override { return {}; }
    std::string piece(TokenId) const override { return {}; }
    std::optional<TokenId> find(std::string_view) const override { return {}; }
    size_t vocabularySize() const override { return 0; }
    bool isSpecial(TokenId) const override { return false; }
    std::optional<TokenId> bos() const override { return {}; }
    std::vector<TokenId> endOfText() const override { return {}; }
    std::string kind() const override { return {}; }
};

}

class TestModelGoldens : public QObject {
    Q_OBJECT

    std::shared_ptr<const Model> m_model;
    std::unique_ptr<SafetensorsFile> m_golden;
    nlohmann::json m_meta;
    size_t m_hidden = 0;
    size_t m_vocabulary = 0;

    void open(const QString& name, const char* dtype = "f32")
    {
        const auto folder = goldens::data("models/" + name.toStdString());
        const bool gguf = std::filesystem::exists(folder / "model.gguf");
        LoadOptions options;
        options.dtype = dtype;
        m_model = Model::load(Checkpoint::open(gguf ? folder / "model.gguf" : folder), options, {});
        m_golden = std::make_unique<SafetensorsFile>(SafetensorsFile::open(folder / "golden.safetensors"));
        m_meta = readJson(folder / "golden.json");
        m_hidden = static_cast<size_t>(m_model->config().hidden);
        m_vocabulary = static_cast<size_t>(m_model->config().vocabulary);
    }

    // The model and the arithmetic of a data row; the path without kernels holds as long as what it returns.
    std::unique_ptr<LibraryOnly> openFetched()
    {
        QFETCH(QString, name);
        QFETCH(bool, libraryOnly);
        auto library = libraryOnly ? std::make_unique<LibraryOnly>() : nullptr;
        open(name);
        return library;
    }

    // Each folder of data/models that holds a model.
    static QStringList everyModel()
    {
        QStringList names;
        const QString root = QString::fromStdString(goldens::data("models").string());
        QDirIterator found(root, {QStringLiteral("golden.json")}, QDir::Files, QDirIterator::Subdirectories);
        while (found.hasNext())
            names << QDir(root).relativeFilePath(QFileInfo(found.next()).path());
        names.sort();
        return names;
    }

    Plan steering(Op op, float strength, TokenScope scope = {}) const
    {
        LayerEdit edit;
        edit.layer = m_meta["steering"]["layer"];
        edit.op = op;
        edit.strength = strength;
        edit.scope = scope;
        edit.direction
            = std::make_shared<const std::vector<float>>(goldens::floats(*m_golden, "steer_vector"));
        return {{edit}};
    }

    std::vector<std::vector<TokenId>> inputs() const
    {
        const auto all = goldens::ids(*m_golden, "input_ids");
        const auto half = static_cast<std::ptrdiff_t>(all.size() / 2);
        return {{all.begin(), all.begin() + half}, {all.begin() + half, all.end()}};
    }

    std::vector<ForwardRow> run(const std::vector<std::vector<TokenId>>& rows, const Plan& plan) const
    {
        ForwardRequest request;
        request.rows = rows;
        request.plans.assign(rows.size(), plan);
        request.layers.resize(static_cast<size_t>(m_model->config().layers));
        std::iota(request.layers.begin(), request.layers.end(), 0);
        request.embeddings = true;
        request.logits = true;
        return forward(*m_model, request, {});
    }

    void compareLogits(const std::vector<ForwardRow>& rows, const char* name) const
    {
        if (!m_golden->find(name))
            return; // the GGUF goldens leave some out
        const auto golden = goldens::floats(*m_golden, name);
        const size_t each = golden.size() / rows.size();
        for (size_t r = 0; r < rows.size(); ++r) {
            QCOMPARE(rows[r].logits.data.size(), each);
            const double d = goldens::deviation(rows[r].logits.data.data(), golden.data() + r * each, each);
            QVERIFY2(d < tolerance,
                qPrintable(QStringLiteral("%1 row %2: %3").arg(QLatin1String(name)).arg(r).arg(d)));
        }
    }

    std::vector<TokenId> greedy(const Plan& plan) const
    {
        GenerateRequest request;
        request.prompts = {inputs()[0]};
        request.plans = {plan};
        request.sampling.maxNewTokens = 12;
        request.sampling.ignoreEos = true;
        return generate(*m_model, NoText(), request, {}, {}).rows[0].ids;
    }

private slots:
    // By the kernels, and by libtorch alone as on a GPU.
    void agree_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<bool>("libraryOnly");
        for (const QString& name : everyModel()) {
            QTest::newRow(qPrintable(name)) << name << false;
            QTest::addRow("%s, library", qPrintable(name)) << name << true;
        }
    }

    void agree()
    {
        const auto library = openFetched();
        const auto plain = run(inputs(), {});
        const size_t sequence = inputs()[0].size();

        const auto embeddings = goldens::floats(*m_golden, "embeddings");
        const auto residuals = goldens::floats(*m_golden, "resid"); // [layers, rows, seq, hidden]
        const size_t block = sequence * m_hidden;
        for (size_t r = 0; r < plain.size(); ++r) {
            QVERIFY(goldens::deviation(plain[r].embeddings.data.data(), embeddings.data() + r * block, block)
                < tolerance);
            for (size_t l = 0; l < static_cast<size_t>(m_model->config().layers); ++l) {
                const double d = goldens::deviation(plain[r].residuals.data.data() + l * block,
                    residuals.data() + (l * plain.size() + r) * block, block);
                QVERIFY2(
                    d < tolerance, qPrintable(QStringLiteral("layer %1 row %2: %3").arg(l).arg(r).arg(d)));
            }
        }
        compareLogits(plain, "logits");

        const float strength = m_meta["steering"]["strength"];
        compareLogits(run(inputs(), steering(Op::Add, strength)), "steered_logits");
        compareLogits(
            run(inputs(), steering(Op::Add, strength, {TokenScope::Kind::From, 8})), "steered_from8_logits");
        compareLogits(run(inputs(), steering(Op::Ablate, 1)), "ablated_logits");

        QCOMPARE(greedy({}), goldens::ids(*m_golden, "greedy_ids"));
        QCOMPARE(greedy(steering(Op::Add, strength)), goldens::ids(*m_golden, "greedy_steered_ids"));
    }

    // Rows of different length in one batch, with plans of their own, equal the rows alone.
    void raggedBatch_data()
    {
        QTest::addColumn<QString>("name");
        for (const QString& name : everyModel())
            if (!name.contains(QLatin1String("gguf/"))) // those goldens leave it out
                QTest::newRow(qPrintable(name)) << name;
    }

    void raggedBatch()
    {
        QFETCH(QString, name);
        open(name);
        const std::vector<std::vector<TokenId>> texts{
            goldens::ids(*m_golden, "ragged_input_ids_0"), goldens::ids(*m_golden, "ragged_input_ids_1")};
        ForwardRequest request;
        request.rows = {texts[0], texts[1], texts[1], texts[0]};
        const Plan steered = steering(Op::Add, m_meta["steering"]["strength"]);
        request.plans = {{}, steered, {}, steered};
        request.layers = {0, m_model->config().layers - 1};
        request.logits = true;
        const auto rows = forward(*m_model, request, {});
        const auto check = [&](size_t row, const std::string& golden) {
            const auto expected = goldens::floats(*m_golden, golden);
            QCOMPARE(rows[row].logits.data.size(), expected.size());
            const double d
                = goldens::deviation(rows[row].logits.data.data(), expected.data(), expected.size());
            QVERIFY2(d < tolerance, qPrintable(QStringLiteral("row %1: %2").arg(row).arg(d)));
        };
        check(0, "ragged_logits_0");
        check(1, "ragged_steered_logits_1");
        check(2, "ragged_logits_1");
        check(3, "ragged_steered_logits_0");

        const auto residuals = goldens::floats(*m_golden, "ragged_resid_1");
        const size_t block = texts[1].size() * m_hidden;
        const double d = goldens::deviation(
            rows[2].residuals.data.data() + block, residuals.data() + residuals.size() - block, block);
        QVERIFY2(d < tolerance, qPrintable(QString::number(d)));
    }

    // The kernels and the library both have paths of their own for bfloat16, which agrees as far as its eight
    // bits go; so does the packed path with its eight.
    void roundedArithmeticStaysClose_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("dtype");
        for (const QString& name : everyModel())
            for (const char* dtype : {"bf16", "q8"})
                QTest::addRow("%s %s", qPrintable(name), dtype) << name << QString::fromLatin1(dtype);
    }

    void roundedArithmeticStaysClose()
    {
        QFETCH(QString, name);
        QFETCH(QString, dtype);
        open(name, qPrintable(dtype));
        const auto golden = goldens::floats(*m_golden, "resid");
        const size_t block = golden.size() / static_cast<size_t>(m_model->config().layers) / 2;
        for (const int copies : {1, 4}) { // few rows and many take different products
            std::vector<std::vector<TokenId>> rows;
            for (int c = 0; c < copies; ++c)
                rows.insert(rows.end(), {inputs()[0], inputs()[1]});
            const auto result = run(rows, {});
            // As a whole: near a tie a mixture may choose another expert for a token.
            const double d
                = goldens::relativeError(result.back().residuals.data.data(), golden.data() + block, block);
            QVERIFY2(d < (m_model->config().experts.count > 0 ? 0.2 : 0.05), qPrintable(QString::number(d)));
        }
    }

    void whatIsNotUnderstoodIsNamed()
    {
        QTemporaryDir folder;
        const std::filesystem::path path(folder.path().toStdString());
        const auto source = goldens::data("models/llama");
        std::filesystem::copy(source / "config.json", path / "config.json");
        const SafetensorsFile file = SafetensorsFile::open(source / "model.safetensors");
        const std::array<float, 2> extra{1, 2};
        const auto refusal = [&](const std::string& without, const std::string& with) {
            std::vector<NamedTensor> tensors;
            for (const TensorView& t : file.tensors())
                if (t.name != without)
                    tensors.push_back({t.name, t.dtype, t.shape, t.data});
            if (!with.empty())
                tensors.push_back({with, DType::F32, {2}, std::as_bytes(std::span(extra))});
            writeSafetensors(path / "model.safetensors", tensors, {});
            try {
                Model::load(Checkpoint::open(path), {}, {});
            } catch (const Error& e) {
                return QString::fromUtf8(e.what());
            }
            return QString();
        };
        QCOMPARE(refusal({}, {}), QString());
        QVERIFY(refusal({}, "model.layers.1.self_attn.q_norm.weight")
                    .contains(QLatin1String("model.layers.1.self_attn.q_norm.weight")));
        QVERIFY(refusal({}, "model.layers.3.mlp.up_proj.weight").contains(QLatin1String("layers.3")));
        QVERIFY(refusal("model.norm.weight", {}).contains(QLatin1String("model.norm.weight")));
        QCOMPARE(refusal({}, "model.layers.1.self_attn.rotary_emb.inv_freq"), QString());
    }

    // Where angles depend on the length of a text, it is the text's own, whatever else is in the batch.
    void longTextsDoNotTurnShortOnes_data()
    {
        QTest::addColumn<QString>("name");
        QTest::newRow("longrope") << QStringLiteral("variants/phi3_longrope_long");
        QTest::newRow("dynamic") << QStringLiteral("llama_rope_dynamic");
    }

    void longTextsDoNotTurnShortOnes()
    {
        QFETCH(QString, name);
        open(name);
        ForwardRequest request;
        request.logits = true;
        for (const int length : {100, 7, 90, 5}) {
            request.rows.emplace_back();
            for (int i = 0; i < length; ++i)
                request.rows.back().push_back(3 + (i * 7 + length) % 100);
        }
        const auto together = forward(*m_model, request, {});
        for (size_t r = 0; r < request.rows.size(); ++r) {
            ForwardRequest one;
            one.logits = true;
            one.rows = {request.rows[r]};
            const auto alone = forward(*m_model, one, {})[0];
            QVERIFY(goldens::deviation(
                        together[r].logits.data.data(), alone.logits.data.data(), alone.logits.data.size())
                < 1e-5);
        }
    }

    void learnedPositionsEnd()
    {
        open(QStringLiteral("gpt2"));
        ForwardRequest request;
        request.logits = true;
        request.rows = {std::vector<TokenId>(40, 3)};
        QCOMPARE(forward(*m_model, request, {}).size(), size_t(1));
        request.rows[0].push_back(3);
        QVERIFY_THROWS_EXCEPTION(Error, forward(*m_model, request, {}));
    }

    // Rows of one prompt are computed once until their plans part them, and keep what they share in common
    // pages: each must come out as it does alone, also after others have ended and beyond a page.
    void sharedPromptsEqualLoneRows_data() { agree_data(); }

    void sharedPromptsEqualLoneRows()
    {
        const auto library = openFetched();
        const int layers = m_model->config().layers;
        const auto at = [&](int layer, Op op, float strength, const char* scope) {
            Plan plan = steering(op, strength, parseScope(scope));
            plan.edits[0].layer = layer;
            return plan;
        };
        Plan twice = at(0, Op::Add, 0.5f, "generated");
        twice.edits.push_back(at(layers - 1, Op::AddKeepNorm, 0.7f, "prompt").edits[0]);
        GenerateRequest request;
        const auto prompt = inputs()[0];
        const std::vector<TokenId> other(prompt.begin(), prompt.begin() + 3);
        request.prompts = {prompt, prompt, prompt, other, prompt, prompt, prompt, other};
        request.plans = {at(layers - 1, Op::Add, 0.9f, "all"), {}, at(0, Op::Add, 0.8f, "all"), {}, twice,
            at(0, Op::Ablate, 1, "last"), at(1, Op::Add, -0.6f, "generated"), at(1, Op::Add, 0.6f, "from:2")};
        request.sampling.maxNewTokens
            = std::min(24, m_model->config().contextLength - static_cast<int>(prompt.size()));
        request.sampling.ignoreEos = true;
        request.probes
            = {{0, *request.plans[0].edits[0].direction}, {layers - 1, *request.plans[0].edits[0].direction}};
        std::vector<std::vector<TokenEvent>> events(request.prompts.size());
        const auto collect = [](std::vector<std::vector<TokenEvent>>& into) {
            return [&into](const std::vector<TokenEvent>& step) {
                for (const TokenEvent& e : step)
                    into[static_cast<size_t>(e.row)].push_back(e);
            };
        };
        const auto together = generate(*m_model, NoText(), request, collect(events), {});
        for (size_t r = 0; r < request.prompts.size(); ++r) {
            GenerateRequest one = request;
            one.prompts = {request.prompts[r]};
            one.plans = {request.plans[r]};
            std::vector<std::vector<TokenEvent>> lone(1);
            const auto alone = generate(*m_model, NoText(), one, collect(lone), {});
            QCOMPARE(together.rows[r].ids, alone.rows[0].ids);
            for (size_t i = 0; i < lone[0].size(); ++i) {
                QVERIFY(std::abs(events[r][i].logprob - lone[0][i].logprob) < 1e-3f);
                for (size_t p = 0; p < request.probes.size(); ++p) {
                    const float expected = lone[0][i].projections[p];
                    QVERIFY2(
                        std::abs(events[r][i].projections[p] - expected) <= 1e-3f * (1 + std::abs(expected)),
                        qPrintable(QStringLiteral("row %1 token %2 probe %3").arg(r).arg(i).arg(p)));
                }
            }
        }
    }

    // The same plan gives the same result whether positions come in one pass or one by one from the cache.
    void prefillEqualsDecode_data()
    {
        QTest::addColumn<QString>("scope");
        QTest::addColumn<int>("op");
        for (const char* scope : {"all", "prompt", "from:5", "generated"})
            for (const Op op : {Op::Add, Op::AddKeepNorm, Op::Ablate, Op::Clamp, Op::Rotate})
                QTest::addRow("%s %s", scope, std::string(toString(op)).c_str())
                    << QString::fromLatin1(scope) << int(op);
    }

    void prefillEqualsDecode()
    {
        QFETCH(QString, scope);
        QFETCH(int, op);
        open(QStringLiteral("mistral"));
        TokenScope where = parseScope(scope.toStdString());
        const Plan plan = steering(static_cast<Op>(op), op == int(Op::Rotate) ? 30.0f : 0.8f, where);

        GenerateRequest request;
        request.prompts = inputs();
        request.prompts[1].resize(6);
        request.plans = {plan, plan};
        request.sampling.maxNewTokens = 10;
        request.sampling.ignoreEos = true;
        const auto generated = generate(*m_model, NoText(), request, {}, {});

        for (size_t r = 0; r < 2; ++r) {
            std::vector<TokenId> whole = request.prompts[r];
            const size_t prompt = whole.size();
            whole.insert(whole.end(), generated.rows[r].ids.begin(), generated.rows[r].ids.end());
            ForwardRequest once;
            once.rows = {whole};
            Plan spread = plan;
            // In one pass every token is prompt: say the same positions by number.
            for (LayerEdit& e : spread.edits) {
                if (where.kind == TokenScope::Kind::Generated)
                    e.scope = {TokenScope::Kind::From, static_cast<int>(prompt)};
            }
            once.plans = {spread};
            once.logits = true;
            if (where.kind == TokenScope::Kind::Prompt) {
                // Only the prompt's positions are edited: compare the first choice, which they decide.
                once.rows[0].resize(prompt);
            }
            const auto row = forward(*m_model, once, {})[0];
            const size_t compared = where.kind == TokenScope::Kind::Prompt ? 1 : generated.rows[r].ids.size();
            for (size_t i = 0; i < compared; ++i) {
                const float* logits = row.logits.data.data() + (prompt - 1 + i) * m_vocabulary;
                const auto best
                    = static_cast<TokenId>(std::max_element(logits, logits + m_vocabulary) - logits);
                QCOMPARE(generated.rows[r].ids[i], best);
                double sum = 0;
                for (size_t v = 0; v < m_vocabulary; ++v)
                    sum += std::exp(static_cast<double>(logits[v] - logits[best]));
                QVERIFY(std::abs(-std::log(sum) - static_cast<double>(generated.rows[r].logprobs[i])) < 1e-3);
            }
        }
    }

    // What each op promises about the residual itself.
    void opsKeepTheirPromises()
    {
        open(QStringLiteral("llama"));
        const auto v = goldens::floats(*m_golden, "steer_vector");
        const double length = goldens::norm(v.data(), v.size());
        const int layer = m_meta["steering"]["layer"];
        const auto at = [&](const std::vector<ForwardRow>& rows, size_t position) {
            const auto& r = rows[0].residuals;
            return r.data.data()
                + (static_cast<size_t>(layer) * static_cast<size_t>(r.shape[1]) + position) * m_hidden;
        };
        const auto projection = [&](const float* h) {
            double sum = 0;
            for (size_t i = 0; i < m_hidden; ++i)
                sum += static_cast<double>(h[i]) * static_cast<double>(v[i]) / length;
            return sum;
        };
        const std::vector<std::vector<TokenId>> rows{inputs()[0]};
        const auto plain = run(rows, {});
        const auto keepNorm = run(rows, steering(Op::AddKeepNorm, 2));
        const auto ablated = run(rows, steering(Op::Ablate, 1));
        const auto clamped = run(rows, steering(Op::Clamp, 1.5f));
        Plan known = steering(Op::Clamp, 2);
        known.edits[0].positiveProjection = 3.0f;
        const auto clampedToSide = run(rows, known);
        const auto rotated = run(rows, steering(Op::Rotate, 25));
        const auto skipping = run(rows, steering(Op::Add, 1, {TokenScope::Kind::All, 0, true}));
        for (size_t p = 0; p < rows[0].size(); ++p) {
            const double before = goldens::norm(at(plain, p), m_hidden);
            QVERIFY(std::abs(goldens::norm(at(keepNorm, p), m_hidden) - before) < 1e-4 * before);
            QVERIFY(std::abs(projection(at(ablated, p))) < 1e-4 * before);
            QVERIFY(std::abs(projection(at(clamped, p)) - 1.5 * length) < 1e-4 * before);
            QVERIFY(std::abs(projection(at(clampedToSide, p)) - 6.0) < 1e-4 * before);
            QVERIFY(std::abs(goldens::norm(at(rotated, p), m_hidden) - before) < 1e-4 * before);
            const double angleBefore = std::acos(projection(at(plain, p)) / before);
            const double angleAfter = std::acos(projection(at(rotated, p)) / before);
            QVERIFY(std::abs(angleBefore - angleAfter - 25 * M_PI / 180) < 1e-3);
        }
        QCOMPARE(goldens::deviation(at(skipping, 0), at(plain, 0), m_hidden), 0.0);
        QVERIFY(goldens::deviation(at(skipping, 1), at(plain, 1), m_hidden) > 1e-2);
    }

    void refusals()
    {
        open(QStringLiteral("llama"));
        ForwardRequest request;
        request.rows = {{3, 4}};
        const auto cause = [&] {
            try {
                forward(*m_model, request, {});
            } catch (const Error& e) {
                return QString::fromUtf8(e.what());
            }
            return QString();
        };
        request.rows[0] = {3, 100000};
        request.logits = true;
        QVERIFY(cause().contains(QLatin1String("100000")));
        request.rows[0] = {};
        QVERIFY(cause().contains(QLatin1String("no tokens")));
        request.rows[0] = {3, 4};
        LayerEdit edit;
        edit.direction = std::make_shared<const std::vector<float>>(std::vector<float>(7, 1.0f));
        request.plans = {{{edit}}};
        QVERIFY(cause().contains(QLatin1String("width 7")));
        edit.layer = 9;
        request.plans = {{{edit}}};
        QVERIFY(cause().contains(QLatin1String("Layer 9")));
    }

    void cancelStopsAForwardPass()
    {
        open(QStringLiteral("llama"));
        ForwardRequest request;
        request.rows = {{3, 4, 5}};
        request.logits = true;
        Job job;
        job.progress = [&](const Progress& p) {
            if (p.done == 1)
                job.cancel.cancel();
        };
        QVERIFY_THROWS_EXCEPTION(Cancelled, forward(*m_model, request, job));
    }
};

QTEST_APPLESS_MAIN(TestModelGoldens)
#include "tst_model_goldens.moc"
