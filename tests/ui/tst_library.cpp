// The Library dock: what can be done with the vectors at hand.
#include "tests/ui/library_fixture.h"
#include "tests/ui/window_fixture.h"
#include "ui/panes/library_comparison.h"
#include "ui/panes/library_pane.h"
#include "ui/widgets/dialogs.h"
#include "ui/widgets/message_bar.h"

#include <QAction>
#include <QComboBox>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QPushButton>

#include <cmath>

using namespace tiller;
using namespace Qt::StringLiterals;

class Library : public QObject {
    Q_OBJECT

    QTemporaryDir m_settings;
    std::unique_ptr<QTemporaryDir> m_folder;

    QString folder() const { return m_folder->filePath(u"library"_s); }

    void rename(WindowFixture& f, const QString& name)
    {
        auto* list = f.find<QListView>(u"library"_s);
        list->setFocus();
        f.find<QAction>(u"renameVector"_s)->trigger();
        auto* editor = f.find<QLineEdit>(u"vectorName"_s);
        QVERIFY(editor);
        editor->setText(name);
        QTest::keyClick(editor, Qt::Key_Return);
        QTRY_VERIFY(!f.find<QLineEdit>(u"vectorName"_s));
    }

private slots:
    void initTestCase() { prepareWindowTests(m_settings); }
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void cleanup() { qunsetenv("TILLER_LIBRARY"); }

    void theWindowKeepsAndRemoves()
    {
        qputenv("TILLER_LIBRARY", folder().toUtf8());
        {
            WindowFixture f;
            QTRY_VERIFY(f.workspace.libraryStore()->isLoaded());
            f.workspace.importVector(QStringLiteral(TILLER_TEST_DATA "/vector_files/rotalabs_set"));
            QTRY_COMPARE(f.workspace.library()->rowCount(), 1);
        }
        WindowFixture f;
        QTRY_COMPARE(f.workspace.library()->rowCount(), 1);
        QCOMPARE(f.workspace.currentVector(), 0);
        QCOMPARE(f.workspace.library()->entry(0).vector->sourceFormat, std::string("rotalabs"));
        f.workspace.removeVectors({0});
        f.workspace.libraryStore()->flush();
        QVERIFY(vectorFiles(folder()).isEmpty());
        auto* bar = f.find<MessageBar>(u"windowBar"_s);
        QVERIFY(bar->isVisible());
        emit bar->actionTriggered();
        QCOMPARE(f.workspace.library()->rowCount(), 1);
        f.workspace.libraryStore()->flush();
        QCOMPARE(vectorFiles(folder()).size(), 1);
    }

    void theCurrentVectorStaysWhenAnotherWindowAdds()
    {
        qputenv("TILLER_LIBRARY", folder().toUtf8());
        WindowFixture f;
        QTRY_VERIFY(f.workspace.libraryStore()->isLoaded());
        for (const char* name : {"one", "two", "three"})
            f.workspace.library()->add(entryOf(name, {3}));
        f.workspace.setCurrentVector(1);
        f.workspace.libraryStore()->flush();
        Kept other(folder());
        QCOMPARE(other.library.rowCount(), 3);
        other.library.add(entryOf("from elsewhere", {3}));
        other.store->flush();
        QTRY_COMPARE(f.workspace.library()->rowCount(), 4);
        QCOMPARE(f.workspace.currentVector(), 2);
        auto* list = f.find<QListView>(u"library"_s);
        QCOMPARE(list->currentIndex().data().toString(), u"two"_s);
        other.library.remove(other.library.find(u"from elsewhere"_s));
        other.store->flush();
        QTRY_COMPARE(f.workspace.library()->rowCount(), 3);
        QTRY_COMPARE(f.workspace.currentVector(), 1);
        QCOMPARE(list->currentIndex().data().toString(), u"two"_s);
        other.library.remove(other.library.find(u"two"_s));
        other.store->flush();
        QTRY_COMPARE(f.workspace.library()->rowCount(), 2);
        QVERIFY(f.workspace.currentVector() >= 0 && f.workspace.currentVector() < 2);
        QCOMPARE(f.find<QComboBox>(u"vectorCombo"_s)->currentIndex(), f.workspace.currentVector());
    }

