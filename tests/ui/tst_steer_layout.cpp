#include "tests/ui/window_fixture.h"
#include "ui/panes/inspector_pane.h"
#include "ui/panes/mixer_pane.h"
#include "ui/panes/mixer_strip.h"
#include "ui/panes/row_pane.h"
#include "ui/panes/steer_pane.h"
#include "ui/plots/curve_editor.h"
#include "ui/state/curve_presets.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/token_text_view.h"

#include <QComboBox>
#include <QLineEdit>
#include <QMenu>
#include <QPlainTextEdit>
#include <QScrollBar>
#include <QSignalSpy>
#include <QToolButton>
#include <QTreeWidget>

using namespace tiller;

/// What gives way where room is short in the Steer perspective, and what each row is called.
class SteerLayout : public QObject {
    Q_OBJECT

    QTemporaryDir m_settings;
    std::unique_ptr<WindowFixture> m_f;

    Workspace& workspace() { return m_f->workspace; }
    SteerPane* pane() { return m_f->window.steerPane(); }

    void generateAndCompare()
    {
        QSignalSpy compared(&workspace(), &Workspace::runCompared);
        workspace().generate();
        QTRY_VERIFY_WITH_TIMEOUT(compared.count() == 1, modelTimeout);
    }

    void chooseThird(ThirdRow third)
    {
        GenerationSettings settings = workspace().generation();
        settings.third = third;
        settings.thirdSystem = QStringLiteral("You speak of nothing but the sea.");
        workspace().setGeneration(settings);
        QCoreApplication::processEvents();
    }

    static ElidedLabel* labelWith(QWidget* parent, const QString& part)
    {
        for (ElidedLabel* label : parent->findChildren<ElidedLabel*>())
            if (label->text().contains(part))
                return label;
        return nullptr;
    }

private slots:
    void initTestCase()
    {
        prepareWindowTests(m_settings);
        m_f = std::make_unique<WindowFixture>();
        prepareSteering(*m_f, 16);
        QCoreApplication::processEvents();
    }

    void aStripIsNeverWiderThanTheMixer()
    {
        Strip strip = workspace().mixer()->strip(0);
        strip.name = QStringLiteral("my_very_long_vector_name_from_a_paper_2026_and_its_appendix");
        auto vector = std::make_shared<SteeringVector>(*strip.vector);
        vector->negativeLabel = "what somebody would say to a friend at the end of a long day";
        vector->positiveLabel = "what somebody would write to an office that they do not know";
        strip.vector = vector;
        const int row = workspace().mixer()->add(strip);
        // As wide as the mixer is in small windows.
        MixerPane* mixer = pane()->mixer();
        const int before = mixer->width();
        mixer->setFixedWidth(328);
        QTest::qWait(50);
        MixerStrip* shown = mixer->strip(row);
        const int room = shown->parentWidget()->parentWidget()->width();
        QVERIFY(room <= 328);
        QVERIFY2(shown->width() <= room, qPrintable(QString::number(shown->width())));
        auto* remove = shown->findChild<QToolButton*>(QStringLiteral("stripRemove"));
        QVERIFY(remove->geometry().right() < room);
        mixer->setMinimumWidth(328);
        mixer->setMaximumWidth(QWIDGETSIZE_MAX);
        workspace().mixer()->remove(row);
        QTest::qWait(20);
        QVERIFY(mixer->width() <= before);
    }

    void theThirdPaneLeavesTheMixerItsWidth()
    {
        chooseThird(ThirdRow::None);
        const int before = pane()->mixer()->width();
        for (const ThirdRow third : {ThirdRow::Random, ThirdRow::Inverted, ThirdRow::System}) {
            chooseThird(third);
            QTest::qWait(20);
            QVERIFY(pane()->third()->isVisible());
            QCOMPARE(pane()->mixer()->width(), before);
        }
        auto* system = m_f->find<QLineEdit>(QStringLiteral("thirdSystem"));
        QVERIFY(system->isVisible());
        QVERIFY2(system->width() >= 150, qPrintable(QString::number(system->width())));
        chooseThird(ThirdRow::None);
    }

