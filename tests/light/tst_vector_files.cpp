#include "core/io/gguf.h"
#include "core/io/json.h"
#include "core/io/pt.h"
#include "core/io/safetensors.h"
#include "core/steer/vector_files.h"
#include "tests/support/refusal.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <cmath>
#include <nlohmann/json.hpp>

using namespace tiller;
using nlohmann::json;
using tiller::test::refusal;
using tiller::test::writeFile;
namespace fs = std::filesystem;

namespace {

const fs::path s_data = TILLER_TEST_DATA "/vector_files";

std::vector<float> floats(const json& values)
{
    std::vector<float> result;
    for (const json& value : values)
        result.push_back(static_cast<float>(value.get<double>()));
    return result;
}

std::map<int, std::vector<float>> layersOf(const SteeringVector& vector)
{
    std::map<int, std::vector<float>> result;
    for (const auto& [layer, direction] : vector.layers)
        result[layer] = direction.values;
    return result;
}

LayerVector direction(float first)
{
    LayerVector result;
    result.values = {first, -0.1f, 3.4e38f, 1e-45f, -0.0f, 1.0f / 3};
    return result;
}

SteeringVector describedVector(std::initializer_list<int> layers)
{
    SteeringVector vector;
    vector.name = "förmlich \"quoted\"";
    vector.modelName = "HuggingFaceTB/SmolLM2-135M-Instruct";
    vector.modelFingerprint = "0123456789abcdef";
    vector.method = "mean_difference";
    vector.expression = "formal - 0.5 \"two words\"";
    vector.readPosition = "completion";
    vector.normalisation = "none";
    vector.positiveLabel = "formal";
    vector.negativeLabel = "casual";
    vector.pairs = 16;
    vector.createdAt = "2026-11-23T10:38:56";
    for (const int layer : layers) {
        vector.layers[layer] = direction(static_cast<float>(layer) + 0.7f);
        vector.layers[layer].positiveProjection = 1.0 / 3 + layer;
        vector.layers[layer].negativeProjection = -2.5e-7;
        vector.layers[layer].meanResidualNorm = 104.36319999;
    }
    return vector;
}

void compareProvenance(const SteeringVector& a, const SteeringVector& b)
{
    QCOMPARE(a.name, b.name);
    QCOMPARE(a.modelName, b.modelName);
    QCOMPARE(a.modelFingerprint, b.modelFingerprint);
    QCOMPARE(a.method, b.method);
    QCOMPARE(a.expression, b.expression);
    QCOMPARE(a.readPosition, b.readPosition);
    QCOMPARE(a.normalisation, b.normalisation);
    QCOMPARE(a.positiveLabel, b.positiveLabel);
    QCOMPARE(a.negativeLabel, b.negativeLabel);
    QCOMPARE(a.pairs, b.pairs);
    QCOMPARE(a.createdAt, b.createdAt);
    for (const auto& [layer, expected] : b.layers) {
        QVERIFY(a.layers.at(layer).positiveProjection == expected.positiveProjection);
        QVERIFY(a.layers.at(layer).negativeProjection == expected.negativeProjection);
        QVERIFY(a.layers.at(layer).meanResidualNorm == expected.meanResidualNorm);
    }
}

}

class TestVectorFiles : public QObject {
    Q_OBJECT

    const json m_expected = readJson(s_data / "expected.json");

private slots:
    // A folder is one set: what an earlier one left goes, what is somebody else's stays and is refused.
    void aSetReplacesAnEarlierOne()
    {
        QTemporaryDir folder;
        const std::filesystem::path path = std::filesystem::path(folder.path().toStdString()) / "set";
        SteeringVector set = readVector(TILLER_TEST_DATA "/vector_files/rotalabs_set");
        writeVector(path, set);
        set.layers.erase(3);
        writeVector(path, set);
        QCOMPARE(layersOf(readVector(path)), layersOf(set));
        QVERIFY(std::filesystem::exists(path / "layer_2.pt"));
        QVERIFY(!std::filesystem::exists(path / "layer_3.pt"));
        QVERIFY(!std::filesystem::exists(path / "layer_3.json"));

        const std::filesystem::path other = std::filesystem::path(folder.path().toStdString()) / "other";
        std::filesystem::create_directories(other);
        std::filesystem::copy(path / "layer_2.pt", other / "layer_0.pt");
        QVERIFY_THROWS_EXCEPTION(Error, writeVector(other, set));
        QVERIFY(!std::filesystem::exists(other / "metadata.json"));
    }

