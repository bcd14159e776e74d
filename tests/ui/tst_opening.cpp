// Opening models: what is found on the machine, device and dtype, models without a template, and templates
// that fail.
#include "tests/ui/window_fixture.h"

#include "core/model/device.h"
#include "ui/panes/prompt_box.h"
#include "ui/panes/report_bar.h"
#include "ui/state/settings.h"
#include "ui/state/wording.h"
#include "ui/widgets/elided_label.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDragEnterEvent>
#include <QFile>
#include <QMenu>
#include <QMimeData>
#include <QPushButton>

#include <filesystem>

using namespace tiller;
namespace fs = std::filesystem;

namespace {

const QString models = QStringLiteral(TILLER_TEST_DATA "/models");

QString defaultModel()
{
    return QString::fromStdString(defaultModelPath().string());
}

/// The bar that shows a text, wherever it stands.
MessageBar* barWith(QWidget* window, const QString& text)
{
    for (MessageBar* bar : window->findChildren<MessageBar*>())
        if (bar->isVisible() && bar->text().contains(text))
            return bar;
    return nullptr;
}

void press(MessageBar* bar)
{
    QTest::mouseClick(bar->findChild<QPushButton*>(QStringLiteral("messageAction")), Qt::LeftButton);
}

QAction* actionNamed(const QMenu* menu, const QString& text)
{
    for (QAction* action : menu->actions())
        if (action->text() == text)
            return action;
    return nullptr;
}

QString said(MessageBar* bar)
{
    return bar ? bar->text() : QString();
}

}

