#include "ui/plots/heatmap.h"
#include "ui/theme/theme.h"

#include <QAction>
#include <QSignalSpy>
#include <QTest>

using namespace tiller;

/// Framing cells of the map together, by pointer and by keys.
class TestHeatmapRange : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        qRegisterMetaType<CellIndex>();
        qRegisterMetaType<CellRange>();
        applyTheme(ThemeChoice::Light);
    }

    void init()
    {
        m_window = std::make_unique<QWidget>();
        m_window->resize(1000, 600);
        m_map = new Heatmap(m_window.get());
        m_map->setGeometry(m_window->rect());
        m_map->model()->setGrid({0, 1, 2, 3, 4, 5}, {-2, -1, 0, 1, 2});
        m_map->setRangesEnabled(true);
        m_window->show();
        m_window->activateWindow();
        m_map->setFocus();
        QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
        m_chosen = std::make_unique<QSignalSpy>(m_map, &Heatmap::rangeChosen);
        m_clicked = std::make_unique<QSignalSpy>(m_map, &Heatmap::cellClicked);
    }

    void draggingFramesCells()
    {
        press({4, 3});
        QCOMPARE(m_clicked->size(), 1);
        drag({2, 1});
        QCOMPARE(m_map->range(), (CellRange{{2, 1}, {4, 3}}));
        QCOMPARE(m_chosen->size(), 0);
        const QPoint corner = m_map->cellRect({2, 3}).topLeft();
        QTRY_COMPARE(m_window->grab().toImage().pixelColor(corner), colors().text);
        QCOMPARE(
            m_map->accessibleDescription(), QStringLiteral("layers 2–4, strength −1 to +1: 3 × 3 cells"));
        release();
        QCOMPARE(m_chosen->size(), 1);
        QCOMPARE(m_chosen->at(0)[0].value<CellRange>(), (CellRange{{2, 1}, {4, 3}}));
        QCOMPARE(m_clicked->size(), 1);
        QVERIFY(!m_map->range());
        move({0, 0}); // the pointer is free again
        QVERIFY(!m_map->range());
        QCOMPARE(m_map->hoveredCell(), (CellIndex{0, 0}));
    }

    void dragBeyondTheMapEndsAtItsEdge()
    {
        press({3, 2});
        send(QEvent::MouseMove, QPoint(m_map->width() - 1, 1), Qt::LeftButton);
        QCOMPARE(m_map->range(), (CellRange{{3, 2}, {5, 4}}));
        send(QEvent::MouseMove, QPoint(0, 0), Qt::LeftButton);
        QCOMPARE(m_map->range(), (CellRange{{0, 2}, {3, 4}}));
    }

    void oneCellIsAClick()
    {
        press({3, 2});
        drag({3, 2});
        release();
        QCOMPARE(m_chosen->size(), 0);
        press({3, 2});
        drag({4, 2});
        drag({3, 2}); // back again
        QVERIFY(!m_map->range());
        release();
        QCOMPARE(m_chosen->size(), 0);
        QCOMPARE(m_clicked->size(), 2);
    }

    void escapeDropsBeforeTheWindowHearsIt()
    {
        QAction stop;
        stop.setShortcut(Qt::Key_Escape);
        m_window->addAction(&stop);
        QSignalSpy stopped(&stop, &QAction::triggered);
        press({1, 1});
        drag({3, 3});
        QTest::keyClick(m_window->windowHandle(), Qt::Key_Escape);
        QVERIFY(!m_map->range());
        QCOMPARE(stopped.size(), 0);
        drag({4, 4}); // still pressed
        release();
        QVERIFY(!m_map->range());
        QCOMPARE(m_chosen->size(), 0);
        QTest::keyClick(m_window->windowHandle(), Qt::Key_Escape);
        QCOMPARE(stopped.size(), 1);
    }

    void keysGrowARange()
    {
        m_map->setRangeText([](CellRange range) {
            return QStringLiteral("%1 by %2").arg(range.layers()).arg(range.strengths());
        });
        m_map->setSelectedCell({3, 2});
        QTest::keyClick(m_map, Qt::Key_Right, Qt::ShiftModifier);
        QTest::keyClick(m_map, Qt::Key_Down, Qt::ShiftModifier);
        QTest::keyClick(m_map, Qt::Key_Down, Qt::ShiftModifier);
        QTest::keyClick(m_map, Qt::Key_Down, Qt::ShiftModifier);
        QCOMPARE(m_map->range(), (CellRange{{3, 0}, {4, 2}}));
        QCOMPARE(m_map->accessibleDescription(), QStringLiteral("2 by 3"));
        QTest::keyClick(m_map, Qt::Key_Return);
        QCOMPARE(m_chosen->size(), 1);
        QCOMPARE(m_chosen->at(0)[0].value<CellRange>(), (CellRange{{3, 0}, {4, 2}}));
        QCOMPARE(m_clicked->size(), 0);
        QVERIFY(!m_map->range());
        QTest::keyClick(m_map, Qt::Key_Up, Qt::ShiftModifier);
        QCOMPARE(m_map->range(), (CellRange{{4, 0}, {4, 1}}));
        QTest::keyClick(m_map, Qt::Key_Left); // an arrow alone drops it
        QVERIFY(!m_map->range());
        QCOMPARE(m_map->hoveredCell(), (CellIndex{3, 1}));
        QTest::keyClick(m_map, Qt::Key_Return);
        QCOMPARE(m_clicked->size(), 1);
        QTest::keyClick(m_map, Qt::Key_Home, Qt::ShiftModifier);
        QCOMPARE(m_map->range(), (CellRange{{0, 1}, {3, 1}}));
        QTest::keyClick(m_map, Qt::Key_Escape);
        QVERIFY(!m_map->range());
    }

    void offByDefault()
    {
        m_map->setRangesEnabled(false);
        press({1, 1});
        drag({3, 3});
        release();
        QTest::keyClick(m_map, Qt::Key_Right, Qt::ShiftModifier);
        QVERIFY(!m_map->range());
        QCOMPARE(m_chosen->size(), 0);
        QCOMPARE(m_map->hoveredCell(), (CellIndex{4, 3}));
        QVERIFY(!m_map->rangeText({{0, 0}, {0, 0}}).isEmpty());
    }

    void anotherGridDropsIt()
    {
        press({1, 1});
        drag({2, 3});
        QVERIFY(m_map->range());
        m_map->model()->setGrid({0}, {0});
        QVERIFY(!m_map->range());
        release();
        QCOMPARE(m_chosen->size(), 0);
    }

private:
    void send(QEvent::Type type, const QPoint& point, Qt::MouseButtons buttons)
    {
        const auto button = type == QEvent::MouseMove ? Qt::NoButton : Qt::LeftButton;
        QMouseEvent event(type, point, m_map->mapToGlobal(QPointF(point)), button, buttons, Qt::NoModifier);
        QApplication::sendEvent(m_map, &event);
    }
    void press(CellIndex cell)
    {
        send(QEvent::MouseButtonPress, m_map->cellRect(cell).center(), Qt::LeftButton);
    }
    void drag(CellIndex cell) { send(QEvent::MouseMove, m_map->cellRect(cell).center(), Qt::LeftButton); }
    void move(CellIndex cell) { send(QEvent::MouseMove, m_map->cellRect(cell).center(), Qt::NoButton); }
    void release() { send(QEvent::MouseButtonRelease, QPoint(1, 1), Qt::NoButton); }

    std::unique_ptr<QWidget> m_window;
    Heatmap* m_map = nullptr;
    std::unique_ptr<QSignalSpy> m_chosen;
    std::unique_ptr<QSignalSpy> m_clicked;
};

QTEST_MAIN(TestHeatmapRange)
#include "tst_heatmap_range.moc"
