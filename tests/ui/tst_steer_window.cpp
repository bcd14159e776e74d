#include "tests/ui/window_fixture.h"
#include "ui/panes/history_dialog.h"
#include "ui/panes/inspector_pane.h"
#include "ui/panes/row_pane.h"
#include "ui/panes/steer_pane.h"
#include "ui/plots/curve_editor.h"
#include "ui/plots/layer_plot.h"
#include "ui/plots/ribbon.h"
#include "ui/state/run_export.h"
#include "ui/widgets/cosine_triangle.h"
#include "ui/widgets/dialogs.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/token_text_view.h"

#include <QAbstractItemModelTester>
#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QToolButton>
#include <QTreeView>
#include <QTreeWidget>

using namespace tiller;

/// Looking inside a run: ribbon, Inspector, forks and the third pane, on the default model.
class SteerWindow : public QObject {
    Q_OBJECT

    QTemporaryDir m_settings;
    std::unique_ptr<WindowFixture> m_f;

    Workspace& workspace() { return m_f->workspace; }
    const RowText& row(int index) { return workspace().run().rows[size_t(index)]; }
    Ribbon* ribbon() { return m_f->find<Ribbon>(QStringLiteral("ribbon")); }
    QTreeWidget* alternatives() { return m_f->find<QTreeWidget>(QStringLiteral("alternatives")); }

    /// Until the run that is asked for has been read again.
    void generateAndCompare()
    {
        QSignalSpy compared(&workspace(), &Workspace::runCompared);
        workspace().generate();
        QTRY_VERIFY_WITH_TIMEOUT(compared.count() == 1, modelTimeout);
    }

    void chooseThird(ThirdRow third)
    {
        auto* box = m_f->find<QComboBox>(QStringLiteral("thirdRow"));
        GenerationSettings settings = workspace().generation();
        settings.third = third;
        settings.thirdSystem = QStringLiteral("You speak of nothing but the sea.");
        workspace().setGeneration(settings);
        QCOMPARE(box->currentData().toInt(), int(third));
    }

private slots:
    void initTestCase()
    {
        prepareWindowTests(m_settings);
        m_f = std::make_unique<WindowFixture>();
        prepareSteering(*m_f, 24);
    }

    void theRibbonShowsEveryToken()
    {
        generateAndCompare();
        QCOMPARE(row(RunText::steered).compared.size(), row(RunText::steered).tokens.size());
        QCOMPARE(ribbon()->tokens().size(), row(RunText::steered).tokens.size());
        double sum = 0;
        for (const RibbonToken& token : ribbon()->tokens())
            sum += token.gap;
        QVERIFY(sum > 1); // greedy text of the steered model is likelier under it
        QVERIFY(row(RunText::steered).unsteeredPerplexity() > row(RunText::steered).perplexity());
        QVERIFY(row(RunText::steered).meanKl() > 0.05);
        QCOMPARE(ribbon()->table().size(), ribbon()->tokens().size() + 1);
    }

    void aTokenIsInspected()
    {
        // The pointer on a token shows what might have stood there, and leaves no mark.
        auto* view = m_f->window.steerPane()->steered()->view();
        emit view->tokenHovered(5);
        QCOMPARE(
            alternatives()->topLevelItemCount(), int(row(RunText::steered).compared[5].alternatives.size()));
        emit view->tokenHovered(-1);
        QCOMPARE(alternatives()->topLevelItemCount(), 0);

        QSignalSpy traced(&workspace(), &Workspace::traced);
        const int token = 3;
        emit ribbon()->tokenClicked(token);
        auto* inspector = m_f->find<InspectorPane>(QStringLiteral("inspector"));
        QCOMPARE(inspector->inspectedRow(), int(RunText::steered));
        QCOMPARE(inspector->inspectedToken(), token);
        QCOMPARE(alternatives()->topLevelItemCount(),
            int(row(RunText::steered).compared[token].alternatives.size()));
        QVERIFY(alternatives()->topLevelItemCount() >= 10);
        QTRY_COMPARE_WITH_TIMEOUT(traced.count(), 1, modelTimeout);
        auto* plot = m_f->find<LayerPlot>(QStringLiteral("inspectorPlot"));
        QCOMPARE(plot->series().size(), size_t(2));
        const auto& unsteered = plot->series()[0].values;
        const auto& steered = plot->series()[1].values;
        QCOMPARE(unsteered.size(), size_t(30));
        QVERIFY(std::abs(steered[5] - unsteered[5]) < 0.05); // below the layer of the edit nothing moves
        // On the scale of the pairs a mean difference of strength 1 goes from one side to the other.
        QVERIFY(std::abs(steered[14] - unsteered[14] - 2) < 0.05);
        QCOMPARE(plot->currentLayer(), 14);
        auto* views = m_f->find<QComboBox>(QStringLiteral("inspectorView"));
        QCOMPARE(views->itemText(0), workspace().library()->entry(0).name);
        views->setCurrentIndex(1);
        QVERIFY(plot->series()[1].values[5] > 1); // the norm
        views->setCurrentIndex(2);
        QCOMPARE(m_f->find<QTreeWidget>(QStringLiteral("inspectorLens"))->topLevelItemCount(), 30);
        m_f->find<QComboBox>(QStringLiteral("inspectorView"))->setCurrentIndex(0);
    }

