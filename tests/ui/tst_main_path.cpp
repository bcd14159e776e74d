// The whole window on the real model: pairs, vector, live slider, two streaming panes, a map, a .pt that
// reads back.
#include "tests/ui/window_fixture.h"

#include "core/steer/vector_files.h"
#include "ui/panes/contrast_pane.h"
#include "ui/panes/layers_pane.h"
#include "ui/panes/mixer_pane.h"
#include "ui/panes/mixer_strip.h"
#include "ui/panes/row_pane.h"
#include "ui/panes/steer_pane.h"
#include "ui/plots/heatmap.h"
#include "ui/widgets/dialogs.h"
#include "ui/widgets/strength_slider.h"
#include "ui/widgets/token_text_view.h"

#include <QDoubleSpinBox>
#include <QLineEdit>
#include <QPushButton>
#include <QToolButton>

#include <algorithm>
#include <cmath>

using namespace tiller;

namespace {

QString textOf(WindowFixture& f, bool steered)
{
    SteerPane* pane = f.window.steerPane();
    return (steered ? pane->steered() : pane->unsteered())->view()->text();
}

}

class MainPath : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        prepareWindowTests(m_folder);
        QVERIFY2(QFile::exists(QString::fromStdString(defaultModelPath().string())),
            "the default model is missing: packaging/run.sh fetches it");
        m_f = std::make_unique<WindowFixture>();
    }

    void cleanupTestCase() { m_f.reset(); }

    void theWindowIsThereBeforeTheModel()
    {
        m_f->workspace.openModel(QString::fromStdString(defaultModelPath().string()));
        QVERIFY(m_f->window.isVisible());
        QCOMPARE(m_f->workspace.modelState(), ModelState::Opening);
        QVERIFY(m_f->workspace.contrast()->model()->rowCount() > 0);
        QTRY_VERIFY_WITH_TIMEOUT(m_f->workspace.model(), modelTimeout);
    }

    void onePressFillsBothPanes()
    {
        GenerationSettings settings = m_f->workspace.generation();
        QCOMPARE(settings.prompt, QStringLiteral("Tell me about your weekend plans."));
        settings.tokens = 400;
        m_f->workspace.setGeneration(settings);

        auto* go = m_f->find<QPushButton>(QStringLiteral("extractAndSteer"));
        QVERIFY(go && go->isEnabled() && go->isDefault());
        QTest::mouseClick(go, Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(m_f->workspace.library()->rowCount(), 1, modelTimeout);
        // Once it is known how stable every layer's direction is, or a second later.
        QTRY_COMPARE_WITH_TIMEOUT(m_f->window.perspective(), Perspective::Steer, modelTimeout);
        QCOMPARE(m_f->workspace.mixer()->rowCount(), 1);
        QCOMPARE(m_f->workspace.mixer()->strip(0).strength, 1.0);
        QCOMPARE(
            m_f->workspace.mixer()->strip(0).mainLayer(), m_f->workspace.library()->entry(0).suggestedLayer);
        QTRY_VERIFY_WITH_TIMEOUT(
            !textOf(*m_f, false).isEmpty() && !textOf(*m_f, true).isEmpty(), modelTimeout);
    }

    void theSliderActsInMidStream()
    {
        QTRY_VERIFY_WITH_TIMEOUT(
            m_f->workspace.run().rows[RunText::steered].tokens.size() >= 6, modelTimeout);
        QVERIFY(m_f->workspace.isRunning(Task::Generate));
        StrengthSlider* slider = m_f->window.steerPane()->mixer()->strip(0)->slider();
        slider->setFocus();
        QTest::keyClick(slider, Qt::Key_PageUp);
        QTest::keyClick(slider, Qt::Key_PageUp);
        QCOMPARE(m_f->workspace.mixer()->strip(0).strength, 2.0);
        QCOMPARE(m_f->find<QDoubleSpinBox>(QStringLiteral("stripNumber"))->value(), 2.0);
        // The same run goes on: what was written stays, and more comes.
        const size_t before = m_f->workspace.run().rows[RunText::steered].tokens.size();
        const QString written = m_f->workspace.run().rows[RunText::steered].text();
        QTRY_VERIFY_WITH_TIMEOUT(m_f->workspace.run().rows[RunText::steered].tokens.size() > before + 40
                || !m_f->workspace.isRunning(Task::Generate),
            modelTimeout);
        QVERIFY(textOf(*m_f, true).startsWith(written));

        QTest::mouseClick(m_f->find<QPushButton>(QStringLiteral("generate")), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(!m_f->workspace.isRunning(Task::Generate), modelTimeout);
        QVERIFY(!textOf(*m_f, false).isEmpty());
        QVERIFY(textOf(*m_f, false) != textOf(*m_f, true));

        // Without the change the same prompt and seed write the same up to there, and something else after.
        const auto moved = m_f->workspace.run().rows[RunText::steered].tokens;
        GenerationSettings settings = m_f->workspace.generation();
        settings.regenerateOnChange = false;
        settings.tokens = int(moved.size());
        m_f->workspace.setGeneration(settings);
        m_f->workspace.mixer()->setStrength(0, 1);
        m_f->workspace.generate();
        QTRY_VERIFY_WITH_TIMEOUT(!m_f->workspace.isRunning(Task::Generate), modelTimeout);
        const auto& unmoved = m_f->workspace.run().rows[RunText::steered].tokens;
        QVERIFY(unmoved.size() >= 6);
        const auto same = [](const TokenEvent& x, const TokenEvent& y) { return x.id == y.id; };
        QVERIFY(std::equal(moved.begin(), moved.begin() + 6, unmoved.begin(), same));
        QVERIFY(!std::equal(moved.begin(), moved.end(), unmoved.begin(), unmoved.end(), same));
    }

    void theExpressionWorksBothWays()
    {
        auto* expression = m_f->find<QLineEdit>(QStringLiteral("mixExpression"));
        QVERIFY(expression->text().contains(QStringLiteral("formality")));
        expression->setFocus();
        expression->setText(QStringLiteral("-1.5 formality"));
        QTest::keyClick(expression, Qt::Key_Return);
        QCOMPARE(m_f->workspace.mixer()->strip(0).strength, -1.5);
        expression->setText(QStringLiteral("2 nosuch"));
        QTest::keyClick(expression, Qt::Key_Return);
        QCOMPARE(m_f->workspace.mixer()->strip(0).strength, -1.5);
        QCOMPARE(expression->selectedText(), QStringLiteral("nosuch"));
        expression->setText(QStringLiteral("1.5 formality"));
        QTest::keyClick(expression, Qt::Key_Return);
        QCOMPARE(m_f->workspace.mixer()->strip(0).strength, 1.5);
    }

    void theMixedVectorReadsBack()
    {
        const QString path = m_folder.filePath(QStringLiteral("formal-mix.pt"));
        Dialogs::setNextFileName(path);
        QTest::mouseClick(m_f->find<QToolButton>(QStringLiteral("exportMix")), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(
            QFile::exists(path) && !m_f->workspace.isRunning(Task::WriteVector), modelTimeout);

        const Strip& strip = m_f->workspace.mixer()->strip(0);
        const int layer = strip.mainLayer();
        const SteeringVector read = readVector(path.toStdString());
        QVERIFY(read.single());
        QCOMPARE(read.layers.begin()->first, layer);
        const auto& values = read.layers.begin()->second.values;
        const auto& stored = strip.vector->layers.at(layer).values;
        QCOMPARE(values.size(), stored.size());
        for (size_t i = 0; i < values.size(); ++i)
            QVERIFY(std::abs(values[i] - 1.5f * stored[i]) <= 1e-5f * (1 + std::abs(stored[i])));
        QCOMPARE(read.modelFingerprint, m_f->workspace.model()->info.fingerprint);
    }

    void theMapFillsAndACellGoesToSteer()
    {
        m_f->window.setPerspective(Perspective::Layers);
        m_f->find<QLineEdit>(QStringLiteral("mapLayers"))->setText(QStringLiteral("10,14"));
        m_f->find<QLineEdit>(QStringLiteral("mapStrengths"))->setText(QStringLiteral("-2 to 2 step 2"));
        QTest::mouseClick(m_f->find<QPushButton>(QStringLiteral("runMap")), Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(m_f->workspace.map()->doneCount(), 6, modelTimeout);
        QTRY_VERIFY_WITH_TIMEOUT(!m_f->workspace.isRunning(Task::Map), modelTimeout);

        LayerMap* map = m_f->workspace.map();
        for (const Metric metric : {Metric::Effect, Metric::Readback, Metric::Coherence, Metric::Kl,
                 Metric::Repetition, Metric::Length})
            QVERIFY(map->grid().measures(metric) && map->figure({1, 2}, metric));
        QVERIFY(std::abs(map->figure({0, 1}, Metric::Kl)->value) < 1e-6);
        QVERIFY(map->figure({1, 2}, Metric::Kl)->value > 0.01);
        QVERIFY(map->figure({1, 2}, Metric::Effect)->value > 0);
        QVERIFY(map->figure({1, 2}, Metric::Readback)->value > map->figure({1, 0}, Metric::Readback)->value);
        QVERIFY(map->grid().extracted); // its pairs are judged by vectors without them
        QCOMPARE(map->grid().pairs.size(), size_t(4));

        // A cell's text beside the unsteered one, of each prompt.
        emit m_f->find<Heatmap>(QStringLiteral("map"))->cellClicked({1, 2});
        const auto shown
            = [&](const char* name) { return m_f->find<RowPane>(QString::fromUtf8(name))->view()->text(); };
        QCOMPARE(shown("mapSteered"), *map->text({1, 2}, 0));
        QCOMPARE(shown("mapUnsteered"), *map->text({1, 1}, 0));
        QVERIFY(shown("mapSteered") != shown("mapUnsteered"));
        QTest::mouseClick(m_f->find<QToolButton>(QStringLiteral("laterPrompt")), Qt::LeftButton);
        QCOMPARE(shown("mapSteered"), *map->text({1, 2}, 1));
        QVERIFY(!m_f->find<QToolButton>(QStringLiteral("laterPrompt"))->isEnabled());

        const QString csv = m_folder.filePath(QStringLiteral("map.csv"));
        Dialogs::setNextFileName(csv);
        m_f->find<QAction>(QStringLiteral("exportMapTable"))->trigger();
        QFile file(csv);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(SweepTable::read(csv.toStdString()).rows().size(), size_t(12)); // cells and prompts
        const QString png = m_folder.filePath(QStringLiteral("map.png"));
        Dialogs::setNextFileName(png);
        m_f->find<QAction>(QStringLiteral("exportMapPicture"))->trigger();
        QVERIFY(!QImage(png).isNull());

        emit m_f->find<Heatmap>(QStringLiteral("map"))->cellActivated({1, 2});
        QCOMPARE(m_f->window.perspective(), Perspective::Steer);
        QCOMPARE(m_f->workspace.mixer()->strip(0).mainLayer(), 14);
        QCOMPARE(m_f->workspace.mixer()->strip(0).strength, 2.0);
        QTRY_VERIFY_WITH_TIMEOUT(!m_f->workspace.isRunning(Task::Generate), modelTimeout);
    }

private:
    QTemporaryDir m_folder;
    std::unique_ptr<WindowFixture> m_f;
};

QTEST_MAIN(MainPath)
#include "tst_main_path.moc"
