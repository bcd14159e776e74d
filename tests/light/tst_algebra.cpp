#include "core/steer/algebra.h"
#include "core/steer/mix_expression.h"
#include "tests/support/refusal.h"

#include <QTest>

using namespace tiller;
using tiller::test::refusal;
using namespace Qt::StringLiterals;

Q_DECLARE_METATYPE(std::vector<MixTerm>)

namespace {

SteeringVector vector(std::map<int, std::vector<float>> layers, std::string name = "v")
{
    SteeringVector result;
    result.name = std::move(name);
    for (auto& [layer, values] : layers)
        result.layers[layer].values = std::move(values);
    return result;
}

}

class TestAlgebra : public QObject {
    Q_OBJECT

private slots:
    void parses_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<std::vector<MixTerm>>("terms");
        const auto row
            = [](const char* text, std::vector<MixTerm> terms) { QTest::newRow(text) << text << terms; };
        row("a", {{1, "a"}});
        row("-a", {{-1, "a"}});
        row("1.0*helpful + 0.5 concise - 0.3*\"two words\"",
            {{1, "helpful"}, {0.5, "concise"}, {-0.3, "two words"}});
        row("1.0*a.pt + 0.5*b.pt", {{1, "a.pt"}, {0.5, "b.pt"}});
        row("  2*a+3b.pt ", {{2, "a"}, {1, "3b.pt"}});
        row("a - b", {{1, "a"}, {-1, "b"}});
        row("a-b", {{1, "a-b"}});
        row("a -b", {{1, "a"}, {-1, "b"}});
        row("a + -0.5 b", {{1, "a"}, {-0.5, "b"}});
        row("a - -b", {{1, "a"}, {1, "b"}});
        row("1e-3*x", {{1e-3, "x"}});
        row(".5 x", {{0.5, "x"}});
        row("0.5 \xE2\x88\x92\xE2\x88\x92 x", {});
        row("0.5 x \xE2\x88\x92 2 y", {{0.5, "x"}, {-2, "y"}});
        row("/tmp/a_1.pt + ../b/layer-3", {{1, "/tmp/a_1.pt"}, {1, "../b/layer-3"}});
        row("2 \"7\"", {{2, "7"}});
        row("\"a\\\"b\\\\\"", {{1, "a\"b\\"}});
        row("2*(a - b)", {{2, "a"}, {-2, "b"}});
        row("(a + b) / 2 - 0.5*(c)", {{0.5, "a"}, {0.5, "b"}, {-0.5, "c"}});
        row("a * 2 / 4 * 3", {{1.5, "a"}});
        row("(1 + 1/2) a", {{1.5, "a"}});
        row("-(a - 3(b - \"c d\"))", {{-1, "a"}, {3, "b"}, {-3, "c d"}});
        row("2 3 a", {{6, "a"}});
        row("0.5 /tmp/a.pt + 2 /4 b", {{0.5, "/tmp/a.pt"}, {0.5, "b"}});
        row("höflich + 東京", {{1, "höflich"}, {1, "東京"}});
    }
    void parses()
    {
        QFETCH(QString, text);
        QFETCH(std::vector<MixTerm>, terms);
        if (terms.empty())
            QVERIFY_EXCEPTION_THROWN(parseMix(text.toStdString()), Error);
        else
            QVERIFY(parseMix(text.toStdString()) == terms);
    }

    void pointsAtTheWrongCharacter_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("reason");
        const auto row = [](const char* text, const char* reason) { QTest::newRow(text) << text << reason; };
        row("", "character 1: expected a weight or a vector's name");
        row("   ", "character 4: expected a weight or a vector's name");
        row("a +", "character 4: expected a weight or a vector's name");
        row("a b", "character 3: expected + or -");
        row("1.0 * + b", "character 7: expected a weight or a vector's name");
        row("0.5", "character 4: expected a vector's name");
        row("a + 2", "character 6: expected a vector's name");
        row("*a", "character 1: expected a weight or a vector's name");
        row("a * b", "character 5: expected a weight: vectors are not multiplied");
        row("2 / a", "character 5: expected a number to divide by");
        row("a / 0", "character 5: expected a number to divide by that is not zero");
        row("a + (2 - 1)", "character 12: expected a vector's name");
        row("2*(a + b", "character 3: expected a parenthesis that closes this one");
        row("(a b)", "character 4: expected + or - or )");
        row("a)", "character 2: expected + or -");
        row("norm(a)", "character 1: expected unit, without or lerp");
        row("b + unit(a)", "character 5: expected a sum of vectors");
        row("without(a)", "character 10: expected a comma: without takes 2 arguments");
        row("lerp(a, b, c)", "character 12: expected a number");
        row("unit(2)", "character 7: expected a vector's name");
        row("ö + \"x", "character 5: expected a closing quote");
        row("\"\"", "character 1: expected a name between the quotes");
        row("1e999*a", "character 1: expected a weight that fits");
        row("a + + + b", "character 7: expected a weight or a vector's name");
    }
    void pointsAtTheWrongCharacter()
    {
        QFETCH(QString, text);
        QFETCH(QString, reason);
        const QString message = refusal([&] { parseMix(text.toStdString()); });
        QVERIFY2(message.startsWith(reason), qPrintable(message));
    }

    void depthIsLimited()
    {
        const std::string deep = std::string(100'000, '(') + "a";
        QVERIFY(refusal([&] { parseMix(deep); }).contains("nested deeper than 64 levels"));
        const std::string fine = std::string(60, '(') + "a" + std::string(60, ')');
        QVERIFY(parseMix(fine) == (std::vector<MixTerm>{{1, "a"}}));
    }

    void evaluatesFunctions()
    {
        const auto find = [](const std::string& name) {
            if (name == "a")
                return vector({{1, {3, 4}}, {2, {1, 1}}}, "a");
            if (name == "b")
                return vector({{1, {1, 0}}, {2, {0, 2}}}, "b");
            if (name == "one")
                return vector({{1, {0, 5}}}, "one");
            throw Error("no vector " + name);
        };
        const auto at
            = [&](const char* text, int layer) { return evaluateMix(text, find).layers.at(layer).values; };
        QCOMPARE(at("2*(a - b) / 4", 1), (std::vector<float>{1, 2}));
        QCOMPARE(at("unit(a)", 1), (std::vector<float>{0.6F, 0.8F}));
        QCOMPARE(at("10 unit(a) + b", 1), (std::vector<float>{7, 8}));
        QCOMPARE(at("without(a, b)", 1), (std::vector<float>{0, 4}));
        QCOMPARE(at("without(a, b)", 2), (std::vector<float>{1, 0}));
        QCOMPARE(at("without(a, one)", 2), (std::vector<float>{1, 0}));
        QCOMPARE(at("lerp(a, b, 0.25)", 1), (std::vector<float>{2.5F, 3}));
        QCOMPARE(refusal([&] { evaluateMix("a + c", find); }), u"character 5: no vector c"_s);
        QCOMPARE(refusal([&] { evaluateMix("\"ö\" + a", find); }), u"character 1: no vector ö"_s);
        QCOMPARE(refusal([&] { evaluateMix("unit(a - 2 \"c\")", find); }), u"character 12: no vector c"_s);
        QVERIFY(refusal([&] { evaluateMix("without(a, 2 a)", find); }).contains("they point the same way"));
        QVERIFY(refusal([&] { evaluateMix("unit(a - a)", find); }).contains("is zero"));
        QVERIFY(refusal([&] {
            projectOut(find("a"), vector({{1, {1, 2}}, {3, {1, 2}}}, "other"));
        }).contains("'other' has no layer 2"));
    }

    // What an expression gives is none of the vectors it is made of.
    void resultsDoNotPassForTheirParts_data()
    {
        QTest::addColumn<QString>("text");
        for (const char* text : {"a", "2 a", "a + b", "unit(a)", "without(a, b)", "lerp(a, b, 0.5)",
                 "unit(without(a, b))", "without(unit(a), b)"})
            QTest::newRow(text) << text;
    }
    void resultsDoNotPassForTheirParts()
    {
        QFETCH(QString, text);
        const auto find = [](const std::string& name) {
            SteeringVector result = vector({{3, {3, 4}}}, name);
            if (name == "b")
                result.layers[3].values = {1, 0};
            result.modelName = "org/model-1b";
            result.modelFingerprint = "00ff";
            result.method = "logistic";
            result.readPosition = name == "a" ? "last" : "mean";
            result.positiveLabel = "formal";
            result.negativeLabel = "casual";
            result.pairs = 16;
            result.createdAt = "2026-11-23T10:38:56";
            result.sourceFormat = "rotalabs";
            result.layers[3].positiveProjection = 7;
            result.layers[3].negativeProjection = -1;
            result.layers[3].meanResidualNorm = 20;
            return result;
        };
        const SteeringVector result = evaluateMix(text.toStdString(), find);
        QCOMPARE(result.method, std::string("mix"));
        QCOMPARE(result.expression, text.toStdString());
        QVERIFY(result.name.empty() && result.positiveLabel.empty() && result.negativeLabel.empty());
        QVERIFY(result.createdAt.empty() && result.sourceFormat.empty());
        QCOMPARE(result.pairs, 0);
        QCOMPARE(result.normalisation, std::string(text.startsWith("unit") ? "unit" : ""));
        QCOMPARE(result.modelFingerprint, std::string("00ff"));
        QCOMPARE(result.readPosition, std::string(text.contains("b") ? "" : "last"));
        // On u, and so of unit(a) what they are of a.
        const LayerVector& direction = result.layers.at(3);
        QCOMPARE(direction.positiveProjection, text == "unit(a)" ? std::optional(7.0) : std::nullopt);
        QCOMPARE(direction.negativeProjection, text == "unit(a)" ? std::optional(-1.0) : std::nullopt);
        QCOMPARE(direction.meanResidualNorm.value(), 20.0);
    }

    void directionsAreSetToNorms()
    {
        SteeringVector v = vector({{1, {3, 4}}, {2, {0, 2}}});
        v.layers[1].positiveProjection = 7;
        const SteeringVector set = withNorms(v, {{1, 10}, {5, 1}});
        QCOMPARE(set.layers.at(1).values, (std::vector<float>{6, 8}));
        QCOMPARE(set.layers.at(2).values, (std::vector<float>{0, 2})); // is not named
        QCOMPARE(set.layers.at(1).positiveProjection, std::optional<double>(7)); // on v / |v|
        QVERIFY(refusal([] { withNorms(vector({{3, {0, 0}}}), {{3, 1}}); }).contains("layer 3 is zero"));
    }

    void randomControls()
    {
        const auto v = vector({{1, std::vector<float>(400, 0.5F)}, {2, std::vector<float>(400, -2)}});
        const SteeringVector a = randomLike(v, 1);
        QVERIFY(a.layers.at(1).values == randomLike(v, 1).layers.at(1).values);
        QVERIFY(a.layers.at(1).values != randomLike(v, 2).layers.at(1).values);
        for (const int layer : {1, 2}) {
            QVERIFY(std::abs(a.layers.at(layer).norm() / v.layers.at(layer).norm() - 1) < 1e-5);
            QVERIFY(std::abs(cosine(a.layers.at(layer).values, v.layers.at(layer).values)) < 0.2);
        }
        QVERIFY(std::abs(cosine(a.layers.at(1).values, a.layers.at(2).values)) < 0.2);
    }

    void measuresStayWhereTheyHold()
    {
        auto a = vector({{1, {3, 4}}});
        a.layers[1].positiveProjection = 7;
        a.layers[1].meanResidualNorm = 20;
        QCOMPARE(unit(a).layers.at(1).positiveProjection.value(), 7.0);
        QCOMPARE(unit(a).layers.at(1).meanResidualNorm.value(), 20.0);
        QCOMPARE(unit(a).normalisation, std::string("unit"));
        const LayerVector rest = projectOut(a, vector({{1, {1, 0}}})).layers.at(1);
        QVERIFY(!rest.positiveProjection);
        QCOMPARE(rest.meanResidualNorm.value(), 20.0);
    }

    void writesWhatItReads()
    {
        const std::vector<MixTerm> terms{{1, "helpful"}, {0.5, "two words"}, {-0.3, "a-b"}, {1e-9, "3"},
            {2, "a-"}, {-1e300, "x\"y\\"}, {0.1, ".5"}, {1, "1e5x"}, {1, "-x"}, {3, "東京"},
            {1, "a\xE2\x88\x92"}, {1, "/2"}, {1, "/tmp/x"}, {1, "unit(a)"}};
        QVERIFY(parseMix(formatMix(terms)) == terms);
        QCOMPARE(formatMix({{1, "helpful"}, {0.5, "concise"}, {-0.3, "two words"}}),
            std::string("1.0 helpful + 0.5 concise - 0.3 \"two words\""));
        QCOMPARE(formatMix({{-2, "a"}}), std::string("-2.0 a"));
    }

    void mixesOverTheUnionOfLayers()
    {
        auto a = vector({{1, {1, 2}}, {2, {3, 4}}}, "a");
        auto b = vector({{2, {10, 20}}, {5, {7, 8}}}, "b");
        a.layers[2].meanResidualNorm = 10;
        b.layers[2].meanResidualNorm = 20;
        a.layers[2].positiveProjection = 3;
        a.modelName = "org/SmolLM2-135M";
        b.modelFingerprint = "00ff";
        const SteeringVector mixed = mix({{2, a}, {-0.5, b}});
        QCOMPARE(mixed.layers.size(), size_t(3));
        QCOMPARE(mixed.layers.at(1).values, (std::vector<float>{2, 4}));
        QCOMPARE(mixed.layers.at(2).values, (std::vector<float>{1, -2}));
        QCOMPARE(mixed.layers.at(5).values, (std::vector<float>{-3.5, -4}));
        QCOMPARE(mixed.layers.at(2).meanResidualNorm.value(), 15.0);
        QVERIFY(!mixed.layers.at(2).positiveProjection);
        QVERIFY(!mixed.layers.at(5).meanResidualNorm);
        QCOMPARE(mixed.modelName, a.modelName);
        QCOMPARE(mixed.modelFingerprint, b.modelFingerprint);
        QCOMPARE(mixed.method, std::string("mix"));
    }

    void refusesWhatCannotBeMixed()
    {
        const auto a = vector({{1, {1, 2}}}, "a");
        QVERIFY_EXCEPTION_THROWN(mix({}), Error);
        QVERIFY(refusal([&] {
            mix({{1, a}, {1, vector({{1, {1, 2, 3}}}, "wide")}});
        }).contains("'a' and 'wide' have different widths: 2 and 3"));

        auto b = vector({{1, {1, 2}}}, "b");
        auto other = a;
        b.modelFingerprint = "1";
        other.modelFingerprint = "2";
        QVERIFY(refusal([&] { mix({{1, b}, {1, other}}); }).contains("different models"));
        b.modelFingerprint.clear();
        b.modelName = "mistralai/Mistral-7B-v0.1";
        other.modelName = "meta-llama/Llama-2-7b-chat-hf";
        QVERIFY(refusal([&] { mix({{1, b}, {1, other}}); }).contains("Llama-2-7b-chat-hf"));
        other.modelName = "mistral 7b";
        QCOMPARE(mix({{1, b}, {1, other}}).layers.size(), size_t(1));

        auto bare = a;
        bare.layerUnknown = true;
        QVERIFY(refusal([&] {
            mix({{1, bare}, {1, vector({{1, {1, 2}}}, "b")}});
        }).contains("does not say its layer"));
        QVERIFY(mix({{1, bare}, {1, bare}}).layerUnknown);
    }

    void measures()
    {
        LayerVector layer;
        layer.values = {3, 4};
        QCOMPARE(layer.norm(), 5.0);
        QVERIFY(!layer.pushPerUnit());
        layer.meanResidualNorm = 20;
        QCOMPARE(layer.pushPerUnit().value(), 0.25);
        QCOMPARE(cosine({1, 0}, {1, 1}), std::sqrt(0.5));
        QCOMPARE(cosine({1, 0}, {0, 0}), 0.0);
        QVERIFY_EXCEPTION_THROWN(dot({1}, {1, 2}), Error);
    }
};

QTEST_GUILESS_MAIN(TestAlgebra)
#include "tst_algebra.moc"
