// The views of the map: finer, beside another, prompt by prompt, as a table.

#include "tests/ui/window_fixture.h"

#include "core/study/metrics.h"
#include "ui/panes/row_pane.h"
#include "ui/plots/cosine_map.h"
#include "ui/plots/heatmap.h"
#include "ui/plots/prompt_multiples.h"
#include "ui/plots/tradeoff_plot.h"
#include "ui/widgets/token_text_view.h"

#include <QAction>
#include <QApplication>
#include <QComboBox>
#include <QDialog>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTabBar>
#include <QTableView>
#include <QTextBrowser>
#include <QTimer>
#include <QToolButton>

#include <cmath>

using namespace tiller;
using namespace Qt::StringLiterals;

class MapViews : public QObject {
    Q_OBJECT

    enum Tab { Picture, Tradeoff, Prompts, Compare, Cosines, Table };

    void show(Tab tab) { m_f->find<QTabBar>(u"mapTabs"_s)->setCurrentIndex(tab); }
    Heatmap* heatmap(const QString& name = u"map"_s) { return m_f->find<Heatmap>(name); }
    LayerMap* map() { return m_f->workspace.map(); }
    void waitForMap(const LayerMap* map)
    {
        QTRY_VERIFY_WITH_TIMEOUT(!m_f->workspace.isRunning(Task::Map) && map->cellCount() > 0
                && map->doneCount() == map->cellCount(),
            modelTimeout);
    }
    QString text(const QString& pane) { return m_f->find<RowPane>(pane)->view()->text(); }

private slots:
    void initTestCase()
    {
        prepareWindowTests(m_folder);
        m_f = std::make_unique<WindowFixture>();
        openDefaultModel(*m_f);
        QTRY_VERIFY_WITH_TIMEOUT(m_f->workspace.model(), modelTimeout);
        m_f->workspace.extract();
        QTRY_COMPARE_WITH_TIMEOUT(m_f->workspace.library()->rowCount(), 1, modelTimeout);
        m_f->window.setPerspective(Perspective::Layers);
        m_f->find<QLineEdit>(u"mapLayers"_s)->setText(u"10,12,14"_s);
        m_f->find<QLineEdit>(u"mapStrengths"_s)->setText(u"-2 to 2 step 2"_s);
        m_f->find<QSpinBox>(u"mapTokens"_s)->setValue(12);
        m_f->find<QSpinBox>(u"mapPairs"_s)->setValue(2);
        QTest::mouseClick(m_f->find<QPushButton>(u"runMap"_s), Qt::LeftButton);
        waitForMap(map());
        QCOMPARE(map()->doneCount(), 9);
    }
    void cleanupTestCase() { m_f.reset(); }

    void everyViewShowsTheSameCell()
    {
        show(Tradeoff);
        auto* tradeoff = m_f->find<TradeoffPlot>(u"tradeoff"_s);
        QCOMPARE(tradeoff->points().size(), size_t(6)); // strength 0 gains nothing
        emit tradeoff->cellClicked({1, 2});
        QCOMPARE(heatmap()->selectedCell(), (CellIndex{1, 2}));
        QCOMPARE(text(u"mapSteered"_s), *map()->text({1, 2}, 0));

        show(Prompts);
        auto* multiples = m_f->find<PromptMultiples>(u"promptMultiples"_s);
        QVERIFY(!multiples->isEmpty());
        emit multiples->cellClicked(1, {2, 0});
        QCOMPARE(heatmap()->selectedCell(), (CellIndex{2, 0}));
        QCOMPARE(text(u"mapSteered"_s), *map()->text({2, 0}, 1)); // of that prompt

        show(Table);
        auto* table = m_f->find<QTableView>(u"mapTable"_s);
        QCOMPARE(table->model()->rowCount(), 3);
        QCOMPARE(table->model()->columnCount(), 3);
        QCOMPARE(heatmap()->model()->cellIndex(table->currentIndex()), (CellIndex{2, 0}));
        const double shown = table->currentIndex().data(HeatmapModel::ValueRole).toDouble();
        QCOMPARE(shown, map()->figure({2, 0}, Metric::Effect)->value);
        show(Picture);
    }

