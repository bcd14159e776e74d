#include "core/steer/plan.h"
#include "tests/support/refusal.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

using namespace tiller;
using tiller::test::refusal;
using tiller::test::writeFile;

namespace {

ModelConfig config(int layers = 30, int hidden = 2)
{
    ModelConfig result;
    result.family = "llama";
    result.name = "Smollm2 135M 8k Lc100K Mix1 Ep2";
    result.layers = layers;
    result.hidden = hidden;
    return result;
}

SteeringVector vector(std::initializer_list<int> layers)
{
    SteeringVector result;
    result.name = "v";
    for (const int layer : layers)
        result.layers[layer].values = {float(layer), 1};
    return result;
}

Edit edit(SteeringVector vector, std::optional<LayerCurve> layers = {}, double strength = 1)
{
    Edit result;
    result.vector = std::make_shared<SteeringVector>(std::move(vector));
    result.layers = std::move(layers);
    result.strength = strength;
    return result;
}

}

class TestPlan : public QObject {
    Q_OBJECT

private slots:
    void readsLayers()
    {
        QVERIFY(parseLayers("18", 30) == (LayerCurve{{18, 1}}));
        QVERIFY(parseLayers("10-12", 30) == (LayerCurve{{10, 1}, {11, 1}, {12, 1}}));
        for (const char* dash : {"\xE2\x80\x93", "\xE2\x80\x94", "\xE2\x88\x92"})
            QVERIFY(parseLayers("10" + std::string(dash) + "12", 30) == parseLayers("10-12", 30));
        QVERIFY(parseLayers(" 8, 10 - 11 ", 30) == (LayerCurve{{8, 1}, {10, 1}, {11, 1}}));
        QVERIFY(parseLayers("all", 3) == (LayerCurve{{0, 1}, {1, 1}, {2, 1}}));
        QVERIFY(parseLayers("0,29:0.5", 30) == (LayerCurve{{0, 1}, {29, 0.5}}));
    }

    void writesLayers()
    {
        QCOMPARE(toString(LayerCurve{{12, 1}}), std::string("12"));
        QCOMPARE(toString(parseLayers("8-20", 30)), std::string("8-20"));
        QCOMPARE(toString(parseLayers("3,5,6,9-11", 30)), std::string("3,5-6,9-11"));
        const LayerCurve curve{{1, 0.25}, {2, 0.25}, {3, 1}, {4, -1.5}};
        QCOMPARE(toString(curve), std::string("1-2:0.25,3,4:-1.5"));
        QVERIFY(parseLayers(toString(curve), 30) == curve);
        QCOMPARE(toString(LayerCurve{}), std::string());
    }