    void aForkGoesOnFromAnAlternative()
    {
        const int token = 3;
        emit ribbon()->tokenClicked(token);
        const auto before = row(RunText::steered).ids();
        const int chosen = 1;
        const TokenId other = row(RunText::steered).compared[token].token.alternatives[size_t(chosen)].id;
        QVERIFY(other != before[token]);
        alternatives()->setCurrentItem(alternatives()->topLevelItem(chosen));
        QSignalSpy compared(&workspace(), &Workspace::runCompared);
        QTest::mouseClick(m_f->find<QToolButton>(QStringLiteral("fork")), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(compared.count() == 1, modelTimeout);
        for (int r = 0; r < 2; ++r) {
            const auto ids = row(r).ids();
            QVERIFY(std::equal(before.begin(), before.begin() + token, ids.begin()));
            QCOMPARE(ids[token], other);
            QCOMPARE(ids.size(), size_t(24));
            QCOMPARE(row(r).compared.size(), ids.size());
        }
        QVERIFY(m_f->window.steerPane()->steered()->view()->text().startsWith(
            row(RunText::steered).text().left(20)));
    }

    void thirdPanes()
    {
        RowPane* third = m_f->window.steerPane()->third();
        QVERIFY(!third->isVisible());
        chooseThird(ThirdRow::Random);
        QVERIFY(third->isVisible());
        generateAndCompare();
        QCOMPARE(workspace().run().rows.size(), size_t(3));
        const QString random = row(RunText::third).text();
        QCOMPARE(third->view()->text(), random);
        QVERIFY(random != row(RunText::steered).text());
        generateAndCompare();
        QCOMPARE(row(RunText::third).text(), random); // from the seed

        chooseThird(ThirdRow::Inverted);
        generateAndCompare();
        QVERIFY(row(RunText::third).text() != random);
        QVERIFY(row(RunText::third).meanKl() > 0.01);

        chooseThird(ThirdRow::System);
        QVERIFY(m_f->find<QLineEdit>(QStringLiteral("thirdSystem"))->isVisible());
        generateAndCompare();
        QVERIFY(row(RunText::third).text() != row(RunText::unsteered).text());
        QVERIFY(row(RunText::third).meanKl() < 1e-4); // no steering

        chooseThird(ThirdRow::None);
        QVERIFY(!third->isVisible());
        generateAndCompare();
        QCOMPARE(workspace().run().rows.size(), size_t(2));
    }

    void earlierRunsAreKept()
    {
        RunHistory* history = workspace().history();
        const int before = history->rowCount();
        QVERIFY(before >= 6);
        const QString last = row(RunText::steered).text();
        GenerationSettings settings = workspace().generation();
        settings.prompt = QStringLiteral("What is rain?");
        workspace().setGeneration(settings);
        workspace().mixer()->setStrength(0, 2);
        generateAndCompare();
        QCOMPARE(history->rowCount(), before + 1);
        const QString rain = row(RunText::steered).text();
        QVERIFY(rain != last);

        QTest::mouseClick(m_f->find<QToolButton>(QStringLiteral("earlierRun")), Qt::LeftButton);
        QCOMPARE(workspace().shownRun(), before - 1);
        QCOMPARE(m_f->window.steerPane()->steered()->view()->text(), last);
        QCOMPARE(ribbon()->tokens().size(), row(RunText::steered).tokens.size());
        QCOMPARE(workspace().generation().prompt, QStringLiteral("What is rain?")); // looked at, not restored
        workspace().restoreRun(before - 1);
        QCOMPARE(workspace().generation().prompt, QStringLiteral("Tell me about your weekend plans."));
        QCOMPARE(workspace().mixer()->strip(0).strength, 1.0);
        QVERIFY(!m_f->find<QToolButton>(QStringLiteral("laterRun"))->toolTip().isEmpty());
        workspace().showRun(before);
        QCOMPARE(m_f->window.steerPane()->steered()->view()->text(), rain);
    }

    // Each row goes on with its own answer.
    void turnsAreKept()
    {
        auto* keep = m_f->find<QToolButton>(QStringLiteral("keepTurn"));
        QVERIFY(keep->isEnabled());
        const QString plain = row(RunText::unsteered).text().trimmed();
        const QString steered = row(RunText::steered).text().trimmed();
        QVERIFY(plain != steered);
        QTest::mouseClick(keep, Qt::LeftButton);
        QCOMPARE(workspace().keptTurns(), 1);
        QVERIFY(workspace().generation().prompt.isEmpty());
        GenerationSettings settings = workspace().generation();
        settings.prompt = QStringLiteral("Say that again, shorter.");
        workspace().setGeneration(settings);
        generateAndCompare();
        const auto turns = workspace().shownTurns();
        QCOMPARE(turns[RunText::unsteered].size(), size_t(2));
        QCOMPARE(QString::fromStdString(turns[RunText::unsteered][1].content), plain);
        QCOMPARE(QString::fromStdString(turns[RunText::steered][1].content), steered);
        const auto& ids = workspace().history()->run(workspace().shownRun()).promptIds;
        QVERIFY(ids.size() > 60); // the steered row's turns are in its prompt
        auto* earlier
            = m_f->window.steerPane()->steered()->findChild<QPlainTextEdit*>(QStringLiteral("earlierTurns"));
        QVERIFY(earlier->isVisible() && earlier->toPlainText().contains(steered));
        QTest::mouseClick(m_f->find<QToolButton>(QStringLiteral("newChat")), Qt::LeftButton);
        QCOMPARE(workspace().keptTurns(), 0);
        settings.prompt = QStringLiteral("What is snow?");
        workspace().setGeneration(settings);
        generateAndCompare();
        QVERIFY(workspace().shownTurns()[RunText::steered].empty());
        QVERIFY(!earlier->isVisible());
    }

    void sliderRunsMakeRoom()
    {
        RunHistory history;
        QAbstractItemModelTester tester(&history, QAbstractItemModelTester::FailureReportingMode::QtTest);
        const auto add = [&](bool automatic) {
            Run run;
            run.automatic = automatic;
            return history.add(std::move(run));
        };
        QCOMPARE(add(false), 0);
        QCOMPARE(add(true), 1);
        QCOMPARE(add(true), 1);
        QCOMPARE(history.run(1).number, 2); // the place that the window names, too
        history.takeBack(); // which had come to nothing
        QCOMPARE(history.rowCount(), 2);
        QVERIFY(history.run(1).automatic);
        history.setStarred(1, true);
        QCOMPARE(add(true), 2);
        history.takeBack();
        QCOMPARE(history.rowCount(), 2);
        QCOMPARE(add(true), 2);
        for (int i = 0; i < RunHistory::most; ++i)
            add(false);
        QCOMPARE(history.rowCount(), int(RunHistory::most));
        QVERIFY(history.run(0).starred); // the others went first
        for (int i = 0; i < history.rowCount(); ++i)
            QCOMPARE(history.run(i).number, i + 1);
    }

    void onlyAMovingSliderMakesRoom()
    {
        GenerationSettings settings = workspace().generation();
        const GenerationSettings before = settings;
        settings.tokens = 2;
        settings.regenerateOnChange = true;
        workspace().setGeneration(settings);
        RunHistory* history = workspace().history();
        StripModel* mixer = workspace().mixer();
        /// Runs that the change has added.
        const auto added = [&](auto change) {
            const int runs = history->rowCount();
            QSignalSpy compared(&workspace(), &Workspace::runCompared);
            change();
            if (!QTest::qWaitFor([&] { return compared.count() > 0; }, modelTimeout))
                return -1;
            return history->rowCount() - runs;
        };
        QCOMPARE(added([&] { mixer->setStrength(0, 1.25); }), 1);
        QCOMPARE(added([&] { mixer->setStrength(0, 1.5); }), 0);
        QCOMPARE(added([&] { mixer->setStrength(0, -1.5); }), 1); // inverted
        QVERIFY(workspace().setMixExpression(QStringLiteral("0.75 formality")).ok());
        QCOMPARE(added([] {}), 1);
        QCOMPARE(added([&] { mixer->setLayers(0, {{13, 1.0}}); }), 1);
        QCOMPARE(added([&] { mixer->setOp(0, Op::AddKeepNorm); }), 1);
        QCOMPARE(added([&] {
            mixer->setEnabled(0, false);
            mixer->setStrength(0, 1); // in one go
        }),
            1);
        QCOMPARE(added([&] { mixer->setStrength(0, 2); }), 1);

        // Another name is no other mix; a run that is restored has the present one.
        const int last = history->rowCount() - 1;
        const QString name = workspace().library()->entry(0).name;
        QSignalSpy started(&workspace(), &Workspace::runStarted);
        workspace().renameVector(0, QStringLiteral("politeness"));
        QCOMPARE(workspace().extractedName(), QStringLiteral("politeness"));
        QTest::qWait(600);
        QCOMPARE(started.count(), 0);
        workspace().restoreRun(last);
        QCOMPARE(mixer->strip(0).name, QStringLiteral("politeness"));
        workspace().renameVector(0, name);

        mixer->setOp(0, Op::Add);
        mixer->setLayers(0, {{14, 1.0}});
        mixer->setEnabled(0, true);
        workspace().setGeneration(before);
        QSignalSpy ended(&workspace(), &Workspace::runCompared);
        QTRY_VERIFY_WITH_TIMEOUT(ended.count() > 0, modelTimeout);
    }

    void aRefusedRunLeavesTheTexts()
    {
        workspace().mixer()->setStrength(0, 2);
        generateAndCompare();
        RunHistory* history = workspace().history();
        const int runs = history->rowCount();
        const QString text = row(RunText::steered).text();
        QVERIFY(!text.isEmpty());
        workspace().mixer()->setStrength(0, 1e9); // more than a plan may hold
        QSignalSpy reports(&workspace(), &Workspace::reported);
        workspace().generate();
        QTRY_COMPARE_WITH_TIMEOUT(reports.count(), 1, modelTimeout);
        QTRY_COMPARE(history->rowCount(), runs);
        QCOMPARE(workspace().shownRun(), runs - 1);
        QCOMPARE(row(RunText::steered).text(), text);
        QCOMPARE(m_f->window.steerPane()->steered()->view()->text(), text);
        workspace().mixer()->setStrength(0, 2);
    }

    void theHistoryIsSearchedAndExported()
    {
        QTest::mouseClick(m_f->find<QToolButton>(QStringLiteral("allRuns")), Qt::LeftButton);
        auto* dialog = m_f->find<HistoryDialog>(QStringLiteral("history"));
        QVERIFY(dialog && dialog->isVisible());
        auto* view = dialog->findChild<QTreeView*>(QStringLiteral("runs"));
        auto* filter = dialog->findChild<QLineEdit*>(QStringLiteral("filterRuns"));
        filter->setText(QStringLiteral("What is rain"));
        QCOMPARE(view->model()->rowCount(), 1);
        view->selectAll();
        const int shown = dialog->selectedRuns().front();
        QCOMPARE(dialog->findChild<QPlainTextEdit*>(QStringLiteral("firstText"))->toPlainText(),
            workspace().history()->run(shown).text.rows[RunText::steered].text());

        QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("runs.jsonl"));
        Dialogs::setNextFileName(path);
        QTest::mouseClick(dialog->findChild<QPushButton*>(QStringLiteral("exportRuns")), Qt::LeftButton);
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QJsonObject line = QJsonDocument::fromJson(file.readLine()).object();
        QVERIFY(file.atEnd());
        QCOMPARE(line["prompt"].toString(), QStringLiteral("What is rain?"));
        QCOMPARE(line["rows"].toArray().size(), 2);
        QCOMPARE(line["rows"][1]["ids"].toArray().size(), 24);
        QCOMPARE(line["mix"][0]["strength"].toDouble(), 2.0);
        QVERIFY(line["rows"][1]["kl"].toDouble() > 0);

        QTest::mouseClick(dialog->findChild<QPushButton*>(QStringLiteral("copyMarkdown")), Qt::LeftButton);
        const QString markdown = QGuiApplication::clipboard()->text();
        QVERIFY2(markdown.contains(QStringLiteral("**Prompt** What is rain?")), qPrintable(markdown));
        QVERIFY(markdown.contains(QStringLiteral("### steered")));
        filter->clear();
        dialog->close();
    }