    void cosinesOfLayersAndVectors()
    {
        show(Cosines);
        auto* layers = m_f->find<CosineMap>(u"layerCosines"_s);
        const PlotTable rows = layers->table();
        const int count = int(m_f->workspace.library()->entry(0).vector->layers.size());
        QCOMPARE(int(rows.size()), count + 1);
        QCOMPARE(int(rows.back().size()), count + 1);
        auto* vectors = m_f->find<CosineMap>(u"vectorCosines"_s);
        QVERIFY(vectors->isEmpty()); // one alone
        m_f->workspace.duplicateVector(0);
        QTRY_VERIFY(!vectors->isEmpty());
        emit layers->layerClicked(12);
        QCOMPARE(m_f->find<QSpinBox>(u"cosineLayer"_s)->value(), 12);
        QCOMPARE(layers->currentLayer(), 12);
        QVERIFY(vectors->cellText({0, 1}).contains(u"1.00"_s));
        show(Picture);
    }

    void aMethodIsComparedOnOneScale()
    {
        show(Compare);
        auto* choice = m_f->find<QComboBox>(u"compareWith"_s);
        const int pca = choice->findText(u"same pairs by PCA"_s, Qt::MatchStartsWith);
        QVERIFY(pca >= 0);
        choice->setCurrentIndex(pca);
        auto* measure = m_f->find<QPushButton>(u"measureCompared"_s);
        QVERIFY(measure->isEnabled());
        const int vectors = m_f->workspace.library()->rowCount();
        const QString current = m_f->workspace.library()->entry(m_f->workspace.currentVector()).name;
        QTest::mouseClick(measure, Qt::LeftButton);
        LayerMap* other = m_f->workspace.comparedMap();
        waitForMap(other);
        QCOMPARE(m_f->workspace.library()->rowCount(), vectors + 1);
        QCOMPARE(m_f->workspace.library()->entry(m_f->workspace.currentVector()).name, current);
        QVERIFY(other->grid().vector->method.starts_with("pca"));
        QCOMPARE(other->grid().layers, map()->grid().layers);
        QVERIFY(other->grid().extracted); // judged as the map's own is
        QVERIFY(other->figure({1, 2}, Metric::Effect)->value != map()->figure({1, 2}, Metric::Effect)->value);

        // PCA gives unit vectors: at equal push they are as long as the map's.
        QVERIFY(std::abs(other->grid().vector->layers.at(12).norm() - 1) < 1e-5);
        QVERIFY(std::abs(*other->push({1, 2}) - *map()->push({1, 2})) < 1e-4);

        Heatmap* left = heatmap(u"comparedLeft"_s);
        Heatmap* right = heatmap(u"comparedRight"_s);
        QCOMPARE(left->colorLimit(), right->colorLimit());
        QCOMPARE(left->colorLimit(), std::max(left->model()->largestValue(), right->model()->largestValue()));
        QTest::mouseMove(left, left->cellRect({0, 2}).center());
        QTRY_COMPARE(left->hoveredCell(), (CellIndex{0, 2}));
        QCOMPARE(right->cursorCell(), (CellIndex{0, 2}));

        // What is clicked is read below, and what is taken to Steer is that vector.
        emit right->cellClicked({1, 2});
        QCOMPARE(text(u"mapSteered"_s), *other->text({1, 2}, 1));
        m_f->workspace.addToMixer(m_f->workspace.library()->find(map()->grid().vectorName), 10, 1);
        emit right->cellActivated({1, 2});
        QCOMPARE(m_f->window.perspective(), Perspective::Steer);
        const int row = m_f->workspace.mixer()->find(other->grid().vectorName);
        QVERIFY(row >= 0);
        const double norm = map()->grid().vector->layers.at(12).norm();
        QVERIFY(std::abs(m_f->workspace.mixer()->strip(row).strength - 2 * norm) < 1e-3);
        QCOMPARE(m_f->workspace.mixer()->rowCount(), 2); // as in the map it acts alone
        QVERIFY(m_f->workspace.mixer()->strip(row).enabled);
        QVERIFY(!m_f->workspace.mixer()->strip(1 - row).enabled);
        m_f->workspace.stopAll();
        QTRY_VERIFY_WITH_TIMEOUT(!m_f->workspace.isRunning(Task::Generate), modelTimeout);
        m_f->window.setPerspective(Perspective::Layers);
        show(Picture);
    }

