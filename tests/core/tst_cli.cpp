// Drives the built program as a user or a script does: arguments in, stdout, stderr and exit code out.

#include "core/base/paths.h"
#include "core/io/safetensors.h"
#include "tests/support/cli.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <csignal>
#include <cstring>

using namespace tiller;
using namespace tiller::test;

namespace {

QString data(const char* name)
{
    return QStringLiteral(TILLER_TEST_DATA "/") + QString::fromUtf8(name);
}

QJsonObject readObject(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? QJsonDocument::fromJson(file.readAll()).object() : QJsonObject();
}

QByteArray toBytes(const QJsonArray& array)
{
    return QJsonDocument(array).toJson(QJsonDocument::Compact);
}

template <typename T>
std::vector<T> values(const SafetensorsFile& file, const char* name)
{
    const TensorView* tensor = file.find(name);
    if (!tensor)
        return {};
    std::vector<T> result(tensor->data.size() / sizeof(T));
    std::memcpy(result.data(), tensor->data.data(), tensor->data.size());
    return result;
}

// Largest difference on the scale of the expected tensor's largest magnitude.
double deviation(const std::vector<float>& actual, const std::vector<float>& expected)
{
    if (actual.size() != expected.size() || expected.empty())
        return HUGE_VAL;
    double largest = 0;
    double difference = 0;
    for (size_t i = 0; i < expected.size(); ++i) {
        largest = std::max<double>(largest, std::abs(expected[i]));
        difference = std::max<double>(difference, std::abs(actual[i] - expected[i]));
    }
    return difference / largest;
}

QJsonArray firstOf(const QJsonArray& array, int count)
{
    QJsonArray result;
    for (int i = 0; i < count; ++i)
        result << array[i];
    return result;
}

}

class TestCli : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();

    void versionAndHelp();
    void usageErrors_data();
    void usageErrors();
    void failures_data();
    void failures();

    void info();
    void tokenizesGoldenTexts();
    void tokenizesLines();
    void survivesInvalidUtf8();
    void rendersTheModelsTemplate();
    void rendersLines();

    void forwardAgrees();
    void forwardSteers();
    void forwardTakesRaggedRows();

    void generatesSteeredText();
    void streamsTokens();
    void repeatsDrawsOfASeed();
    void generatesForSeveralPrompts();
    void scoresTexts();
    void interruptCancels();

    void extractsShowsAndSteers();
    void keepsBadRowsOut();
    void readsAnswerLetters();
    void readsVectorsAsTokens();
    void mixesVectors();
    void mixesAreNoneOfTheirParts();
    void mixesPointAtTheFile();
    void convertsVectors();
    void convertsSomeLayers();
    void inventsNoLayer();
    void replacesVectorsAloud();
    void replacesNoInput_data();
    void replacesNoInput();
    void replacesNothingElse();
    void refusesVectorsOfAnotherModel();
    void benchNeedsNoTokenizer();
    void benchMeasuresWhatIsAsked();
    void theDefaultModelFitsItsMemory();

private:
    QString write(const QString& name, const QByteArray& bytes) const;
    QString writeJson(const QString& name, const QJsonArray& array) const
    {
        return write(name, toBytes(array));
    }
    QString path(const QString& name) const { return m_folder.filePath(name); }

    /// NAME.pt and NAME.json of the fixtures, writable, under another name.
    QString copyVector(const QString& name, const char* fixture) const;
    /// One layer of a golden vector as a JSON array, the simplest vector file.
    QString writeGoldenVector(int layer) const;
    QJsonObject goldenRun(int layer, double strength) const;
    QString chatPrompt() const { return m_golden["forward"][1]["text"].toString(); }

    QTemporaryDir m_folder;
    QJsonObject m_golden;
};

void TestCli::initTestCase()
{
    QVERIFY(m_folder.isValid());
    QVERIFY2(QFile::exists(s_program), qPrintable(s_program));
    QVERIFY2(std::filesystem::exists(defaultModelPath()),
        "the default model is missing: packaging/run.sh fetches it");
    m_golden = readObject(data("smollm2/golden.json"));
    QVERIFY(!m_golden.isEmpty());
}

QString TestCli::write(const QString& name, const QByteArray& bytes) const
{
    QFile file(path(name));
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
        qFatal("%s cannot be written", qPrintable(file.fileName()));
    return file.fileName();
}

QString TestCli::copyVector(const QString& name, const char* fixture) const
{
    const auto described
        = [](QString file) { return file.replace(QStringLiteral(".pt"), QStringLiteral(".json")); };
    const QString source = data("vector_files/") + QString::fromUtf8(fixture);
    for (const auto& [from, to] :
        {std::pair(source, path(name)), std::pair(described(source), path(described(name)))})
        if (!QFile::copy(from, to) || !QFile(to).setPermissions(QFile::ReadOwner | QFile::WriteOwner))
            qFatal("%s cannot be copied", qPrintable(from));
    return path(name);
}

QString TestCli::writeGoldenVector(int layer) const
{
    const auto file = SafetensorsFile::open(data("smollm2/golden.safetensors").toStdString());
    const auto set = values<float>(file, "mean_difference.completion_mean");
    const size_t hidden = set.size() / 30;
    QJsonArray direction;
    for (size_t i = 0; i < hidden; ++i)
        direction << static_cast<double>(set[static_cast<size_t>(layer) * hidden + i]);
    return writeJson(QStringLiteral("golden_%1.json").arg(layer), direction);
}

QJsonObject TestCli::goldenRun(int layer, double strength) const
{
    for (const QJsonValue steered : m_golden["steered"].toArray())
        if (steered["layer"].toInt() == layer && steered["strength"].toDouble() == strength)
            return steered.toObject();
    return {};
}

void TestCli::versionAndHelp()
{
    const Outcome version = run({"--version"});
    QCOMPARE(version.code, 0);
    QVERIFY(version.out.startsWith("tiller-cli "));
    const Outcome help = run({"--help"});
    QCOMPARE(help.code, 0);
    for (const char* verb : {"info", "tokenize", "detokenize", "render", "forward", "extract", "generate",
             "score", "vector", "bench"})
        QVERIFY2(help.out.contains(verb), verb);
    const Outcome verbHelp = run({"generate", "--help"});
    QCOMPARE(verbHelp.code, 0);
    QVERIFY(verbHelp.out.contains("--repetition-penalty"));
    QVERIFY(verbHelp.out.contains("--dtype"));
    QVERIFY(verbHelp.out.contains(R"({"edits": [{"vector": )"));
}

