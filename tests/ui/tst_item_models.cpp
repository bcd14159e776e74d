// The item models under Qt's own checker, through everything that changes them.
#include "ui/models/contrast_pair_model.h"
#include "ui/models/library_model.h"
#include "ui/models/pair_filter.h"
#include "ui/models/strip_model.h"

#include <QAbstractItemModelTester>
#include <QFont>
#include <QMimeData>
#include <QSignalSpy>
#include <QTest>

#include <cmath>

using namespace tiller;

namespace {

ContrastPair pairOf(const std::string& positive, const std::string& negative, const std::string& prompt = {})
{
    ContrastPair pair;
    pair.positive.text = positive;
    pair.negative.text = negative;
    pair.prompt.text = prompt;
    return pair;
}

LabelledExample exampleOf(const std::string& text, int label)
{
    LabelledExample example;
    example.text.text = text;
    example.label = label;
    return example;
}

/// The positive sides from top to bottom.
QString letters(const QAbstractItemModel& model)
{
    QString all;
    for (int row = 0; row < model.rowCount(); ++row)
        all += model.index(row, ContrastPairModel::Positive).data().toString();
    return all;
}

void fillWithLetters(ContrastPairModel& model, const std::string& letters)
{
    ContrastSet set;
    for (const char letter : letters)
        set.pairs.push_back(pairOf(std::string(1, letter), "x"));
    model.reset(set);
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
        model.removePairs({0, 1});
        model.setPairs({0}, {pairOf("g", "h", "why?")});
        model.setTokenCounts(1, 12, 7, {});
        std::vector<std::optional<PairProjection>> projections(size_t(model.rowCount()));
        projections[0] = PairProjection{3, -1, 4};
        model.setProjections(projections);
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
        model.setBankItems({0, 1});
        model.setTokenCounts(0, 1, 1, {});
        model.setPairs({0}, {pairOf("a", "x")});
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

    void aDroppedPairIsNoError()
    {
        ContrastPairModel model;
        model.insertPairs(0, {pairOf("a", "b"), pairOf("c", ""), pairOf("e", "f")});
        ContrastPair dropped = model.pair(1);
        dropped.enabled = false;
        model.setPairs({1}, {dropped});
        QCOMPARE(model.firstIncomplete(), -1);
        QVERIFY(model.errorOf(1).isEmpty());
        QCOMPARE(model.enabledCount(), 2);
        QCOMPARE(model.toSet().pairs.size(), size_t(3));
        QVERIFY(!model.toSet().pairs[1].enabled);
        QVERIFY(model.index(1, ContrastPairModel::Positive).data(Qt::FontRole).value<QFont>().strikeOut());
        QCOMPARE(model.index(1, ContrastPairModel::Number).data(Qt::AccessibleTextRole).toString(),
            QStringLiteral("Pair 2, dropped"));
    }

    void scatteredRowsGoAndComeBackWithFewSignals()
    {
        ContrastPairModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        fillWithLetters(model, "abcdefgh");
        const std::vector<int> rows{0, 2, 3, 7};
        std::vector<ContrastPair> gone;
        for (const int row : rows)
            gone.push_back(model.pair(row));
        QSignalSpy removals(&model, &QAbstractItemModel::rowsRemoved);
        QSignalSpy insertions(&model, &QAbstractItemModel::rowsInserted);
        QSignalSpy changes(&model, &ContrastPairModel::contentsChanged);
        const QPersistentModelIndex f = model.index(5, 1);

        model.removePairs(rows);
        QCOMPARE(letters(model), QStringLiteral("befg"));
        QCOMPARE(f.row(), 2);
        QCOMPARE(model.index(3, ContrastPairModel::Number).data().toString(), QStringLiteral("4"));
        model.insertPairs(rows, gone);
        QCOMPARE(letters(model), QStringLiteral("abcdefgh"));
        QCOMPARE(f.row(), 5);
        QCOMPARE(model.index(7, ContrastPairModel::Number).data().toString(), QStringLiteral("8"));
        QCOMPARE(removals.count(), 1);
        QCOMPARE(insertions.count(), 1);
        QCOMPARE(changes.count(), 2);
    }

    void bankItemsFollowTheirRows()
    {
        ContrastPairModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        fillWithLetters(model, "abcd");
        model.setBankItems(std::vector<std::optional<int>>{0, {}, 1, 2});
        const auto items = [&model] {
            QStringList all;
            for (int row = 0; row < model.rowCount(); ++row)
                all << (model.bankItem(row) ? QString::number(*model.bankItem(row)) : QStringLiteral("-"));
            return all.join(u' ');
        };
        model.reorder({3, 2, 1, 0});
        QCOMPARE(items(), QStringLiteral("2 1 - 0"));
        model.insertPairs(1, {model.pair(0)});
        QCOMPARE(items(), QStringLiteral("2 - 1 - 0"));
        model.setPairs({2}, {pairOf("c", "x", "prompt")});
        QCOMPARE(items(), QStringLiteral("2 - - - 0"));
        ContrastPair dropped = model.pair(4);
        dropped.enabled = false;
        model.setPairs({4}, {dropped});
        QCOMPARE(items(), QStringLiteral("2 - - - 0"));
        QCOMPARE(model.rowOfBankItem(0), 4);
    }

    void projectionsOfAllRowsAreOneSignal()
    {
        ContrastPairModel model;
        fillWithLetters(model, "abc");
        QSignalSpy changes(&model, &QAbstractItemModel::dataChanged);
        model.setProjections({PairProjection{3, -1, 4}, {}, PairProjection{4, -4, 4}});
        QCOMPARE(changes.count(), 1);
        QVERIFY(
            !model.index(1, ContrastPairModel::Projection).data(ContrastPairModel::ProjectionRole).isValid());
        QCOMPARE(
            model.index(2, ContrastPairModel::Projection).data(ContrastPairModel::SortRole).toDouble(), 8.0);
    }

    void rowsAreDroppedOnTheirOwnModelOnly()
    {
        ContrastPairModel model;
        fillWithLetters(model, "abcd");
        ContrastPairModel other;
        fillWithLetters(other, "abcd");
        QSignalSpy dropped(&model, &ContrastPairModel::rowsDropped);
        QSignalSpy elsewhere(&other, &ContrastPairModel::rowsDropped);
        const std::unique_ptr<QMimeData> data(
            model.mimeData({model.index(3, 0), model.index(3, 1), model.index(1, 0)}));
        QVERIFY(!other.canDropMimeData(data.get(), Qt::MoveAction, 0, 0, {}));
        QVERIFY(!other.dropMimeData(data.get(), Qt::MoveAction, 0, 0, {}));
        QVERIFY(model.dropMimeData(data.get(), Qt::MoveAction, 0, 0, {}));
        QMimeData text;
        text.setText(QStringLiteral("a\tb"));
        QVERIFY(!model.canDropMimeData(&text, Qt::MoveAction, 0, 0, {}));
        QCOMPARE(elsewhere.count(), 0);
        QCOMPARE(dropped.count(), 1);
        QCOMPARE(dropped[0][0].value<std::vector<int>>(), (std::vector<int>{1, 3}));
        QCOMPARE(dropped[0][1].toInt(), 0);
    }

    void pairsAreFilteredAndSorted()
    {
        ContrastPairModel model;
        PairFilter filter;
        filter.setSourceModel(&model);
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QAbstractItemModelTester filterTester(
            &filter, QAbstractItemModelTester::FailureReportingMode::QtTest);
        fillWithLetters(model, "badc");
        QVERIFY(filter.showsSetOrder());
        filter.sort(ContrastPairModel::Positive, Qt::AscendingOrder);
        QCOMPARE(letters(filter), QStringLiteral("abcd"));
        QVERIFY(!filter.showsSetOrder());
        model.reorder({3, 2, 1, 0});
        QCOMPARE(letters(filter), QStringLiteral("abcd"));
        model.insertPairs({0, 2, 5}, {pairOf("e", "x"), pairOf("A", "x"), pairOf("0", "x")});
        QCOMPARE(letters(filter).toLower(), QStringLiteral("0aabcde"));
        filter.sort(ContrastPairModel::Number, Qt::DescendingOrder);
        QString backwards = letters(model);
        std::reverse(backwards.begin(), backwards.end());
        QCOMPARE(letters(filter), backwards);
        filter.sort(ContrastPairModel::Number, Qt::AscendingOrder);
        QCOMPARE(letters(filter), letters(model));
        QVERIFY(filter.showsSetOrder());

        filter.setSought(QStringLiteral("a")); // not in the figures, nor in the numbers
        QCOMPARE(letters(filter).toLower(), QStringLiteral("aa"));
        QVERIFY(!filter.showsSetOrder());
        QVERIFY(filter.isMatch(filter.index(0, ContrastPairModel::Positive)));
        QVERIFY(!filter.isMatch(filter.index(0, ContrastPairModel::Negative)));
        filter.setSought(QStringLiteral("1"));
        QCOMPARE(filter.rowCount(), 0);
    }

    void labelledExamplesKeepTheirSides()
    {
        ContrastSet set;
        set.labelled = {exampleOf("yes", 1), exampleOf("no", 0), exampleOf("aye", 1)};
        set.labelled[1].enabled = false;
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

QTEST_MAIN(ItemModels)
#include "tst_item_models.moc"