    // Opening a model clears what was said of the one before.
    void whatIsWrongWithTheLibraryIsStillSaidOnceTheModelIsOpen()
    {
        qputenv("TILLER_LIBRARY", folder().toUtf8());
        QVERIFY(QDir().mkpath(folder()));
        overwrite(QDir(folder()).filePath(u"index.json"_s), "{");
        WindowFixture f;
        openDefaultModel(f);
        QTRY_VERIFY_WITH_TIMEOUT(f.workspace.model(), modelTimeout);
        auto* bar = f.find<MessageBar>(u"windowBar"_s);
        QTRY_VERIFY(bar->isVisible());
        QVERIFY2(bar->text().contains(u"index.json.bad-1"_s), qPrintable(bar->text()));
        bar->dismiss();
        emit f.workspace.modelChanged();
        QVERIFY(!bar->isVisible()); // once
    }

    void theSuggestedLayersOutliveTheWindow()
    {
        qputenv("TILLER_LIBRARY", folder().toUtf8());
        LayerCurve before;
        const auto suggested = [](WindowFixture& f) {
            f.workspace.addToMixer(0);
            return f.workspace.presetOf(0, CurvePreset::Diagnostics);
        };
        {
            WindowFixture f;
            openDefaultModel(f);
            QTRY_VERIFY_WITH_TIMEOUT(f.workspace.model(), modelTimeout);
            f.workspace.extract();
            QTRY_VERIFY_WITH_TIMEOUT(
                f.workspace.diagnostics() && f.workspace.diagnostics()->resampled(), modelTimeout);
            before = suggested(f);
            QVERIFY(!before.empty());
        }
        WindowFixture f;
        openDefaultModel(f);
        QTRY_VERIFY_WITH_TIMEOUT(f.workspace.model(), modelTimeout);
        QTRY_COMPARE(f.workspace.library()->rowCount(), 1);
        QCOMPARE(suggested(f), before);
    }

    void aNameIsEditedWithTheKeyboard()
    {
        WindowFixture f;
        f.workspace.library()->add(entryOf("warmth", {3}));
        f.workspace.library()->add(entryOf("formality", {3}));
        f.workspace.setCurrentVector(0);
        f.workspace.addToMixer(0);
        rename(f, u"register, formal"_s);
        QTRY_COMPARE(f.workspace.library()->entry(0).name, u"register, formal"_s);
        QCOMPARE(f.workspace.mixer()->strip(0).name, u"register, formal"_s);
        QCOMPARE(f.workspace.library()->find(u"formality"_s), 0); // a refit of it still finds it
        rename(f, u"warmth"_s);
        auto* bar = f.find<MessageBar>(u"windowBar"_s);
        QTRY_VERIFY(bar->isVisible() && bar->text().contains(u"warmth"_s));
        QCOMPARE(f.workspace.library()->entry(0).name, u"register, formal"_s);
        rename(f, u"formality"_s);
        QTRY_COMPARE(f.workspace.library()->entry(0).name, u"formality"_s);
    }

    void tagsAreShownAndFound()
    {
        WindowFixture f;
        f.workspace.library()->add(entryOf("warmth", {3}));
        f.workspace.library()->add(entryOf("formality", {3}));
        f.workspace.setCurrentVector(0);
        auto* tags = f.find<QLineEdit>(u"vectorTags"_s);
        tags->setText(u" style,  for  later, style,"_s);
        emit tags->editingFinished();
        QCOMPARE(f.workspace.library()->entry(0).tags, (QStringList{u"style"_s, u"for later"_s}));
        QVERIFY(
            f.workspace.library()->index(0).data(LibraryModel::SummaryRole).toString().contains(u"#style"_s));
        auto* filter = f.find<QLineEdit>(u"vectorFilter"_s);
        auto* list = f.find<QListView>(u"library"_s);
        for (const auto& [text, count] :
            {std::pair(u"LATER"_s, 1), std::pair(u"mean_diff"_s, 2), std::pair(u"smollm2"_s, 2),
                std::pair(u"warmth"_s, 1), std::pair(u"nothing"_s, 0), std::pair(QString(), 2)}) {
            filter->setText(text);
            QCOMPARE(list->model()->rowCount(), count);
        }
        f.workspace.setCurrentVector(1);
        QVERIFY(tags->text().isEmpty());
    }

