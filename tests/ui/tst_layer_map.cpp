#include "ui/state/layer_map.h"
#include "ui/state/map_recommendation.h"
#include "ui/state/word_difference.h"

#include <QSignalSpy>
#include <QTest>

#include <cmath>

using namespace tiller;

/// What a map makes of the figures that arrive: means over prompts, the control, the recommended cell.
class TestLayerMap : public QObject {
    Q_OBJECT

    static MapGrid grid()
    {
        MapGrid grid;
        grid.vectorName = QStringLiteral("formality");
        grid.layers = {4, 5, 6};
        grid.strengths = {-1, 1, 2};
        grid.metrics = {Metric::Effect, Metric::Coherence, Metric::Repetition};
        grid.prompts = {QStringLiteral("One?"), QStringLiteral("Two?")};
        return grid;
    }

    static SweptPart text(int layer, double strength, int prompt, double loss, double repetition = 0)
    {
        SweepResult result{layer, strength, prompt, 0.3 * strength, {}, "some words"};
        result.figures[Metric::Coherence] = {loss, loss, loss};
        result.figures[Metric::Repetition] = {repetition, repetition, repetition};
        return {result, false, {}};
    }

    static SweptPart effect(int layer, double strength, double value, bool isControl = false)
    {
        SweepResult result{layer, strength, -1, 0.3 * strength, {}, {}};
        result.figures[Metric::Effect] = {value, value - 0.1, value + 0.1};
        return {result, isControl, {}};
    }

    static void fill(
        LayerMap& map, int layer, double strength, double gain, double loss, double repetition = 0)
    {
        map.put({text(layer, strength, 0, loss, repetition), text(layer, strength, 1, loss, repetition),
            effect(layer, strength, gain)});
    }

private slots:
    void figuresAreMeansOverPrompts()
    {
        LayerMap map;
        map.start(grid());
        QSignalSpy measured(&map, &LayerMap::measured);
        map.put({text(5, 1, 0, 0.2)});
        QCOMPARE(measured.count(), 1);
        QCOMPARE(map.doneCount(), 0);
        QCOMPARE(map.figure({1, 1}, Metric::Coherence)->value, 0.2);
        map.put({text(5, 1, 1, 0.6), effect(5, 1, 0.5)});
        QCOMPARE(map.doneCount(), 1);
        const SweepFigure loss = *map.figure({1, 1}, Metric::Coherence);
        QVERIFY(std::abs(loss.value - 0.4) < 1e-12);
        QVERIFY(loss.low < loss.value && loss.high > loss.value);
        QCOMPARE(*map.figureOfText({1, 1}, 1, Metric::Coherence), 0.6);
        QVERIFY(!map.figureOfText({1, 1}, 1, Metric::Effect));
        QCOMPARE(map.figure({1, 1}, Metric::Effect)->high, 0.6);
        QVERIFY(!map.figure({0, 0}, Metric::Effect));
        QCOMPARE(*map.push({1, 1}), 0.3);
        QCOMPARE(*map.text({1, 1}, 0), QStringLiteral("some words"));
        QVERIFY(!map.unsteeredText(0));
        map.put({text(4, 0, 0, 0)}); // of no cell of the grid, yet what the others are read beside
        QVERIFY(map.unsteeredText(0));
        QCOMPARE(map.table().rows().size(), size_t(2));
        map.put({text(9, 1, 0, 0.2), text(5, 1, 7, 0.2)}); // nothing that was asked for
        QCOMPARE(map.doneCount(), 1);
    }

    void aCellIsMarkedWhileItIsMeasured()
    {
        LayerMap map;
        map.start(grid());
        SweptPart begun = effect(5, 1, 0);
        begun.begun = true;
        map.put({begun});
        QVERIFY(map.isRunning({1, 1}));
        QVERIFY(!map.isMeasured({1, 1}));
        QVERIFY(!map.figure({1, 1}, Metric::Effect));
        map.put({effect(5, 1, 0.5)});
        QVERIFY(!map.isRunning({1, 1}));
        QSignalSpy measured(&map, &LayerMap::measured);
        map.put({begun});
        map.pause();
        QVERIFY(!map.isRunning({1, 1}));
        QCOMPARE(measured.count(), 2);
    }

