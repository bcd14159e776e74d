#include "ui/state/library_store.h"

#include "core/base/error.h"
#include "core/base/paths.h"
#include "core/steer/vector_files.h"
#include "ui/state/library_index.h"

#include <QCoreApplication>
#include <QLockFile>
#include <QRandomGenerator>

#include <algorithm>

namespace tiller {

using namespace Qt::StringLiterals;
namespace fs = std::filesystem;

namespace {

constexpr int s_staleAfterMs = 10000; ///< nothing that is done under the lock takes a tenth of it
constexpr int s_waitMs = 15000; ///< longer, so that a lock that was left behind is broken

std::unique_ptr<QLockFile> lockIndex(const fs::path& folder)
{
    auto lock = std::make_unique<QLockFile>(QString::fromStdString((folder / "index.lock").string()));
    lock->setStaleLockTime(s_staleAfterMs);
    if (!lock->tryLock(s_waitMs))
        throw Error(folder.string()
            + (lock->error() == QLockFile::LockFailedError ? ": another window is writing there"
                                                           : ": may not be written to"));
    return lock;
}

Failure newerIndex(const fs::path& folder)
{
    return {QObject::tr("%1 was written by a newer Tiller.")
                .arg(QString::fromStdString(indexPath(folder).string())),
        QObject::tr("It is left as it is: the vectors are there, and new ones are kept, but not their names "
                    "and tags. The newer Tiller shows them.")};
}

Failure damagedIndex(const fs::path& folder, const fs::path& aside)
{
    return {QObject::tr("%1 is damaged.").arg(QString::fromStdString(indexPath(folder).string())),
        QObject::tr("It is kept as %1. The vectors beside it are there; names and tags that only it knew are "
                    "not.")
            .arg(QString::fromStdString(aside.filename().string()))};
}

}

fs::path libraryFolder()
{
    const QString named = qEnvironmentVariable("TILLER_LIBRARY");
    if (!named.isEmpty())
        return named.toStdString();
    return QCoreApplication::applicationName() == u"tiller"_s ? userDataFolder() / "library" : fs::path();
}

/// What this window has changed.
struct LibraryStore::Changes {
    struct Put {
        QJsonObject record;
        std::shared_ptr<const SteeringVector> vector;
        bool write = false; ///< the vector is another than in the file
        bool ifUnnamed = false; ///< the record says nothing that the file does not
    };

    QHash<QString, Put> put; ///< by file
    QStringList removed;
    QStringList forgotten;

    bool isEmpty() const { return put.isEmpty() && removed.isEmpty() && forgotten.isEmpty(); }
};

/// What the folder says that this window has not known.
struct LibraryStore::News {
    std::vector<LibraryEntry> entries; ///< newest first
    QStringList gone;
    QStringList unnamed; ///< files among the entries' that the index does not name
    QStringList skipped;
    Failure firstSkipped;
    Failure ofIndex;
};

struct LibraryStore::Disk {
    fs::path folder;
    LibraryRecords known; ///< as the index was when last seen

