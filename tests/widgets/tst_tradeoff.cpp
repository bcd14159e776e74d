#include "ui/plots/tradeoff_plot.h"

#include <QSignalSpy>
#include <QTest>

using namespace tiller;

/// Gain against coherence loss: the front, and the way from a mark to its cell.
class TestTradeoff : public QObject {
    Q_OBJECT

    static TradeoffPoint point(int layer, double strength, double loss, double gain)
    {
        return {{layer, strength > 0 ? 1 : 0}, QStringLiteral("Layer %1").arg(layer), strength, loss, gain};
    }

private slots:
    void theFrontIsWhatNothingBeats()
    {
        TradeoffPlot plot;
        plot.setPoints(
            {point(0, 1, 0.5, 2), point(1, 1, 0.1, 1), point(2, 1, 0.6, 1.5), point(3, 1, 0.1, 0.5),
                point(4, 1, 2, 3), point(5, 1, -0.2, -1), point(6, -1, 0.3, -2), point(7, -1, 0.2, -2.5)});
        QCOMPARE(plot.front(1), (std::vector<size_t>{1, 0, 4}));
        QCOMPARE(plot.front(-1), (std::vector<size_t>{7}));
        const PlotTable table = plot.table();
        QCOMPARE(table.size(), size_t(9));
        QCOMPARE(table[2].back(), QStringLiteral("1"));
        QCOMPARE(table[3].back(), QStringLiteral("0"));
        plot.setPoints({});
        QVERIFY(plot.isEmpty());
        QVERIFY(plot.front(1).empty());
    }

    void whatRepeatsItselfIsOnNoFront()
    {
        TradeoffPlot plot;
        TradeoffPoint looping = point(1, 1, 0.1, 3);
        looping.repeats = true;
        plot.setPoints({point(0, 1, 0.5, 2), looping});
        QCOMPARE(plot.front(1), (std::vector<size_t>{0}));
    }

    void marksAreCells()
    {
        TradeoffPlot plot;
        plot.resize(500, 400);
        plot.setPoints({point(3, 1, 0.1, 1), point(8, 1, 1.5, 2), point(5, -1, 0.5, -1)});
        plot.show();
        QVERIFY(QTest::qWaitForWindowExposed(&plot));
        QSignalSpy clicked(&plot, &TradeoffPlot::cellClicked);
        QSignalSpy activated(&plot, &TradeoffPlot::cellActivated);
        const QPoint place = plot.placeOf({8, 1});
        QCOMPARE(plot.cellAt(place), (CellIndex{8, 1}));
        QVERIFY(!plot.cellAt(place + QPoint(40, 0)).isValid());
        QTest::mouseClick(&plot, Qt::LeftButton, {}, place);
        QCOMPARE(clicked.count(), 1);
        QCOMPARE(clicked[0][0].value<CellIndex>(), (CellIndex{8, 1}));
        plot.setSelectedCell({8, 1});
        plot.setFocus();
        QTest::keyClick(&plot, Qt::Key_Left); // along the front
        QCOMPARE(clicked.last()[0].value<CellIndex>(), (CellIndex{3, 1}));
        QTest::keyClick(&plot, Qt::Key_Return);
        QCOMPARE(activated.last()[0].value<CellIndex>(), (CellIndex{8, 1}));
    }
};

QTEST_MAIN(TestTradeoff)
#include "tst_tradeoff.moc"