void TestCli::usageErrors_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::newRow("nothing") << QStringList{};
    QTest::newRow("unknown verb") << QStringList{"steer"};
    QTest::newRow("no model") << QStringList{"info"};
    QTest::newRow("unknown option") << QStringList{"info", "default", "--colour"};
    QTest::newRow("dtype") << QStringList{"info", "default", "--dtype", "f64"};
    QTest::newRow("device") << QStringList{"info", "default", "--device", "cuda:x"};
    QTest::newRow("threads") << QStringList{"info", "default", "--threads", "0"};
    QTest::newRow("no prompt") << QStringList{"generate", "default"};
    QTest::newRow("two prompts") << QStringList{
        "generate", "default", "--prompt", "a", "--messages", "m.json"};
    QTest::newRow("top-p") << QStringList{"generate", "default", "--prompt", "a", "--top-p", "1.5"};
    QTest::newRow("cold") << QStringList{"generate", "default", "--prompt", "a", "--temperature", "-1"};
    QTest::newRow("nan") << QStringList{
        "generate", "default", "--prompt", "a", "--vector", "v", "--strength", "nan"};
    QTest::newRow("op") << QStringList{
        "generate", "default", "--prompt", "a", "--vector", "v", "--op", "twist"};
    QTest::newRow("scope") << QStringList{
        "generate", "default", "--prompt", "a", "--vector", "v", "--scope", "from:x"};
    QTest::newRow("strength alone") << QStringList{"generate", "default", "--prompt", "a", "--strength", "1"};
    QTest::newRow("plan and vector") << QStringList{
        "generate", "default", "--prompt", "a", "--plan", "p", "--vector", "v"};
    QTest::newRow("method") << QStringList{
        "extract", "default", "--contrast", "c", "--out", "o", "--method", "guess"};
    QTest::newRow("read") << QStringList{
        "extract", "default", "--contrast", "c", "--out", "o", "--read", "last:0"};
    QTest::newRow("render nothing") << QStringList{"render", "default"};
    QTest::newRow("vector nothing") << QStringList{"vector"};
    QTest::newRow("compare one") << QStringList{"vector", "compare", "a.pt"};
    QTest::newRow("bench what") << QStringList{"bench", "default", "--only", "decode,dreams"};
    QTest::newRow("bench no rows") << QStringList{"bench", "default", "--rows", "1,0"};
}

void TestCli::usageErrors()
{
    QFETCH(QStringList, arguments);
    const Outcome outcome = run(arguments);
    QCOMPARE(outcome.code, 2);
    QVERIFY(outcome.out.isEmpty());
    QVERIFY2(outcome.isOneErrorLine(), outcome.err.constData());
    QVERIFY2(outcome.err.size() < 300, outcome.err.constData());
}

void TestCli::failures_data()
{
    QFile whole(data("models/gguf/llama_f32/model.gguf"));
    QVERIFY(whole.open(QIODevice::ReadOnly));
    const QByteArray model = whole.readAll();
    QByteArray counted = model.left(4096);
    counted.replace(8, 8, QByteArray(8, '\x7f'));

    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("named");
    const auto row = [](const char* name, const QStringList& arguments, const QString& named) {
        QTest::newRow(name) << arguments << named;
    };
    row("missing model", {"info", "/nowhere/model.gguf"}, "/nowhere/model.gguf");
    row("noise", {"info", write("noise.gguf", QByteArray(5000, '\xAB'))}, "noise.gguf");
    row("empty file", {"info", write("empty.gguf", {})}, "empty.gguf");
    row("cut GGUF", {"info", write("cut.gguf", model.left(model.size() / 2))}, "cut.gguf");
    row("absurd count", {"info", write("counted.gguf", counted)}, "counted.gguf");
    row("folder without model", {"info", m_folder.path()}, m_folder.path());
    row("missing ids",
        {"forward", data("models/llama"), "--ids", "/nowhere/ids.json", "--out", path("o.safetensors")},
        "/nowhere/ids.json");
    row("ids that are none",
        {"forward", data("models/llama"), "--ids", write("text.json", "[[1, \"a\"]]"), "--out",
            path("o.safetensors")},
        "row 0");
    row("id beyond the vocabulary",
        {"forward", data("models/llama"), "--ids", write("big.json", "[[1, 99999999]]"), "--out",
            path("o.safetensors")},
        "99999999");
    row("broken JSON",
        {"forward", data("models/llama"), "--ids", write("broken.json", "[[1, 2"), "--out",
            path("o.safetensors")},
        "broken.json");
    row("no prompts", {"generate", "default", "--prompts", write("none.json", "[]")}, "empty");
    row("no tokenizer", {"generate", data("models/llama"), "--prompt", "a"}, "okenizer");
    row("missing contrast", {"extract", "default", "--contrast", "/nowhere/c.json", "--out", path("o")},
        "/nowhere/c.json");
    row("missing vector", {"vector", "show", "/nowhere/v.pt"}, "/nowhere/v.pt");
    row("mix that is none", {"vector", "mix", "1.0 * * a.pt", "--out", path("m.pt")}, "");
    row("output in no folder",
        {"forward", data("models/llama"), "--ids", write("ids.json", "[[5, 6]]"), "--out",
            "/nowhere/o.safetensors"},
        "/nowhere");
}

void TestCli::failures()
{
    QFETCH(QStringList, arguments);
    QFETCH(QString, named);
    const Outcome outcome = run(arguments);
    QCOMPARE(outcome.code, 1);
    QVERIFY(outcome.out.isEmpty());
    QVERIFY2(outcome.isOneErrorLine(), outcome.err.constData());
    QVERIFY2(outcome.err.contains(named.toUtf8()), outcome.err.constData());
}

void TestCli::info()
{
    const Outcome outcome = run({"info", "default"});
    QCOMPARE(outcome.code, 0);
    const QJsonObject info = outcome.object();
    QCOMPARE(info["architecture"].toString(), QStringLiteral("llama"));
    QCOMPARE(info["layers"].toInt(), 30);
    QCOMPARE(info["hidden"].toInt(), 576);
    QCOMPARE(info["heads"].toInt(), 9);
    QCOMPARE(info["kv_heads"].toInt(), 3);
    QCOMPARE(info["vocab"].toInt(), 49152);
    QVERIFY(info["file_format"].toString().startsWith("GGUF"));
    QVERIFY(info["bytes"].toDouble() > 8e7);
    QVERIFY(info["tokenizer"].toString().contains("BPE"));
    QVERIFY(!info["template"].toString().isEmpty());

    const QJsonObject folder = run({"info", data("models/llama")}).object();
    QVERIFY(folder["file_format"].toString().startsWith("safetensors"));
    QVERIFY(folder["template"].isNull());
}

void TestCli::tokenizesGoldenTexts()
{
    for (const QJsonValue text : m_golden["forward"].toArray()) {
        const Outcome outcome = run({"tokenize", "default"}, text["text"].toString().toUtf8());
        QCOMPARE(outcome.code, 0);
        QCOMPARE(outcome.object()["ids"].toArray(), text["ids"].toArray());
        QCOMPARE(outcome.object()["tokens"].toArray().size(), text["ids"].toArray().size());
    }
}

void TestCli::tokenizesLines()
{
    const QStringList texts = {"plain", "two\nlines\n", " \t spaced  ", "Ünïcödé 東京 🙂", "",
        "<|im_start|>user\nHi<|im_end|>"};
    QByteArray input;
    for (const QString& text : texts) {
        const QByteArray array = toBytes({text});
        input += array.mid(1, array.size() - 2) + '\n';
    }
    const Outcome tokens = run({"tokenize", "default", "--json-lines"}, input);
    QCOMPARE(tokens.code, 0);
    const auto lines = tokens.lines();
    QCOMPARE(lines.size(), texts.size());

    QByteArray ids;
    for (const QJsonObject& line : lines)
        ids += toBytes(line["ids"].toArray()) + '\n';
    const Outcome back = run({"detokenize", "default"}, ids);
    QCOMPARE(back.code, 0);
    QStringList returned;
    for (const QByteArray& line : back.out.trimmed().split('\n'))
        returned << QJsonDocument::fromJson("[" + line + "]").array()[0].toString();
    QCOMPARE(returned, texts);

    const Outcome plain
        = run({"detokenize", "default", "--skip-special"}, toBytes(lines.last()["ids"].toArray()));
    QCOMPARE(plain.out, QByteArray("\"user\\nHi\"\n"));

    const Outcome bad = run({"tokenize", "default", "--json-lines"}, "\"good\"\nbad\n");
    QCOMPARE(bad.code, 1);
    QVERIFY2(bad.err.contains("line 2"), bad.err.constData());
    QVERIFY(bad.out.startsWith("{\"ids\":"));
}