    void aPartIsMadeFiner()
    {
        MapGrid wide = grid();
        wide.layers = {0, 4, 8, 12};
        wide.strengths = {-2, -1, 0, 1, 2};
        SteeringVector vector;
        for (const int layer : {0, 4, 5, 7, 8, 12})
            vector.layers[layer].values = {1};
        wide.vector = std::make_shared<const SteeringVector>(vector);
        const MapGrid part = wide.finer(1, 2, 3, 4);
        QCOMPARE(part.layers, (std::vector<int>{4, 5, 7, 8})); // 6 is none of the vector's
        QCOMPARE(part.strengths, (std::vector<double>{1, 1.5, 2}));
        QCOMPARE(part.prompts, wide.prompts);
        // One strength alone: half a step to each side where there is one.
        QCOMPARE(wide.finer(1, 1, 3, 3).strengths, (std::vector<double>{0.5, 0.75, 1, 1.25, 1.5}));
        QCOMPARE(wide.finer(1, 1, 4, 4).strengths, (std::vector<double>{1.5, 1.75, 2}));
        QCOMPARE(wide.finer(0, 0, 3, 3).finer(0, 0, 1, 2).strengths, (std::vector<double>{0.75, 0.875, 1}));
        // A single direction goes to every layer in between.
        SteeringVector single;
        single.layers[9].values = {1};
        wide.vector = std::make_shared<const SteeringVector>(single);
        QCOMPARE(wide.finer(2, 3, 0, 0).layers, (std::vector<int>{8, 9, 10, 11, 12}));
    }

    void whatWasKnownComesBack()
    {
        LayerMap map;
        map.start(grid());
        fill(map, 5, 1, 0.5, 0.1);
        const LayerMap::Contents wide = map.contents();
        map.start(map.grid().finer(1, 1, 1, 1));
        QCOMPARE(map.doneCount(), 0);
        QSignalSpy reset(&map, &LayerMap::reset);
        map.restore(wide);
        QCOMPARE(reset.count(), 1);
        QCOMPARE(map.doneCount(), 1);
        QCOMPARE(map.figure({1, 1}, Metric::Effect)->value, 0.5);
        QCOMPARE(map.table().rows().size(), wide.table.rows().size());
    }

    void theControlIsTakenAway()
    {
        LayerMap map;
        map.start(grid());
        map.put({effect(5, 1, 0.5)});
        QVERIFY(!map.figure({1, 1}, Metric::Effect, MapSide::Difference));
        map.put({effect(5, 1, 0.125, true)});
        QCOMPARE(map.figure({1, 1}, Metric::Effect)->value, 0.5);
        QCOMPARE(map.figure({1, 1}, Metric::Effect, MapSide::Control)->value, 0.125);
        QCOMPARE(map.figure({1, 1}, Metric::Effect, MapSide::Difference)->value, 0.375);
    }

    void recommendsWhatIsStrongAndWhole()
    {
        LayerMap map;
        map.start(grid());
        QVERIFY(!recommend(map, 1));
        for (const int layer : {4, 5, 6}) {
            fill(map, layer, -1, -0.5, 0.1);
            fill(map, layer, 1, layer == 4 ? 0.42 : 0.5, 0.1);
        }
        fill(map, 4, 2, 0.9, 0.5); // more than a third of the limit
        fill(map, 5, 2, 0.8, 0.2, 0.6); // says one thing over and over
        fill(map, 6, 2, 0.1, 0.2);
        const auto found = recommend(map, 1);
        QVERIFY(found);
        QCOMPARE(found->best, (LayerMap::Place{1, 1}));
        QCOMPARE(found->firstLayer, 0); // four fifths of 0.5
        QCOMPARE(found->lastLayer, 2);
        QVERIFY(found->reason.contains(QStringLiteral("effect")));
        // A higher limit takes the strong one in, unless something weaker has collapsed.
        QCOMPARE(recommend(map, 2)->best, (LayerMap::Place{0, 2}));
        fill(map, 4, 1, 0.42, 2.5);
        QCOMPARE(recommend(map, 2)->best, (LayerMap::Place{1, 1}));
    }

    void whatMayBeChanceIsNotRecommended()
    {
        LayerMap map;
        map.start(grid());
        fill(map, 5, 1, 0.05, 0.1); // its band reaches below zero
        QVERIFY(!recommend(map, 1));
        fill(map, 6, 1, 0.2, 0.1);
        QCOMPARE(recommend(map, 1)->best, (LayerMap::Place{2, 1}));
    }

    void differingWordsAreFound()
    {
        const RowText a = wordsOf(QStringLiteral("My weekend is a mix of  fun\nand rest"));
        const RowText b = wordsOf(QStringLiteral("My plan is a range of fun and work"));
        QCOMPARE(a.tokens.size(), size_t(9));
        QCOMPARE(a.text(), QStringLiteral("My weekend is a mix of  fun\nand rest"));
        QCOMPARE(differingWords(a, b),
            (std::vector<bool>{false, true, false, false, true, false, false, false, true}));
        QCOMPARE(differingWords(a, a), std::vector<bool>(9, false));
        QVERIFY(differingWords(RowText(), a).empty());
        QCOMPARE(differingWords(a, RowText()), std::vector<bool>(9, true));
    }
};

QTEST_GUILESS_MAIN(TestLayerMap)
#include "tst_layer_map.moc"