    void copiesAndRemovals()
    {
        WindowFixture f;
        f.workspace.library()->add(entryOf("warmth", {3}));
        f.workspace.library()->add(entryOf("formality", {3}));
        f.workspace.setCurrentVector(1);
        f.find<QAction>(u"duplicateVector"_s)->trigger();
        QCOMPARE(f.workspace.library()->rowCount(), 3);
        QCOMPARE(f.workspace.library()->entry(0).name, u"warmth-2"_s);
        QCOMPARE(f.workspace.currentVector(), 0);
        auto* list = f.find<QListView>(u"library"_s);
        list->selectAll();
        QVERIFY(!f.find<QAction>(u"duplicateVector"_s)->isEnabled());
        f.find<QAction>(u"removeVectors"_s)->trigger();
        QCOMPARE(f.workspace.library()->rowCount(), 0);
        emit f.find<MessageBar>(u"windowBar"_s)->actionTriggered();
        QCOMPARE(f.workspace.library()->rowCount(), 3);
        QCOMPARE(f.workspace.library()->entry(0).name, u"warmth-2"_s);
        QCOMPARE(f.workspace.library()->entry(2).name, u"warmth"_s);
    }

    // Whatever was said of a vector by an earlier name is said of it.
    void aMixFollowsItsVectorsNames()
    {
        WindowFixture f;
        f.workspace.library()->add(entryOf("caution-2", {3}));
        f.workspace.addToMixer(0, 3, 0.5);
        f.workspace.saveMix();
        f.workspace.renameVector(0, u"caution"_s);
        QCOMPARE(f.workspace.mixExpression(), u"0.5 caution"_s);
        QCOMPARE(f.find<QAbstractButton>(u"stripEnabled"_s)->text(), u"caution"_s);
        QCOMPARE(f.workspace.savedMixes(), QStringList{u"0.5 caution"_s});
        f.workspace.mixer()->reset({});
        f.workspace.recallMix(u"0.5 caution"_s);
        QCOMPARE(f.workspace.mixExpression(), u"0.5 caution"_s);
        QVERIFY(f.workspace.setMixExpression(u"2 caution-2"_s).ok());
        QCOMPARE(f.workspace.mixExpression(), u"2.0 caution"_s);
        f.workspace.addToMixer(0);
        QCOMPARE(f.workspace.mixer()->rowCount(), 1);
        f.workspace.forgetMix(u"0.5 caution"_s);
    }

    void whatTheMixFieldRefuses()
    {
        WindowFixture f;
        f.workspace.library()->add(entryOf("caution", {3}));
        f.workspace.addToMixer(0, 3, 0.5);
        for (const char* text : {"1e9 caution", "600 caution + 600 caution", "-1001 caution"}) {
            const Attempt applied = f.workspace.setMixExpression(QLatin1String(text));
            QVERIFY2(applied.failure.cause.contains(u"beyond"_s), text);
        }
        const Attempt applied = f.workspace.setMixExpression(u"0.5 unit(caution) + caution"_s);
        QVERIFY2(
            applied.failure.cause.contains(u"'unit' is a function"_s), qPrintable(applied.failure.cause));
        QVERIFY(applied.failure.remedy.contains(u"tiller-cli vector mix"_s));
        QCOMPARE(f.workspace.mixExpression(), u"0.5 caution"_s);
        QVERIFY(f.workspace.setMixExpression(u"-1000 caution"_s).ok());
    }