    // The program that is copied holds everything; with a path in TILLER_TEST_PYTHON it is kept there, to be
    // run against transformers.
    void aRunIsAPythonProgram()
    {
        const Run& run = workspace().history()->run(workspace().history()->rowCount() - 1);
        const QString code = toPython(run);
        QCOMPARE(int(run.promptIds.size()),
            code.section(QStringLiteral("prompt = ["), 1).section(u']', 0, 0).count(u',') + 1);
        QVERIFY(code.contains(QStringLiteral("edits.setdefault(14, []).append((\"add\", direction(\"")));
        QVERIFY(code.contains(QStringLiteral("model.model.layers[layer]")));
        QVERIFY(code.contains(QStringLiteral("gguf_file=")));
        if (const QString path = qEnvironmentVariable("TILLER_TEST_PYTHON"); !path.isEmpty()) {
            QFile file(path);
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(code.toUtf8());
            qInfo("%s", qPrintable(run.text.rows[RunText::steered].text()));
        }
    }

    // Each token was chosen by the mix of its moment, and is compared, and kept, as such.
    void aMovedMixIsComparedAsItWas()
    {
        GenerationSettings settings = workspace().generation();
        const GenerationSettings before = settings;
        settings.tokens = 60;
        settings.temperature = 0;
        workspace().setGeneration(settings);
        QSignalSpy compared(&workspace(), &Workspace::runCompared);
        const auto move = connect(&workspace(), &Workspace::runAdvanced, this, [&] {
            const auto reached = double(row(RunText::steered).tokens.size());
            workspace().mixer()->setStrength(0, reached < 40 ? -reached / 10 : 2);
        });
        workspace().generate();
        QTRY_VERIFY_WITH_TIMEOUT(compared.count() == 1, modelTimeout);
        disconnect(move);
        workspace().setGeneration(before);
        workspace().mixer()->setStrength(0, 2);

        const Run& run = workspace().history()->run(workspace().shownRun());
        QVERIFY(!run.rows[RunText::steered].changes.empty());
        QVERIFY(!run.movedTo.isEmpty());
        QCOMPARE(workspace().shownMix(), mixOf(run)); // wherever the sliders are now
        QVERIFY(workspace().shownMix().contains(QStringLiteral(", moved to ")));
        float furthest = 0;
        for (size_t i = 0; i < row(RunText::steered).tokens.size(); ++i) {
            const float chosen = row(RunText::steered).tokens[i].logprob;
            furthest = std::max(
                furthest, std::abs(row(RunText::steered).compared[i].token.steered.logprob - chosen));
        }
        QVERIFY2(furthest < 0.05F, qPrintable(QString::number(double(furthest))));

        const QString code = toPython(run);
        QVERIFY(code.contains(QStringLiteral("\nimport torch\n")));
        const int change = int(run.promptIds.size()) - 1 + run.rows[RunText::steered].changes[0].token;
        QVERIFY(code.contains(QStringLiteral("\"all\", 0, %1, ").arg(change)));
        QVERIFY(code.contains(QStringLiteral(", math.inf, ")));
        const QJsonObject line = QJsonDocument::fromJson(toJsonLine(run)).object();
        QCOMPARE(line["rows"][1]["changes"][0]["token"].toInt(), run.rows[RunText::steered].changes[0].token);
        if (const QString path = qEnvironmentVariable("TILLER_TEST_PYTHON_MOVED"); !path.isEmpty()) {
            QFile file(path);
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(code.toUtf8());
            qInfo("%s", qPrintable(run.text.rows[RunText::steered].text()));
        }
    }