void TestCli::survivesInvalidUtf8()
{
    const QByteArray bytes = QByteArray("a\xff\xfe\x80 b\xc3") + QByteArray(1, '\0') + "\xed\xa0\x80";
    const Outcome text = run({"tokenize", "default"}, bytes);
    QCOMPARE(text.code, 0);
    QVERIFY(!text.object()["ids"].toArray().isEmpty());
    const Outcome line = run({"tokenize", "default", "--json-lines"}, "\"" + bytes + "\"\n");
    QCOMPARE(line.code, 1);
    QVERIFY2(line.isOneErrorLine(), line.err.constData());
}

void TestCli::rendersTheModelsTemplate()
{
    const QByteArray messages = R"([{"role": "user", "content": "Tell me about your weekend plans."}])";
    const Outcome file
        = run({"render", "default", "--messages", write("messages.json", messages), "--generation-prompt"});
    QCOMPARE(file.code, 0);
    QCOMPARE(QString::fromUtf8(file.out), chatPrompt());
    const Outcome piped = run({"render", "default", "--messages", "-"}, messages);
    QCOMPARE(piped.code, 0);
    QCOMPARE(QString::fromUtf8(piped.out) + "<|im_start|>assistant\n", chatPrompt());

    const QString shout = write("shout.jinja",
        "{{ bos_token }}{% for m in messages %}{{ m.role | upper }}: {{ m.content }}\n{% endfor %}"
        "{% if add_generation_prompt %}>{% endif %}");
    const Outcome other
        = run({"render", "default", "--messages", "-", "--template", shout, "--generation-prompt"}, messages);
    QCOMPARE(other.out, QByteArray("<|im_start|>USER: Tell me about your weekend plans.\n>"));
}

void TestCli::rendersLines()
{
    const QString file = write("line.jinja",
        "{% if not x %}{{ raise_exception('x is needed') }}{% endif %}{{ x }} on {{ strftime_now('%Y-%m-%d') "
        "}}");
    const auto line = [&](const QJsonObject& context) {
        const QJsonObject request{{"template", file}, {"context", context}, {"now", "2024-07-06T09:05:03"}};
        return QJsonDocument(request).toJson(QJsonDocument::Compact) + '\n';
    };
    const QByteArray input = line({{"x", "tea"}}) + line({}) + "nonsense\n" + line({{"x", "milk"}});
    const Outcome outcome = run({"render", "--json-lines"}, input);
    QCOMPARE(outcome.code, 0);
    const auto lines = outcome.lines();
    QCOMPARE(lines.size(), 4);
    QCOMPARE(lines[0]["text"].toString(), QStringLiteral("tea on 2024-07-06"));
    QVERIFY(lines[1]["error"].toString().contains("x is needed"));
    QVERIFY(lines[2]["error"].toString().contains("line 3"));
    QCOMPARE(lines[3]["text"].toString(), QStringLiteral("milk on 2024-07-06"));
}

void TestCli::forwardAgrees()
{
    const auto golden = SafetensorsFile::open(data("models/llama/golden.safetensors").toStdString());
    const auto ids = values<int64_t>(golden, "input_ids");
    QCOMPARE(ids.size(), size_t{34});
    QJsonArray rows{QJsonArray(), QJsonArray()};
    for (qsizetype row = 0; row < 2; ++row) {
        QJsonArray list;
        for (size_t i = 0; i < 17; ++i)
            list << static_cast<qint64>(ids[static_cast<size_t>(row) * 17 + i]);
        rows[row] = list;
    }
    const QString out = path("forward.safetensors");
    const Outcome outcome
        = run({"forward", data("models/llama"), "--ids", "-", "--out", out, "--dtype", "f32"}, toBytes(rows));
    QVERIFY2(outcome.code == 0, outcome.err.constData());
    QCOMPARE(outcome.object()["rows"].toInt(), 2);

    const auto written = SafetensorsFile::open(out.toStdString());
    const auto resid = values<float>(golden, "resid"); // [layers, rows, seq, hidden]
    const auto logits = values<float>(golden, "logits");
    const auto embeddings = values<float>(golden, "embeddings");
    const auto shape = golden.find("resid")->shape;
    const size_t rowSize = resid.size() / static_cast<size_t>(shape[0]) / 2;
    for (size_t row = 0; row < 2; ++row) {
        const std::string suffix = "." + std::to_string(row);
        std::vector<float> expected;
        for (size_t layer = 0; layer < static_cast<size_t>(shape[0]); ++layer) {
            const auto begin = resid.begin() + static_cast<std::ptrdiff_t>((layer * 2 + row) * rowSize);
            expected.insert(expected.end(), begin, begin + static_cast<std::ptrdiff_t>(rowSize));
        }
        const auto half = [&](const std::vector<float>& both) {
            const auto size = static_cast<std::ptrdiff_t>(both.size() / 2);
            const auto begin = both.begin() + static_cast<std::ptrdiff_t>(row) * size;
            return std::vector<float>(begin, begin + size);
        };
        QCOMPARE(written.find("resid" + suffix)->shape, (std::vector<int64_t>{shape[0], shape[2], shape[3]}));
        QVERIFY(deviation(values<float>(written, ("resid" + suffix).c_str()), expected) < 5e-5);
        QVERIFY(deviation(values<float>(written, ("logits" + suffix).c_str()), half(logits)) < 5e-5);
        QVERIFY(deviation(values<float>(written, ("embed" + suffix).c_str()), half(embeddings)) < 5e-5);
    }
}

void TestCli::forwardSteers()
{
    const auto golden = SafetensorsFile::open(data("models/llama/golden.safetensors").toStdString());
    const QJsonObject steering = readObject(data("models/llama/golden.json"))["steering"].toObject();
    QJsonArray direction;
    for (const float value : values<float>(golden, "steer_vector"))
        direction << static_cast<double>(value);
    writeJson("steer.json", direction);
    QJsonArray ids;
    for (size_t i = 0; i < 17; ++i)
        ids << static_cast<qint64>(values<int64_t>(golden, "input_ids")[i]);
    const QString idsFile = writeJson("steer_ids.json", {QJsonValue(ids)});

    const auto steered = [&](const QJsonObject& edit) {
        const QString plan
            = write("plan.json", QJsonDocument(QJsonObject{{"edits", QJsonArray{edit}}}).toJson());
        const QString out = path("steered.safetensors");
        const Outcome outcome = run({"forward", data("models/llama"), "--ids", idsFile, "--out", out,
            "--plan", plan, "--dtype", "f32"});
        return outcome.code == 0 ? values<float>(SafetensorsFile::open(out.toStdString()), "logits.0")
                                 : std::vector<float>();
    };
    const auto expected = [&](const char* name) {
        auto both = values<float>(golden, name);
        both.resize(both.size() / 2);
        return both;
    };
    const QString layer = QString::number(steering["layer"].toInt());
    QVERIFY(deviation(steered({{"vector", "steer.json"}, {"strength", 1.5}, {"layers", layer}}),
                expected("steered_logits"))
        < 5e-5);
    QVERIFY(deviation(steered({{"vector", "steer.json"}, {"strength", 1.5}, {"layers", layer},
                          {"scope", "from:8"}}),
                expected("steered_from8_logits"))
        < 5e-5);
    QVERIFY(deviation(steered({{"vector", "steer.json"}, {"op", "ablate"}, {"layers", layer}}),
                expected("ablated_logits"))
        < 5e-5);
}

