#include "ui/plots/scatter_plot.h"
#include "ui/theme/theme.h"

#include <QSignalSpy>
#include <QTest>

#include <cmath>

using namespace tiller;

class TestScatterPlot : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { applyTheme(ThemeChoice::Light); }

    void init()
    {
        m_plot = std::make_unique<ScatterPlot>();
        m_plot->resize(440, 300);
        m_plot->setPoleNames(QStringLiteral("formal"), QStringLiteral("casual"));
        m_plot->setAxisLabels(
            QStringLiteral("along v, 61 % of the variance"), QStringLiteral("component 2, 9 %"));
        m_plot->setPairs({{0, {20, 10}, {-20, 12}}, {1, {15, -5}, {-16, -9}}, {2, {3, -2}, {6, 1}, true}});
        m_plot->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_plot.get()));
        m_plot->grab(); // lays out
    }

    void nearestMarkWithinReachIsFound()
    {
        for (const ScatterPair& pair : m_plot->pairs()) {
            QCOMPARE(m_plot->rowAt(m_plot->markPosition(pair.positive).toPoint()), pair.row);
            QCOMPARE(m_plot->rowAt(m_plot->markPosition(pair.negative).toPoint()), pair.row);
        }
        const QPoint mark = m_plot->markPosition({20, 10}).toPoint();
        QCOMPARE(m_plot->rowAt(mark + QPoint(8, 6)), 0);
        QCOMPARE(m_plot->rowAt(mark + QPoint(12, 12)), -1);
        QVERIFY(m_plot->markPosition({20, 10}).y() < m_plot->markPosition({15, -5}).y()); // + upward
    }

    void clickSelectsAndKeysWalk()
    {
        QSignalSpy clicked(m_plot.get(), &ScatterPlot::pairClicked);
        QSignalSpy dropped(m_plot.get(), &ScatterPlot::pairDropRequested);
        QTest::mouseClick(m_plot.get(), Qt::LeftButton, {}, m_plot->markPosition({-16, -9}).toPoint());
        QCOMPARE(clicked.size(), 1);
        QCOMPARE(clicked[0][0].toInt(), 1);
        QTest::keyClick(m_plot.get(), Qt::Key_Right);
        QCOMPARE(m_plot->selectedRow(), 2);
        QTest::keyClick(m_plot.get(), Qt::Key_Delete);
        QCOMPARE(dropped.size(), 1);
        QCOMPARE(dropped[0][0].toInt(), 2);
        QTest::keyClick(m_plot.get(), Qt::Key_Left);
        QTest::keyClick(m_plot.get(), Qt::Key_Up);
        QCOMPARE(m_plot->selectedRow(), 0);
        QTest::mouseClick(
            m_plot.get(), Qt::LeftButton, {}, m_plot->markPosition({20, 10}).toPoint() + QPoint(12, 12));
        QCOMPARE(clicked.size(), 4);
    }

    void figuresAndTable()
    {
        QCOMPARE(m_plot->figures(0), QStringLiteral("Pair 1\nformal +20.0, +10.0\ncasual −20.0, +12.0"));
        QVERIFY(m_plot->figures(2).startsWith(QStringLiteral("Pair 3, dropped\n")));
        m_plot->setPairs({{0, {0.5, -1.25}}});
        QCOMPARE(m_plot->figures(0).count(u'\n'), 1); // it has one side only
        QCOMPARE(m_plot->toCsv(), QStringLiteral("pair,side,x,y,dropped\r\n1,positive,0.5,-1.25,0\r\n"));
    }

    void selectedPairIsEmphasised()
    {
        const auto has = [this](const QColor& color) {
            const QImage image = m_plot->grab().toImage();
            // Along the line of pair 2, away from its marks.
            const QPointF from = m_plot->markPosition({-16, -9});
            const QPointF to = m_plot->markPosition({15, -5});
            for (double t = 0.2; t < 0.4; t += 0.01) {
                const QPoint point = (from + t * (to - from)).toPoint();
                for (int dy = -1; dy <= 1; ++dy) {
                    if (image.pixelColor(point + QPoint(0, dy)) == color)
                        return true;
                }
            }
            return false;
        };
        QVERIFY(!has(lightColors().text));
        m_plot->setSelectedRow(1);
        QTRY_VERIFY(has(lightColors().text));
        applyTheme(ThemeChoice::Dark);
        QTRY_VERIFY(has(darkColors().text));
        applyTheme(ThemeChoice::Light);
    }

    void onePointAndNone()
    {
        m_plot->setPairs({{4, {1, 1}}});
        m_plot->grab();
        QCOMPARE(m_plot->rowAt(m_plot->markPosition({1, 1}).toPoint()), 4);
        m_plot->setPairs({});
        QCOMPARE(m_plot->rowAt(QPoint(200, 100)), -1);
        QVERIFY(m_plot->isEmpty());
    }

private:
    std::unique_ptr<ScatterPlot> m_plot;
};

QTEST_MAIN(TestScatterPlot)
#include "tst_scatter_plot.moc"