    void tokensAreTinted()
    {
        const auto tints = workspace().run().tints(RunText::steered, Tint::LogGap);
        QCOMPARE(tints.size(), row(RunText::steered).tokens.size());
        for (size_t i = 0; i < tints.size(); ++i) {
            const ComparedToken& token = row(RunText::steered).compared[i].token;
            const double gap = double(token.steered.logprob - token.unsteered.logprob);
            QCOMPARE(*tints[i], std::clamp(gap / 2, -1.0, 1.0));
        }
        // Each vector of the run can be chosen.
        auto* tint = m_f->find<QComboBox>(QStringLiteral("tint"));
        QCOMPARE(workspace().run().probes.size(), size_t(2)); // after the edit and before
        QCOMPARE(tint->itemText(0), workspace().run().probes[0].name);
        QVERIFY(tint->itemText(1).startsWith(tint->itemText(0)));
        QCOMPARE(tint->count(), 4);
        generateAndCompare();
        const RunProbe& probe = workspace().run().probes[1];
        const double pushed = workspace().mixer()->strip(0).strength
            * workspace().mixer()->strip(0).direction(probe.layer)->norm();
        for (const TokenEvent& token : row(RunText::steered).tokens)
            QVERIFY(std::abs(double(token.projections[0] - token.projections[1]) / pushed - 1) < 1e-3);
        for (const TokenEvent& token : row(RunText::unsteered).tokens)
            QCOMPARE(token.projections[0], token.projections[1]);
        const auto projected = workspace().run().tints(RunText::unsteered, Tint::Projection);
        QVERIFY(std::ranges::all_of(projected, [](const auto& value) { return value.has_value(); }));
        QVERIFY(!workspace().run().tints(RunText::unsteered, Tint::Projection, 7)[0]);
    }

