#include "ui/plots/layer_plot.h"
#include "ui/theme/theme.h"

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <limits>

using namespace tiller;

class TestLayerPlot : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { applyTheme(ThemeChoice::Light); }

    void init()
    {
        m_plot = std::make_unique<LayerPlot>();
        m_plot->resize(420, 180);
        LayerSeries line;
        line.name = QStringLiteral("AUC");
        line.values = {0.5, 0.75, std::numeric_limits<double>::quiet_NaN(), 1.0};
        LayerSeries bars;
        bars.name = QStringLiteral("push");
        bars.values = {0.1, -0.2, 0.3, 0.4};
        bars.style = SeriesStyle::Bars;
        bars.axis = PlotAxis::Right;
        m_plot->setSeries({line, bars});
        m_plot->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_plot.get()));
    }

    void figuresNameEverySeries()
    {
        QCOMPARE(m_plot->figures(1), QStringLiteral("Layer 1\nAUC 0.75\npush −0.20"));
        QCOMPARE(m_plot->figures(2), QStringLiteral("Layer 2\nAUC –\npush 0.30"));
    }

    void clickChoosesTheNearestLayer()
    {
        QSignalSpy clicked(m_plot.get(), &LayerPlot::layerClicked);
        QPoint third(-1, 60);
        for (int x = 0; x < m_plot->width() && third.x() < 0; ++x) {
            if (m_plot->layerAt(QPoint(x, 60)) == 3)
                third.setX(x);
        }
        QVERIFY(third.x() > 200);
        QTest::mouseClick(m_plot.get(), Qt::LeftButton, {}, third);
        QCOMPARE(clicked.size(), 1);
        QCOMPARE(clicked[0][0].toInt(), 3);
        QCOMPARE(m_plot->layerAt(QPoint(1, 1)), -1);
    }

    void keysWalkAndChoose()
    {
        QSignalSpy hovered(m_plot.get(), &LayerPlot::layerHovered);
        QSignalSpy clicked(m_plot.get(), &LayerPlot::layerClicked);
        m_plot->setCurrentLayer(1);
        QTest::keyClick(m_plot.get(), Qt::Key_Right);
        QTest::keyClick(m_plot.get(), Qt::Key_Right);
        QTest::keyClick(m_plot.get(), Qt::Key_Right);
        QTest::keyClick(m_plot.get(), Qt::Key_Return);
        QCOMPARE(hovered.last()[0].toInt(), 3);
        QCOMPARE(clicked.size(), 1);
        QCOMPARE(clicked[0][0].toInt(), 3);
    }

    void seriesAreDrawnInTheColoursOfTheTheme()
    {
        const auto has = [this](const QColor& color) {
            const QImage image = m_plot->grab().toImage();
            for (int y = 0; y < image.height(); ++y) {
                for (int x = 0; x < image.width(); ++x) {
                    if (image.pixelColor(x, y) == color)
                        return true;
                }
            }
            return false;
        };
        auto series = m_plot->series();
        series[1].color = &Colors::steered;
        m_plot->setSeries(series);
        QTRY_VERIFY(has(lightColors().steered));
        applyTheme(ThemeChoice::Dark);
        QTRY_VERIFY(has(darkColors().steered) && !has(lightColors().steered));
        applyTheme(ThemeChoice::Light);
    }

    void emptyPlotTakesNoKeys()
    {
        m_plot->setSeries({});
        QSignalSpy clicked(m_plot.get(), &LayerPlot::layerClicked);
        QTest::keyClick(m_plot.get(), Qt::Key_Right);
        QTest::keyClick(m_plot.get(), Qt::Key_Return);
        QTest::mouseClick(m_plot.get(), Qt::LeftButton, {}, QPoint(200, 60));
        QCOMPARE(clicked.size(), 0);
    }

    void exportsWhatItShows()
    {
        QTemporaryDir folder;
        const QString name = folder.filePath(QStringLiteral("plot.svg"));
        QCOMPARE(m_plot->exportTo(name), QString());
        QFile file(name);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY(file.readAll().contains("layer"));
    }

private:
    std::unique_ptr<LayerPlot> m_plot;
};

QTEST_MAIN(TestLayerPlot)
#include "tst_layer_plot.moc"
