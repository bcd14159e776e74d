#include "ui/plots/cosine_map.h"
#include "ui/theme/color_maps.h"
#include "ui/theme/theme.h"

#include <QSignalSpy>
#include <QTest>

#include <cmath>

using namespace tiller;

class TestCosineMap : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { applyTheme(ThemeChoice::Light); }

    void init()
    {
        m_map = std::make_unique<CosineMap>();
        m_map->resize(400, 300);
        m_map->setLayers({8, 9, 10}, {1, 0.83, -0.5, 0.83, 1, 0.25, -0.5, 0.25, 1});
        m_map->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_map.get()));
        m_map->grab(); // lays out
    }

    void everyCellIsFoundWhereItIs()
    {
        const QSize size = m_map->cellRect({0, 0}).size();
        QCOMPARE(size.width(), size.height());
        for (int row = 0; row < 3; ++row) {
            for (int column = 0; column < 3; ++column) {
                const CosineMap::Cell cell{row, column};
                QCOMPARE(m_map->cellAt(m_map->cellRect(cell).center()), cell);
                QCOMPARE(m_map->cellRect(cell).size(), size);
            }
        }
        QVERIFY(m_map->cellRect({0, 0}).top() < m_map->cellRect({2, 0}).top()); // first row on top
        QVERIFY(!m_map->cellAt(QPoint(1, 1)).isValid());
    }

    void colourIsSymmetricAboutZero()
    {
        const auto colorIn = [this](CosineMap::Cell cell) {
            return m_map->grab().toImage().pixelColor(m_map->cellRect(cell).topLeft() + QPoint(3, 3));
        };
        QCOMPARE(colorIn({0, 0}), colorAt(ColorMap::AmberPlum, 1, false));
        QCOMPARE(colorIn({0, 2}), colorAt(ColorMap::AmberPlum, -0.5, false));
        QCOMPARE(colorIn({1, 2}), colorAt(ColorMap::AmberPlum, 0.25, false));
        applyTheme(ThemeChoice::Dark);
        QTRY_COMPARE(colorIn({0, 2}), colorAt(ColorMap::AmberPlum, -0.5, true));
        applyTheme(ThemeChoice::Light);
    }

    void textNamesBothLayers()
    {
        QCOMPARE(m_map->cellText({0, 1}), QStringLiteral("layer 8 · layer 9: 0.83"));
        QCOMPARE(m_map->cellText({0, 2}), QStringLiteral("layer 8 · layer 10: −0.50"));
        QCOMPARE(m_map->cellText({3, 0}), QString());
    }

    void clickOpensTheColumnsLayer()
    {
        QSignalSpy layers(m_map.get(), &CosineMap::layerClicked);
        QSignalSpy cells(m_map.get(), &CosineMap::cellClicked);
        QTest::mouseClick(m_map.get(), Qt::LeftButton, {}, m_map->cellRect({0, 2}).center());
        QCOMPARE(layers.size(), 1);
        QCOMPARE(layers[0][0].toInt(), 10);
        QCOMPARE(cells[0][0].toInt(), 0);
        QCOMPARE(cells[0][1].toInt(), 2);
        QTest::mouseClick(m_map.get(), Qt::LeftButton, {}, QPoint(1, 1));
        QCOMPARE(layers.size(), 1);
    }

    void keysMoveTheCursorAndOpen()
    {
        QSignalSpy layers(m_map.get(), &CosineMap::layerClicked);
        m_map->setCurrentLayer(9);
        QTest::keyClick(m_map.get(), Qt::Key_Right); // shows where it is
        QCOMPARE(m_map->cursor(), (CosineMap::Cell{1, 1}));
        QTest::keyClick(m_map.get(), Qt::Key_Right);
        QTest::keyClick(m_map.get(), Qt::Key_Right);
        QTest::keyClick(m_map.get(), Qt::Key_Up);
        QCOMPARE(m_map->cursor(), (CosineMap::Cell{0, 2}));
        QCOMPARE(m_map->accessibleDescription(), QStringLiteral("layer 8 · layer 10: −0.50"));
        QTest::keyClick(m_map.get(), Qt::Key_Return);
        QCOMPARE(layers.size(), 1);
        QCOMPARE(layers[0][0].toInt(), 10);
    }

    void namedThingsAgainstOthers()
    {
        QSignalSpy layers(m_map.get(), &CosineMap::layerClicked);
        m_map->setMatrix({QStringLiteral("formal")}, {QStringLiteral("concise"), QStringLiteral("a, \"b\"")},
            {0.4, std::nan("")});
        m_map->grab();
        QCOMPARE(m_map->cellText({0, 0}), QStringLiteral("formal · concise: 0.40"));
        QCOMPARE(m_map->cellText({0, 1}), QStringLiteral("formal · a, \"b\": –"));
        QTest::mouseClick(m_map.get(), Qt::LeftButton, {}, m_map->cellRect({0, 1}).center());
        QCOMPARE(layers.size(), 0);
        QCOMPARE(m_map->toCsv(), QStringLiteral(",concise,\"a, \"\"b\"\"\"\r\nformal,0.4,\r\n"));
    }

    void layersWithGapsKeepTheirNumbers()
    {
        m_map->setLayers({0, 4, 12}, {1, 0, 0, 0, 1, 0, 0, 0.5, 1});
        m_map->grab();
        QCOMPARE(m_map->cellText({2, 1}), QStringLiteral("layer 12 · layer 4: 0.50"));
        QCOMPARE(m_map->toCsv().section(QStringLiteral("\r\n"), 0, 0), QStringLiteral("layer,0,4,12"));
        QSignalSpy layers(m_map.get(), &CosineMap::layerClicked);
        QTest::mouseClick(m_map.get(), Qt::LeftButton, {}, m_map->cellRect({0, 2}).center());
        QCOMPARE(layers[0][0].toInt(), 12);
    }

    void emptyMapTakesNoKeys()
    {
        m_map->setLayers({}, {});
        QTest::keyClick(m_map.get(), Qt::Key_Right);
        QTest::keyClick(m_map.get(), Qt::Key_Return);
        QVERIFY(!m_map->cursor().isValid());
        QVERIFY(m_map->isEmpty());
    }

private:
    std::unique_ptr<CosineMap> m_map;
};

QTEST_MAIN(TestCosineMap)
#include "tst_cosine_map.moc"