void TestCli::forwardTakesRaggedRows()
{
    const auto golden = SafetensorsFile::open(data("models/llama/golden.safetensors").toStdString());
    QJsonArray rows;
    for (const char* name : {"ragged_input_ids_0", "ragged_input_ids_1"}) {
        QJsonArray list;
        for (const int64_t id : values<int64_t>(golden, name))
            list << static_cast<qint64>(id);
        rows << list;
    }
    const QString out = path("ragged.safetensors");
    const Outcome outcome
        = run({"forward", data("models/llama"), "--ids", "-", "--out", out, "--dtype", "f32"}, toBytes(rows));
    QVERIFY2(outcome.code == 0, outcome.err.constData());
    const auto written = SafetensorsFile::open(out.toStdString());
    for (const char* row : {"0", "1"}) {
        const auto compare = [&](const std::string& own, const std::string& reference) {
            return deviation(values<float>(written, (own + row).c_str()),
                values<float>(golden, (reference + row).c_str()));
        };
        QVERIFY(compare("resid.", "ragged_resid_") < 5e-5);
        QVERIFY(compare("logits.", "ragged_logits_") < 5e-5);
    }
}

void TestCli::generatesSteeredText()
{
    const Outcome outcome = run(
        {"generate", "default", "--prompt", chatPrompt(), "--vector", writeGoldenVector(12), "--layer", "12",
            "--strength", "1", "--compare", "--max-new-tokens", "30", "--ignore-eos", "--dtype", "f32"});
    QVERIFY2(outcome.code == 0, outcome.err.constData());
    const QJsonObject result = outcome.object();
    const QJsonArray rows = result["rows"].toArray();
    QCOMPARE(rows.size(), 2);
    QCOMPARE(rows[0]["label"].toString(), QStringLiteral("unsteered"));
    QCOMPARE(rows[1]["label"].toString(), QStringLiteral("steered"));
    QCOMPARE(rows[0]["ids"].toArray(), firstOf(goldenRun(12, 0)["greedy_ids"].toArray(), 30));
    QCOMPARE(rows[1]["ids"].toArray(), firstOf(goldenRun(12, 1)["greedy_ids"].toArray(), 30));
    QVERIFY(goldenRun(12, 1)["greedy_text"].toString().startsWith(rows[1]["text"].toString()));
    QCOMPARE(rows[1]["logprobs"].toArray().size(), 30);
    QVERIFY(rows[1]["logprobs"][0].toDouble() < 0);
    QCOMPARE(rows[1]["finish"].toString(), QStringLiteral("length"));
    QVERIFY(!rows[1].toObject().contains("prompt"));
    QVERIFY(result["tokens_per_second"].toDouble() > 0);
}

void TestCli::streamsTokens()
{
    const Outcome outcome = run({"generate", "default", "--messages", "-", "--max-new-tokens", "12",
                                    "--stream", "--stop", "Zanzibar", "--stop", "Samarkand"},
        R"([{"role": "user", "content": "Name a colour."}])");
    QVERIFY2(outcome.code == 0, outcome.err.constData());
    auto lines = outcome.lines();
    const QJsonObject row = lines.takeLast()["rows"][0].toObject();
    QCOMPARE(row["label"].toString(), QStringLiteral("unsteered"));
    QString text;
    QJsonArray ids;
    for (const QJsonObject& line : lines) {
        QCOMPARE(line["row"].toInt(), 0);
        QCOMPARE(line["index"].toInt(), ids.size());
        text += line["text"].toString();
        ids << line["id"];
    }
    QCOMPARE(text, row["text"].toString());
    QCOMPARE(ids, row["ids"].toArray());
}

void TestCli::repeatsDrawsOfASeed()
{
    const auto text = [](const QString& seed) {
        const QStringList options
            = {"--temperature", "1.2", "--top-k", "200", "--top-p", "0.95", "--seed", seed};
        return run(
            QStringList{"generate", "default", "--prompt", "Once upon a time", "--max-new-tokens", "16"}
            + options)
            .object()["rows"][0]["text"]
            .toString();
    };
    const QString first = text("7");
    QVERIFY(!first.isEmpty());
    QCOMPARE(text("7"), first);
    QVERIFY(text("8") != first);
}

void TestCli::generatesForSeveralPrompts()
{
    const QByteArray prompts = R"(["The capital of France is", [{"role": "user", "content": "Hello"}]])";
    const Outcome outcome = run({"generate", "default", "--prompts", "-", "--vector", writeGoldenVector(12),
                                    "--layer", "12", "--strength", "2", "--compare", "--max-new-tokens", "5"},
        prompts);
    QVERIFY2(outcome.code == 0, outcome.err.constData());
    QStringList rows;
    for (const QJsonValue row : outcome.object()["rows"].toArray())
        rows << row["label"].toString() + QString::number(row["prompt"].toInt());
    QCOMPARE(rows, (QStringList{"unsteered0", "unsteered1", "steered0", "steered1"}));
}

void TestCli::scoresTexts()
{
    const QString neutral
        = "The committee met on Tuesday to review the budget, and then everyone went home early because "
          "of the rain.";
    const QString texts
        = writeJson("texts.json", {neutral, QJsonArray{QJsonObject{{"role", "user"}, {"content", "Hello"}}}});
    writeGoldenVector(12);
    const QString plan = write(
        "score_plan.json", R"({"edits": [{"vector": "golden_12.json", "strength": 2.0, "layers": "12"}]})");

    const auto plain = run({"score", "default", "--texts", texts, "--dtype", "f32"}).lines();
    QCOMPARE(plain.size(), 2);
    QCOMPARE(plain[0]["ids"].toArray(), m_golden["neutral_ids"].toArray());
    QCOMPARE(plain[0]["logprobs"].toArray().size(), plain[0]["ids"].toArray().size() - 1);
    const double nll = goldenRun(12, 0)["neutral_mean_nll"].toDouble();
    QVERIFY(std::abs(std::log(plain[0]["perplexity"].toDouble()) - nll) < 0.01 * nll);
    QVERIFY(std::abs(plain[0]["kl"].toDouble()) < 1e-4);

    const auto steered
        = run({"score", "default", "--texts", texts, "--plan", plan, "--dtype", "f32"}).lines();
    QCOMPARE(steered.size(), 2);
    const double kl = goldenRun(12, 2)["neutral_kl_steered_from_base"].toDouble();
    QVERIFY(std::abs(steered[0]["kl"].toDouble() - kl) < 0.01 * kl);
}

void TestCli::interruptCancels()
{
    QProcess process;
    process.start(s_program,
        {"generate", "default", "--prompt", "One, two", "--max-new-tokens", "4000", "--ignore-eos",
            "--stream"});
    QVERIFY(process.waitForReadyRead(120000));
    QCOMPARE(kill(static_cast<pid_t>(process.processId()), SIGINT), 0);
    QVERIFY(process.waitForFinished(10000));
    QCOMPARE(process.exitStatus(), QProcess::NormalExit);
    QCOMPARE(process.exitCode(), 1);
    QCOMPARE(process.readAllStandardError(), QByteArray("error: cancelled\n"));
}