    void refusesLayers_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("reason");
        const auto row = [](const char* text, const char* reason) { QTest::newRow(text) << text << reason; };
        row("", "expected a layer");
        row("x", "'x': expected a layer");
        row("-1", "expected a layer");
        row("1-", "expected a layer");
        row("1,,2", "expected a layer");
        row("1.5", "expected a layer");
        row("30", "layer 30 does not exist: the model has layers 0 to 29");
        row("0-2000000000", "layer 2000000000 does not exist");
        row("99999999999", "expected a layer");
        row("20-10", "wrong way round");
        row("3,1-5", "layer 3 is named twice");
        row("3:", "expected a layer");
        row("3:inf", "not a finite number");
    }
    void refusesLayers()
    {
        QFETCH(QString, text);
        QFETCH(QString, reason);
        const QString message = refusal([&] { parseLayers(text.toStdString(), 30); });
        QVERIFY2(message.contains(reason), qPrintable(message));
    }

    void spreadsAOneLayerVector()
    {
        auto v = vector({7});
        v.layers[7].positiveProjection = 2.5;
        Edit e = edit(v, LayerCurve{{3, 0.5}, {4, 1}}, 3);
        e.op = Op::Clamp;
        e.scope = {TokenScope::Kind::From, 4, true};
        const Plan plan = resolvePlan({e}, config());
        QCOMPARE(plan.edits.size(), size_t(2));
        QCOMPARE(plan.edits[0].layer, 3);
        QCOMPARE(plan.edits[0].strength, 1.5f);
        QCOMPARE(plan.edits[1].strength, 3.0f);
        QVERIFY(plan.edits[1].op == Op::Clamp);
        QVERIFY(plan.edits[1].scope == e.scope);
        QCOMPARE(plan.edits[1].positiveProjection.value(), 2.5f);
        QCOMPARE(*plan.edits[0].direction, (std::vector<float>{7, 1}));
        QCOMPARE(plan.edits[0].direction.get(), &e.vector->layers.at(7).values);
    }

    void putsASetAtItsOwnLayers()
    {
        const Plan stored = resolvePlan({edit(vector({2, 5}), {}, -2)}, config());
        QCOMPARE(stored.edits.size(), size_t(2));
        QCOMPARE(stored.edits[1].layer, 5);
        QCOMPARE(stored.edits[1].strength, -2.0f);
        QCOMPARE(stored.edits[1].direction->front(), 5.0f);
        const Plan named = resolvePlan({edit(vector({2, 5}), LayerCurve{{5, 1}})}, config());
        QCOMPARE(named.edits.size(), size_t(1));
        QCOMPARE(named.edits[0].direction->front(), 5.0f);
        QVERIFY(resolvePlan({}, config()).edits.empty());
    }

    void refusesPlansThatDoNotFit()
    {
        QVERIFY(refusal([] {
            resolvePlan({edit(vector({2, 5}), LayerCurve{{3, 1}})}, config());
        }).contains("has no layer 3"));
        QVERIFY(refusal([] {
            resolvePlan({edit(vector({2}))}, config(30, 576));
        }).contains("has 2 values, and the model's width is 576"));
        QVERIFY(
            refusal([] { resolvePlan({edit(vector({31}))}, config()); }).contains("layer 31 does not exist"));
        QVERIFY(
            refusal([] { resolvePlan({edit(vector({2}), {}, INFINITY)}, config()); }).contains("strength"));
        QVERIFY(refusal([] { resolvePlan({Edit{}}, config()); }).contains("no vector"));
        auto bare = vector({0});
        bare.layerUnknown = true;
        QVERIFY(refusal([&] { resolvePlan({edit(bare)}, config()); }).contains("does not say its layer"));
        QCOMPARE(resolvePlan({edit(bare, LayerCurve{{9, 1}})}, config()).edits[0].layer, 9);
    }

    void readsPlanFiles()
    {
        QTemporaryDir folder;
        writeFile(folder.filePath("v.json"), "[0.5, -1]");
        const auto path = writeFile(folder.filePath("plan.json"),
            R"({"edits":[
            {"vector":"v.json","layers":"18"},
            {"vector":"v.json","op":"ablate","strength":1.5,"layers":"10-20","scope":"from:3","skip_first":true},
            {"vector":"v.json","layers":{"12":0.5,"13":1.0},"strength":-2},
            {"vector":")"
                + folder.filePath("v.json").toUtf8() + R"(","layers":4}]})");
        const auto edits = readPlan(path, config());
        QCOMPARE(edits.size(), size_t(4));
        QVERIFY(edits[0].op == Op::Add && edits[0].strength == 1 && edits[0].scope == TokenScope{});
        QVERIFY(edits[0].layers == (LayerCurve{{18, 1}}));
        QVERIFY(edits[1].op == Op::Ablate && edits[1].strength == 1.5 && edits[1].layers->size() == 11);
        QVERIFY((edits[1].scope == TokenScope{TokenScope::Kind::From, 3, true}));
        QVERIFY(edits[2].layers == (LayerCurve{{12, 0.5}, {13, 1}}));
        QVERIFY(edits[3].layers == (LayerCurve{{4, 1}}));
        QCOMPARE(edits[0].vector.get(), edits[2].vector.get());
        QCOMPARE(edits[0].vector->layers.at(0).values, (std::vector<float>{0.5f, -1}));
        QCOMPARE(resolvePlan(edits, config()).edits.size(), size_t(1 + 11 + 2 + 1));
    }

    void looksBesideThePlanFirst()
    {
        QTemporaryDir folder;
        QDir(folder.path()).mkdir("plans");
        writeFile(folder.filePath("v.json"), "[1, 1]");
        writeFile(folder.filePath("plans/v.json"), "[2, 2]");
        writeFile(folder.filePath("w.json"), "[3, 3]");
        const auto path = writeFile(folder.filePath("plans/plan.json"),
            R"({"edits":[{"vector":"v.json","layers":"1"},{"vector":"w.json","layers":"1"}]})");
        const QString before = QDir::currentPath();
        QDir::setCurrent(folder.path());
        const auto edits = readPlan(path, config());
        QDir::setCurrent(before);
        QCOMPARE(edits[0].vector->layers.at(0).values.front(), 2.0f);
        QCOMPARE(edits[1].vector->layers.at(0).values.front(), 3.0f);
    }

    void saysTheKnownKeys()
    {
        QTemporaryDir folder;
        const auto path
            = writeFile(folder.filePath("plan.json"), R"({"edits":[{"vector":"v","layer":"3"}]})");
        try {
            readPlan(path, config());
            QFAIL("accepted");
        } catch (const Error& error) {
            QCOMPARE(QString::fromStdString(error.remedy()),
                QString("there are vector, op, strength, layers, scope, skip_first"));
        }
    }

    void refusesPlanFiles_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("reason");
        const auto row = [](const char* name, const char* text, const char* reason) {
            QTest::newRow(name) << QByteArray(text) << reason;
        };
        row("not JSON", "{", "not valid JSON");
        row("a list", "[]", "must be an object");
        row("no edits", "{}", "has no list 'edits'");
        row("unknown key", R"({"edits":[],"rows":[]})", "unknown key 'rows'");
        row("duplicate key", R"({"edits":[],"edits":[]})", "stands twice");
        row("unknown key in an edit", R"({"edits":[{"vector":"v.json","layer":"3"}]})",
            "edits[0]: the edit has an unknown key 'layer'");
        row("no vector", R"({"edits":[{"strength":1}]})", "edits[0]: 'vector' is missing");
        row("vector not text", R"({"edits":[{"vector":1}]})", "'vector' must be text");
        row("vector not there", R"({"edits":[{"vector":"gone.pt"}]})", "gone.pt: cannot be read");
        row("op", R"({"edits":[{"vector":"v.json","op":"multiply"}]})", "multiply");
        row("strength", R"({"edits":[{"vector":"v.json","strength":"1"}]})", "'strength' must be a number");
        row("layers", R"({"edits":[{"vector":"v.json","layers":[1]}]})", "'layers' must be text");
        row("layer beyond", R"({"edits":[{"vector":"v.json","layers":"30"}]})", "layer 30 does not exist");
        row("empty curve", R"({"edits":[{"vector":"v.json","layers":{}}]})", "'layers' must be text");
        row("curve key", R"({"edits":[{"vector":"v.json","layers":{"1-3":1}}]})",
            "'1-3' is not a layer number");
        row("curve factor", R"({"edits":[{"vector":"v.json","layers":{"1":"x"}}]})",
            "factor of '1' must be a number");
        row("scope", R"({"edits":[{"vector":"v.json","scope":"some"}]})", "some");
        row("skip_first", R"({"edits":[{"vector":"v.json","skip_first":1}]})",
            "'skip_first' must be true or false");
        row("second edit", R"({"edits":[{"vector":"v.json"},{}]})", "edits[1]: 'vector' is missing");
    }
    void refusesPlanFiles()
    {
        QFETCH(QByteArray, text);
        QFETCH(QString, reason);
        QTemporaryDir folder;
        writeFile(folder.filePath("v.json"), "[1, 2]");
        const auto path = writeFile(folder.filePath("plan.json"), text);
        const QString message = refusal([&] { readPlan(path, config()); });
        QVERIFY2(message.contains(reason) && message.contains("plan.json"), qPrintable(message));
    }

    void checksThatAVectorFits()
    {
        auto v = vector({3});
        checkFits(v, config(), "abcd", false);
        QVERIFY(refusal([&] { checkFits(v, config(30, 576), "abcd", true); }).contains("width is 576"));
        QVERIFY(refusal([&] { checkFits(vector({30}), config(), "abcd", true); }).contains("has a layer 30"));

        for (const char* same :
            {"HuggingFaceTB/SmolLM2-135M-Instruct", "smollm2", "llama", "SmolLM2-135M-Instruct.Q4_1.gguf/"}) {
            v.modelName = same;
            checkFits(v, config(), "abcd", false);
        }
        for (const char* other :
            {"tiny-llama", "mistralai/Mistral-7B-v0.1", "meta-llama/Llama-2-7b-chat-hf"}) {
            v.modelName = other;
            const QString message = refusal([&] { checkFits(v, config(), "abcd", false); });
            QVERIFY2(message.contains("another model") && message.contains(other), qPrintable(message));
            checkFits(v, config(), "abcd", true);
        }
        v.modelFingerprint = "abcd"; // stronger than any name
        checkFits(v, config(), "abcd", false);
        v.modelName = config().name;
        v.modelFingerprint = "0000";
        QVERIFY(refusal([&] { checkFits(v, config(), "abcd", false); }).contains("another model"));
    }
};

QTEST_GUILESS_MAIN(TestPlan)
#include "tst_plan.moc"
