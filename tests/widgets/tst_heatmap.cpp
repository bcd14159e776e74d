#include "ui/plots/depth_parts.h"
#include "ui/plots/heatmap.h"
#include "ui/theme/theme.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <numeric>

using namespace tiller;

namespace {

HeatmapCell done(double value, double loss)
{
    return {CellState::Done, value, loss, {}};
}

}

class TestHeatmap : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        qRegisterMetaType<CellIndex>();
        applyTheme(ThemeChoice::Light);
    }

    void init()
    {
        m_window = std::make_unique<QWidget>();
        m_window->resize(1000, 600);
        m_map = new Heatmap(m_window.get());
        m_map->setGeometry(m_window->rect());
        m_map->model()->setGrid({0, 1, 2, 3, 4, 5}, {-2, -1, 0, 1, 2});
        m_window->show();
        m_window->activateWindow();
        m_map->setFocus();
        QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
    }

    void modelKeepsTheRules()
    {
        QAbstractItemModelTester tester(
            m_map->model(), QAbstractItemModelTester::FailureReportingMode::QtTest);
        m_map->model()->setGrid({3, 7}, {-1, 0, 1});
        m_map->model()->setCell({1, 2}, done(0.5, 0.1));
        const QModelIndex top = m_map->model()->index(0, 1);
        QCOMPARE(top.data().toString(), QStringLiteral("0.50"));
        QCOMPARE(top.data(HeatmapModel::ValueRole).toDouble(), 0.5);
        QCOMPARE(m_map->model()->headerData(0, Qt::Vertical).toString(), QStringLiteral("+1"));
        QCOMPARE(m_map->model()->headerData(2, Qt::Vertical).toString(), QStringLiteral("−1"));
        QCOMPARE(m_map->model()->headerData(1, Qt::Horizontal).toInt(), 7);
        m_map->model()->setCell({0, 0}, {CellState::Failed, 0, 0, QStringLiteral("out of memory")});
        QCOMPARE(m_map->model()->index(2, 0).data().toString(), QStringLiteral("failed"));
        QCOMPARE(m_map->model()->cellIndex(m_map->model()->modelIndex({1, 2})), (CellIndex{1, 2}));
    }

    void tableReadsAloud()
    {
        HeatmapModel* model = m_map->model();
        const auto spoken = [model](CellIndex cell) {
            const QModelIndex index = model->modelIndex(cell);
            const QString text = index.data(Qt::AccessibleTextRole).toString();
            return text == index.data(Qt::ToolTipRole).toString() ? text : QString();
        };
        model->setGrid({8, 14}, {-0.5, 0, 2});
        QCOMPARE(model->headerData(1, Qt::Horizontal).toString(), QStringLiteral("14"));
        QCOMPARE(model->headerData(1, Qt::Horizontal, Qt::AccessibleTextRole).toString(),
            QStringLiteral("Layer 14"));
        QCOMPARE(model->headerData(0, Qt::Vertical).toString(), QStringLiteral("+2"));
        QCOMPARE(model->headerData(2, Qt::Vertical, Qt::AccessibleTextRole).toString(),
            QStringLiteral("Strength −0.5"));
        QVERIFY(!model->headerData(3, Qt::Vertical).isValid());
        model->setCell({1, 2}, done(0.684, 0.41));
        QCOMPARE(spoken({1, 2}), QStringLiteral("Layer 14, strength +2: 0.68, loss 0.41"));
        QCOMPARE(spoken({0, 1}), QStringLiteral("Layer 8, strength 0: pending"));
        model->setCell({0, 1}, {CellState::Running, 0, 0, {}});
        QCOMPARE(model->modelIndex({0, 1}).data().toString(), QStringLiteral("running"));
        model->setCell({0, 1}, {CellState::Failed, 0, 0, QStringLiteral("out of memory")});
        QCOMPARE(spoken({0, 1}), QStringLiteral("Layer 8, strength 0: failed: out of memory"));
        model->setCell({0, 1}, done(qQNaN(), 0.5));
        QCOMPARE(model->modelIndex({0, 1}).data().toString(), QStringLiteral("unmeasured"));
        QCOMPARE(spoken({0, 1}), QStringLiteral("Layer 8, strength 0: unmeasured, loss 0.50"));
    }

    void collapseIsWalkedOutFromZero()
    {
        HeatmapModel* model = m_map->model();
        for (int strength = 0; strength < 5; ++strength)
            model->setCell({0, strength}, done(0, std::abs(strength - 2) * 0.8));
        QCOMPARE(model->collapseStrength(0, 1, 1.0), 1.25);
        QCOMPARE(model->collapseStrength(0, -1, 1.0), -1.25);
        QVERIFY(std::isnan(model->collapseStrength(0, 1, 2.0)));
        model->setCell({0, 3}, {CellState::Running, 0, 0, {}}); // an unfinished cell hides what is beyond
        QVERIFY(std::isnan(model->collapseStrength(0, 1, 1.0)));
        QVERIFY(std::isnan(model->collapseStrength(5, 1, 1.0)));
    }

    void everyCellIsFoundWhereItIs()
    {
        for (int layer = 0; layer < 6; ++layer) {
            for (int strength = 0; strength < 5; ++strength) {
                const CellIndex cell{layer, strength};
                QCOMPARE(m_map->cellAt(m_map->cellRect(cell).center()), cell);
                QCOMPARE(m_map->cellRect(cell).size(), QSize(72, 56)); // a small grid grows
            }
        }
        QVERIFY(m_map->cellRect({0, 4}).top() < m_map->cellRect({0, 0}).top()); // + upward
        QVERIFY(!m_map->cellAt(QPoint(1, 1)).isValid());
    }

    void cellsGrowWithTheWindow()
    {
        // A small grid takes up to half of the room.
        QCOMPARE(m_map->cellRect({0, 0}).size(), QSize(72, 56));
        std::vector<int> layers(30);
        std::iota(layers.begin(), layers.end(), 0);
        m_map->model()->setGrid(layers, {-4, -3, -2, -1, 0, 1, 2, 3, 4});
        m_map->resize(900, 600);
        QTRY_COMPARE(m_map->cellRect({0, 0}).size(), QSize(22, 34)); // window below 1400
        m_window->resize(1440, 900);
        QTRY_COMPARE(m_window->width(), 1440);
        m_map->resize(900, 601); // the map looks again
        QTRY_COMPARE(m_map->cellRect({0, 0}).size(), QSize(26, 46));
        m_window->resize(1900, 900);
        m_map->resize(1400, 800);
        QTRY_COMPARE(m_map->cellRect({0, 0}).size(), QSize(40, 56));
        m_map->resize(300, 200); // and shrink rather than being cut off
        QTRY_VERIFY(m_map->rect().contains(m_map->cellRect({29, 0})));
    }

    void finishedCellsTakeTheirColour()
    {
        m_map->setColorScale(ColorMap::AmberPlum, 1.0);
        m_map->model()->setCell({1, 3}, done(1, 0));
        m_map->model()->setCell({2, 3}, done(-1, 0));
        QTRY_COMPARE(colorIn({1, 3}), QColor(0x74, 0x4C, 0x00));
        QCOMPARE(colorIn({2, 3}), QColor(0x5E, 0x10, 0x49));
        QCOMPARE(colorIn({3, 3}), colors().base);
        m_map->setColorScale(ColorMap::Ember, 1.0);
        QTRY_COMPARE(colorIn({1, 3}), QColor(0x67, 0x00, 0x0D));
        QCOMPARE(colorIn({2, 3}), QColor(0xF7, 0xF5, 0xF4)); // below the ground: the ground
    }

    void measuredAgainShowsTheNewValue()
    {
        m_map->setColorScale(ColorMap::Ember, 1.0);
        m_map->model()->setCell({1, 3}, done(1, 0));
        QTRY_COMPARE(colorIn({1, 3}), QColor(0x67, 0x00, 0x0D));
        m_map->model()->setCell({1, 3}, {CellState::Running, 1, 0, {}}); // outline on the ground
        QTRY_COMPARE(colorIn({1, 3}), colors().base);
        const QImage image = m_window->grab().toImage();
        const QRect cell = m_map->cellRect({1, 3});
        int dark = 0;
        for (int y = cell.top() + 2; y < cell.bottom() - 2; ++y)
            dark += image.pixelColor(cell.left() + 1, y).lightness() < 128 ? 1 : 0;
        QVERIFY(dark > cell.height() / 4 && dark < cell.height() * 3 / 4);
        QCOMPARE(m_map->model()->largestValue(), 0.0);
        m_map->model()->setCell({1, 3}, done(0, 0));
        QTRY_COMPARE(colorIn({1, 3}), QColor(0xF7, 0xF5, 0xF4));
    }

    void followsTheTheme()
    {
        m_map->setColorScale(ColorMap::Ember, 1.0);
        m_map->model()->setCell({1, 3}, done(1, 0));
        applyTheme(ThemeChoice::Dark);
        QTRY_COMPARE(colorIn({1, 3}), QColor(0xFF, 0xDC, 0xC8));
        applyTheme(ThemeChoice::Light);
        QTRY_COMPARE(colorIn({1, 3}), QColor(0x67, 0x00, 0x0D));
    }

    void limitFollowsTheDataUnlessSet()
    {
        QCOMPARE(m_map->colorLimit(), 1.0);
        m_map->model()->setCell({0, 0}, done(-2.5, 0));
        QCOMPARE(m_map->colorLimit(), 2.5);
        m_map->setColorScale(ColorMap::Ember, 3.0);
        QCOMPARE(m_map->colorLimit(), 3.0);
    }

    void mouseHoversClicksAndActivates()
    {
        QSignalSpy hovered(m_map, &Heatmap::cellHovered);
        QSignalSpy clicked(m_map, &Heatmap::cellClicked);
        QSignalSpy activated(m_map, &Heatmap::cellActivated);
        const QPoint point = m_map->cellRect({2, 1}).center();
        moveTo(point);
        QTRY_COMPARE(hovered.size(), 1);
        QCOMPARE(hovered[0][0].value<CellIndex>(), (CellIndex{2, 1}));
        QTest::mouseClick(m_map, Qt::LeftButton, {}, point);
        QCOMPARE(clicked.size(), 1);
        QCOMPARE(m_map->selectedCell(), (CellIndex{2, 1}));
        QTest::mouseDClick(m_map, Qt::LeftButton, {}, point);
        QCOMPARE(activated.size(), 1);
    }

    void cardAppearsBesideTheCell()
    {
        m_map->setCardContent([](CellIndex cell) {
            HoverCardContent content;
            content.title = QStringLiteral("Layer %1").arg(cell.layer);
            return content;
        });
        moveTo(m_map->cellRect({2, 1}).center());
        QTRY_VERIFY(m_window->findChild<HoverCard*>());
        auto* card = m_window->findChild<HoverCard*>();
        QTRY_VERIFY(card->isVisible());
        QCOMPARE(card->content().title, QStringLiteral("Layer 2"));
        QCOMPARE(card->width(), 282);
        QVERIFY(!card->geometry().intersects(m_map->cellRect({2, 1})));
        QVERIFY(m_window->rect().contains(card->geometry()));
        moveTo(QPoint(1, 1));
        QTRY_VERIFY(!card->isVisible());
    }

    void cardOfAFailedCellSaysWhy()
    {
        m_map->model()->setCell({2, 1}, {CellState::Failed, 0, 0, QStringLiteral("out of memory")});
        moveTo(m_map->cellRect({2, 1}).center());
        QTRY_VERIFY(m_window->findChild<HoverCard*>());
        QCOMPARE(m_window->findChild<HoverCard*>()->content().words, QStringLiteral("out of memory"));
    }

    void keysWalkAndOpen()
    {
        QSignalSpy clicked(m_map, &Heatmap::cellClicked);
        QSignalSpy activated(m_map, &Heatmap::cellActivated);
        m_map->setSelectedCell({3, 2});
        QTest::keyClick(m_map, Qt::Key_Up);
        QTest::keyClick(m_map, Qt::Key_Right);
        QCOMPARE(m_map->hoveredCell(), (CellIndex{4, 3}));
        QTest::keyClick(m_map, Qt::Key_Return);
        QCOMPARE(clicked.size(), 1);
        QCOMPARE(m_map->selectedCell(), (CellIndex{4, 3}));
        QTest::keyClick(m_map, Qt::Key_Return, Qt::ControlModifier);
        QTest::keyClick(m_map, Qt::Key_Return, Qt::ShiftModifier);
        QCOMPARE(activated.size(), 2);
        QTest::keyClick(m_map, Qt::Key_End);
        QTest::keyClick(m_map, Qt::Key_Right);
        QCOMPARE(m_map->hoveredCell(), (CellIndex{5, 3}));
        QCOMPARE(m_map->accessibleDescription(), QStringLiteral("Layer 5, strength +1: pending"));
    }

    void linkedMapsShareACursor()
    {
        QSignalSpy hovered(m_map, &Heatmap::cellHovered);
        QTest::qWait(0);
        const QImage before = m_window->grab().toImage();
        m_map->setCursorCell({2, 1});
        QTRY_VERIFY(m_window->grab().toImage() != before);
        QTest::qWait(200); // past the delay of the card
        QCOMPARE(hovered.size(), 0);
        QVERIFY(!m_window->findChild<HoverCard*>());
        QVERIFY(!m_map->hoveredCell().isValid());
        moveTo(m_map->cellRect({4, 3}).center()); // its own pointer takes over
        QCOMPARE(m_map->hoveredCell(), (CellIndex{4, 3}));
        QCOMPARE(hovered.size(), 1);
        m_map->setCursorCell({2, 1});
        moveTo(m_map->cellRect({4, 3}).center() + QPoint(1, 1));
        QCOMPARE(hovered.size(), 2);
        moveTo(QPoint(1, 1));
        m_map->setCursorCell({});
        QTRY_COMPARE(m_window->grab().toImage(), before);
        m_map->setCursorCell({60, 1});
        QTRY_COMPARE(m_window->grab().toImage(), before);
    }

    void depthIsInThirds()
    {
        std::vector<int> all(32);
        std::iota(all.begin(), all.end(), 0);
        QCOMPARE(depthParts(all, 32), (std::vector<DepthPart>{{0, 0, 10}, {1, 11, 21}, {2, 22, 31}}));
        all.resize(30);
        QCOMPARE(depthParts(all, 30), (std::vector<DepthPart>{{0, 0, 9}, {1, 10, 19}, {2, 20, 29}}));
        QCOMPARE(depthParts({3, 9, 25}, 30), (std::vector<DepthPart>{{0, 0, 1}, {2, 2, 2}}));
        QCOMPARE(depthParts({0}, 1), (std::vector<DepthPart>{{0, 0, 0}}));
        QVERIFY(depthParts(all, 0).empty());
        QVERIFY(depthParts({}, 30).empty());
    }

    void depthIsMarkedBelowTheLayers()
    {
        const auto figure = [this] {
            QTemporaryDir folder;
            const QString name = folder.filePath(QStringLiteral("map.svg"));
            m_map->exportTo(name);
            QFile file(name);
            return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
        };
        QVERIFY(!figure().contains("early"));
        m_map->model()->setGrid({0, 1, 2, 3, 6, 7, 8, 9, 10, 11}, {-1, 0, 1});
        const int unmarked = m_map->sizeHint().height();
        m_map->setModelLayers(18);
        QCOMPARE_GT(m_map->sizeHint().height(), unmarked);
        const QByteArray marked = figure();
        QVERIFY(marked.contains("early") && marked.contains("middle"));
        QVERIFY(!marked.contains("late")); // no layer of it is shown
        m_map->setModelLayers(0);
        QVERIFY(!figure().contains("early"));
    }

    void figuresAreExportedLight_data()
    {
        QTest::addColumn<QString>("suffix");
        QTest::addColumn<QByteArray>("magic");
        QTest::newRow("png") << QStringLiteral("png") << QByteArray("\x89PNG");
        QTest::newRow("pdf") << QStringLiteral("pdf") << QByteArray("%PDF");
        QTest::newRow("svg") << QStringLiteral("svg") << QByteArray("<?xml");
    }
    void figuresAreExportedLight()
    {
        QFETCH(QString, suffix);
        QFETCH(QByteArray, magic);
        m_map->setColorScale(ColorMap::Ember, 1.0);
        m_map->model()->setCell({1, 3}, done(1, 0));
        applyTheme(ThemeChoice::Dark);
        QTemporaryDir folder;
        const QString name = folder.filePath(QStringLiteral("map.") + suffix);
        QCOMPARE(m_map->exportTo(name), QString());
        applyTheme(ThemeChoice::Light);
        QFile file(name);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray content = file.readAll();
        QVERIFY(content.startsWith(magic));
        if (suffix == QStringLiteral("svg"))
            QVERIFY(content.contains("#67000d") && !content.contains("#ffdcc8"));
        if (suffix == QStringLiteral("png"))
            QCOMPARE(QImage::fromData(content).pixelColor(2, 2), QColor(Qt::white));
    }

    void exportSaysWhatWentWrong()
    {
        QVERIFY(m_map->exportTo(QStringLiteral("/nonexistent/map.png"))
                    .contains(QStringLiteral("/nonexistent/map.png")));
        QTemporaryDir folder;
        const QString other = folder.filePath(QStringLiteral("map.bmp"));
        QVERIFY(m_map->exportTo(other).contains(QStringLiteral(".svg")));
        QVERIFY(!QFile::exists(other));
    }

private:
    void moveTo(const QPointF& point)
    {
        QMouseEvent move(
            QEvent::MouseMove, point, m_map->mapToGlobal(point), Qt::NoButton, Qt::NoButton, Qt::NoModifier);
        QApplication::sendEvent(m_map, &move);
    }

    QColor colorIn(CellIndex cell) const
    {
        return m_window->grab().toImage().pixelColor(m_map->cellRect(cell).topLeft() + QPoint(3, 3));
    }

    std::unique_ptr<QWidget> m_window;
    Heatmap* m_map = nullptr;
};

QTEST_MAIN(TestHeatmap)
#include "tst_heatmap.moc"