void TestCli::extractsShowsAndSteers()
{
    const QString set = path("formality_set");
    const QString bank = path("bank.safetensors");
    const Outcome outcome = run({"extract", "default", "--contrast", data("smollm2/pairs.json"), "--method",
        "mean_difference", "--read", "completion", "--out", set, "--bank", bank, "--dtype", "f32"});
    QVERIFY2(outcome.code == 0, outcome.err.constData());
    const QJsonObject result = outcome.object();
    QCOMPARE(result["name"].toString(), QStringLiteral("formality"));
    QCOMPARE(result["items"].toInt(), 16);
    QVERIFY(result["tokens"].toInt() > 0);
    const QJsonArray layers = result["layers"].toArray();
    QCOMPARE(layers.size(), 30);
    const double residual = m_golden["mean_residual_norm"][12].toDouble();
    QVERIFY(std::abs(layers[12]["mean_residual_norm"].toDouble() - residual) < 1e-3 * residual);
    QVERIFY(layers[12]["separation"].toDouble() > 0.9);
    QVERIFY(layers[12]["positive_projection"].toDouble() > layers[12]["negative_projection"].toDouble());
    for (const char* share : {"leave_one_out_auc", "leave_one_out_accuracy", "split_half_cosine",
             "cross_validated_auc", "explained_variance", "outlier_share", "permutation_p"}) {
        const double value = layers[12][QLatin1String(share)].toDouble(-1);
        QVERIFY2(value > 0 && value <= 1, share);
    }
    QCOMPARE(layers[12]["leave_one_out_cosines"].toArray().size(), 16);
    QVERIFY(layers[12]["norm_band"][0].toDouble() < layers[12]["norm"].toDouble());
    QVERIFY(layers[12]["norm_band"][1].toDouble() > layers[12]["norm"].toDouble());
    QCOMPARE(result["layer_cosines"].toArray().size(), 30);
    QCOMPARE(result["layer_cosines"][12].toArray().size(), 30);
    QCOMPARE(result["layer_cosines"][12][12].toDouble(), 1.0);
    QVERIFY(result["warnings"].isArray());
    const int recommended = result["recommended_layer"].toInt(-1);
    QVERIFY(result["recommendation"]["candidates"].toArray().contains(recommended));
    QVERIFY(result["recommendation"]["reason"].toString().startsWith("Leave-one-out AUC "));
    QCOMPARE(SafetensorsFile::open(bank.toStdString()).find("activations")->shape,
        (std::vector<int64_t>{16, 2, 30, 576}));

    const QJsonObject shown = run({"vector", "show", set}).object();
    QCOMPARE(shown["layers"].toArray().size(), 30);
    QCOMPARE(shown["method"].toString(), QStringLiteral("mean_difference"));
    QCOMPARE(shown["hidden"].toInt(), 576);

    const QJsonObject compared = run({"vector", "compare", set, writeGoldenVector(12)}).object();
    QCOMPARE(compared["layers"].toArray().size(), 30);
    QVERIFY(compared["layers"][12]["cosines"][0][1].toDouble() > 0.9999);

    // What a set does when no layer is named is said.
    const QByteArray lens = run({"lens", "default", "--vector", set, "--top", "1"}).err;
    QVERIFY2(lens.startsWith("reads layer ") && lens.contains("push"), lens.constData());
    QCOMPARE(run({"lens", "default", "--vector", set, "--top", "1", "--layer", "12"}).err, QByteArray());
    const QStringList two{"generate", "default", "--prompt", "a", "--max-new-tokens", "2", "--vector", set};
    const QByteArray warned = run(two).err;
    QVERIFY2(warned.startsWith("warning: ") && warned.contains("all its 30 layers"), warned.constData());
    QCOMPARE(run(two + QStringList{"--layer", "12"}).err, QByteArray());

    const QString plan
        = write("set_plan.json", R"({"edits": [{"vector": "formality_set", "layers": "12"}]})");
    const Outcome generated = run({"generate", "default", "--prompt", chatPrompt(), "--plan", plan,
        "--max-new-tokens", "30", "--ignore-eos", "--dtype", "f32"});
    QVERIFY2(generated.code == 0, generated.err.constData());
    const QJsonArray rows = generated.object()["rows"].toArray();
    QCOMPARE(rows.size(), 1);
    QCOMPARE(rows[0]["ids"].toArray(), firstOf(goldenRun(12, 1)["greedy_ids"].toArray(), 30));
}

void TestCli::keepsBadRowsOut()
{
    const QString file = write("rows.jsonl",
        "{\"prompt\": \"Hi\", \"positive\": \"Good day.\", \"negative\": \"hey\"}\n"
        "{\"prompt\": \"Hi\", \"positive\": 5}\n"
        "{\"prompt\": \"Bye\", \"positive\": \"Farewell.\", \"negative\": \"see ya\"}\n");
    const QString out = path("rows.pt");
    const Outcome outcome = run({"extract", "default", "--contrast", file, "--layers", "12", "--out", out});
    QVERIFY2(outcome.code == 0, outcome.err.constData());
    QCOMPARE(outcome.object()["items"].toInt(), 2);
    QCOMPARE(outcome.object()["skipped"][0]["line"].toInt(), 2);
    QVERIFY(outcome.object()["warnings"][0]["text"].toString().startsWith("Only 2 pairs"));
    QVERIFY(outcome.err.contains("Only 2 pairs"));
    QVERIFY2(outcome.err.contains("line 2"), outcome.err.constData());
    QVERIFY(QFile::exists(out));
    QVERIFY(QFile::exists(path("rows.json")));

    const QString tooLong = write("long.csv",
        "prompt,positive,negative\nHi,Good day.,hey\n,,\nHi,\"" + QByteArray("word ").repeated(10'000)
            + "\",hey\nBye,Farewell.,see ya\n");
    const Outcome cut = run({"extract", "default", "--contrast", tooLong, "--layers", "12", "--out", out});
    QVERIFY2(cut.code == 0, cut.err.constData());
    QCOMPARE(cut.object()["skipped"][0]["line"].toInt(), 4);
    QCOMPARE(cut.object()["skipped"][0]["number"].toInt(), 2);
    QVERIFY2(cut.err.contains("context holds 8192"), cut.err.constData());

    const Outcome wide = run({"extract", "default", "--contrast", file, "--out", path("all.pt")});
    QCOMPARE(wide.code, 1);
    QVERIFY2(wide.err.contains("--layers"), wide.err.constData());
}

void TestCli::readsAnswerLetters()
{
    const QString items = write("ab.json",
        R"items([{"prompt": "1 or 2? (A) 1 (B) 2", "positive": "(A)", "negative": "(B)"},
            {"prompt": "3 or 4? (A) 4 (B) 3", "positive": "(B)", "negative": "(A)"}])items");
    const auto readBy = [&](const QStringList& more) {
        const Outcome outcome = run(QStringList{"extract", "default", "--contrast", items, "--layers", "12",
                                        "--out", path("ab_vector.pt")}
            + more);
        return outcome.object()["read"].toString();
    };
    QCOMPARE(readBy({"--method", "caa"}), QStringLiteral("index:-2"));
    QCOMPARE(readBy({"--method", "caa", "--read", "last"}), QStringLiteral("last"));
    QCOMPARE(readBy({}), QStringLiteral("completion"));

    // The activations would be written over the items, or a part of the set.
    for (const QString& bank :
        {items, path("ab_set/layer_12.safetensors"), path("no/such/bank.safetensors")}) {
        const Outcome outcome = run({"extract", "default", "--contrast", items, "--layers", "12", "--out",
            path("ab_set"), "--bank", bank});
        QCOMPARE(outcome.code, 1);
        QVERIFY2(outcome.err.contains(bank.toUtf8()), outcome.err.constData());
        QVERIFY(!QFile::exists(path("ab_set")));
    }

    // The description of ab.pt would be written over the items.
    const Outcome over
        = run({"extract", "default", "--contrast", items, "--layers", "12", "--out", path("ab.pt")});
    QCOMPARE(over.code, 1);
    QVERIFY2(over.err.contains("ab.json: stands where"), over.err.constData());
}