    void aBakedMixIsNamedWithoutQuotes()
    {
        WindowFixture f;
        f.workspace.library()->add(entryOf("caution-2", {3}));
        f.workspace.addToMixer(0, 3, 0.5);
        f.workspace.bakeMix();
        f.workspace.bakeMix();
        const LibraryEntry& baked = f.workspace.library()->entry(0);
        QCOMPARE(baked.name, u"mix-caution-2-2"_s);
        QCOMPARE(baked.vector->expression, std::string("0.5 caution-2"));
        QVERIFY(f.workspace.setMixExpression(u"1.0 mix-caution-2"_s).ok());
        QCOMPARE(f.workspace.mixExpression(), u"1.0 mix-caution-2"_s);
    }

    void aSaveDialogStartsWithTheSuggestedFormat()
    {
        QVERIFY(vectorSaveFilter(u"/tmp/a.b.safetensors"_s).startsWith(u"safetensors ("_s));
        QVERIFY(vectorSaveFilter(u"/tmp/a.pt"_s).startsWith(u"PyTorch"_s));
        QCOMPARE(vectorSaveFilter(u"/tmp/a.svec"_s).count(u";;"_s), 2);
    }

    void twoAreCompared()
    {
        WindowFixture f;
        f.workspace.library()->add(entryOf("warmth", {2, 3, 5}));
        f.workspace.library()->add(entryOf("formality", {3, 5, 9}));
        f.workspace.setCurrentVector(0);
        auto* compare = f.find<QAction>(u"compareVectors"_s);
        QVERIFY(!compare->isEnabled());
        f.find<QListView>(u"library"_s)->selectAll();
        QVERIFY(compare->isEnabled());
        compare->trigger();
        auto* dialog = f.find<LibraryComparison>(u"comparison"_s);
        QVERIFY(dialog && dialog->isVisible());
        const std::vector<double> values = dialog->plot()->series().front().values;
        QCOMPARE(values.size(), size_t(3)); // layers 3, 4 and 5
        QVERIFY(std::abs(values[0] - 1) < 1e-6);
        QVERIFY(std::isnan(values[1]));
        const auto* summary = f.find<QLabel>(u"comparisonSummary"_s);
        QVERIFY2(summary->text().contains(u"over 2 layers"_s), qPrintable(summary->text()));
        dialog->close();
    }

    void oneDirectionIsComparedWithEveryLayer()
    {
        QVERIFY(haveCommonLayers(*vectorOf("one", {7}), *vectorOf("set", {1, 2})));
        QVERIFY(!haveCommonLayers(*vectorOf("set", {3, 4}), *vectorOf("set", {1, 2})));
        LibraryComparison comparison(entryOf("one", {7}), entryOf("set", {1, 2}));
        QCOMPARE(comparison.plot()->series().front().values.size(), size_t(2));
    }

    void nothingBesideTheNamedFileIsReplacedUnasked()
    {
        WindowFixture f;
        f.workspace.library()->add(entryOf("formality", {3}));
        f.workspace.setCurrentVector(0);
        const QString target = m_folder->filePath(u"formality.pt"_s);
        const QString beside = m_folder->filePath(u"formality.json"_s);
        const QByteArray earlier = "{\"layer_index\": 9}";
        overwrite(beside, earlier);
        const auto kept = [&] {
            QFile file(beside);
            return file.open(QIODevice::ReadOnly) && file.readAll() == earlier;
        };
        Dialogs::setNextFileName(target);
        Dialogs::setNextAnswer(Dialogs::Answer::Cancel);
        f.find<QPushButton>(u"exportVector"_s)->click();
        QTest::qWait(200);
        QVERIFY(kept() && !QFile::exists(target));
        Dialogs::setNextFileName(target);
        Dialogs::setNextAnswer(Dialogs::Answer::Accept);
        f.find<QPushButton>(u"exportVector"_s)->click();
        QTRY_VERIFY(!kept());
    }
};

QTEST_MAIN(Library)
#include "tst_library.moc"