    void stripsSayWhatTheyRaise()
    {
        auto* raised = m_f->find<ElidedLabel>(QStringLiteral("stripRaised"));
        QTRY_VERIFY_WITH_TIMEOUT(!raised->text().isEmpty(), modelTimeout);
        const QString at14 = raised->text();
        QCOMPARE(workspace().lensOf(0)->raised.size(), size_t(12));
        workspace().mixer()->setLayers(0, {{20, 1.0}});
        QTRY_VERIFY_WITH_TIMEOUT(raised->text() != at14, modelTimeout);
        QVERIFY(!workspace().lensOfMix()); // one vector is no mix
        workspace().mixer()->setLayers(0, {{14, 1.0}});
    }

    // Points are pushes; the strip keeps factors of its strength.
    void aCurveIsDrawn()
    {
        auto* editor = m_f->find<CurveEditor>(QStringLiteral("pushCurve"));
        QCOMPARE(editor->curve().size(), size_t(30));
        const double before = editor->curve()[14];
        QVERIFY(std::abs(before - *workspace().mixer()->strip(0).push()) < 1e-9);
        const QPoint from = editor->pointOf(16);
        QTest::mousePress(editor, Qt::LeftButton, {}, from);
        QMouseEvent move(QEvent::MouseMove, QPointF(from.x(), editor->pointOf(14).y()),
            editor->mapToGlobal(QPointF(from.x(), editor->pointOf(14).y())), Qt::LeftButton, Qt::LeftButton,
            {});
        QApplication::sendEvent(editor, &move);
        QTest::mouseRelease(editor, Qt::LeftButton, {}, from);
        const LayerCurve curve = workspace().mixer()->strip(0).layers;
        QCOMPARE(curve.size(), size_t(2));
        QVERIFY(curve.at(16) > 0.2);
        QVERIFY(std::abs(editor->curve()[16] - before) < 0.05);
        QCOMPARE(workspace().mixer()->toEdits()[0].layers->size(), size_t(2));
        editor->setFocus();
        QTest::keyClick(editor, Qt::Key_Delete); // the point that was dragged last
        QVERIFY(workspace().mixer()->strip(0).layers == (LayerCurve{{14, 1.0}}));
    }