void TestCli::readsVectorsAsTokens()
{
    const QString vector = writeGoldenVector(14);
    const QJsonObject lens
        = run({"lens", "default", "--vector", vector, "--top", "4", "--dtype", "f32"}).object();
    const QJsonObject golden = readObject(data("smollm2/lens.json"))["directions"][1].toObject();
    QVERIFY(lens["layer"].isNull()); // a list of numbers does not say its layer
    for (const char* side : {"raised", "lowered"}) {
        QCOMPARE(lens[side].toArray().size(), 4);
        for (int i = 0; i < 4; ++i) {
            QCOMPARE(lens[side][i]["id"].toInt(), golden[side][i]["id"].toInt());
            QVERIFY(std::abs(lens[side][i]["logit"].toDouble() - golden[side][i]["value"].toDouble()) < 0.01);
            QVERIFY(lens[side][i]["token"].isString());
        }
    }
    const Outcome other = run({"lens", "default", "--vector", data("vector_files/rotalabs_float32.pt")});
    QCOMPARE(other.code, 1);
}

void TestCli::mixesVectors()
{
    const QString a = data("vector_files/rotalabs_float32.pt");
    const QString b = data("vector_files/rotalabs_bfloat16.pt");
    const QString out = path("mixed.pt");
    const Outcome outcome = run({"vector", "mix", "2*\"" + a + "\" - 0.5*\"" + b + "\"", "--out", out});
    QVERIFY2(outcome.code == 0, outcome.err.constData());
    QCOMPARE(outcome.object()["layers"][0]["layer"].toInt(), 5);

    const QJsonObject expected = readObject(data("vector_files/expected.json"));
    const QJsonArray left = expected["rotalabs_float32"]["values"].toArray();
    const QJsonArray right = expected["rotalabs_bfloat16"]["values"].toArray();
    double sum = 0;
    for (qsizetype i = 0; i < left.size(); ++i)
        sum += std::pow(2 * left[i].toDouble() - 0.5 * right[i].toDouble(), 2);
    QVERIFY(
        std::abs(outcome.object()["layers"][0]["norm"].toDouble() - std::sqrt(sum)) < 1e-5 * std::sqrt(sum));
}

void TestCli::mixesAreNoneOfTheirParts()
{
    const QString a = copyVector("whole_a.pt", "rotalabs_float32.pt");
    const QString b = copyVector("whole_b.pt", "rotalabs_bfloat16.pt");
    for (const QString& expression :
        {QStringLiteral("unit(\"%1\")").arg(a), QStringLiteral("without(\"%1\", \"%2\")").arg(a, b),
            QStringLiteral("lerp(\"%1\", \"%2\", 0.5)").arg(a, b),
            QStringLiteral("\"%1\" + \"%2\"").arg(a, b)}) {
        for (const QString& out : {path("blend.pt"), path("blend.safetensors"), path("blend.svec")}) {
            const Outcome outcome = run({"vector", "mix", expression, "--out", out});
            QVERIFY2(outcome.code == 0, outcome.err.constData());
            QCOMPARE(outcome.object()["name"].toString(), QStringLiteral("blend"));
            QCOMPARE(outcome.object()["method"].toString(), QStringLiteral("mix"));
            QCOMPARE(outcome.object()["expression"].toString(), expression);
            QVERIFY(outcome.object()["pairs"].isNull());
            QVERIFY(outcome.object()["created_at"].isNull());
        }
    }
    QCOMPARE(readObject(path("blend.json"))["behavior"].toString(), QStringLiteral("blend"));
}

void TestCli::mixesPointAtTheFile()
{
    const QString a = data("vector_files/rotalabs_float32.pt");
    const auto failure = [&](const QString& expression) {
        const Outcome outcome = run({"vector", "mix", expression, "--out", path("pointed.pt")});
        return outcome.code == 1 && outcome.isOneErrorLine() ? outcome.err : QByteArray();
    };
    const QString before = "2*\"" + a + "\" - ";
    const QByteArray where = "error: character " + QByteArray::number(before.size() + 1) + ": ";
    const QByteArray missing = failure(before + "/nowhere/v.pt");
    QVERIFY2(missing.startsWith(where + "/nowhere/v.pt: "), missing.constData());
    const QByteArray broken = failure(before + write("broken.svec", "{"));
    QVERIFY2(broken.startsWith(where + path("broken.svec").toUtf8()), broken.constData());
    QVERIFY(!QFile::exists(path("pointed.pt")));
}

// A set of 30 layers is named at block 0, which a GGUF cannot hold: the advice can be typed.
void TestCli::convertsSomeLayers()
{
    QJsonObject directions;
    for (int layer = 0; layer < 30; ++layer)
        directions[QString::number(layer)] = QJsonArray{1.0, double(layer)};
    const QString set = write("all.svec", QJsonDocument(QJsonObject{{"directions", directions}}).toJson());
    const QString out = path("all.gguf");
    const auto layersOf = [](const Outcome& outcome) {
        QList<int> layers;
        for (const QJsonValue layer : outcome.object()["layers"].toArray())
            layers << layer["layer"].toInt(-1);
        return layers;
    };
    const auto advises = [](const Outcome& outcome, const char* advice) {
        QCOMPARE(outcome.code, 1);
        QVERIFY2(outcome.isOneErrorLine() && outcome.err.contains(advice), outcome.err.constData());
    };

    advises(run({"vector", "convert", set, out}), "--layers 1-29");
    const Outcome converted = run({"vector", "convert", set, out, "--layers", "1-29"});
    QVERIFY2(converted.code == 0, converted.err.constData());
    QCOMPARE(layersOf(converted).size(), 29);
    QCOMPARE(layersOf(converted).first(), 1);
    const QString mixed = path("mixed.gguf");
    const QString expression = "2*\"" + set + "\"";
    advises(run({"vector", "mix", expression, "--out", mixed}), "--layers 1-29");
    QCOMPARE(layersOf(run({"vector", "mix", expression, "--out", mixed, "--layers", "3"})), QList<int>{3});
    QCOMPARE(layersOf(run({"vector", "mix", expression, "--out", mixed, "--layer", "4"})), QList<int>{4});
    advises(run({"vector", "convert", set, out, "--layers", "0,4-6,9"}), "--layers 4-6,9");
    advises(run({"vector", "convert", set, out, "--shift-layers", "-2", "--layers", "2-5"}), "--layers 3-5");
    advises(run({"extract", "default", "--contrast", data("smollm2/pairs.json"), "--read", "completion",
                "--out", path("x.gguf")}),
        "--layers 1-29");
    advises(run({"vector", "convert", set, out, "--layer", "0"}), "rotalabs");

    const QString some = path("some.svec");
    QCOMPARE(layersOf(run({"vector", "convert", set, some, "--layers", "3,10-11"})), (QList<int>{3, 10, 11}));
    QCOMPARE(layersOf(run({"vector", "convert", set, some, "--layers", "all"})).size(), 30);
    QCOMPARE(layersOf(run({"vector", "convert", set, some, "--layers", "3-4", "--shift-layers", "1"})),
        (QList<int>{4, 5}));
    advises(run({"vector", "convert", set, some, "--layers", "29-30"}), "no layer 30 (it has 0-29)");
    advises(run({"vector", "convert", set, some, "--layers", "5-3"}), "wrong way round");
    advises(run({"vector", "convert", set, some, "--layers", "5:0.5"}), "5:0.5");
    QCOMPARE(run({"vector", "convert", set, some, "--layers", "5", "--layer", "5"}).code, 2);
}

