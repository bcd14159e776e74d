// The item models under Qt's own checker, through everything that changes them.
#include "ui/models/contrast_pair_model.h"
#include "ui/models/library_model.h"
#include "ui/models/strip_model.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

#include <cmath>

using namespace tiller;

namespace {

ContrastPair pairOf(const std::string& positive, const std::string& negative, const std::string& prompt = {})
{
    return {{positive, {}}, {negative, {}}, {prompt, {}}};
}

std::shared_ptr<const SteeringVector> vectorOf(
    const std::string& name, std::vector<int> layers, double norm = 2)
{
    auto vector = std::make_shared<SteeringVector>();
    vector->name = name;
    for (const int layer : layers) {
        vector->layers[layer].values = {float(norm), 0, 0, 0};
        vector->layers[layer].meanResidualNorm = 10.0 / (1 + layer);
    }
    return vector;
}

}

class ItemModels : public QObject {
    Q_OBJECT

private slots:
    void contrastPairs()
    {
        ContrastPairModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        ContrastSet set;
        set.positiveLabel = "formal";
        set.pairs = {pairOf("a", "b", "p"), pairOf("c", "d")};
        model.reset(set);
        model.insertPairs(1, {pairOf("e", "f"), pairOf("g", "h")});
        QCOMPARE(model.rowCount(), 4);
        QCOMPARE(model.index(2, ContrastPairModel::Positive).data().toString(), QStringLiteral("g"));
        model.removePairs(0, 2);
        model.setText(0, ContrastPairModel::Prompt, {"why?", {}});
        model.setTokenCounts(1, 12, 7, {});
        model.setProjection(0, PairProjection{3, -1, 4});
        QCOMPARE(model.pair(0), pairOf("g", "h", "why?"));
        QCOMPARE(model.index(1, ContrastPairModel::Tokens).data().toString(), QStringLiteral("12 / 7"));
        QCOMPARE(model.index(1, ContrastPairModel::Tokens).data(ContrastPairModel::SortRole).toInt(), 19);
        QCOMPARE(
            model.index(0, ContrastPairModel::Projection).data(ContrastPairModel::SortRole).toDouble(), 4.0);
        QVERIFY(model.headerData(ContrastPairModel::Positive, Qt::Horizontal)
                    .toString()
                    .contains(QStringLiteral("formal")));
        QCOMPARE(model.toSet().pairs.size(), size_t(2));
    }

    void anEditedRowLosesItsFigures()
    {
        ContrastPairModel model;
        model.insertPairs(0, {pairOf("a", "b"), pairOf("c", "d")});
        model.setBankItems();
        model.setTokenCounts(0, 1, 1, {});
        model.setText(0, ContrastPairModel::Negative, {"x", {}});
        QVERIFY(!model.bankItem(0));
        QCOMPARE(model.index(0, ContrastPairModel::Tokens).data().toString(), QStringLiteral("–"));
        QCOMPARE(model.rowOfBankItem(1), 1);
    }

    void editsGoOutAndUnchangedTextDoesNot()
    {
        ContrastPairModel model;
        model.insertPairs(0, {pairOf("a", "b")});
        QSignalSpy edits(&model, &ContrastPairModel::cellEdited);
        QVERIFY(model.setData(model.index(0, ContrastPairModel::Positive), QStringLiteral("a")));
        QCOMPARE(edits.count(), 0);
        QVERIFY(model.setData(model.index(0, ContrastPairModel::Positive), QStringLiteral("new")));
        QCOMPARE(edits.count(), 1);
        QVERIFY(!model.setData(model.index(0, ContrastPairModel::Number), 3));
    }

    void emptySidesAreNamed()
    {
        ContrastPairModel model;
        model.insertPairs(0, {pairOf("a", "b"), pairOf("c", "")});
        QCOMPARE(model.firstIncomplete(), 1);
        QVERIFY(model.errorOf(0).isEmpty());
        QVERIFY(model.errorOf(1).contains(QStringLiteral("negative")));
        QVERIFY(!model.index(1, ContrastPairModel::Negative)
                     .data(ContrastPairModel::ErrorRole)
                     .toString()
                     .isEmpty());
        QVERIFY(model.index(1, ContrastPairModel::Positive)
                    .data(ContrastPairModel::ErrorRole)
                    .toString()
                    .isEmpty());
    }

    void labelledExamplesKeepTheirSides()
    {
        ContrastSet set;
        set.labelled = {{{"yes", {}}, 1}, {{"no", {}}, 0}, {{"aye", {}}, 1}};
        ContrastPairModel model;
        model.reset(set);
        QVERIFY(model.isUnpaired());
        QCOMPARE(model.firstIncomplete(), -1);
        QCOMPARE(model.toSet(), set);
    }

    void library()
    {
        LibraryModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.add({QStringLiteral("formality"), vectorOf("formality", {3, 4, 5}), 4, {}, false, {}});
        model.add({QStringLiteral("formality"), vectorOf("formality", {3}), 3, {}, false, {}});
        QCOMPARE(model.rowCount(), 2);
        QCOMPARE(model.entry(0).name, QStringLiteral("formality-2"));
        QCOMPARE(model.find(QStringLiteral("formality")), 1);
        QVERIFY(model.index(1).data(LibraryModel::SummaryRole).toString().contains(QStringLiteral("L3–5")));
        model.remove(0);
        QCOMPARE(model.rowCount(), 1);
        QCOMPARE(model.entry(0).name, QStringLiteral("formality"));
    }

    void startLayers()
    {
        // Push per unit grows with the layer here: the last of the middle half wins.
        QCOMPARE(startLayer(*vectorOf("v", {0, 1, 2, 3, 4, 5, 6, 7}), 8), 5);
        QCOMPARE(startLayer(*vectorOf("v", {2}), 8), 2);
        auto bare = std::make_shared<SteeringVector>(*vectorOf("v", {0}));
        bare->layerUnknown = true;
        QCOMPARE(startLayer(*bare, 30), 15);
    }

    void strips()
    {
        StripModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        Strip strip;
        strip.name = QStringLiteral("v");
        strip.vector = vectorOf("v", {4}, 5);
        strip.layers = {{4, 1.0}};
        strip.strength = 1;
        model.add(strip);
        strip.name = QStringLiteral("w");
        model.add(strip);
        QSignalSpy changes(&model, &QAbstractItemModel::dataChanged);
        model.setStrength(0, 1);
        QCOMPARE(changes.count(), 0);
        model.setStrength(0, 2);
        QCOMPARE(changes.count(), 1);
        // |v| = 5 and the mean residual norm is 10 / 5 = 2.
        QCOMPARE(*model.strip(0).push(), 5.0);
        model.setEnabled(1, false);
        QCOMPARE(model.toEdits().size(), size_t(1));
        QCOMPARE(model.toEdits()[0].strength, 2.0);
        model.setOp(1, Op::Clamp);
        model.setEnabled(1, true);
        model.setStrength(1, 0);
        QCOMPARE(model.toEdits().size(), size_t(2));
        model.remove(0);
        QCOMPARE(model.find(QStringLiteral("w")), 0);
    }
};

QTEST_GUILESS_MAIN(ItemModels)
#include "tst_item_models.moc"
