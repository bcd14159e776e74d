#include "ui/plots/layer_plot.h"
#include "ui/theme/theme.h"

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QToolTip>

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

    void currentLayerIsDescribed()
    {
        m_plot->setCurrentLayer(1);
        QCOMPARE(m_plot->accessibleDescription(), QStringLiteral("Layer 1, AUC 0.75, push −0.20"));
        m_plot->setSeries({});
        QCOMPARE(m_plot->accessibleDescription(), QString());
    }

    void figuresIncludeTheBand()
    {
        auto series = m_plot->series();
        series[0].low = {0.45, 0.7, 0, 0.975};
        series[0].high = {0.55, 0.8, 0, 1.0};
        series[1].low = {0, -0.3, 0.2, 0.3};
        series[1].high = {0.2, -0.1, 0.4, 0.5};
        m_plot->setSeries(series);
        QCOMPARE(
            m_plot->figures(1), QStringLiteral("Layer 1\nAUC 0.75 (0.70–0.80)\npush −0.20 (−0.30 to −0.10)"));
    }

    void bandIsShaded()
    {
        // Midway between the curve and the upper edge of a wide band, the ground changes.
        LayerSeries line;
        line.values = {0.5, 0.5, 0.5};
        m_plot->setAxisRange(PlotAxis::Left, std::pair(0.0, 1.0));
        m_plot->setSeries({line});
        const QImage bare = shown();
        line.low = {0.1, 0.1, 0.1};
        line.high = {0.9, 0.9, 0.9};
        m_plot->setSeries({line});
        const QImage banded = shown();
        const auto shaded = [&](double share) {
            const QPoint point(180, int(share * m_plot->height()));
            return bare.pixelColor(point) == lightColors().base
                && banded.pixelColor(point) != bare.pixelColor(point);
        };
        QVERIFY(shaded(0.3) && shaded(0.55));
        QVERIFY(!shaded(0.08));
    }

    void recommendedLayerHasATagAndAReason()
    {
        QVERIFY(m_plot->recommendationRect().isEmpty());
        m_plot->setCurrentLayer(1);
        m_plot->setRecommendedLayer(2, QStringLiteral("AUC 1.00, halves agree to 0.93"));
        const QImage image = shown();
        const QRect tag = m_plot->recommendationRect();
        QCOMPARE(m_plot->layerAt(tag.center()), 2);
        QCOMPARE(image.pixelColor(tag.center()), lightColors().text);
        QVERIFY(m_plot->figures(2).endsWith(QStringLiteral("\nRecommended: AUC 1.00, halves agree to 0.93")));
        QVERIFY(!m_plot->figures(1).contains(QStringLiteral("Recommended")));
        QHelpEvent help(QEvent::ToolTip, tag.center(), m_plot->mapToGlobal(tag.center()));
        QApplication::sendEvent(m_plot.get(), &help);
        QCOMPARE(QToolTip::text(), QStringLiteral("Layer 2: AUC 1.00, halves agree to 0.93"));
        QToolTip::hideText();
        QSignalSpy clicked(m_plot.get(), &LayerPlot::layerClicked);
        QTest::mouseClick(m_plot.get(), Qt::LeftButton, {}, tag.center());
        QCOMPARE(clicked[0][0].toInt(), 2);
        m_plot->setRecommendedLayer(-1);
        QVERIFY(m_plot->recommendationRect().isEmpty());
    }

    /// Labels drawn below the axis, as they stand in an exported drawing.
    void neighboursOfTheCurrentLayerGiveWay()
    {
        LayerSeries line;
        line.values = std::vector<double>(30, 0.5);
        m_plot->setSeries({line});
        m_plot->setCurrentLayer(14);
        QTemporaryDir folder;
        const QString name = folder.filePath(QStringLiteral("plot.svg"));
        QCOMPARE(m_plot->exportTo(name), QString());
        QFile file(name);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray drawing = file.readAll();
        QVERIFY(drawing.contains(">14<") && drawing.contains(">8<") && drawing.contains(">20<"));
        QVERIFY(!drawing.contains(">12<") && !drawing.contains(">16<"));
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
    QImage shown()
    {
        QCoreApplication::processEvents(); // plots repaint from the event loop
        return m_plot->grab().toImage();
    }

    std::unique_ptr<LayerPlot> m_plot;
};

QTEST_MAIN(TestLayerPlot)
#include "tst_layer_plot.moc"