void TestCli::inventsNoLayer()
{
    const QString bare = writeJson("nowhere.json", {1.0, 2.0, 3.0});
    const QString mix = "2*\"" + bare + "\"";
    for (const char* name : {"homeless.gguf", "homeless.safetensors", "homeless.svec", "homeless"}) {
        for (const QStringList& verb :
            {QStringList{"convert", bare, path(name)}, QStringList{"mix", mix, "--out", path(name)}}) {
            const Outcome refused = run(QStringList{"vector"} + verb);
            QCOMPARE(refused.code, 1);
            QVERIFY2(refused.isOneErrorLine() && refused.err.contains("--layer L"), refused.err.constData());
            QVERIFY(!QFile::exists(path(name)));
            const Outcome placed = run(QStringList{"vector"} + verb + QStringList{"--layer", "7"});
            QVERIFY2(placed.code == 0, placed.err.constData());
            QCOMPARE(placed.object()["layers"][0]["layer"].toInt(), 7);
            QVERIFY(QFileInfo(path(name)).isDir() ? QDir(path(name)).removeRecursively()
                                                  : QFile::remove(path(name)));
        }
    }
    // A tensor alone says no layer, and need not.
    for (const QStringList& verb :
        {QStringList{"convert", bare, path("bare.pt")}, QStringList{"mix", mix, "--out", path("bare.pt")}}) {
        QFile::remove(path("bare.json"));
        const Outcome kept = run(QStringList{"vector"} + verb);
        QVERIFY2(kept.code == 0, kept.err.constData());
        QVERIFY(kept.object()["layers"][0]["layer"].isNull());
        QVERIFY(!QFile::exists(path("bare.json")));
    }
    QCOMPARE(run({"vector", "convert", bare, path("named.pt"), "--format", "rotalabs"}).code, 1);
    const Outcome chosen = run({"vector", "convert", bare, path("named.svec"), "--layers", "7"});
    QCOMPARE(chosen.code, 1);
    QVERIFY2(chosen.err.contains("--layer L"), chosen.err.constData());
}

// Scripts run the same command again.
void TestCli::replacesVectorsAloud()
{
    const QString a = copyVector("again_a.pt", "rotalabs_float32.pt");
    const QString items = write("again.jsonl",
        "{\"prompt\": \"Hi\", \"positive\": \"Good day.\", \"negative\": \"hey\"}\n"
        "{\"prompt\": \"Bye\", \"positive\": \"Farewell.\", \"negative\": \"see ya\"}\n");
    for (const QString& out :
        {path("again.pt"), path("again.safetensors"), path("again.gguf"), path("again.svec"), path("again")})
        for (const QStringList& command :
            {QStringList{"vector", "convert", a, out}, QStringList{"vector", "mix", "2*" + a, "--out", out},
                QStringList{"extract", "default", "--contrast", items, "--layers", "12", "--out", out}}) {
            const QByteArray said = "replaced " + out.toUtf8() + '\n';
            const Outcome first = run(command);
            QVERIFY2(first.code == 0, first.err.constData());
            QCOMPARE(first.err.contains(said), command[1] != "convert");
            const Outcome second = run(command);
            QVERIFY2(second.code == 0, second.err.constData());
            QVERIFY2(second.err.contains(said), second.err.constData());
            QCOMPARE(second.object()["out"].toString(), out);
        }
    // What mktemp leaves is nothing.
    const Outcome fresh = run({"vector", "convert", a, write("fresh.svec", {})});
    QVERIFY2(fresh.code == 0 && fresh.err.isEmpty(), fresh.err.constData());
}

void TestCli::replacesNoInput_data()
{
    QDir(m_folder.path()).mkpath("in");
    copyVector("in/a.pt", "rotalabs_float32.pt");
    copyVector("in/b.pt", "rotalabs_bfloat16.pt");
    for (const char* extension : {".pt", ".json"})
        QFile::link(path(QStringLiteral("in/a") + extension), path(QStringLiteral("in/link") + extension));
    QFile::copy(data("vector_files/strided_view.pt"), path("in/bare.pt"));
    QFile::copy(data("vector_files/aisteer.svec"), path("in/set.svec"));
    run({"vector", "convert", path("in/set.svec"), path("in/set")});
    write("in/items.jsonl", "{\"positive\": \"Good day.\", \"negative\": \"hey\"}\n");

    QTest::addColumn<QStringList>("command");
    QTest::addColumn<QString>("out");
    const auto mix = [&](const char* name, const QString& text, const char* out) {
        QTest::newRow(name) << QStringList{"vector", "mix", text, "--out", path(out)} << path(out);
    };
    const auto convert = [&](const char* name, const char* in, const char* out) {
        QTest::newRow(name) << QStringList{"vector", "convert", path(in), path(out)} << path(out);
    };
    const QString a = path("in/a.pt");
    const QString b = path("in/b.pt");
    mix("mix, the same name", a + " + 0.5*" + b, "in/b.pt");
    mix("mix, in a function", "without(" + a + ", " + b + ")", "in/b.pt");
    mix("mix, another spelling", path("in/../in/./a.pt") + " + " + b, "in/a.pt");
    mix("mix, by a link", a + " + " + b, "in/link.pt");
    mix("mix, of a link", path("in/link.pt"), "in/a.pt");
    mix("mix, named without extension", path("in/a"), "in/a.pt");
    mix("mix, named by its json", path("in/a.json"), "in/a.pt");
    mix("mix, a layer of the set", path("in/set"), "in/set/layer_3.pt");
    convert("convert, the same name", "in/a.pt", "in/a.pt");
    convert("convert, a set", "in/set", "in/set");
    convert("convert, a set by its list", "in/set/metadata.json", "in/set");
    convert("convert, into its own set", "in/set/layer_3.pt", "in/set");
    convert("convert, a link", "in/a.pt", "in/link.pt");
    QTest::newRow("extract") << QStringList{"extract", "default", "--contrast", path("in/items.jsonl"),
        "--layers", "3", "--format", "svec", "--out", path("in/items.jsonl")}
                             << path("in/items.jsonl");
}

void TestCli::replacesNoInput()
{
    QFETCH(QStringList, command);
    QFETCH(QString, out);
    const auto bytes = [](const QString& name) {
        QFile file(name);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    };
    const QStringList kept{path("in/a.pt"), path("in/a.json"), path("in/b.pt"), path("in/b.json"),
        path("in/set/metadata.json"), path("in/set/layer_3.pt"), path("in/items.jsonl")};
    QList<QByteArray> before;
    for (const QString& name : kept)
        before << bytes(name);
    QVERIFY(!before.contains(QByteArray()));
    const Outcome outcome = run(command);
    QCOMPARE(outcome.code, 1);
    QVERIFY2(outcome.isOneErrorLine(), outcome.err.constData());
    QVERIFY2(outcome.err.contains(out.toUtf8() + ": would replace "), outcome.err.constData());
    for (int i = 0; i < kept.size(); ++i)
        QCOMPARE(bytes(kept[i]), before[i]);
}

