// The library of vectors: what is kept from one start to the next, and what can be done with it.
#include "core/steer/vector_files.h"
#include "tests/ui/window_fixture.h"
#include "ui/panes/import_card.h"
#include "ui/panes/library_comparison.h"
#include "ui/state/library_store.h"
#include "ui/widgets/dialogs.h"
#include "ui/widgets/message_bar.h"

#include <QAbstractItemModelTester>
#include <QAction>
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QPushButton>
#include <QSignalSpy>

#include <cmath>

using namespace tiller;
using namespace Qt::StringLiterals;
namespace fs = std::filesystem;

namespace {

const QString vectors = QStringLiteral(TILLER_TEST_DATA "/vector_files/");

std::shared_ptr<const SteeringVector> vectorOf(const std::string& name, std::initializer_list<int> layers)
{
    auto vector = std::make_shared<SteeringVector>();
    vector->name = name;
    vector->modelName = "SmolLM2-135M-Instruct";
    vector->modelFingerprint = "0123456789abcdef";
    vector->method = "mean_difference";
    vector->readPosition = "completion";
    vector->normalisation = "none";
    vector->positiveLabel = "formal";
    vector->negativeLabel = "casual";
    vector->pairs = 28;
    vector->createdAt = "2026-11-28T10:00:00";
    for (const int layer : layers) {
        LayerVector& direction = vector->layers[layer];
        direction.values = {0.1f, -2.5f, 1.0f / 3, float(layer)};
        direction.positiveProjection = 1.25 + layer;
        direction.negativeProjection = -0.1;
        direction.meanResidualNorm = 40.7;
    }
    return vector;
}

LibraryEntry entryOf(const std::string& name, std::initializer_list<int> layers)
{
    LibraryEntry entry;
    entry.name = QString::fromStdString(name);
    entry.vector = vectorOf(name, layers);
    entry.suggestedLayer = *layers.begin();
    return entry;
}

/// A library and what keeps it, as after a start.
struct Kept {
    LibraryModel library;
    std::unique_ptr<LibraryStore> store;
    QSignalSpy skipped;
    QSignalSpy failed;

