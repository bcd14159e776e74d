// What goes wrong is said in the panel concerned, with cause and remedy, and the window stays usable.
#include "tests/ui/window_fixture.h"

#include "core/steer/vector_files.h"
#include "ui/panes/contrast_pane.h"
#include "ui/panes/pair_table.h"
#include "ui/panes/report_bar.h"

#include <QFile>
#include <QPushButton>

using namespace tiller;

namespace {

MessageBar* barNamed(QWidget* window, const QString& text)
{
    for (MessageBar* bar : window->findChildren<MessageBar*>())
        if (bar->isVisible() && bar->text().contains(text))
            return bar;
    return nullptr;
}

QPushButton* actionOf(MessageBar* bar)
{
    for (QPushButton* button : bar->findChildren<QPushButton*>())
        if (button->isVisible())
            return button;
    return nullptr;
}

SteeringVector foreign(size_t width)
{
    SteeringVector vector;
    vector.name = "politeness";
    vector.layers[12].values.assign(width, 0.25f);
    vector.modelName = "another-model-1B";
    vector.modelFingerprint = "0123456789abcdef";
    return vector;
}

}

class MessageBars : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { prepareWindowTests(m_folder); }

    void aCorruptModelFile()
    {
        QFile file(m_folder.filePath(QStringLiteral("corrupt.gguf")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(QByteArray("GGUF\x03\0\0\0", 8) + QByteArray(40, '\xff'));
        file.close();
        WindowFixture f;
        f.workspace.openModel(file.fileName());
        QTRY_VERIFY_WITH_TIMEOUT(barNamed(&f.window, QStringLiteral("corrupt.gguf")), modelTimeout);
        MessageBar* bar = barNamed(&f.window, QStringLiteral("corrupt.gguf"));
        QCOMPARE(bar->kind(), MessageKind::Error);
        QCOMPARE(bar->objectName(), QStringLiteral("windowBar"));
        QVERIFY(actionOf(bar));
        QVERIFY(actionOf(bar)->text().contains(QStringLiteral("Open model")));
        QCOMPARE(f.workspace.modelState(), ModelState::None);

        // Still usable: the right file opens, and the message goes.
        f.workspace.openModel(QString::fromStdString(defaultModelPath().string()));
        QTRY_VERIFY_WITH_TIMEOUT(f.workspace.model(), modelTimeout);
        QVERIFY(!bar->isVisible());
    }

    void aMissingModel()
    {
        WindowFixture f;
        f.workspace.openModel(QStringLiteral("/nowhere/none.gguf"));
        QTRY_VERIFY_WITH_TIMEOUT(barNamed(&f.window, QStringLiteral("/nowhere/none.gguf")), modelTimeout);
        QVERIFY(f.find<QPushButton>(QStringLiteral("extractAndSteer"))
                    ->text()
                    .contains(QStringLiteral("Open model")));
    }

    void aForeignVectorNeedsAnExpert()
    {
        WindowFixture f;
        f.workspace.openModel(QString::fromStdString(defaultModelPath().string()));
        QTRY_VERIFY_WITH_TIMEOUT(f.workspace.model(), modelTimeout);
        const QString path = m_folder.filePath(QStringLiteral("politeness.pt"));
        writeVector(path.toStdString(), foreign(576));
        f.workspace.importVector(path);
        QTRY_VERIFY_WITH_TIMEOUT(barNamed(&f.window, QStringLiteral("another-model-1B")), modelTimeout);
        QCOMPARE(f.workspace.library()->rowCount(), 0);
        QPushButton* anyway = actionOf(barNamed(&f.window, QStringLiteral("another-model-1B")));
        QVERIFY(anyway);
        QCOMPARE(anyway->text(), QStringLiteral("Use anyway"));
        QTest::mouseClick(anyway, Qt::LeftButton);
        QCOMPARE(f.workspace.library()->rowCount(), 1);
        f.workspace.addToMixer(0);
        QCOMPARE(f.workspace.mixer()->rowCount(), 1);
    }

    // Also one that was there before the model, however it is switched on.
    void aForeignStripStaysOff()
    {
        WindowFixture f;
        const QString path = m_folder.filePath(QStringLiteral("earlier.pt"));
        writeVector(path.toStdString(), foreign(576));
        f.workspace.importVector(path);
        QTRY_COMPARE(f.workspace.library()->rowCount(), 1);
        f.workspace.addToMixer(0);
        QVERIFY(f.workspace.mixer()->strip(0).enabled);
        f.window.setPerspective(Perspective::Steer);
        f.workspace.openModel(QString::fromStdString(defaultModelPath().string()));
        QTRY_VERIFY_WITH_TIMEOUT(f.workspace.model(), modelTimeout);
        QVERIFY(!f.workspace.mixer()->strip(0).enabled);
        MessageBar* bar = barNamed(&f.window, QStringLiteral("another-model-1B"));
        QVERIFY(bar);
        f.workspace.generate();
        QTRY_VERIFY_WITH_TIMEOUT(!f.workspace.isRunning(Task::Generate), modelTimeout);
        QVERIFY(!barNamed(&f.window, QStringLiteral("another-model-1B")));
        f.workspace.mixer()->setEnabled(0, true);
        QVERIFY(!f.workspace.mixer()->strip(0).enabled);
        bar = barNamed(&f.window, QStringLiteral("another-model-1B"));
        QVERIFY(bar);
        QTest::mouseClick(actionOf(bar), Qt::LeftButton);
        QVERIFY(f.workspace.mixer()->strip(0).enabled);
    }

    void aVectorOfAnotherWidthIsRefused()
    {
        WindowFixture f;
        f.workspace.openModel(QString::fromStdString(defaultModelPath().string()));
        QTRY_VERIFY_WITH_TIMEOUT(f.workspace.model(), modelTimeout);
        const QString path = m_folder.filePath(QStringLiteral("wide.pt"));
        writeVector(path.toStdString(), foreign(2048));
        f.workspace.importVector(path);
        QTRY_VERIFY_WITH_TIMEOUT(barNamed(&f.window, QStringLiteral("2048")), modelTimeout);
        MessageBar* bar = barNamed(&f.window, QStringLiteral("2048"));
        QVERIFY(!actionOf(bar));
        QCOMPARE(f.workspace.library()->rowCount(), 0);
    }

    void anEmptyPairIsNamedByItsRow()
    {
        WindowFixture f;
        f.workspace.openModel(QString::fromStdString(defaultModelPath().string()));
        QTRY_VERIFY_WITH_TIMEOUT(f.workspace.model(), modelTimeout);
        f.workspace.contrast()->editCell(2, ContrastPairModel::Negative, {});
        QTest::mouseClick(f.find<QPushButton>(QStringLiteral("extract")), Qt::LeftButton);
        QVERIFY(barNamed(&f.window, QStringLiteral("Pair 3")));
        QVERIFY(!f.workspace.isRunning(Task::Extract));
        QCOMPARE(f.window.contrastPane()->table()->currentRow(), 2);
        f.workspace.contrast()->undoStack()->undo();
        f.workspace.extract();
        QVERIFY(!barNamed(&f.window, QStringLiteral("Pair 3")));
        QVERIFY(f.workspace.isRunning(Task::Extract));
        f.workspace.stop(Task::Extract);
        QTRY_VERIFY_WITH_TIMEOUT(!f.workspace.isRunning(Task::Extract), modelTimeout);
    }

private:
    QTemporaryDir m_folder;
};

QTEST_MAIN(MessageBars)
#include "tst_message_bars.moc"