// Only an earlier vector gives way: not a model, not a text.
void TestCli::replacesNothingElse()
{
    QVERIFY(QFile::copy(data("models/gguf/llama_f32/model.gguf"), path("model.gguf")));
    const QString a = data("vector_files/rotalabs_float32.pt");
    const QString notes = write("notes.txt", "mine");
    for (const QStringList& command : {QStringList{"vector", "convert", a, path("model.gguf")},
             QStringList{"vector", "mix", a, "--out", path("model.gguf")},
             QStringList{"vector", "convert", a, notes, "--format", "svec"},
             QStringList{"extract", "default", "--contrast", data("smollm2/pairs.json"), "--layers", "3",
                 "--out", path("model.gguf")}}) {
        const Outcome outcome = run(command);
        QCOMPARE(outcome.code, 1);
        QVERIFY2(outcome.isOneErrorLine(), outcome.err.constData());
        QVERIFY2(outcome.err.contains(": is no vector, and "), outcome.err.constData());
    }
    QFile file(notes);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(file.readAll(), QByteArray("mine"));
}

void TestCli::convertsVectors()
{
    const QString original = data("vector_files/rotalabs_float32.pt");
    const QString shifted = path("shifted.safetensors");
    const Outcome outcome = run({"vector", "convert", original, shifted, "--shift-layers", "-1"});
    QVERIFY2(outcome.code == 0, outcome.err.constData());
    QCOMPARE(outcome.object()["layers"][0]["layer"].toInt(), 4);

    const QString back = path("back.pt");
    QCOMPARE(run({"vector", "convert", shifted, back, "--shift-layers", "1"}).code, 0);
    const QJsonObject compared = run({"vector", "compare", original, back}).object();
    QCOMPARE(compared["layers"][0]["layer"].toInt(), 5);
    QVERIFY(std::abs(compared["layers"][0]["cosines"][0][1].toDouble() - 1) < 1e-6);

    QCOMPARE(run({"vector", "convert", original, path("below.pt"), "--shift-layers", "-6"}).code, 1);
    QCOMPARE(run({"vector", "compare", original, shifted}).code, 1);

    const QString bare = writeJson("bare.json", {1.0, 2.0, 3.0});
    QVERIFY(run({"vector", "show", bare}).object()["layers"][0]["layer"].isNull());
    const Outcome placed = run({"vector", "convert", bare, path("placed.safetensors"), "--layer", "7"});
    QVERIFY2(placed.code == 0, placed.err.constData());
    QCOMPARE(placed.object()["layers"][0]["layer"].toInt(), 7);
}

void TestCli::refusesVectorsOfAnotherModel()
{
    const auto generate = [](const QStringList& options) {
        return run(QStringList{"generate", "default", "--prompt", "Hi", "--max-new-tokens", "2"} + options);
    };
    const Outcome narrow = generate({"--vector", data("vector_files/rotalabs_float32.pt")});
    QCOMPARE(narrow.code, 1);
    QVERIFY2(narrow.err.contains("576"), narrow.err.constData());

    const QString bare = writeGoldenVector(12);
    const Outcome homeless = generate({"--vector", bare});
    QCOMPARE(homeless.code, 1);
    QVERIFY2(homeless.err.contains("layer"), homeless.err.constData());

    // A vector that was made for another model of the same width.
    const QString foreign = path("foreign.pt");
    QCOMPARE(run({"vector", "convert", bare, foreign, "--layer", "12"}).code, 0);
    QJsonObject metadata = readObject(path("foreign.json"));
    metadata["model_name"] = "someone/Another-Model-1B";
    write("foreign.json", QJsonDocument(metadata).toJson());
    const Outcome refused = generate({"--vector", foreign});
    QCOMPARE(refused.code, 1);
    QVERIFY2(refused.err.contains("Another-Model-1B"), refused.err.constData());
    QCOMPARE(generate({"--vector", foreign, "--allow-other-model"}).code, 0);
}

void TestCli::benchNeedsNoTokenizer()
{
    const Outcome outcome = run({"bench", data("models/llama"), "--json"});
    QVERIFY2(outcome.code == 0, outcome.err.constData());
    const QJsonObject result = outcome.object();
    QVERIFY(result["prefill"]["tokens_per_second"].toDouble() > 0);
    QList<int> rows;
    QList<int> steered;
    for (const QJsonValue decode : result["decode"].toArray()) {
        rows << decode["rows"].toInt();
        steered << decode["steered"].toInt();
        const double rate = decode["tokens_per_second"].toDouble();
        QVERIFY(rate > 0);
        QVERIFY(decode["runs"]["count"].toInt() > 0);
        QVERIFY(decode["runs"]["min"].toDouble() <= rate && rate <= decode["runs"]["max"].toDouble());
        const double bound = decode["bound_tokens_per_second"].toDouble();
        QVERIFY(bound > 0);
        QVERIFY(std::abs(decode["of_bound"].toDouble() - rate / bound) < 1e-6 * rate / bound);
    }
    QCOMPARE(rows, (QList<int>{1, 2, 8, 64}));
    QCOMPARE(steered, (QList<int>{1, 1, 7, 63}));
    QVERIFY(!result["extraction"]["left_out"].toString().isEmpty());
    QVERIFY(result["sweep"]["cells"].toInt() > 0);
    QVERIFY(result["memory"]["resident_bytes"].toDouble() > 1e6);
    QVERIFY(result["memory"]["after_load_bytes"].toDouble() > 1e6);
    QVERIFY(result["memory"]["file_bytes"].toDouble() > 1e4);
    QVERIFY(result["bandwidth_bytes_per_second"].toDouble() > 1e8);

    const Outcome table = run({"bench", data("models/llama")});
    QCOMPARE(table.code, 0);
    QVERIFY(table.out.contains("tokens/s"));
    QVERIFY(table.out.contains("of what memory allows"));
}

// The file, 15 % and 120 MB for libraries, tokenizer and all else.
void TestCli::theDefaultModelFitsItsMemory()
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    QSKIP("sanitizers take memory of their own");
#endif
    if (!std::filesystem::exists(TILLER_BINARY_DIR "/lib/tiller"))
        QSKIP("this libtorch is larger or smaller");
    const Outcome outcome = run({"bench", "default", "--only", "load,memory", "--json"});
    QCOMPARE(outcome.code, 0);
    const QJsonObject memory = outcome.object()["memory"].toObject();
    const double limit = memory["file_bytes"].toDouble() * 1.15 + 120e6;
    QCOMPARE(outcome.object()["dtype"].toString(), QStringLiteral("packed"));
    QVERIFY2(memory["after_load_bytes"].toDouble() < limit, outcome.out.constData());
}

void TestCli::benchMeasuresWhatIsAsked()
{
    // The list does not swallow the model behind it.
    const Outcome outcome
        = run({"bench", "--only", "decode,memory", "--rows", "3,1", data("models/llama"), "--json"});
    QVERIFY2(outcome.code == 0, outcome.err.constData());
    const QJsonObject result = outcome.object();
    QCOMPARE(result["decode"][0]["rows"].toInt(), 3);
    QCOMPARE(result["decode"][0]["steered"].toInt(), 2);
    QCOMPARE(result["decode"][1]["rows"].toInt(), 1);
    QVERIFY(result.contains("memory"));
    for (const char* other : {"load_seconds", "prefill", "extraction", "sweep", "bandwidth_bytes_per_second"})
        QVERIFY2(!result.contains(QLatin1String(other)), other);
    // Without a measured bandwidth there is no bound.
    QVERIFY(!result["decode"][0].toObject().contains("of_bound"));

    const Outcome table = run({"bench", data("models/llama"), "--only", "load"});
    QCOMPARE(table.code, 0);
    QVERIFY(table.out.contains("load ") && !table.out.contains("decode"));
}

QTEST_GUILESS_MAIN(TestCli)
#include "tst_cli.moc"