void drop(QWidget* window, const QStringList& paths)
{
    QMimeData data;
    QList<QUrl> urls;
    for (const QString& path : paths)
        urls << QUrl::fromLocalFile(path);
    data.setUrls(urls);
    QDragEnterEvent enter(QPoint(400, 300), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(window, &enter);
    QVERIFY(enter.isAccepted());
    QDropEvent drop(QPointF(400, 300), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(window, &drop);
}

class OpeningTest : public QObject {
    Q_OBJECT

private:
    QTemporaryDir m_folder;
    QString m_base; ///< the default model without its chat template
    QString m_broken; ///< the default model with a template that is no Jinja

    /// A copy of the default model in which `from` reads `to`, which is as long.
    QString patched(const QString& name, const QByteArray& from, const QByteArray& to)
    {
        QFile source(defaultModel());
        if (!source.open(QIODevice::ReadOnly))
            qFatal("the default model is missing: packaging/run.sh fetches it");
        QByteArray bytes = source.readAll();
        const auto at = bytes.indexOf(from);
        if (at < 0 || from.size() != to.size())
            qFatal("%s is not in the default model", from.constData());
        bytes.replace(at, from.size(), to);
        const QString path = m_folder.filePath(name);
        QFile copy(path);
        if (!copy.open(QIODevice::WriteOnly) || copy.write(bytes) != bytes.size())
            qFatal("%s cannot be written", qPrintable(path));
        return path;
    }

    /// models--acme--NAME with one snapshot of links to the files of `model`.
    QString cached(const QString& name, const QString& model)
    {
        const fs::path snapshot
            = m_folder.filePath(QStringLiteral("hub/models--acme--%1/snapshots/0123abcd").arg(name))
                  .toStdString();
        fs::create_directories(snapshot);
        for (const auto& entry : fs::directory_iterator(model.toStdString()))
            fs::create_symlink(entry.path(), snapshot / entry.path().filename());
        return QString::fromStdString(snapshot.string());
    }

    static void shorten(Workspace& workspace)
    {
        GenerationSettings settings = workspace.generation();
        settings.prompt = QStringLiteral("The capital of France is");
        settings.tokens = 8;
        workspace.setGeneration(settings);
    }

private slots:
    void initTestCase()
    {
        prepareWindowTests(m_folder);
        qputenv("HF_HUB_CACHE", m_folder.filePath(QStringLiteral("hub")).toUtf8());
        m_base = patched(QStringLiteral("base.gguf"), "tokenizer.chat_template", "tokenizer.chat_templatX");
        m_broken = patched(QStringLiteral("broken.gguf"), "{% for message in", "{% fxr message in");
    }

    void init() { QSettings().clear(); }

    void theMenuListsWhatIsOnTheMachine()
    {
        const QString snapshot = cached(QStringLiteral("tiny-llama"), models + QStringLiteral("/llama"));
        const QString other = cached(QStringLiteral("encoder"), models + QStringLiteral("/llama"));
        QFile::remove(other + QStringLiteral("/config.json"));
        QFile config(other + QStringLiteral("/config.json"));
        QVERIFY(config.open(QIODevice::WriteOnly) && config.write(R"({"model_type":"bert"})") > 0);
        config.close();

        WindowFixture f;
        for (const char* name : {"modelMenu", "openMenu"}) {
            auto* menu = f.find<QMenu>(QString::fromLatin1(name));
            QVERIFY(menu);
            menu->popup(f.window.pos());
            QTRY_VERIFY_WITH_TIMEOUT(actionNamed(menu, QStringLiteral("acme/tiny-llama")), modelTimeout);
            QVERIFY(actionNamed(menu, QStringLiteral("Hugging Face cache")));
            QVERIFY(!actionNamed(menu, QStringLiteral("acme/encoder")));
            auto* refused = menu->findChild<QMenu*>(QStringLiteral("unsupportedModels"));
            QAction* encoder = actionNamed(refused, QStringLiteral("acme/encoder"));
            QVERIFY(encoder && !encoder->isEnabled());
            QVERIFY2(encoder->toolTip().contains(QStringLiteral("bert")), qPrintable(encoder->toolTip()));
            menu->hide();
        }

        auto* menu = f.find<QMenu>(QStringLiteral("modelMenu"));
        actionNamed(menu, QStringLiteral("acme/tiny-llama"))->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(f.workspace.model(), modelTimeout);
        QCOMPARE(f.find<ElidedLabel>(QStringLiteral("modelName"))->text(), QStringLiteral("acme/tiny-llama"));
        QCOMPARE(settings::recentModels(), QStringList{snapshot});
        menu->popup(f.window.pos());
        QVERIFY(actionNamed(menu, QStringLiteral("Recent")));
        QVERIFY(!actionNamed(menu, QStringLiteral("Hugging Face cache"))); // it is among the recent ones
        QVERIFY(actionNamed(menu, QStringLiteral("acme/tiny-llama"))->isChecked());
        menu->hide();
    }

    void theRepositorysOwnFolderOpens()
    {
        const QString snapshot = cached(QStringLiteral("by-folder"), models + QStringLiteral("/mistral"));
        WindowFixture f;
        f.workspace.openModel(m_folder.filePath(QStringLiteral("hub/models--acme--by-folder")));
        QTRY_VERIFY_WITH_TIMEOUT(f.workspace.model(), modelTimeout);
        QCOMPARE(f.workspace.modelPath(), snapshot);
        QCOMPARE(modelTitle(f.workspace.modelPath()), QStringLiteral("acme/by-folder"));
    }

    void droppedFilesOpen_data()
    {
        QTest::addColumn<QString>("path");
        QTest::newRow("folder") << models + QStringLiteral("/llama");
        QTest::newRow("file") << models + QStringLiteral("/gguf/llama_q8_0/model.gguf");
    }

    void droppedFilesOpen()
    {
        QFETCH(QString, path);
        WindowFixture f;
        drop(&f.window, {path});
        QTRY_VERIFY_WITH_TIMEOUT(f.workspace.model(), modelTimeout);
        QCOMPARE(f.workspace.modelPath(), path);
    }

    // Control vectors are GGUF files as well, and sets are folders.
    void droppedVectorsAreImported()
    {
        WindowFixture f;
        const QString vectors = QStringLiteral(TILLER_TEST_DATA "/vector_files/");
        drop(&f.window, {vectors + QStringLiteral("repeng.gguf"), vectors + QStringLiteral("rotalabs_set")});
        QTRY_COMPARE(f.workspace.library()->rowCount(), 2);
        QVERIFY(!f.workspace.model());
    }

    void dtypeReopensAndIsRemembered()
    {
        {
            WindowFixture f;
            f.workspace.openModel(models + QStringLiteral("/llama"));
            QTRY_VERIFY_WITH_TIMEOUT(f.workspace.model(), modelTimeout);
            auto* dtype = f.find<QComboBox>(QStringLiteral("modelDtype"));
            QCOMPARE(dtype->currentData().toString(), QStringLiteral("auto"));
            dtype->setFocus();
            for (const auto& [data, type] : {std::pair("f32", "float32"), std::pair("bf16", "bfloat16")}) {
                QTest::keyClick(dtype, Qt::Key_Down);
                QCOMPARE(dtype->currentData().toString(), QString::fromLatin1(data));
                QTRY_VERIFY_WITH_TIMEOUT(
                    f.workspace.model() && f.workspace.model()->info.computeType == type, modelTimeout);
            }
        }
        WindowFixture next;
        QCOMPARE(next.find<QComboBox>(QStringLiteral("modelDtype"))->currentData().toString(),
            QStringLiteral("bf16"));
        next.workspace.openModel(models + QStringLiteral("/llama"));
        QTRY_VERIFY_WITH_TIMEOUT(next.workspace.model(), modelTimeout);
        QCOMPARE(next.workspace.model()->info.computeType, std::string("bfloat16"));
    }

    void cudaIsFollowedOrSaysWhatToInstall()
    {
        const bool hasCuda = attempt([] { checkDevice("cuda"); }).ok();
        WindowFixture f;
        f.workspace.openModel(models + QStringLiteral("/llama"));
        QTRY_VERIFY_WITH_TIMEOUT(f.workspace.model(), modelTimeout);
        auto* device = f.find<QComboBox>(QStringLiteral("modelDevice"));
        device->setFocus();
        QTest::keyClick(device, Qt::Key_Down);
        if (hasCuda) { // there the choice is followed
            QTRY_VERIFY_WITH_TIMEOUT(
                f.workspace.model() && f.workspace.model()->info.device.starts_with("cuda"), modelTimeout);
            return;
        }
        QTRY_VERIFY_WITH_TIMEOUT(barWith(&f.window, QStringLiteral("Install")), modelTimeout);
        const QString text = said(barWith(&f.window, QStringLiteral("Install")));
        QVERIFY2(text.contains(QStringLiteral("“llama” stays open.")), qPrintable(text));
        QVERIFY(f.workspace.model());
        QCOMPARE(f.workspace.model()->info.device, std::string("cpu"));
        QCOMPARE(device->currentData().toString(), QStringLiteral("cpu"));
        QCOMPARE(settings::loadOptions().device, std::string("cpu"));
    }

    void whatCannotBeOpenedLeavesTheOpenModel()
    {
        WindowFixture f;
        f.workspace.openModel(models + QStringLiteral("/llama"));
        QTRY_VERIFY_WITH_TIMEOUT(f.workspace.model(), modelTimeout);
        f.workspace.openModel(QStringLiteral("/nowhere/model.gguf"));
        QVERIFY(!f.workspace.model());
        QTRY_VERIFY_WITH_TIMEOUT(barWith(&f.window, QStringLiteral("/nowhere/model.gguf")), modelTimeout);
        const QString text = said(barWith(&f.window, QStringLiteral("/nowhere/model.gguf")));
        QVERIFY2(text.contains(QStringLiteral("does not exist"))
                && text.contains(QStringLiteral("“llama” stays open.")),
            qPrintable(text));
        QVERIFY(f.workspace.model());
        QCOMPARE(modelTitle(f.workspace.modelPath()), QStringLiteral("llama"));
    }

    void cancellingKeepsTheOpenModel()
    {
        WindowFixture f;
        f.workspace.openModel(models + QStringLiteral("/llama"));
        QTRY_VERIFY_WITH_TIMEOUT(f.workspace.model(), modelTimeout);
        auto* cancel = f.find<QPushButton>(QStringLiteral("cancelOpening"));
        QVERIFY(!cancel->isVisible());
        f.workspace.openModel(defaultModel());
        QVERIFY(cancel->isVisible());
        QTest::mouseClick(cancel, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(f.workspace.model(), modelTimeout);
        QCOMPARE(modelTitle(f.workspace.modelPath()), QStringLiteral("llama"));
        QVERIFY(!cancel->isVisible());
    }

    void withoutAModelTheDefaultIsOffered()
    {
        WindowFixture f;
        auto* open = f.find<QPushButton>(QStringLiteral("openDefault"));
        QVERIFY(open->isVisible());
        QTest::mouseClick(open, Qt::LeftButton);
        QVERIFY(!open->isVisible());
        QCOMPARE(f.workspace.modelPath(), defaultModel());
        QTest::mouseClick(f.find<QPushButton>(QStringLiteral("extractAndSteer")), Qt::LeftButton); // Cancel
        QTRY_COMPARE_WITH_TIMEOUT(f.workspace.modelState(), ModelState::None, modelTimeout);
        QVERIFY(open->isVisible());
    }

    void aBaseModelContinuesText()
    {
        WindowFixture f;
        f.workspace.openModel(m_base);
        QTRY_VERIFY_WITH_TIMEOUT(f.workspace.model(), modelTimeout);
        f.window.setPerspective(Perspective::Steer);
        auto* note = f.find<ElidedLabel>(QStringLiteral("promptNote"));
        QVERIFY(note->isVisible());
        QCOMPARE(note->text(), QStringLiteral("Base model: no chat template; text is continued as it is."));
        auto* raw = f.find<QCheckBox>(QStringLiteral("raw"));
        QVERIFY(raw->isChecked() && !raw->isEnabled());
        QVERIFY(!f.find<QComboBox>(QStringLiteral("system"))->isEnabled());
        shorten(f.workspace);
        f.workspace.generate();
        QTRY_VERIFY_WITH_TIMEOUT(!f.workspace.isRunning(Task::Generate), modelTimeout);
        const QString completed = f.workspace.run().rows[RunText::unsteered].text();
        QVERIFY(!completed.isEmpty());

        // The model with its template goes on in the same way where Raw is chosen, and only there.
        f.workspace.openModel(defaultModel());
        QTRY_VERIFY_WITH_TIMEOUT(f.workspace.model(), modelTimeout);
        QVERIFY(!note->isVisible());
        QVERIFY(!raw->isChecked() && raw->isEnabled());
        f.workspace.generate();
        QTRY_VERIFY_WITH_TIMEOUT(!f.workspace.isRunning(Task::Generate), modelTimeout);
        QVERIFY(f.workspace.run().rows[RunText::unsteered].text() != completed);
        raw->click();
        QVERIFY(note->isVisible());
        QVERIFY(f.workspace.generation().render.raw);
        f.workspace.generate();
        QTRY_VERIFY_WITH_TIMEOUT(!f.workspace.isRunning(Task::Generate), modelTimeout);
        QCOMPARE(f.workspace.run().rows[RunText::unsteered].text(), completed);
    }

    // What was said of one model and written by it is gone with the next, which tells its own faults at once.
    void anotherModelStartsAfresh()
    {
        WindowFixture f;
        f.workspace.openModel(defaultModel());
        QTRY_VERIFY_WITH_TIMEOUT(f.workspace.model(), modelTimeout);
        shorten(f.workspace);
        f.window.setPerspective(Perspective::Steer);
        f.workspace.generate();
        QTRY_VERIFY_WITH_TIMEOUT(!f.workspace.isRunning(Task::Generate), modelTimeout);
        QVERIFY(!f.workspace.run().rows[RunText::unsteered].text().isEmpty());
        GenerationSettings settings = f.workspace.generation();
        const QString prompt = std::exchange(settings.prompt, QString());
        f.workspace.setGeneration(settings);
        f.workspace.generate();
        QVERIFY(barWith(&f.window, QStringLiteral("The prompt is empty")));
        settings.prompt = prompt;
        f.workspace.setGeneration(settings);

        f.workspace.openModel(m_broken);
        const QString fault = QStringLiteral("fails: line 1: ");
        QTRY_VERIFY_WITH_TIMEOUT(barWith(&f.window, fault), modelTimeout);
        QVERIFY(!barWith(&f.window, QStringLiteral("The prompt is empty")));
        QVERIFY(f.workspace.run().rows[RunText::unsteered].text().isEmpty());
        press(barWith(&f.window, fault));
        QVERIFY(f.workspace.generation().render.raw && f.workspace.extraction().render.raw);

        f.workspace.openModel(defaultModel());
        QTRY_VERIFY_WITH_TIMEOUT(
            f.workspace.model() && f.workspace.modelPath() == QFileInfo(defaultModel()).absoluteFilePath(),
            modelTimeout);
        QVERIFY(!f.workspace.generation().render.raw && !f.workspace.extraction().render.raw);
        QVERIFY(!barWith(&f.window, fault));
        QVERIFY(!f.workspace.isRunning(Task::Generate));
    }

    void aModelWithoutTokenizerSaysSo()
    {
        WindowFixture f;
        f.workspace.openModel(models + QStringLiteral("/llama"));
        QTRY_VERIFY_WITH_TIMEOUT(
            barWith(&f.window, QStringLiteral("no tokenizer that can be used")), modelTimeout);
        QVERIFY(!f.find<QPushButton>(QStringLiteral("extractAndSteer"))->isEnabled());
    }

    // A folder that somebody keeps one GGUF file in is that file.
    void aFolderOfOneGgufOpens()
    {
        WindowFixture f;
        drop(&f.window, {models + QStringLiteral("/gguf/llama_q8_0")});
        QTRY_VERIFY_WITH_TIMEOUT(f.workspace.model(), modelTimeout);
        QCOMPARE(f.workspace.model()->info.name, std::string("llama_q8_0"));
    }

    void aTemplateThatFailsOffersRawText()
    {
        WindowFixture f;
        f.workspace.openModel(m_broken);
        QTRY_VERIFY_WITH_TIMEOUT(f.workspace.model(), modelTimeout);
        shorten(f.workspace);
        f.window.setPerspective(Perspective::Steer);
        QTest::mouseClick(f.find<QPushButton>(QStringLiteral("generate")), Qt::LeftButton);
        const QString cause = QStringLiteral("chat template fails: line 1: ");
        QTRY_VERIFY_WITH_TIMEOUT(barWith(&f.window, cause), modelTimeout);
        QVERIFY(f.workspace.run().rows[RunText::unsteered].text().isEmpty());
        press(barWith(&f.window, cause));
        QVERIFY(!barWith(&f.window, cause));
        QVERIFY(f.find<QCheckBox>(QStringLiteral("raw"))->isChecked());
        QTRY_VERIFY_WITH_TIMEOUT(!f.workspace.isRunning(Task::Generate), modelTimeout);
        QVERIFY(!f.workspace.run().rows[RunText::unsteered].text().isEmpty());

        f.window.setPerspective(Perspective::Contrast);
        QTest::mouseClick(f.find<QPushButton>(QStringLiteral("extract")), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(barWith(&f.window, cause), modelTimeout);
        QCOMPARE(f.workspace.library()->rowCount(), 0);
        press(barWith(&f.window, cause));
        QVERIFY(f.find<QCheckBox>(QStringLiteral("extractionRaw"))->isChecked());
        QTRY_COMPARE_WITH_TIMEOUT(f.workspace.library()->rowCount(), 1, modelTimeout);
    }
};

QTEST_MAIN(OpeningTest)
#include "tst_opening.moc"