    News load();
    News merge(const Changes& changes);
    News look();

private:
    void read(News& news, const QStringList& files, const LibraryRecords& records);
    News newsOf(const LibraryRecords& records, const Changes& changes);
};

LibraryStore::News LibraryStore::Disk::load()
{
    News news;
    if (!fs::is_directory(folder))
        return news;
    std::unique_ptr<QLockFile> lock;
    attempt([&] { lock = lockIndex(folder); }); // what cannot be locked can still be read
    const Attempt index = attempt([&] {
        LibraryIndex found = readIndex(folder);
        if (found.state == LibraryIndex::State::Newer)
            news.ofIndex = newerIndex(folder);
        if (found.state == LibraryIndex::State::Damaged)
            news.ofIndex = damagedIndex(folder, setIndexAside(folder));
        known = std::move(found.records);
    });
    if (!index.ok())
        news.ofIndex = index.failure;
    QStringList files = vectorFilesIn(folder);
    lock.reset();
    for (const QString& file : std::as_const(files))
        if (!known.contains(file))
            news.unnamed << file;
    for (auto record = known.cbegin(); record != known.cend(); ++record)
        if (!files.contains(record.key()))
            files << record.key();
    read(news, files, known);
    return news;
}

void LibraryStore::Disk::read(News& news, const QStringList& files, const LibraryRecords& records)
{
    for (const QString& file : files) {
        const Attempt one
            = attempt([&] { news.entries.push_back(readEntry(folder, file, records.value(file))); });
        if (one.ok())
            continue;
        if (news.skipped.isEmpty())
            news.firstSkipped = one.failure;
        news.skipped << file;
    }
    std::ranges::stable_sort(news.entries, std::ranges::greater(), &LibraryEntry::added);
}

LibraryStore::News LibraryStore::Disk::newsOf(const LibraryRecords& records, const Changes& changes)
{
    News news;
    QStringList changed;
    for (auto record = records.cbegin(); record != records.cend(); ++record) {
        const auto put = changes.put.constFind(record.key());
        const bool own = put != changes.put.cend() && put->record == record.value();
        if (!own && known.value(record.key()) != record.value())
            changed << record.key();
    }
    for (auto record = known.cbegin(); record != known.cend(); ++record)
        if (!records.contains(record.key()) && !changes.removed.contains(record.key()))
            news.gone << record.key();
    known = records;
    read(news, changed, records);
    for (const QString& file : std::as_const(news.skipped))
        known.remove(file); // perhaps it is just being written
    return news;
}

LibraryStore::News LibraryStore::Disk::look()
{
    const LibraryIndex index = readIndex(folder);
    return index.state == LibraryIndex::State::Good ? newsOf(index.records, {}) : News();
}

LibraryStore::News LibraryStore::Disk::merge(const Changes& changes)
{
    fs::create_directories(folder);
    for (auto put = changes.put.cbegin(); put != changes.put.cend(); ++put) {
        const fs::path path = folder / put.key().toStdString();
        if (put->write || !fs::exists(path))
            writeVector(path, *put->vector, "safetensors");
    }
    const std::unique_ptr<QLockFile> lock = lockIndex(folder);
    LibraryIndex index = readIndex(folder);
    Failure ofIndex;
    if (index.state == LibraryIndex::State::Newer)
        ofIndex = newerIndex(folder);
    if (index.state == LibraryIndex::State::Damaged)
        ofIndex = damagedIndex(folder, setIndexAside(folder));
    LibraryRecords records = index.state == LibraryIndex::State::Good ? index.records : known;
    for (auto put = changes.put.cbegin(); put != changes.put.cend(); ++put)
        if (!put->ifUnnamed || !records.contains(put.key()))
            records[put.key()] = put->record;
    for (const QString& file : changes.removed + changes.forgotten)
        records.remove(file);
    if (index.state != LibraryIndex::State::Newer
        && (index.state != LibraryIndex::State::Good || records != index.records))
        writeIndex(folder, records);
    for (const QString& file : changes.removed)
        fs::remove(folder / file.toStdString());
    for (const QString& file : changes.forgotten)
        if (const fs::path path = folder / file.toStdString(); fs::exists(path))
            fs::rename(path, fs::path(path) += ".damaged");
    News news = newsOf(records, changes);
    news.ofIndex = ofIndex;
    return news;
}

LibraryStore::LibraryStore(LibraryModel* library, fs::path folder, QObject* parent)
    : QObject(parent)
    , m_library(library)
    , m_disk(std::make_shared<Disk>())
{
    m_disk->folder = std::move(folder);
    m_thread.setMaxThreadCount(1); // what is asked for first is done first
    m_saveSoon.setSingleShot(true);
    m_saveSoon.setInterval(200);
    connect(&m_saveSoon, &QTimer::timeout, this, &LibraryStore::save);
    m_lookSoon.setSingleShot(true);
    m_lookSoon.setInterval(200);
    connect(&m_lookSoon, &QTimer::timeout, this, &LibraryStore::look);
    connect(&m_watcher, &QFileSystemWatcher::directoryChanged, &m_lookSoon, qOverload<>(&QTimer::start));
    for (const auto signal : {&QAbstractItemModel::rowsInserted, &QAbstractItemModel::rowsRemoved})
        connect(library, signal, &m_saveSoon, qOverload<>(&QTimer::start));
    connect(library, &QAbstractItemModel::dataChanged, &m_saveSoon, qOverload<>(&QTimer::start));
    const auto news = std::make_shared<News>();
    later([disk = m_disk, news] { *news = disk->load(); },
        [this, news](const Attempt& done) {
            m_skipped = news->skipped;
            m_unnamed = {news->unnamed.cbegin(), news->unnamed.cend()};
            for (const LibraryEntry& entry : news->entries)
                insert(entry, m_library->rowCount());
            m_loaded = true;
            watch();
            emit loaded();
            const Failure ofIndex = done.ok() ? news->ofIndex : done.failure;
            if (m_skipped.isEmpty())
                return sayOfIndex(ofIndex);
            m_lastOfIndex = ofIndex.cause + ofIndex.remedy;
            Failure first = news->firstSkipped;
            if (!ofIndex.cause.isEmpty()) // one message: a second would take its place
                first.cause += u". %1 %2"_s.arg(ofIndex.cause, ofIndex.remedy);
            emit skipped(m_skipped, first);
        });
}

LibraryStore::~LibraryStore()
{
    flush();
}

void LibraryStore::flush()
{
    m_saveSoon.stop();
    save();
    m_thread.waitForDone();
}

void LibraryStore::later(std::function<void()> work, std::function<void(const Attempt& done)> then)
{
    m_thread.start([this, work = std::move(work), then = std::move(then)] {
        const Attempt done = attempt(work);
        QMetaObject::invokeMethod(
            this, [done, then] { then(done); }, Qt::QueuedConnection);
    });
}

// The directory comes with the first vector; another window may have written before it is watched.
void LibraryStore::watch()
{
    std::error_code error;
    if (m_watcher.directories().isEmpty() && fs::is_directory(m_disk->folder, error))
        if (m_watcher.addPath(QString::fromStdString(m_disk->folder.string())))
            m_lookSoon.start();
}

void LibraryStore::look()
{
    if (!m_loaded || m_saveSoon.isActive()) // saving looks, too
        return;
    const auto news = std::make_shared<News>();
    later([disk = m_disk, news] { *news = disk->look(); },
        [this, news](const Attempt& done) {
            if (done.ok())
                take(*news);
        });
}

void LibraryStore::save()
{
    Changes changes;
    changes.forgotten = std::exchange(m_forgotten, {});
    changes.removed = m_written.keys();
    for (int row = 0; row < m_library->rowCount(); ++row) {
        nameFile(row);
        const LibraryEntry& entry = m_library->entry(row);
        const Written before = m_written.value(entry.file);
        const bool changed = isChanged(row);
        changes.removed.removeAll(entry.file);
        if (!changed && !m_unnamed.contains(entry.file))
            continue;
        m_written[entry.file] = {recordOf(entry), entry.vector};
        changes.put[entry.file]
            = {m_written[entry.file].record, entry.vector, before.vector != entry.vector, !changed};
    }
    for (const QString& file : std::as_const(changes.removed))
        m_written.remove(file);
    m_unnamed.clear();
    if (changes.isEmpty())
        return;
    const auto news = std::make_shared<News>();
    later([disk = m_disk, changes, news] { *news = disk->merge(changes); },
        [this, changes, news](const Attempt& done) {
            watch();
            if (done.ok()) {
                take(*news);
            } else {
                tryAgain(changes);
                if (m_lastFailure != done.failure.cause)
                    emit failed(done.failure);
            }
            m_lastFailure = done.failure.cause;
        });
}

void LibraryStore::tryAgain(const Changes& changes)
{
    for (const QString& file : changes.put.keys() + changes.removed)
        m_written[file] = {};
    m_forgotten += changes.forgotten;
}

// A file keeps its name when the vector gets another: it says roughly what is inside.
void LibraryStore::nameFile(int row)
{
    const LibraryEntry& entry = m_library->entry(row);
    if (!entry.file.isEmpty())
        return;
    QString stem;
    for (const QChar c : entry.name.left(40))
        stem += c.unicode() < 128 && c.isLetterOrNumber() ? c : QChar(u'-');
    const QString number = u"%1"_s.arg(QRandomGenerator::global()->generate64(), 16, 16, QLatin1Char('0'));
    m_library->setFile(row, stem + u'.' + number + u".safetensors"_s);
}

int LibraryStore::rowOf(const QString& file) const
{
    for (int row = 0; row < m_library->rowCount(); ++row)
        if (m_library->entry(row).file == file)
            return row;
    return -1;
}

bool LibraryStore::isChanged(int row) const
{
    const LibraryEntry& entry = m_library->entry(row);
    const auto before = m_written.constFind(entry.file);
    return before == m_written.cend() || before->vector != entry.vector || before->record != recordOf(entry);
}

void LibraryStore::take(const News& news)
{
    sayOfIndex(news.ofIndex);
    for (const LibraryEntry& entry : news.entries)
        update(entry);
    for (const QString& file : news.gone)
        drop(file);
    if (!news.entries.empty() || !news.gone.isEmpty())
        emit shared();
}

// A name that is taken here gets a number here alone: two windows that both wrote theirs would never agree.
void LibraryStore::insert(LibraryEntry entry, int row)
{
    entry.name = m_library->freeName(entry.name);
    m_written[entry.file] = {recordOf(entry), entry.vector};
    m_library->insert(row, std::move(entry));
}

// What has changed here meanwhile is written soon, and stays.
void LibraryStore::update(LibraryEntry entry)
{
    const int row = rowOf(entry.file);
    if (row < 0) {
        if (m_written.contains(entry.file)) // just removed
            return;
        int place = 0;
        while (place < m_library->rowCount() && m_library->entry(place).added > entry.added)
            ++place;
        insert(std::move(entry), place);
    } else if (!isChanged(row)) {
        if (const int other = m_library->find(entry.name); other >= 0 && other != row)
            entry.name = m_library->freeName(entry.name);
        m_written[entry.file] = {recordOf(entry), entry.vector};
        m_library->replace(row, std::move(entry));
    }
}

void LibraryStore::drop(const QString& file)
{
    const int row = rowOf(file);
    if (row >= 0 && isChanged(row))
        return;
    m_written.remove(file);
    if (row >= 0)
        m_library->remove(row);
}

void LibraryStore::sayOfIndex(const Failure& failure)
{
    const QString said = failure.cause + failure.remedy;
    if (said.isEmpty() || said == m_lastOfIndex)
        return;
    m_lastOfIndex = said;
    emit skipped({}, failure);
}

void LibraryStore::forgetSkipped()
{
    m_forgotten += std::exchange(m_skipped, {});
    m_saveSoon.start();
}

}