    void presetsAddUpToOne()
    {
        for (const CurvePreset preset :
            {CurvePreset::Single, CurvePreset::Window, CurvePreset::Ramp, CurvePreset::Diagnostics}) {
            double sum = 0;
            for (const auto& [layer, factor] : workspace().presetOf(0, preset))
                sum += factor;
            QVERIFY(std::abs(sum - 1) < 1e-9);
        }
        QCOMPARE(workspace().presetOf(0, CurvePreset::Window).size(), size_t(5));
        const LayerCurve ramp = workspace().presetOf(0, CurvePreset::Ramp);
        QCOMPARE(ramp.rbegin()->first, 14);
        QCOMPARE(QString::fromStdString(toString(ramp)).section(u',', 0, 0), QStringLiteral("6:0.0222"));
        // Chosen again it stays where it is.
        workspace().mixer()->setLayers(0, ramp);
        QCOMPARE(workspace().presetOf(0, CurvePreset::Ramp), ramp);
        workspace().mixer()->setLayers(0, workspace().presetOf(0, CurvePreset::Single));
        QCOMPARE(workspace().mixer()->strip(0).layers, (LayerCurve{{14, 1.0}}));
    }

    void twoStripsAreCompared()
    {
        QVERIFY(workspace().contrast()->openBundled(QStringLiteral("verbosity")).ok());
        workspace().extract();
        QTRY_COMPARE_WITH_TIMEOUT(workspace().library()->rowCount(), 2, modelTimeout);
        workspace().addToMixer(0, 14, 0.5);
        auto* triangle = m_f->find<CosineTriangle>(QStringLiteral("stripCosines"));
        QVERIFY(triangle->isVisible());
        const double shown = triangle->cells()[1][0];
        const auto& strips = workspace().mixer()->strips();
        QVERIFY(std::abs(shown - cosine(strips[0].direction(14)->values, strips[1].direction(14)->values))
            < 1e-6);
        workspace().mixer()->setLayers(1, {{20, 1.0}});
        QVERIFY(std::isnan(triangle->cells()[1][0])); // no layer in common
        workspace().mixer()->setLayers(1, {{14, 1.0}});
        QTRY_VERIFY_WITH_TIMEOUT(workspace().lensOfMix(), modelTimeout);
    }

