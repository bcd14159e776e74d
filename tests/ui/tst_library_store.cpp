// What is kept of the library from one start to the next, and between windows.
#include "core/steer/vector_files.h"
#include "tests/ui/library_fixture.h"
#include "ui/state/curve_presets.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>

using namespace tiller;
using namespace Qt::StringLiterals;
namespace fs = std::filesystem;

namespace {

std::shared_ptr<const Diagnostics> diagnosed(std::initializer_list<int> layers)
{
    auto d = std::make_shared<Diagnostics>();
    for (const int layer : layers) {
        LayerDiagnostics& one = d->layers.emplace_back();
        one.layer = layer;
        one.separation = 0.95 + layer / 100.0;
        one.resampled.emplace();
        one.resampled->auc = 0.92 + layer / 100.0;
        one.resampled->splitHalf = layer * 0.15;
    }
    d->recommendation = {4, "It is the best.", {4, 5}};
    d->modelLayers = 30;
    d->itemNumbers = {3, 8};
    return d;
}

}

class Store : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_folder;

    QString folder() const { return m_folder->filePath(u"library"_s); }

    QByteArray contents(const QString& name) const
    {
        QFile file(QDir(folder()).filePath(name));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("(none)");
    }

private slots:
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
        for (const int number : {1, 2}) { // the second does not take the place of the first
            overwrite(dir.filePath(u"index.json"_s), index + QByteArray(number, ' '));
            Kept kept(folder());
            QCOMPARE(kept.library.rowCount(), 1);
            QCOMPARE(kept.library.entry(0).name, u"formality"_s);
            QCOMPARE(kept.skipped.count(), 1);
            QVERIFY(kept.skipped[0][0].toStringList().isEmpty());
            const auto said = kept.skipped[0][1].value<Failure>();
            QVERIFY2(said.cause.contains(u"index.json"_s), qPrintable(said.cause));
            QVERIFY2(said.remedy.contains(u"index.json.bad-%1"_s.arg(number)), qPrintable(said.remedy));
            kept.library.setTags(0, {u"new"_s});
            kept.store->flush();
            QCOMPARE(contents(u"index.json.bad-%1"_s.arg(number)), index + QByteArray(number, ' '));
        }
        Kept kept(folder());
        QCOMPARE(kept.skipped.count(), 0);
        QCOMPARE(kept.library.entry(0).tags, QStringList{u"new"_s});
    }

    void aDamagedIndexBesideADamagedFileAreBothSaid()
    {
        {
            Kept kept(folder());
            kept.library.add(entryOf("formality", {3}));
        }
        const QDir dir(folder());
        overwrite(dir.filePath(vectorFiles(folder()).front()), "no tensors");
        overwrite(dir.filePath(u"index.json"_s), "{");
        Kept kept(folder());
        QCOMPARE(kept.skipped.count(), 1); // a second message would take the place of the first
        QCOMPARE(kept.skipped[0][0].toStringList().size(), 1);
        const QString cause = kept.skipped[0][1].value<Failure>().cause;
        QVERIFY2(cause.contains(u"formality"_s) && cause.contains(u"index.json.bad-1"_s), qPrintable(cause));
    }

    void anIndexThatIsDamagedMeanwhileIsKept()
    {
        Kept kept(folder());
        kept.library.add(entryOf("formality", {3}));
        kept.library.setTags(0, {u"style"_s});
        kept.store->flush();
        overwrite(QDir(folder()).filePath(u"index.json"_s), "{");
        kept.library.add(entryOf("warmth", {3}));
        kept.store->flush();
        QCOMPARE(contents(u"index.json.bad-1"_s), QByteArray("{"));
        QTRY_COMPARE(kept.skipped.count(), 1);
        Kept again(folder());
        QCOMPARE(again.library.rowCount(), 2);
        QCOMPARE(again.library.entry(again.library.find(u"formality"_s)).tags, QStringList{u"style"_s});
    }

    void theIndexOfANewerTillerIsLeftAlone()
    {
        {
            Kept kept(folder());
            kept.library.add(entryOf("formality", {3}));
        }
        const QByteArray index = "{\"version\": 99, \"vectors\": {}}";
        overwrite(QDir(folder()).filePath(u"index.json"_s), index);
        {
            Kept kept(folder());
            QCOMPARE(kept.library.rowCount(), 1);
            QCOMPARE(kept.skipped.count(), 1);
            QVERIFY(kept.skipped[0][1].value<Failure>().cause.contains(u"newer"_s));
            kept.library.setTags(0, {u"new"_s});
            kept.store->flush();
            kept.library.add(entryOf("warmth", {3}));
            kept.store->flush();
            QTest::qWait(300);
            QCOMPARE(kept.skipped.count(), 1); // once
            QCOMPARE(kept.failed.count(), 0);
        }
        QCOMPARE(contents(u"index.json"_s), index);
        QCOMPARE(Kept(folder()).library.rowCount(), 2);
    }

    void anIndexThatCannotBeOpenedIsNotReplaced()
    {
        QVERIFY(QDir().mkpath(folder() + u"/index.json"_s)); // cannot be opened, whoever asks
        Kept kept(folder());
        QCOMPARE(kept.skipped.count(), 1);
        kept.library.add(entryOf("formality", {3}));
        QTRY_COMPARE(kept.failed.count(), 1);
        QVERIFY(QFileInfo(folder() + u"/index.json"_s).isDir());
        QCOMPARE(vectorFiles(folder()).size(), 1);
    }

    void twoWindowsLoseNothingOfEachOther()
    {
        Kept one(folder());
        Kept two(folder());
        one.library.add(entryOf("formality", {3}));
        one.library.setTags(0, {u"style"_s});
        one.store->flush();
        two.library.add(entryOf("warmth", {4}));
        two.store->flush();
        QTRY_COMPARE(two.library.rowCount(), 2); // at latest when it has saved
        QCOMPARE(two.library.entry(two.library.find(u"formality"_s)).tags, QStringList{u"style"_s});
        QTRY_COMPARE(one.library.rowCount(), 2); // without having saved
        QCOMPARE(one.library.entry(0).name, u"warmth"_s); // the newest first
        Kept three(folder());
        QCOMPARE(three.library.rowCount(), 2);
        QCOMPARE(three.library.entry(three.library.find(u"formality"_s)).tags, QStringList{u"style"_s});
    }

    void windowsThatWriteAtOnceLoseNothing()
    {
        constexpr int windows = 4;
        constexpr int each = 12;
        {
            std::vector<std::unique_ptr<Kept>> kept;
            for (int window = 0; window < windows; ++window)
                kept.push_back(std::make_unique<Kept>(folder()));
            for (int i = 0; i < each; ++i)
                for (int window = 0; window < windows; ++window) {
                    kept[size_t(window)]->library.add(
                        entryOf("w" + std::to_string(window) + "-" + std::to_string(i), {3}));
                    emit kept[size_t(window)]->library.dataChanged({}, {});
                    QTest::qWait(1);
                    if (i % 3 == 0)
                        kept[size_t(window)]->store->flush();
                }
            for (const auto& window : kept)
                QTRY_COMPARE(window->library.rowCount(), windows * each);
        }
        QCOMPARE(Kept(folder()).library.rowCount(), windows * each);
    }

    void whatAnotherWindowChangesIsTaken()
    {
        Kept one(folder());
        one.library.add(entryOf("formality", {3}));
        one.library.add(entryOf("warmth", {4}));
        one.library.add(entryOf("brevity", {4}));
        one.store->flush();
        Kept two(folder());
        QCOMPARE(two.library.rowCount(), 3);
        QVERIFY(two.library.rename(two.library.find(u"warmth"_s), u"kindness"_s));
        two.library.remove(two.library.find(u"formality"_s));
        two.store->flush();
        QTRY_COMPARE(one.library.rowCount(), 2);
        const int row = one.library.find(u"kindness"_s);
        QVERIFY(row >= 0);
        QCOMPARE(one.library.find(u"warmth"_s), row); // whoever knew it by its old name still finds it
        one.library.setTags(row, {u"here"_s});
        one.store->flush();
        QTRY_COMPARE(two.library.entry(two.library.find(u"kindness"_s)).tags, QStringList{u"here"_s});
        QCOMPARE(vectorFiles(folder()).size(), 2);
    }

    void oneNameInTwoWindowsSettles()
    {
        Kept one(folder());
        Kept two(folder());
        one.library.add(entryOf("formality", {3}));
        two.library.add(entryOf("formality", {5}));
        one.store->flush();
        two.store->flush();
        QTRY_COMPARE(one.library.rowCount(), 2);
        QTRY_COMPARE(two.library.rowCount(), 2);
        QTest::qWait(700);
        const QByteArray settled = contents(u"index.json"_s);
        QTest::qWait(700);
        QCOMPARE(contents(u"index.json"_s), settled);
        const auto named = [](const Kept& kept) { // each has given it to its own
            return kept.library.entry(kept.library.find(u"formality"_s)).suggestedLayer;
        };
        QCOMPARE(named(one), 3);
        QCOMPARE(named(two), 5);
    }

    void ownWritingIsNoNews()
    {
        Kept kept(folder());
        QSignalSpy shared(kept.store.get(), &LibraryStore::shared);
        LibraryEntry entry = entryOf("formality", {3, 4});
        entry.figures = LibraryFigures{3, 1.0, 0.5};
        kept.library.add(entry);
        kept.store->flush();
        const auto vector = kept.library.entry(0).vector;
        kept.library.setTags(0, {u"style"_s});
        QTest::qWait(900);
        QCOMPARE(shared.count(), 0);
        QCOMPARE(kept.library.entry(0).vector, vector);
    }

    void aLockThatWasLeftBehindIsBroken()
    {
        QVERIFY(QDir().mkpath(folder()));
        const QString path = QDir(folder()).filePath(u"index.lock"_s);
        overwrite(path, "what no lock file says");
        QFile lock(path);
        QVERIFY(lock.open(QIODevice::ReadWrite));
        QVERIFY(lock.setFileTime(QDateTime::currentDateTime().addSecs(-3600), QFile::FileModificationTime));
        lock.close();
        Kept kept(folder());
        kept.library.add(entryOf("formality", {3}));
        kept.store->flush();
        QVERIFY(contents(u"index.json"_s).contains("formality"));
        QVERIFY(!QFile::exists(path));
    }

    void diagnosticsSurviveARestart()
    {
        {
            Kept kept(folder());
            LibraryEntry entry = entryOf("formality", {3, 4, 5});
            entry.diagnostics = diagnosed({3, 4, 5});
            entry.figures = LibraryFigures{4, 0.96, 0.8};
            kept.library.add(entry);
        }
        Kept kept(folder());
        const LibraryEntry& entry = kept.library.entry(0);
        QVERIFY(entry.diagnostics);
        const Diagnostics& d = *entry.diagnostics;
        QCOMPARE(d.recommendation.layer, 4);
        QCOMPARE(d.recommendation.reason, std::string("It is the best."));
        QCOMPARE(d.recommendation.candidates, (std::vector<int>{4, 5}));
        QCOMPARE(d.modelLayers, 30);
        QCOMPARE(d.itemNumbers.size(), size_t(2));
        QVERIFY(d.resampled());
        QCOMPARE(d.layers.size(), size_t(3));
        QCOMPARE(d.layers[1].layer, 4);
        QCOMPARE(d.layers[1].resampled->auc, 0.96);
        QCOMPARE(d.layers[2].resampled->splitHalf, 0.75);
        QCOMPARE(d.layers[1].separation, 0.99);
        const LayerVector& direction = entry.vector->layers.at(4);
        QCOMPARE(d.layers[1].norm, direction.norm()); // what the vector's file says
        QCOMPARE(d.layers[1].push, *direction.pushPerUnit());
        QCOMPARE(d.layers[1].gap, (5.25 + 0.1) / 40.7);
        Strip strip;
        strip.vector = entry.vector;
        QCOMPARE(presetCurve(CurvePreset::Diagnostics, strip, entry.diagnostics.get(), 30),
            (LayerCurve{{4, 0.5}, {5, 0.5}}));
        const QString tip = kept.library.index(0).data(Qt::ToolTipRole).toString();
        QVERIFY2(tip.contains(u"0.96"_s) && tip.contains(u"0.80"_s), qPrintable(tip));
    }

    void diagnosticsInAnotherFormAreLeftOut_data()
    {
        QTest::addColumn<QString>("key");
        QTest::addColumn<QJsonValue>("value");
        QTest::newRow("newer") << u"version"_s << QJsonValue(2);
        QTest::newRow("no numbers") << u"layers"_s << QJsonValue(u"all"_s);
        QTest::newRow("another length") << u"separation"_s << QJsonValue(QJsonArray{0.5});
        QTest::newRow("a layer too many") << u"layers"_s << QJsonValue(QJsonArray{3, 4, 29});
        QTest::newRow("a foreign candidate") << u"candidates"_s << QJsonValue(QJsonArray{400000});
        QTest::newRow("a foreign suggestion") << u"recommended"_s << QJsonValue(17);
        QTest::newRow("no words") << u"texts"_s << QJsonValue(-5); // read, with none
    }

    void diagnosticsInAnotherFormAreLeftOut()
    {
        QFETCH(QString, key);
        QFETCH(QJsonValue, value);
        {
            Kept kept(folder());
            LibraryEntry entry = entryOf("formality", {3, 4, 5});
            entry.diagnostics = diagnosed({3, 4, 5});
            entry.tags = QStringList{u"style"_s};
            kept.library.add(entry);
        }
        QJsonObject root = QJsonDocument::fromJson(contents(u"index.json"_s)).object();
        QJsonObject record = root[u"vectors"_s].toArray()[0].toObject();
        QJsonObject diagnostics = record[u"diagnostics"_s].toObject();
        QVERIFY(diagnostics.contains(key));
        diagnostics[key] = value;
        record[u"diagnostics"_s] = diagnostics;
        root[u"vectors"_s] = QJsonArray{record};
        overwrite(QDir(folder()).filePath(u"index.json"_s), QJsonDocument(root).toJson());
        Kept kept(folder());
        QCOMPARE(kept.skipped.count(), 0);
        QCOMPARE(kept.library.entry(0).tags, QStringList{u"style"_s});
        QCOMPARE(kept.library.entry(0).diagnostics == nullptr, key != u"texts"_s);
        kept.library.setTags(0, {});
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
};

QTEST_GUILESS_MAIN(Store)
#include "tst_library_store.moc"
