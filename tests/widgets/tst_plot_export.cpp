#include "ui/plots/cosine_map.h"
#include "ui/plots/heatmap.h"
#include "ui/plots/layer_plot.h"
#include "ui/plots/pair_plot.h"
#include "ui/plots/plot_export.h"
#include "ui/plots/scatter_plot.h"
#include "ui/theme/theme.h"
#include "ui/widgets/dialogs.h"

#include <QAction>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QImage>
#include <QMenu>
#include <QMimeData>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

#include <cmath>

using namespace tiller;

namespace {

const QStringList kinds{QStringLiteral("layer"), QStringLiteral("pair"), QStringLiteral("scatter"),
    QStringLiteral("cosine"), QStringLiteral("heatmap")};

std::unique_ptr<Plot> makePlot(const QString& kind)
{
    if (kind == QStringLiteral("layer")) {
        auto plot = std::make_unique<LayerPlot>();
        LayerSeries series;
        series.name = QStringLiteral("formal");
        series.values = {0.5, -0.75, std::nan("")};
        series.low = {0.25, -1, std::nan("")};
        series.high = {0.625, -0.5, std::nan("")};
        series.color = &Colors::positive;
        series.mark = SeriesMark::PositivePole;
        plot->setSeries({series}, 3);
        plot->setRecommendedLayer(4, QStringLiteral("it turns"));
        return plot;
    }
    if (kind == QStringLiteral("pair")) {
        auto plot = std::make_unique<PairPlot>();
        plot->setPoleNames(QStringLiteral("formal"), QStringLiteral("casual"));
        plot->setAxisLabel(QStringLiteral("projection on v"));
        plot->setPairs({{0, 2.5, -1.5, false, 0.998}, {1, 1.0, 2.0, true}});
        return plot;
    }
    if (kind == QStringLiteral("scatter")) {
        auto plot = std::make_unique<ScatterPlot>();
        plot->setPoleNames(QStringLiteral("formal"), QStringLiteral("casual"));
        plot->setAxisLabels(QStringLiteral("along v"), QStringLiteral("component 2"));
        plot->setPairs({{0, {2.5, 1}, {-1.5, 0}}});
        return plot;
    }
    if (kind == QStringLiteral("cosine")) {
        auto plot = std::make_unique<CosineMap>();
        plot->setLayers({0, 1}, {1, -0.5, -0.5, 1});
        return plot;
    }
    auto plot = std::make_unique<Heatmap>();
    plot->model()->setGrid({2, 3}, {-1, 0});
    plot->model()->setCell({0, 0}, {CellState::Done, 0.25, 1.5, {}});
    plot->setColorScale(ColorMap::AmberPlum, 1.0);
    plot->setColorScaleText({ColorMap::AmberPlum, QStringLiteral("Effect"), QStringLiteral("casual"),
        QStringLiteral("formal"), {}});
    return plot;
}

QByteArray contentOf(const QString& fileName)
{
    QFile file(fileName);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

bool holds(const QImage& image, const QColor& color)
{
    for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x) {
            if (image.pixelColor(x, y) == color)
                return true;
        }
    }
    return false;
}

}