    void anotherKindOfThirdRowIsEmpty()
    {
        RowPane* third = pane()->third();
        chooseThird(ThirdRow::Random);
        generateAndCompare();
        const QString random = third->view()->text();
        QVERIFY(!random.isEmpty() && labelWith(third, QStringLiteral("KL")));
        emit third->view()->currentTokenChanged(2);
        auto* inspector = m_f->find<InspectorPane>(QStringLiteral("inspector"));
        QVERIFY(labelWith(inspector, QStringLiteral("random row")));
        chooseThird(ThirdRow::Inverted);
        QVERIFY(third->view()->text().isEmpty());
        QVERIFY(!labelWith(third, QStringLiteral("KL")));
        chooseThird(ThirdRow::Random); // it was this one's
        QCOMPARE(third->view()->text(), random);

        // Looked at again, a run is called what it was.
        const int run = workspace().shownRun();
        chooseThird(ThirdRow::System);
        generateAndCompare();
        QVERIFY(labelWith(third, QStringLiteral("System prompt")));
        QVERIFY(labelWith(third, QStringLiteral("not steered")));
        QVERIFY(!labelWith(third, QStringLiteral("KL"))); // what is shown where it is narrow says "no KL"
        emit third->view()->currentTokenChanged(2);
        QVERIFY(labelWith(inspector, QStringLiteral("system prompt row, not steered")));
        workspace().showRun(run);
        QVERIFY(labelWith(third, QStringLiteral("Random")));
        QCOMPARE(third->view()->text(), random);
        QVERIFY(!m_f->find<QLineEdit>(QStringLiteral("thirdSystem"))->isVisible());
        chooseThird(ThirdRow::None);
    }

    void footersKeepTheirFigures()
    {
        RowText text;
        for (int i = 0; i < 80; ++i) {
            TokenEvent token;
            token.text = " a";
            token.logprob = -1.5F;
            text.tokens.push_back(token);
            text.compared.emplace_back();
            text.compared.back().token.unsteered.logprob = -2.5F;
        }
        RowPane row(RowPane::Kind::Steered);
        row.setFigures(figuresOf(text));
        row.setVisible(true);
        ElidedLabel* foot = labelWith(&row, QStringLiteral("80 tokens"));
        QVERIFY(foot);
        for (const int width : {600, 290, 240}) {
            row.resize(width, 300);
            QTest::qWait(10);
            const QString shown = foot->shown();
            QVERIFY2(foot->fontMetrics().horizontalAdvance(shown) <= foot->width(),
                qPrintable(QString::number(width) + shown));
            QVERIFY(shown.contains(QStringLiteral("KL 0.00")) && shown.contains(QStringLiteral("d3 ")));
        }
        QVERIFY(foot->toolTip().contains(QStringLiteral("Perplexity to the unsteered model")));
    }

    void turnsBeforeAreWholeLines()
    {
        RowPane row(RowPane::Kind::Steered);
        row.resize(300, 400);
        row.setEarlier(QStringLiteral("user: hello"));
        row.setVisible(true);
        QTest::qWait(50);
        auto* earlier = row.findChild<QPlainTextEdit*>(QStringLiteral("earlierTurns"));
        const int line = earlier->fontMetrics().lineSpacing();
        QCOMPARE(earlier->height(), line + 1);
        row.setEarlier(QStringLiteral("word ").repeated(400) + QStringLiteral("end"));
        QTest::qWait(50);
        QVERIFY(earlier->height() <= 400 / 3);
        QCOMPARE(earlier->height() % line, 1);
        earlier->moveCursor(QTextCursor::End);
        const QRect last = earlier->cursorRect();
        QVERIFY2(std::abs(last.bottom() - earlier->viewport()->height()) <= 3,
            qPrintable(QStringLiteral("%1 of %2").arg(last.bottom()).arg(earlier->viewport()->height())));
        QCOMPARE(earlier->verticalScrollBar()->value(), earlier->verticalScrollBar()->maximum());
        QVERIFY(earlier->verticalScrollBar()->maximum() > 0);
    }