    void anImportedVectorIsComparedToo()
    {
        // Its copy knows nothing of the pairs, so its own effect is measured on them as they are.
        show(Compare);
        auto* choice = m_f->find<QComboBox>(u"compareWith"_s);
        const QString copy = u"formality-2"_s;
        const int row = choice->findText(copy, Qt::MatchStartsWith);
        QVERIFY(row >= 0);
        choice->setCurrentIndex(row);
        QTest::mouseClick(m_f->find<QPushButton>(u"measureCompared"_s), Qt::LeftButton);
        LayerMap* other = m_f->workspace.comparedMap();
        waitForMap(other);
        QCOMPARE(other->grid().vectorName, copy);
        QVERIFY(!other->grid().extracted);
        QCOMPARE(*other->text({1, 2}, 0), *map()->text({1, 2}, 0));
        show(Picture);
    }

    void aRectangleIsMeasuredFiner()
    {
        const MapGrid wide = map()->grid();
        const double known = map()->figure({1, 2}, Metric::Effect)->value;
        auto* widen = m_f->find<QPushButton>(u"widenMap"_s);
        QVERIFY(!widen->isVisible());
        Heatmap* plot = heatmap();
        const QPoint from = plot->cellRect({0, 1}).center();
        const QPoint to = plot->cellRect({1, 2}).center();
        QTest::mousePress(plot, Qt::LeftButton, {}, from);
        QTest::mouseMove(plot, to);
        QTest::mouseRelease(plot, Qt::LeftButton, {}, to);
        QCOMPARE(map()->grid().layers, (std::vector<int>{10, 11, 12}));
        QCOMPARE(map()->grid().strengths, (std::vector<double>{0, 1, 2}));
        QVERIFY(m_f->workspace.comparedMap()->grid().isEmpty());
        waitForMap(map());
        QVERIFY(widen->isVisible());
        QVERIFY(std::abs(map()->figure({2, 2}, Metric::Effect)->value - known) < 1e-4);

        QTest::mouseClick(widen, Qt::LeftButton);
        QCOMPARE(map()->grid().layers, wide.layers);
        QCOMPARE(map()->grid().strengths, wide.strengths);
        QCOMPARE(map()->doneCount(), 9);
        QVERIFY(!m_f->workspace.isMapPaused());
        QVERIFY(!widen->isVisible());

        // While a part is measured, the way back is open too.
        m_f->workspace.refineMap({0, 0}, {2, 2});
        QVERIFY(m_f->workspace.isRunning(Task::Map));
        m_f->workspace.widenMap();
        QCOMPARE(map()->doneCount(), 9);
        QTRY_VERIFY_WITH_TIMEOUT(!m_f->workspace.isRunning(Task::Map), modelTimeout);
        QCOMPARE(map()->grid().layers, wide.layers);
    }

    void spacePauses()
    {
        auto* tokens = m_f->find<QSpinBox>(u"mapTokens"_s);
        tokens->setValue(200);
        QTest::mouseClick(m_f->find<QPushButton>(u"runMap"_s), Qt::LeftButton);
        QVERIFY(m_f->workspace.isRunning(Task::Map));
        QTest::keyClick(heatmap(), Qt::Key_Space);
        QTRY_VERIFY_WITH_TIMEOUT(!m_f->workspace.isRunning(Task::Map), modelTimeout);
        QVERIFY(m_f->workspace.isMapPaused());
        QTest::keyClick(heatmap(), Qt::Key_Space);
        QVERIFY(m_f->workspace.isRunning(Task::Map));
        QTest::mouseClick(m_f->find<QPushButton>(u"cancelMap"_s), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(!m_f->workspace.isRunning(Task::Map), modelTimeout);
        QVERIFY(!m_f->workspace.isMapPaused());
    }

    void theMetricsAreExplained()
    {
        QString shown;
        QTimer::singleShot(0, this, [&] {
            auto* dialog = qobject_cast<QDialog*>(QApplication::activeModalWidget());
            if (!dialog)
                return;
            shown = dialog->findChild<QTextBrowser*>()->toPlainText();
            dialog->reject();
        });
        m_f->find<QAction>(u"helpMetrics"_s)->trigger();
        for (const MetricFacts& facts : allMetrics())
            for (const std::string_view part : {facts.title, facts.definition})
                QVERIFY2(shown.contains(QString::fromUtf8(part.data(), qsizetype(part.size()))),
                    facts.title.data());
    }

private:
    QTemporaryDir m_folder;
    std::unique_ptr<WindowFixture> m_f;
};

QTEST_MAIN(MapViews)
#include "tst_map_views.moc"