class TestPlotExport : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { applyTheme(ThemeChoice::Light); }
    void cleanup() { applyTheme(ThemeChoice::Light); }

    void figuresOfEveryKind_data()
    {
        QTest::addColumn<QString>("kind");
        for (const QString& kind : kinds)
            QTest::newRow(qPrintable(kind)) << kind;
    }
    void figuresOfEveryKind()
    {
        QFETCH(QString, kind);
        applyTheme(ThemeChoice::Dark); // figures are light all the same
        const auto plot = makePlot(kind);
        plot->resize(460, 300);
        const QSize bare = plot->figureSize();
        plot->setCaption(QStringLiteral("formality, 16 pairs"));
        QVERIFY(plot->figureSize().height() > bare.height());
        QTemporaryDir folder;

        const QString png = folder.filePath(QStringLiteral("figure.png"));
        QCOMPARE(plot->exportTo(png), QString());
        const QImage image(png);
        QCOMPARE(image.size(), plot->figureSize() * 2);
        QCOMPARE(image.pixelColor(2, 2), lightColors().base);
        QVERIFY(!holds(image, darkColors().negative) && !holds(image, darkColors().base));
        if (kind == QStringLiteral("pair") || kind == QStringLiteral("scatter"))
            QVERIFY(holds(image, lightColors().positive) && holds(image, lightColors().negative));
        if (kind == QStringLiteral("cosine"))
            QVERIFY(holds(image, colorAt(ColorMap::AmberPlum, -0.5, false)));

        const QString pdf = folder.filePath(QStringLiteral("figure.pdf"));
        QCOMPARE(plot->exportTo(pdf), QString());
        QVERIFY(contentOf(pdf).startsWith("%PDF-"));
        QVERIFY(contentOf(pdf).contains("%%EOF"));

        const QString svg = folder.filePath(QStringLiteral("figure.svg"));
        QCOMPARE(plot->exportTo(svg), QString());
        const QByteArray drawing = contentOf(svg);
        QVERIFY(drawing.contains("</svg>"));
        QVERIFY(drawing.contains("formality, 16 pairs"));
        if (kind != QStringLiteral("cosine"))
            QVERIFY(drawing.contains(">formal<")); // the legend
        if (kind == QStringLiteral("layer"))
            QVERIFY(drawing.contains(">recommended layer<"));
        if (kind == QStringLiteral("pair"))
            QVERIFY(drawing.contains(">projection on v<") && drawing.contains(">dropped<"));
        if (kind == QStringLiteral("scatter"))
            QVERIFY(drawing.contains(">along v<") && drawing.contains(">component 2<"));
        QVERIFY(drawing.toLower().contains(
            (kind == QStringLiteral("cosine") ? QColor(0x74, 0x4C, 0) : lightColors().positive)
                .name()
                .toUtf8()));
        // The window is as dark as before.
        QVERIFY(holds(plot->grab().toImage(),
            kind == QStringLiteral("heatmap") ? darkColors().window : darkColors().base));
    }

    void tablesOfEveryKind_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<QString>("csv");
        QTest::newRow("layer") << kinds[0]
                               << QStringLiteral("layer,formal,formal low,formal high\r\n"
                                                 "3,0.5,0.25,0.625\r\n4,-0.75,-1,-0.5\r\n5,,,\r\n");
        QTest::newRow("pair") << kinds[1]
                              << QStringLiteral("pair,positive,negative,dropped,cosine_without\r\n"
                                                "1,2.5,-1.5,0,0.998\r\n2,1,2,1,\r\n");
        QTest::newRow("scatter")
            << kinds[2]
            << QStringLiteral("pair,side,x,y,dropped\r\n1,positive,2.5,1,0\r\n1,negative,-1.5,0,0\r\n");
        QTest::newRow("cosine") << kinds[3] << QStringLiteral("layer,0,1\r\n0,1,-0.5\r\n1,-0.5,1\r\n");
        QTest::newRow("heatmap") << kinds[4]
                                 << QStringLiteral("layer,strength,value,loss,state\r\n2,-1,0.25,1.5,done\r\n"
                                                   "2,0,,,pending\r\n3,-1,,,pending\r\n3,0,,,pending\r\n");
    }
    void tablesOfEveryKind()
    {
        QFETCH(QString, kind);
        QFETCH(QString, csv);
        const auto plot = makePlot(kind);
        QCOMPARE(plot->toCsv(), csv);
        QTemporaryDir folder;
        const QString name = folder.filePath(QStringLiteral("data.csv"));
        QCOMPARE(plot->exportData(name), QString());
        QCOMPARE(QString::fromUtf8(contentOf(name)), csv);
    }

    void cellsAreQuotedWhereNeeded()
    {
        const PlotTable table{
            {QStringLiteral("a,b"), QStringLiteral("say \"x\""), QStringLiteral("two\nlines")},
            {cellOf(-1e-7), cellOf(std::nan("")), cellOf(0.1)}};
        QCOMPARE(csvOf(table), QStringLiteral("\"a,b\",\"say \"\"x\"\"\",\"two\nlines\"\r\n-1e-07,,0.1\r\n"));
        QCOMPARE(tabbedOf(table), QStringLiteral("a,b\tsay \"x\"\ttwo lines\n-1e-07\t\t0.1\n"));
    }

    void menuAsksWritesAndTells()
    {
        const auto plot = makePlot(QStringLiteral("pair"));
        QSignalSpy exported(plot.get(), &Plot::exported);
        QSignalSpy failed(plot.get(), &Plot::exportFailed);
        QTemporaryDir folder;
        const QString figure = folder.filePath(QStringLiteral("pairs.svg"));
        Dialogs::setNextFileName(figure);
        action(*plot, QStringLiteral("exportFigure"))->trigger();
        QCOMPARE(exported.size(), 1);
        QCOMPARE(exported[0][0].toString(), figure);
        QVERIFY(QFile::exists(figure));
        const QString data = folder.filePath(QStringLiteral("pairs.csv"));
        Dialogs::setNextFileName(data);
        action(*plot, QStringLiteral("exportData"))->trigger();
        QCOMPARE(exported.size(), 2);
        QVERIFY(contentOf(data).startsWith("pair,positive"));

        Dialogs::setNextFileName(QString()); // cancelled
        action(*plot, QStringLiteral("exportFigure"))->trigger();
        QCOMPARE(exported.size(), 2);
        QCOMPARE(failed.size(), 0);
        Dialogs::setNextFileName(QStringLiteral("/nonexistent/pairs.csv"));
        action(*plot, QStringLiteral("exportData"))->trigger();
        QCOMPARE(failed.size(), 1);
        QVERIFY(failed[0][0].toString().contains(QStringLiteral("/nonexistent/pairs.csv")));
        Dialogs::setNextFileName(folder.filePath(QStringLiteral("pairs.bmp")));
        action(*plot, QStringLiteral("exportFigure"))->trigger();
        QCOMPARE(failed.size(), 2);
        QVERIFY(failed[1][0].toString().contains(QStringLiteral(".svg")));
        QVERIFY(!QFile::exists(folder.filePath(QStringLiteral("pairs.bmp"))));
    }

    void copies()
    {
        const auto plot = makePlot(QStringLiteral("cosine"));
        action(*plot, QStringLiteral("copyFigure"))->trigger();
        const QMimeData* copied = QGuiApplication::clipboard()->mimeData();
        QCOMPARE(qvariant_cast<QImage>(copied->imageData()).size(), plot->figureSize() * 2);
        QVERIFY(copied->data(QStringLiteral("image/svg+xml")).contains("</svg>"));
        action(*plot, QStringLiteral("copyData"))->trigger();
        QCOMPARE(
            QGuiApplication::clipboard()->text(), QStringLiteral("layer\t0\t1\n0\t1\t-0.5\n1\t-0.5\t1\n"));
        QVERIFY(
            QGuiApplication::clipboard()->mimeData()->data(QStringLiteral("text/csv")).startsWith("layer,0"));
    }

    void menuOpensByMouseKeysAndButton()
    {
        const auto plot = makePlot(QStringLiteral("layer"));
        plot->resize(400, 200);
        plot->show();
        QVERIFY(QTest::qWaitForWindowExposed(plot.get()));
        const auto opened = [&plot] {
            auto* menu = plot->findChild<QMenu*>(QStringLiteral("exportMenu"));
            if (!menu || !menu->isVisible() || menu->actions() != plot->actions())
                return false;
            menu->close();
            QCoreApplication::sendPostedEvents(menu, QEvent::DeferredDelete);
            return true;
        };
        QTest::keyClick(plot.get(), Qt::Key_F10, Qt::ShiftModifier);
        QVERIFY(opened());
        for (const auto reason : {QContextMenuEvent::Mouse, QContextMenuEvent::Keyboard}) {
            QContextMenuEvent event(reason, QPoint(50, 50), plot->mapToGlobal(QPoint(50, 50)));
            QApplication::sendEvent(plot.get(), &event);
            QVERIFY(opened());
        }
        const std::unique_ptr<QToolButton> button(exportButton(plot.get()));
        QCOMPARE(button->menu()->actions(), plot->actions());
        QCOMPARE(plot->actions().size(), 4);
    }

    void emptyPlotsHaveNothingToExport()
    {
        PairPlot plot;
        for (const QAction* action : plot.actions())
            QVERIFY(!action->isEnabled());
        QTemporaryDir folder;
        const QString name = folder.filePath(QStringLiteral("empty.png"));
        QVERIFY(!plot.exportTo(name).isEmpty());
        QVERIFY(!QFile::exists(name));
        plot.setPairs({{0, 1.0, -1.0}});
        QVERIFY(plot.actions().first()->isEnabled());
    }

    void cursorStaysOutOfTheFigure()
    {
        CosineMap map;
        map.setLayers({0, 1}, {1, 0, 0, 1});
        map.resize(300, 300);
        map.show();
        const QImage before = map.figureImage();
        QTest::keyClick(&map, Qt::Key_Right);
        QVERIFY(map.cursor().isValid());
        QCOMPARE(map.figureImage(), before);
    }

private:
    static QAction* action(Plot& plot, const QString& name) { return plot.findChild<QAction*>(name); }
};

QTEST_MAIN(TestPlotExport)
#include "tst_plot_export.moc"