    void aForkIsRecognised()
    {
        generateAndCompare();
        auto* steered = pane()->steered();
        QVERIFY(!labelWith(steered, QStringLiteral("forked")));
        workspace().fork(RunText::steered, 3, 1);
        QCOMPARE(workspace().run().begun, 4);
        QVERIFY(labelWith(steered, QStringLiteral("forked at token 3")));
        QVERIFY(labelWith(pane()->unsteered(), QStringLiteral("forked at token 3")));
        QTRY_VERIFY_WITH_TIMEOUT(!workspace().isRunning(Task::Generate), modelTimeout);
        generateAndCompare();
        QVERIFY(!labelWith(steered, QStringLiteral("forked")));
    }

    // A pointer that jumps sets what it jumped over.
    void paintingLeavesNoHoles()
    {
        auto* editor = m_f->find<CurveEditor>(QStringLiteral("pushCurve"));
        const QPoint from = editor->pointOf(16);
        const QPoint to(editor->pointOf(22).x(), editor->pointOf(14).y());
        QTest::mousePress(editor, Qt::LeftButton, Qt::ShiftModifier, QPoint(from.x(), from.y() - 20));
        QMouseEvent move(QEvent::MouseMove, QPointF(to), editor->mapToGlobal(QPointF(to)), Qt::LeftButton,
            Qt::LeftButton, Qt::ShiftModifier);
        QApplication::sendEvent(editor, &move);
        QTest::mouseRelease(editor, Qt::LeftButton, Qt::ShiftModifier, to);
        const LayerCurve curve = workspace().mixer()->strip(0).layers;
        for (int layer = 16; layer <= 22; ++layer)
            QVERIFY2(curve.contains(layer), qPrintable(QString::number(layer)));
        // On a line between the two ends.
        const auto pushes = editor->curve();
        QVERIFY(std::is_sorted(pushes.begin() + 16, pushes.begin() + 23)
            || std::is_sorted(pushes.begin() + 16, pushes.begin() + 23, std::greater()));
        workspace().mixer()->setLayers(0, {{14, 1.0}});
    }

    // However long the directions beside it are.
    void presetsStayWhereTheyAre()
    {
        Strip strip = workspace().mixer()->strip(0);
        auto vector = std::make_shared<SteeringVector>(*strip.vector);
        for (float& value : vector->layers.at(12).values)
            value *= 9;
        strip.vector = vector;
        for (const CurvePreset preset : {CurvePreset::Ramp, CurvePreset::Window}) {
            strip.layers = {{14, 1.0}};
            strip.layers = presetCurve(preset, strip, nullptr, 30);
            QVERIFY(strip.layers.size() >= 5);
            QCOMPARE(presetCurve(CurvePreset::Single, strip, nullptr, 30), (LayerCurve{{14, 1.0}}));
        }
        // And by way of the menu.
        auto* menu = pane()->mixer()->strip(0)->findChild<QToolButton*>(QStringLiteral("stripMenu"))->menu();
        const auto choose = [&](const QString& title) {
            emit menu->aboutToShow();
            for (QAction* action : menu->actions())
                if (action->text().remove(u'&').startsWith(title))
                    return action->trigger();
            QFAIL("no such preset");
        };
        choose(QStringLiteral("Ramp"));
        QCOMPARE(workspace().mixer()->strip(0).layers.size(), size_t(9));
        choose(QStringLiteral("One layer"));
        QCOMPARE(workspace().mixer()->strip(0).layers, (LayerCurve{{14, 1.0}}));
    }

    // In a small window a click opens the Inspector where texts keep some lines; folded, tool tips tell.
    void aFoldedInspectorUnfoldsWhereThereIsRoom()
    {
        auto* inspector = m_f->find<InspectorPane>(QStringLiteral("inspector"));
        inspector->setFolded(true);
        QVERIFY(inspector->summary(RunText::steered, 2).contains(QStringLiteral("unsteered\n")));
        inspector->unfoldWithin(50);
        QVERIFY(!inspector->isShown());
        emit pane()->steered()->view()->currentTokenChanged(2);
        QVERIFY(inspector->isShown());
    }
};

QTEST_MAIN(SteerLayout)
#include "tst_steer_layout.moc"