    void readsRotalabsVectors()
    {
        for (const char* name : {"rotalabs_float32", "rotalabs_bfloat16", "rotalabs_float16"}) {
            for (const char* ending : {".pt", ".json", ""}) {
                const SteeringVector vector = readVector(s_data / (std::string(name) + ending));
                QCOMPARE(layersOf(vector),
                    (std::map<int, std::vector<float>>{{5, floats(m_expected[name]["values"])}}));
                QVERIFY(!vector.layerUnknown);
                QCOMPARE(vector.name, std::string("formality"));
                QCOMPARE(vector.modelName, std::string("tiny-llama"));
                QCOMPARE(vector.method, std::string("caa"));
                QCOMPARE(vector.readPosition, std::string("last"));
                QCOMPARE(vector.pairs, 4);
                QCOMPARE(vector.sourceFormat, std::string("rotalabs"));
                QVERIFY(vector.createdAt.starts_with("2026-"));
                QVERIFY(!vector.layers.at(5).meanResidualNorm);
            }
        }
    }

    void readsSets_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("format");
        QTest::newRow("rotalabs folder") << "rotalabs_set"
                                         << "rotalabs";
        QTest::newRow("repeng") << "repeng.gguf"
                                << "gguf";
        QTest::newRow("saklas profile") << "profile.safetensors"
                                        << "safetensors";
        QTest::newRow("AISteer360") << "aisteer.svec"
                                    << "svec";
    }
    // File dialogs cannot choose a folder and a file alike: the list inside stands for its set.
    void readsASetByItsList()
    {
        const SteeringVector set = readVector(TILLER_TEST_DATA "/vector_files/rotalabs_set");
        const SteeringVector byList = readVector(TILLER_TEST_DATA "/vector_files/rotalabs_set/metadata.json");
        QCOMPARE(byList.layers.size(), size_t(3));
        for (const auto& [layer, vector] : set.layers)
            QCOMPARE(byList.layers.at(layer).values, vector.values);
        QCOMPARE(byList.name, set.name);
    }

    void readsSets()
    {
        QFETCH(QString, file);
        QFETCH(QString, format);
        std::map<int, std::vector<float>> expected;
        for (const auto& [key, values] : m_expected[file.toStdString()].items())
            expected[std::stoi(key.starts_with("layer_") ? key.substr(6) : key)] = floats(values);
        const SteeringVector vector = readVector(s_data / file.toStdString());
        QCOMPARE(layersOf(vector), expected);
        QCOMPARE(vector.sourceFormat, format.toStdString());
        QVERIFY(!vector.name.empty() && !vector.layerUnknown);
    }

    void readsBareTensors()
    {
        const auto caa = readVector(s_data / "vec_layer_13_Llama-2-7b-chat-hf.pt");
        QCOMPARE(layersOf(caa), (std::map<int, std::vector<float>>{{13, floats(m_expected["caa_bare"])}}));
        QVERIFY(!caa.layerUnknown);
        QCOMPARE(caa.sourceFormat, std::string("pt"));

        const auto strided = readVector(s_data / "strided_view.pt");
        QCOMPARE(
            layersOf(strided), (std::map<int, std::vector<float>>{{0, floats(m_expected["strided_view"])}}));
        QVERIFY(strided.layerUnknown);
        QCOMPARE(strided.name, std::string("strided_view"));

        QCOMPARE(readVector(s_data / "row_1x16.pt").width(), size_t(16));
        const auto dictionary = readVector(s_data / "dict.pt");
        QVERIFY(dictionary.layers.contains(4) && !dictionary.layerUnknown && dictionary.width() == 16);
    }

    void readsFoldersWithoutMetadata()
    {
        QTemporaryDir folder;
        for (const char* name : {"layer_2.pt", "layer_3.pt", "layer_3.json"})
            QVERIFY(QFile::copy(
                QString(TILLER_TEST_DATA "/vector_files/rotalabs_set/") + name, folder.filePath(name)));
        QFile::copy(TILLER_TEST_DATA "/vector_files/vec_layer_13_Llama-2-7b-chat-hf.pt",
            folder.filePath("vec_layer_13_Llama-2-7b-chat-hf.pt"));
        QFile::copy(TILLER_TEST_DATA "/vector_files/strided_view.pt", folder.filePath("other.pt"));
        const auto vector = readVector(folder.path().toStdString());
        QCOMPARE(layersOf(vector),
            (std::map<int, std::vector<float>>{{2, floats(m_expected["rotalabs_set"]["2"])},
                {3, floats(m_expected["rotalabs_set"]["3"])}, {13, floats(m_expected["caa_bare"])}}));
    }

    void readsJsonArrays()
    {
        QTemporaryDir folder;
        const auto vector = readVector(writeFile(folder.filePath("direction.json"), "[0.1, -2, 3e-5]"));
        QCOMPARE(layersOf(vector), (std::map<int, std::vector<float>>{{0, {0.1f, -2, 3e-5f}}}));
        QVERIFY(vector.layerUnknown);
        QCOMPARE(vector.name, std::string("direction"));
        QCOMPARE(vector.sourceFormat, std::string("json"));
    }

    void readsTheOlderFlatSvec()
    {
        QTemporaryDir folder;
        const auto vector = readVector(
            writeFile(folder.filePath("a.svec"), R"({"model_type":"llama","directions":{"7":[1,2]}})"));
        QCOMPARE(layersOf(vector), (std::map<int, std::vector<float>>{{7, {1, 2}}}));
    }

    void writesAndReadsBack_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("format");
        QTest::addColumn<bool>("set");
        QTest::newRow("rotalabs file") << "v.pt"
                                       << "" << false;
        QTest::newRow("rotalabs file, named") << "v.pt"
                                              << "rotalabs" << false;
        QTest::newRow("rotalabs folder") << "v"
                                         << "" << true;
        QTest::newRow("rotalabs folder, named") << "v.1"
                                                << "rotalabs" << true;
        QTest::newRow("rotalabs folder of one layer") << "v"
                                                      << "" << false;
        QTest::newRow("gguf") << "v.gguf"
                              << "" << true;
        QTest::newRow("safetensors") << "v.safetensors"
                                     << "" << true;
        QTest::newRow("svec") << "v.svec"
                              << "" << true;
    }
    void writesAndReadsBack()
    {
        QFETCH(QString, file);
        QFETCH(QString, format);
        QFETCH(bool, set);
        QTemporaryDir folder;
        const fs::path path = folder.filePath(file).toStdString();
        const SteeringVector vector = set ? describedVector({1, 12, 29}) : describedVector({12});
        for (int time = 0; time < 2; ++time) { // over itself, too
            writeVector(path, vector, format.toStdString());
            const SteeringVector read = readVector(path);
            QCOMPARE(layersOf(read), layersOf(vector));
            compareProvenance(read, vector);
        }

        SteeringVector undescribed;
        undescribed.layers[3] = direction(1);
        writeVector(path, undescribed, format.toStdString());
        const SteeringVector read = readVector(path);
        QCOMPARE(layersOf(read), layersOf(undescribed));
        QVERIFY(
            !read.layers.at(3).positiveProjection && !read.layers.at(3).meanResidualNorm && read.pairs == 0);
    }

    void writesBareTensors()
    {
        QTemporaryDir folder;
        const fs::path path = folder.filePath("v.pt").toStdString();
        writeVector(path, describedVector({12}), "pt");
        QVERIFY(!QFile::exists(folder.filePath("v.json")));
        const auto read = readVector(path);
        QVERIFY(read.layerUnknown);
        QCOMPARE(read.layers.at(0).values, describedVector({12}).layers.at(12).values);

        writeVector(folder.filePath("vec_layer_12_x.pt").toStdString(), describedVector({12}), "pt");
        QCOMPARE(readVector(folder.filePath("vec_layer_12_x.pt").toStdString()).layers.begin()->first, 12);
    }

    // Layer 0 would be invented: a bare .pt says none, the other layouts have to.
    void inventsNoLayer()
    {
        QTemporaryDir folder;
        const auto path = [&](const char* name) { return fs::path(folder.filePath(name).toStdString()); };
        SteeringVector vector;
        vector.layerUnknown = true;
        vector.layers[0] = direction(1);
        writeVector(path("v.pt"), vector);
        QVERIFY(!fs::exists(path("v.json")));
        QVERIFY(readVector(path("v.pt")).layerUnknown);
        QCOMPARE(layersOf(readVector(path("v.pt"))), layersOf(vector));
        QVERIFY(refusal([&] { writeVector(path("layer_7.pt"), vector); }).contains("the name says layer 7"));
        QCOMPARE(checkWritable(path("v.pt"), {}, true).name, std::string_view("pt"));
        QCOMPARE(checkWritable(path("v.pt")).name, std::string_view("rotalabs"));
        for (const char* name : {"v.gguf", "v.svec", "v"}) {
            const QString message = refusal([&] { writeVector(path(name), vector); });
            QVERIFY2(message.contains("does not say its layer"), qPrintable(message));
            QVERIFY(!fs::exists(path(name)));
        }
        QVERIFY(refusal([&] {
            writeVector(path("v.pt"), vector, "rotalabs");
        }).contains("does not say its layer"));
    }

    // A bare .pt would be read with the description of what stood there.
    void aBareTensorTakesNoOthersDescription()
    {
        QTemporaryDir folder;
        const fs::path path = folder.filePath("v.pt").toStdString();
        writeVector(path, describedVector({12}));
        const auto refuses = [](const auto& action) {
            const QString message = refusal(action);
            QVERIFY2(message.contains("v.json: describes"), qPrintable(message));
        };
        refuses([&] { writeVector(path, describedVector({7}), "pt"); });
        refuses([&] { checkWritable(path, "pt"); });
        QCOMPARE(layersOf(readVector(path)), layersOf(describedVector({12})));
    }

    void keepsTheRotalabsLayout()
    {
        QTemporaryDir folder;
        writeVector(folder.filePath("v.pt").toStdString(), describedVector({12}));
        const json one = readJson(folder.filePath("v.json").toStdString());
        QVERIFY(one["behavior"] == json("förmlich \"quoted\""));
        QVERIFY(one["layer_index"] == json(12));
        QVERIFY(one["model_name"] == json("HuggingFaceTB/SmolLM2-135M-Instruct"));
        QVERIFY(one["extraction_method"] == json("mean_difference"));
        QVERIFY(one["vector_shape"] == json::array({6}));
        const json& metadata = one["metadata"];
        QVERIFY(metadata["num_pairs"] == json(16));
        QVERIFY(metadata["token_position"] == json("completion"));
        QVERIFY(metadata["created_at"] == json("2026-11-23T10:38:56"));
        QVERIFY(metadata["vector_norm"] == json(describedVector({12}).layers.at(12).norm()));
        for (const char* key : {"positive_projection", "negative_projection", "mean_residual_norm"})
            QVERIFY(metadata[key].is_number());
        for (const char* key : {"method", "read_position", "normalisation", "model_fingerprint",
                 "positive_label", "negative_label"})
            QVERIFY(metadata[key].is_string());

        writeVector(folder.filePath("set").toStdString(), describedVector({1, 12}));
        const json set = readJson(folder.filePath("set/metadata.json").toStdString());
        QVERIFY(set
            == json({{"behavior", "förmlich \"quoted\""}, {"layers", {1, 12}},
                {"model_name", "HuggingFaceTB/SmolLM2-135M-Instruct"}}));
        QCOMPARE(QDir(folder.filePath("set")).entryList(QDir::Files),
            (QStringList{"layer_1.json", "layer_1.pt", "layer_12.json", "layer_12.pt", "metadata.json"}));
    }

    void aSmallerSetHidesTheLayersOfTheEarlierOne()
    {
        QTemporaryDir folder;
        writeVector(folder.path().toStdString(), describedVector({1, 2, 3}));
        writeVector(folder.path().toStdString(), describedVector({2}));
        QCOMPARE(layersOf(readVector(folder.path().toStdString())), layersOf(describedVector({2})));
    }

    void keepsTheControlVectorLayout()
    {
        QTemporaryDir folder;
        const fs::path path = folder.filePath("v.gguf").toStdString();
        writeVector(path, describedVector({1, 12}));
        const GgufFile file = GgufFile::open(path);
        QCOMPARE(file.getString("general.architecture").value(), std::string("controlvector"));
        QCOMPARE(file.getString("controlvector.model_hint").value(), describedVector({1}).modelName);
        QCOMPARE(file.getInt("controlvector.layer_count").value(), int64_t(2));
        QCOMPARE(file.tensors().size(), size_t(2));
        QCOMPARE(file.find("direction.12")->shape, std::vector<int64_t>{6});
    }

    void keepsMeasuresInSafetensorsMetadata()
    {
        QTemporaryDir folder;
        const fs::path path = folder.filePath("v.safetensors").toStdString();
        writeVector(path, describedVector({1, 12}));
        const auto metadata = SafetensorsFile::open(path).metadata();
        QCOMPARE(metadata.at("method"), std::string("mean_difference"));
        QVERIFY(json::parse(metadata.at("mean_residual_norm"))
            == json({{"1", 104.36319999}, {"12", 104.36319999}}));
    }

    void refusesToWrite_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("format");
        QTest::addColumn<QString>("change");
        QTest::addColumn<QString>("reason");
        QTest::newRow("set in one .pt") << "v.pt"
                                        << ""
                                        << ""
                                        << "holds one layer, and this vector has 2";
        QTest::newRow("set in a bare .pt") << "v.pt"
                                           << "pt"
                                           << ""
                                           << "holds one layer, and this vector has 2";
        QTest::newRow("layer 0 in gguf") << "v.gguf"
                                         << ""
                                         << "layer0"
                                         << "cannot steer block 0";
        QTest::newRow("unknown extension") << "v.bin"
                                           << ""
                                           << ""
                                           << "the extension names no vector format";
        QTest::newRow("unknown format") << "v.pt"
                                        << "numpy"
                                        << ""
                                        << "'numpy' cannot be written";
        QTest::newRow("read-only format") << "v.json"
                                          << "json"
                                          << ""
                                          << "'json' cannot be written";
        QTest::newRow("not a number") << "v.safetensors"
                                      << ""
                                      << "nan"
                                      << "layer 2: value 1 is not a finite number";
        QTest::newRow("infinite") << "v.svec"
                                  << ""
                                  << "inf"
                                  << "layer 2: value 1 is not a finite number";
        QTest::newRow("two widths") << "v.gguf"
                                    << ""
                                    << "width"
                                    << "layer 2 has 7 values and layer 1 has 6";
        QTest::newRow("nothing") << "v"
                                 << ""
                                 << "nothing"
                                 << "holds no direction";
        QTest::newRow("empty direction") << "v.svec"
                                         << ""
                                         << "empty"
                                         << "layer 1: the direction is empty";
        QTest::newRow("negative layer") << "v.svec"
                                        << ""
                                        << "negative"
                                        << "layer -1: layers count from 0";
        QTest::newRow("no such folder") << "gone/v.svec"
                                        << ""
                                        << ""
                                        << "gone/v.svec";
        QTest::newRow("folder where a file is") << "file"
                                                << ""
                                                << ""
                                                << "cannot be made a folder";
        QTest::newRow("name of another layer") << "layer_7.pt"
                                               << "pt"
                                               << "one"
                                               << "the name says layer 7";
    }
    void refusesToWrite()
    {
        QFETCH(QString, file);
        QFETCH(QString, format);
        QFETCH(QString, change);
        QFETCH(QString, reason);
        SteeringVector vector = describedVector({1, 2});
        if (change == "layer0")
            vector = describedVector({0, 2});
        if (change == "nan")
            vector.layers[2].values[1] = NAN;
        if (change == "inf")
            vector.layers[2].values[1] = INFINITY;
        if (change == "width")
            vector.layers[2].values.push_back(1);
        if (change == "nothing")
            vector.layers.clear();
        if (change == "empty")
            vector.layers[1].values.clear();
        if (change == "negative")
            vector.layers[-1] = direction(1);
        if (change == "one")
            vector.layers.erase(2);
        QTemporaryDir folder;
        writeFile(folder.filePath("file"), "keep me");
        const QString message = refusal(
            [&] { writeVector(folder.filePath(file).toStdString(), vector, format.toStdString()); });
        QVERIFY2(message.contains(reason), qPrintable(message));
        QCOMPARE(QDir(folder.path()).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot),
            QStringList{"file"});
    }

    void refusesToRead_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("reason");
        const auto row = [](const char* name, const char* file, const QByteArray& text, const char* reason) {
            QTest::newRow(name) << file << text << reason;
        };
        row("empty .pt", "v.pt", "", "v.pt");
        row("text as .pt", "v.pt", "hello", "v.pt");
        row("empty .gguf", "v.gguf", "", "v.gguf");
        row("empty .safetensors", "v.safetensors", "", "v.safetensors");
        row("unknown extension", "v.bin", "x", "no vector file that Tiller knows");
        row("empty .json", "v.json", "", "not valid JSON");
        row("empty array", "v.json", "[]", "expected a list of numbers");
        row("object", "v.json", "{}", "expected a list of numbers");
        row("text in array", "v.json", "[1,\"2\"]", "number 2 is none");
        row("nested array", "v.json", "[[1,2]]", "number 1 is none");
        row("overflows double", "v.json", "[1e400]", "v.json");
        row("overflows float", "v.json", "[1, 1e39]", "layer 0: value 1 is not a finite number");
        row("not a number", "v.json", "[NaN]", "not valid JSON");
        row("svec without directions", "v.svec", "{}", "holds no object 'directions'");
        row("svec list", "v.svec", R"({"directions":[1]})", "holds no object 'directions'");
        row("svec no layers", "v.svec", R"({"directions":{}})", "holds no direction");
        row("svec layer name", "v.svec", R"({"directions":{"a":[1]}})", "'a']: is not a layer number");
        row("svec negative layer", "v.svec", R"({"directions":{"-1":[1]}})", "is not a layer number");
        row("svec layer of 20 digits", "v.svec", R"({"directions":{"99999999999999999999":[1]}})",
            "is not a layer number");
        row("svec layer twice", "v.svec", R"({"directions":{"3":[1],"03":[1]}})", "layer 3 is there twice");
        row("svec components", "v.svec", R"({"directions":{"3":[[1],[2]]}})", "has 2 components");
        row("svec empty", "v.svec", R"({"directions":{"3":[]}})", "expected a list of numbers");
        row("svec empty row", "v.svec", R"({"directions":{"3":[[]]}})", "the direction is empty");
        row("svec text", "v.svec", R"({"directions":{"3":["1"]}})", "expected a list of numbers");
        row("svec widths", "v.svec", R"({"directions":{"3":[1],"4":[1,2]}})",
            "layer 4 has 2 values and layer 3 has 1");
        row("svec heads", "v.svec", R"({"directions":{"3":[1]},"num_heads":9})", "attention heads");
    }
    void refusesToRead()
    {
        QFETCH(QString, file);
        QFETCH(QByteArray, text);
        QFETCH(QString, reason);
        QTemporaryDir folder;
        const auto path = writeFile(folder.filePath(file), text);
        const QString message = refusal([&] { readVector(path); });
        QVERIFY2(message.contains(reason) && message.contains(file), qPrintable(message));
    }

    void refusesWhatIsNotThere()
    {
        QVERIFY(refusal([] { readVector("/nowhere/v.pt"); }).contains("/nowhere/v.pt"));
        QVERIFY(refusal([] { readVector("/nowhere/v"); }).contains("no such file or folder"));
        QTemporaryDir folder;
        QVERIFY(refusal([&] {
            readVector(folder.path().toStdString());
        }).contains("neither metadata.json nor layer_N.pt"));
        QVERIFY(refusal([] { readVector(s_data / "legacy_not_zip.pt"); }).contains("legacy_not_zip.pt"));
    }

    void refusesTensorsThatAreNoDirections()
    {
        QTemporaryDir folder;
        const auto pt = [&](std::vector<int64_t> shape, size_t count) {
            const fs::path path = folder.filePath("v.pt").toStdString();
            writePt(path, {std::move(shape), std::vector<float>(count, 1.0f)});
            return refusal([&] { readVector(path); });
        };
        QVERIFY(pt({2, 3}, 6).contains("found [2, 3]"));
        QVERIFY(pt({1, 1, 3}, 3).contains("found [1, 1, 3]"));
        QVERIFY(pt({}, 1).contains("found []"));
        QVERIFY(pt({0}, 0).contains("found [0]"));
        QCOMPARE(pt({1, 3}, 3), QString("accepted"));

        const fs::path safetensors = folder.filePath("v.safetensors").toStdString();
        const std::vector<float> values{1, 2};
        writeSafetensors(safetensors, {{"weight", DType::F32, {2}, std::as_bytes(std::span(values))}});
        QVERIFY(refusal([&] { readVector(safetensors); }).contains("'weight' is not named layer_N"));
        writeSafetensors(safetensors, {{"layer_1", DType::F32, {2, 1}, std::as_bytes(std::span(values))}});
        QVERIFY(
            refusal([&] { readVector(safetensors); }).contains("tensor 'layer_1': expected one direction"));

        const fs::path gguf = folder.filePath("v.gguf").toStdString();
        writeGguf(
            gguf, {{"general.architecture", std::string("controlvector")}}, {{"direction.x", {2}, values}});
        QVERIFY(refusal([&] { readVector(gguf); }).contains("'direction.x' is not named direction.N"));
        writeGguf(gguf, {{"general.architecture", std::string("llama")}}, {{"direction.1", {2}, values}});
        QVERIFY(refusal([&] { readVector(gguf); }).contains("general.architecture is 'llama'"));
        writeGguf(
            gguf, {{"general.architecture", std::string("controlvector")}}, {{"direction.0", {2}, values}});
        QVERIFY(readVector(gguf).layers.contains(0));
    }

    void refusesRotalabsFilesThatContradict_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("reason");
        const auto row = [](const char* name, const char* file, const char* text, const char* reason) {
            QTest::newRow(name) << file << QByteArray(text) << reason;
        };
        row("vector_shape", "layer_2.json", R"({"layer_index":2,"vector_shape":[17]})",
            "'vector_shape' does not fit the tensor of 16 values");
        row("vector_shape is text", "layer_2.json", R"({"layer_index":2,"vector_shape":"16"})",
            "'vector_shape' does not fit");
        row("another layer", "layer_2.json", R"({"layer_index":3})",
            "'layer_index' is not the 2 of its name");
        row("no layer_index", "layer_2.json", "{}", "has no 'layer_index'");
        row("negative layer_index", "layer_2.json", R"({"layer_index":-1})", "must be a layer number");
        row("huge layer_index", "layer_2.json", R"({"layer_index":4294967298})", "must be a layer number");
        row("layer_index is text", "layer_2.json", R"({"layer_index":"2"})", "must be a layer number");
        row("not JSON", "layer_2.json", "layer 2", "not valid JSON");
        row("metadata without layers", "metadata.json", R"({"behavior":"x"})", "has no list 'layers'");
        row("metadata names a missing layer", "metadata.json", R"({"layers":[2,9]})", "layer_9");
        row("metadata names text", "metadata.json", R"({"layers":["../x"]})",
            "every entry of 'layers' must be a layer number");
        row("metadata names a layer twice", "metadata.json", R"({"layers":[2,2]})", "layer 2 is there twice");
        row("metadata names none", "metadata.json", R"({"layers":[]})", "holds no direction");
    }
    void refusesRotalabsFilesThatContradict()
    {
        QFETCH(QString, file);
        QFETCH(QByteArray, text);
        QFETCH(QString, reason);
        QTemporaryDir folder;
        const QDir source(TILLER_TEST_DATA "/vector_files/rotalabs_set");
        for (const QString& name : source.entryList(QDir::Files)) {
            QVERIFY(QFile::copy(source.filePath(name), folder.filePath(name)));
            QFile(folder.filePath(name)).setPermissions(QFile::ReadOwner | QFile::WriteOwner);
        }
        QCOMPARE(readVector(folder.path().toStdString()).layers.size(), size_t(3));
        writeFile(folder.filePath(file), text);
        const QString message = refusal([&] { readVector(folder.path().toStdString()); });
        QVERIFY2(message.contains(reason), qPrintable(message));
    }

    void metadataOfTheWrongTypeIsLeftOut()
    {
        QTemporaryDir folder;
        QVERIFY(QFile::copy(TILLER_TEST_DATA "/vector_files/strided_view.pt", folder.filePath("v.pt")));
        writeFile(folder.filePath("v.json"),
            R"({"layer_index":3,"behavior":7,"model_name":null,"metadata":{"num_pairs":-4,
            "mean_residual_norm":"big","positive_projection":[1],"created_at":5,"token_position":{}}})");
        const auto vector = readVector(folder.filePath("v.pt").toStdString());
        QVERIFY(vector.layers.contains(3) && vector.pairs == 0 && vector.createdAt.empty()
            && vector.modelName.empty());
        QVERIFY(!vector.layers.at(3).meanResidualNorm && !vector.layers.at(3).positiveProjection);
        QCOMPARE(vector.name, std::string("v"));
    }
};

QTEST_GUILESS_MAIN(TestVectorFiles)
#include "tst_vector_files.moc"