    explicit Kept(const QString& folder)
        : store(std::make_unique<LibraryStore>(&library, folder.toStdString()))
        , skipped(store.get(), &LibraryStore::skipped)
        , failed(store.get(), &LibraryStore::failed)
    {
        if (!QTest::qWaitFor([this] { return store->isLoaded(); }))
            qFatal("the library does not load");
    }
};

QStringList vectorFiles(const QString& folder)
{
    return QDir(folder).entryList({u"*.safetensors"_s}, QDir::Files);
}

void overwrite(const QString& path, const QByteArray& bytes)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(bytes);
}

}

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

    void othersHaveNoLibraryOfTheUsers()
    {
        QVERIFY(libraryFolder().empty());
        qputenv("TILLER_LIBRARY", "/somewhere/else");
        QCOMPARE(libraryFolder(), fs::path("/somewhere/else"));
    }

    void everythingSurvivesARestart()
    {
        const auto many = vectorOf("formality", {3, 4, 5});
        {
            Kept kept(folder());
            QCOMPARE(kept.library.rowCount(), 0);
            LibraryEntry old = entryOf("formality", {3, 4, 5});
            old.vector = many;
            old.suggestedLayer = 4;
            old.allowOther = true;
            old.tags = QStringList{u"style"_s, u"für später"_s};
            old.figures = LibraryFigures{4, 0.97, 0.83};
            old.added = QDateTime(QDate(2026, 3, 4), QTime(5, 6, 7, 89));
            kept.library.add(old);
            auto bare = std::make_shared<SteeringVector>(*vectorOf("bare", {0}));
            bare->layerUnknown = true;
            bare->sourceFormat = "pt";
            LibraryEntry foreign = entryOf("bare", {0});
            foreign.vector = bare;
            kept.library.add(foreign);
        }
        QCOMPARE(vectorFiles(folder()).size(), 2);
        Kept kept(folder());
        QCOMPARE(kept.library.rowCount(), 2);
        QCOMPARE(kept.library.entry(0).name, u"bare"_s);
        QVERIFY(kept.library.entry(0).vector->layerUnknown);
        QCOMPARE(kept.library.entry(0).vector->sourceFormat, std::string("pt"));
        const LibraryEntry& old = kept.library.entry(1);
        QCOMPARE(old.suggestedLayer, 4);
        QVERIFY(old.allowOther);
        QCOMPARE(old.tags, (QStringList{u"style"_s, u"für später"_s}));
        QCOMPARE(old.figures->auc, 0.97);
        QCOMPARE(old.figures->splitHalf, 0.83);
        QCOMPARE(old.added, QDateTime(QDate(2026, 3, 4), QTime(5, 6, 7, 89)));
        const SteeringVector& vector = *old.vector;
        QCOMPARE(vector.modelFingerprint, many->modelFingerprint);
        QCOMPARE(vector.readPosition, many->readPosition);
        QCOMPARE(vector.positiveLabel, many->positiveLabel);
        QCOMPARE(vector.createdAt, many->createdAt);
        QCOMPARE(vector.pairs, 28);
        QCOMPARE(vector.sourceFormat, std::string());
        QCOMPARE(vector.layers.size(), size_t(3));
        for (const auto& [layer, direction] : many->layers) {
            QCOMPARE(vector.layers.at(layer).values, direction.values);
            QCOMPARE(*vector.layers.at(layer).positiveProjection, *direction.positiveProjection);
            QCOMPARE(*vector.layers.at(layer).meanResidualNorm, *direction.meanResidualNorm);
        }
        QCOMPARE(kept.skipped.count(), 0);
    }

    void aRefitReplacesTheFile()
    {
        {
            Kept kept(folder());
            kept.library.add(entryOf("formality", {3, 4}));
            kept.store->flush();
            const QStringList before = vectorFiles(folder());
            auto diagnostics = std::make_shared<Diagnostics>();
            diagnostics->recommendation.layer = 7;
            kept.library.refit(0, vectorOf("formality", {6, 7}), diagnostics);
            kept.store->flush();
            QCOMPARE(vectorFiles(folder()), before);
        }
        Kept kept(folder());
        QCOMPARE(kept.library.rowCount(), 1);
        QVERIFY(kept.library.entry(0).vector->layers.contains(7));
        QCOMPARE(kept.library.entry(0).suggestedLayer, 7);
    }

    void renamedAndRemovedStayThatWay()
    {
        {
            Kept kept(folder());
            kept.library.add(entryOf("formality", {3}));
            kept.library.add(entryOf("warmth", {4}));
            kept.store->flush();
            QCOMPARE(vectorFiles(folder()).size(), 2);
            QVERIFY(kept.library.rename(1, u"register"_s));
            kept.library.remove(0);
        }
        QCOMPARE(vectorFiles(folder()).size(), 1);
        Kept kept(folder());
        QCOMPARE(kept.library.rowCount(), 1);
        QCOMPARE(kept.library.entry(0).name, u"register"_s);
    }

    void damagedAndMissingFilesAreSkippedAndSaid()
    {
        {
            Kept kept(folder());
            for (const char* name : {"one", "two", "three"})
                kept.library.add(entryOf(name, {3}));
        }
        const QDir dir(folder());
        const QStringList files = vectorFiles(folder()); // by name: one, three, two
        overwrite(dir.filePath(files[0]), "no tensors");
        QVERIFY(QFile::remove(dir.filePath(files[1])));
        {
            Kept kept(folder());
            QCOMPARE(kept.library.rowCount(), 1);
            QCOMPARE(kept.library.entry(0).name, u"two"_s);
            QCOMPARE(kept.skipped.count(), 1);
            QCOMPARE(kept.skipped[0][0].toStringList().size(), 2);
            kept.library.setTags(0, {u"kept"_s}); // what was skipped stays named
        }
        {
            Kept kept(folder());
            QCOMPARE(kept.skipped.count(), 1);
            kept.store->forgetSkipped();
        }
        QVERIFY(QFile::exists(dir.filePath(files[0] + u".damaged"_s)));
        Kept kept(folder());
        QCOMPARE(kept.skipped.count(), 0);
        QCOMPARE(kept.library.rowCount(), 1);
        QCOMPARE(kept.library.entry(0).tags, QStringList{u"kept"_s});
    }

    void aDamagedIndexLosesNoVector_data()
    {
        QTest::addColumn<QByteArray>("index");
        QTest::newRow("cut short") << QByteArray("{\"version\": 1, \"vectors\": [{\"file");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("newer") << QByteArray("{\"version\": 99, \"vectors\": []}");
        QTest::newRow("another form") << QByteArray("{\"version\": 1, \"vectors\": {}}");
    }

    void aDamagedIndexLosesNoVector()
    {
        QFETCH(QByteArray, index);
        {
            Kept kept(folder());
            kept.library.add(entryOf("formality", {3}));
        }
        const QDir dir(folder());
        overwrite(dir.filePath(u"index.json"_s), index);
        Kept kept(folder());
        QCOMPARE(kept.library.rowCount(), 1);
        QCOMPARE(kept.library.entry(0).name, u"formality"_s);
        QCOMPARE(kept.skipped.count(), 1);
        QVERIFY(kept.skipped[0][0].toStringList().isEmpty());
        QFile aside(dir.filePath(u"index-set-aside.json"_s));
        QVERIFY(aside.open(QIODevice::ReadOnly));
        QCOMPARE(aside.readAll(), index);
    }

    void anIndexNamesNoFileElsewhere()
    {
        writeVector((m_folder->path() + u"/elsewhere.safetensors"_s).toStdString(), *vectorOf("x", {1}));
        QVERIFY(QDir().mkpath(folder()));
        overwrite(QDir(folder()).filePath(u"index.json"_s),
            "{\"version\": 1, \"vectors\": [{\"file\": \"../elsewhere.safetensors\"}, 7, {}]}");
        Kept kept(folder());
        QCOMPARE(kept.library.rowCount(), 0);
    }

    void whatCannotBeWrittenIsSaidOnce()
    {
        overwrite(folder(), "a file where the folder would be");
        Kept kept(folder());
        kept.library.add(entryOf("formality", {3}));
        QTRY_COMPARE(kept.failed.count(), 1);
        kept.library.setTags(0, {u"tag"_s});
        QTest::qWait(500);
        QVERIFY(kept.failed.count() <= 2);
        QCOMPARE(kept.library.rowCount(), 1);
    }

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

    void aFileIsDescribedBeforeItIsTaken()
    {
        WindowFixture f;
        auto* card = f.find<ImportCard>(u"importCard"_s);
        QVERIFY(!card->isVisible());
        f.workspace.openAllDropped({vectors + u"repeng.gguf"_s});
        QTRY_VERIFY(card->isVisible());
        QCOMPARE(f.workspace.library()->rowCount(), 0);
        QVERIFY(f.find<QLabel>(u"importTitle"_s)->text().contains(u"repeng.gguf"_s));
        const auto says = [&](const QString& text) {
            for (const QWidget* widget : card->findChildren<QWidget*>())
                if (widget->accessibleName().contains(text))
                    return true;
            return false;
        };
        QVERIFY(says(u"GGUF control vector"_s));
        QVERIFY(says(u"block output, 0-based"_s));
        QVERIFY(says(u"F32"_s));
        auto* shift = f.find<QPushButton>(u"importShift"_s);
        QVERIFY(shift->isVisible());
        QVERIFY(f.find<QLabel>(u"importDoubt"_s)->text().contains(u"llama.cpp"_s));
        const auto original = readVector((vectors + u"repeng.gguf"_s).toStdString());
        shift->click();
        QTest::mouseClick(f.find<QPushButton>(u"importAdd"_s), Qt::LeftButton);
        QVERIFY(!card->isVisible());
        QCOMPARE(f.workspace.library()->rowCount(), 1);
        const auto& layers = f.workspace.library()->entry(0).vector->layers;
        for (const auto& [layer, direction] : original.layers)
            QCOMPARE(layers.at(layer - 1).values, direction.values);
    }

    void offersWaitAndCanBeLeft()
    {
        WindowFixture f;
        auto* card = f.find<ImportCard>(u"importCard"_s);
        f.workspace.offerVector(vectors + u"profile.safetensors"_s);
        QTRY_VERIFY(card->isVisible());
        QVERIFY(!f.find<QPushButton>(u"importShift"_s)->isVisible());
        f.workspace.offerVector(vectors + u"row_1x16.pt"_s);
        QTRY_VERIFY(f.find<QLabel>(u"importTitle"_s)->text().contains(u"1 more"_s));
        QTest::keyClick(f.find<QPushButton>(u"importAdd"_s), Qt::Key_Escape);
        QVERIFY(card->isVisible());
        QVERIFY(f.find<QLabel>(u"importTitle"_s)->text().contains(u"row_1x16"_s));
        QTest::mouseClick(f.find<QPushButton>(u"importCancel"_s), Qt::LeftButton);
        QVERIFY(!card->isVisible());
        QCOMPARE(f.workspace.library()->rowCount(), 0);
    }

    void aFolderOfVectorsIsImported()
    {
        WindowFixture f;
        QVERIFY(QDir().mkpath(folder()));
        for (const char* name : {"one", "two", "three"})
            writeVector((folder() + u"/%1.safetensors"_s.arg(QLatin1String(name))).toStdString(),
                *vectorOf(name, {3}));
        f.workspace.openAllDropped({folder()});
        QTRY_COMPARE(f.workspace.library()->rowCount(), 3);
        QVERIFY(!f.find<ImportCard>(u"importCard"_s)->isVisible());
    }

    void theCardTakesTheRoomOfTheConvention()
    {
        WindowFixture f;
        f.workspace.library()->add(entryOf("formality", {3}));
        f.workspace.setCurrentVector(0);
        auto* toMixer = f.find<QPushButton>(u"toMixer"_s);
        QVERIFY(toMixer->isVisible());
        f.workspace.offerVector(vectors + u"repeng.gguf"_s);
        QTRY_VERIFY(!toMixer->isVisible()); // the card needs the room
        QTest::mouseClick(f.find<QPushButton>(u"importCancel"_s), Qt::LeftButton);
        QVERIFY(toMixer->isVisible());
    }
};

QTEST_MAIN(Library)
#include "tst_library.moc"