    void soloAndBack()
    {
        StripModel* mixer = workspace().mixer();
        mixer->toggleSolo(1);
        QVERIFY(!mixer->strip(0).enabled && mixer->strip(1).enabled);
        mixer->toggleSolo(0);
        QVERIFY(mixer->strip(0).enabled && !mixer->strip(1).enabled);
        mixer->toggleSolo(0);
        QVERIFY(mixer->strip(0).enabled && mixer->strip(1).enabled);
    }

    void aMixIsKeptRecalledAndBaked()
    {
        StripModel* mixer = workspace().mixer();
        mixer->setStrength(0, -1.5);
        mixer->setLayers(1, {{12, 0.5}, {13, 0.5}});
        const QString kept = workspace().mixExpression();
        workspace().saveMix();
        QCOMPARE(workspace().savedMixes(), QStringList{kept});
        const std::vector<Edit> edits = mixer->toEdits();
        workspace().bakeMix();
        QCOMPARE(workspace().library()->rowCount(), 3);
        const auto baked = workspace().library()->entry(0).vector;
        QCOMPARE(baked->layers.size(), size_t(3));
        const auto& part = baked->layers.at(14).values;
        const auto& whole = edits[0].vector->layers.at(14).values;
        QVERIFY(std::abs(part[7] + 1.5F * whole[7]) < 1e-5F);

        // Baked it acts where it was mixed.
        workspace().addToMixer(0);
        QCOMPARE(mixer->strip(2).layers.size(), size_t(3));
        mixer->remove(2);
        mixer->remove(1);
        mixer->setStrength(0, 3);
        workspace().recallMix(kept);
        QCOMPARE(workspace().mixExpression(), kept);
        QVERIFY(mixer->strip(1).layers == (LayerCurve{{12, 0.5}, {13, 0.5}}));
        workspace().forgetMix(kept);
        QVERIFY(workspace().savedMixes().isEmpty());
    }
};

QTEST_MAIN(SteerWindow)
#include "tst_steer_window.moc"
