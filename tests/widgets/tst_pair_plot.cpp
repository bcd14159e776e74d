#include "ui/plots/pair_plot.h"
#include "ui/theme/theme.h"

#include <QAccessible>
#include <QAction>
#include <QSignalSpy>
#include <QTest>
#include <QToolTip>

#include <cmath>

using namespace tiller;

class TestPairPlot : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { applyTheme(ThemeChoice::Light); }

    void init()
    {
        m_plot = std::make_unique<PairPlot>();
        m_plot->resize(440, 240);
        m_plot->setPoleNames(QStringLiteral("formal"), QStringLiteral("casual"));
        m_plot->setPairs(pairs());
        m_plot->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_plot.get()));
        m_plot->grab(); // lays out
    }

    void firstPairIsOnTop()
    {
        const PlottedPair& first = m_plot->pairs()[0];
        const PlottedPair& last = m_plot->pairs()[4];
        const QPointF top = m_plot->markPosition(first, first.positive);
        const QPointF bottom = m_plot->markPosition(last, last.positive);
        QVERIFY(m_plot->rect().contains(top.toPoint()) && m_plot->rect().contains(bottom.toPoint()));
        QVERIFY(bottom.y() - top.y() > 100);
        QVERIFY(m_plot->markPosition(first, first.negative).x() < top.x());
    }

    void everyMarkIsFoundWhereItIs()
    {
        for (const PlottedPair& pair : m_plot->pairs()) {
            QCOMPARE(m_plot->rowAt(m_plot->markPosition(pair, pair.positive).toPoint()), pair.row);
            QCOMPARE(m_plot->rowAt(m_plot->markPosition(pair, pair.negative).toPoint()), pair.row);
        }
        const PlottedPair& third = m_plot->pairs()[2]; // its whole line counts, far from its marks too
        QCOMPARE(m_plot->rowAt(m_plot->markPosition(third, -24).toPoint()), 2);
        QCOMPARE(m_plot->rowAt(QPoint(1, 1)), -1);
    }

    void nearestLineWinsWhereRowsAreFinerThanAPixel()
    {
        std::vector<PlottedPair> many;
        for (int row = 0; row < 500; ++row)
            many.push_back({row, row == 250 ? 40.0 : 10.0, -10.0});
        m_plot->setPairs(many);
        m_plot->grab();
        QCOMPARE(m_plot->rowAt(m_plot->markPosition(many[250], 40).toPoint()), 250);
        const int row = m_plot->rowAt(m_plot->markPosition(many[100], 10).toPoint());
        QVERIFY(std::abs(row - 100) < 10);
    }

    void clickSelects()
    {
        QSignalSpy clicked(m_plot.get(), &PairPlot::pairClicked);
        const PlottedPair& second = m_plot->pairs()[1];
        QTest::mouseClick(m_plot.get(), Qt::LeftButton, {}, m_plot->markPosition(second, 18).toPoint());
        QCOMPARE(clicked.size(), 1);
        QCOMPARE(clicked[0][0].toInt(), 1);
        QCOMPARE(m_plot->selectedRow(), 1);
        QTest::mouseClick(m_plot.get(), Qt::LeftButton, {}, QPoint(1, 1));
        QCOMPARE(clicked.size(), 1);
    }

    void keysWalkAndDrop()
    {
        QSignalSpy clicked(m_plot.get(), &PairPlot::pairClicked);
        QSignalSpy dropped(m_plot.get(), &PairPlot::pairDropRequested);
        QTest::keyClick(m_plot.get(), Qt::Key_Delete); // nothing selected: nothing dropped
        QCOMPARE(dropped.size(), 0);
        QTest::keyClick(m_plot.get(), Qt::Key_Down);
        QTest::keyClick(m_plot.get(), Qt::Key_Down);
        QCOMPARE(m_plot->selectedRow(), 1);
        QTest::keyClick(m_plot.get(), Qt::Key_Delete);
        QCOMPARE(dropped.size(), 1);
        QCOMPARE(dropped[0][0].toInt(), 1);
        QTest::keyClick(m_plot.get(), Qt::Key_End);
        QTest::keyClick(m_plot.get(), Qt::Key_Down);
        QCOMPARE(m_plot->selectedRow(), 4);
        QTest::keyClick(m_plot.get(), Qt::Key_Up);
        QCOMPARE(m_plot->selectedRow(), 3);
        QTest::keyClick(m_plot.get(), Qt::Key_Home);
        QTest::keyClick(m_plot.get(), Qt::Key_Up);
        QCOMPARE(m_plot->selectedRow(), 0);
        QCOMPARE(clicked.size(), 5); // a key at the end selects nothing anew
    }

    void selectionFromElsewhereIsSilent()
    {
        QSignalSpy clicked(m_plot.get(), &PairPlot::pairClicked);
        m_plot->setSelectedRow(2);
        QCOMPARE(clicked.size(), 0);
        QVERIFY(m_plot->accessibleDescription().startsWith(QStringLiteral("Pair 3, ")));
        QAccessibleInterface* spoken = QAccessible::queryAccessibleInterface(m_plot.get());
        QVERIFY(spoken);
        QCOMPARE(spoken->role(), QAccessible::Graphic);
        QCOMPARE(spoken->text(QAccessible::Name), QStringLiteral("Projections of the pairs"));
        QVERIFY(spoken->text(QAccessible::Description).contains(QStringLiteral("formal")));
    }

    void figuresSayWhatIsKnown()
    {
        QCOMPARE(m_plot->figures(0),
            QStringLiteral("Pair 1\nformal +20.0\ncasual −21.3\ndifference +41.3\n"
                           "Without it the vector keeps cosine 0.998"));
        QVERIFY(m_plot->figures(3).startsWith(QStringLiteral("Pair 4, dropped\n")));
        QVERIFY(!m_plot->figures(3).contains(QStringLiteral("cosine")));
        QCOMPARE(m_plot->figures(17), QString());
    }

    void tipShowsTheFigures()
    {
        const PlottedPair& first = m_plot->pairs()[0];
        const QPoint point = m_plot->markPosition(first, first.positive).toPoint();
        QHelpEvent help(QEvent::ToolTip, point, m_plot->mapToGlobal(point));
        QApplication::sendEvent(m_plot.get(), &help);
        QCOMPARE(QToolTip::text(), m_plot->figures(0));
        QToolTip::hideText();
    }

    void droppedPairsAreHollow()
    {
        // The middle of the ▲ is amber, that of a dropped one the ground.
        const auto middle = [this](int row) {
            const PlottedPair& pair = m_plot->pairs()[size_t(row)];
            return m_plot->grab().toImage().pixelColor(m_plot->markPosition(pair, pair.positive).toPoint());
        };
        QCOMPARE(middle(0), lightColors().positive);
        QCOMPARE(middle(3), lightColors().base);
        applyTheme(ThemeChoice::Dark);
        QTRY_COMPARE(middle(0), darkColors().positive);
        QCOMPARE(middle(3), darkColors().base);
        applyTheme(ThemeChoice::Light);
    }

    void textsWithoutPairs()
    {
        m_plot->setJoined(false);
        const double none = std::nan("");
        m_plot->setPairs({{0, 3.0, none}, {1, none, -2.5}, {2, none, none}});
        m_plot->grab();
        QCOMPARE(m_plot->figures(1), QStringLiteral("Text 2\ncasual −2.50"));
        QCOMPARE(m_plot->rowAt(m_plot->markPosition(m_plot->pairs()[1], -2.5).toPoint()), 1);
        QCOMPARE(m_plot->rowAt(m_plot->markPosition(m_plot->pairs()[2], 0).toPoint()), -1);
        QCOMPARE(m_plot->toCsv(),
            QStringLiteral("text,positive,negative,dropped,cosine_without\r\n"
                           "1,3,,0,\r\n2,,-2.5,0,\r\n3,,,0,\r\n"));
    }

    void refitIsDescribedAnew()
    {
        m_plot->setSelectedRow(1);
        auto refitted = m_plot->pairs();
        refitted[1].dropped = true;
        m_plot->setPairs(refitted);
        QCOMPARE(m_plot->selectedRow(), 1);
        QVERIFY(m_plot->accessibleDescription().startsWith(QStringLiteral("Pair 2, dropped, ")));
    }

    void deleteIsThePlotsOwnKey()
    {
        QWidget window;
        m_plot->setParent(&window);
        QAction other(&window);
        other.setShortcut(QKeySequence::Delete);
        window.addAction(&other);
        QSignalSpy elsewhere(&other, &QAction::triggered);
        QSignalSpy dropped(m_plot.get(), &PairPlot::pairDropRequested);
        m_plot->show();
        window.show();
        window.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&window));
        m_plot->setFocus();
        m_plot->setSelectedRow(2);
        QTest::keyClick(m_plot.get(), Qt::Key_Delete);
        QCOMPARE(dropped.size(), 1);
        QCOMPARE(elsewhere.size(), 0);
        m_plot->setParent(nullptr);
    }

    void emptyPlotTakesNoKeys()
    {
        m_plot->setPairs({});
        QSignalSpy clicked(m_plot.get(), &PairPlot::pairClicked);
        QTest::keyClick(m_plot.get(), Qt::Key_Down);
        QTest::keyClick(m_plot.get(), Qt::Key_End);
        QCOMPARE(clicked.size(), 0);
        QVERIFY(m_plot->isEmpty());
    }

private:
    static std::vector<PlottedPair> pairs()
    {
        std::vector<PlottedPair> made{
            {0, 20.0, -21.3, false, 0.998}, {1, 18, -22}, {2, 25, -15}, {3, 6.0, 3.0, true}, {4, 19, -18}};
        return made;
    }

    std::unique_ptr<PairPlot> m_plot;
};

QTEST_MAIN(TestPairPlot)
#include "tst_pair_plot.moc"
