#include "ui/state/library_store.h"

#include "core/base/error.h"
#include "core/base/paths.h"
#include "core/io/atomic_write.h"
#include "core/steer/vector_files.h"

#include <QCoreApplication>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRandomGenerator>

#include <algorithm>

namespace tiller {

using namespace Qt::StringLiterals;
namespace fs = std::filesystem;

namespace {

constexpr int s_version = 1;
constexpr const char* s_index = "index.json";
constexpr const char* s_suffix = ".safetensors";

QJsonObject toJson(const LibraryEntry& entry)
{
    QJsonObject record{
        {u"file"_s, entry.file},
        {u"name"_s, entry.name},
        {u"tags"_s, QJsonArray::fromStringList(entry.tags)},
        {u"added"_s, entry.added.toUTC().toString(Qt::ISODateWithMs)},
        {u"suggested_layer"_s, entry.suggestedLayer},
        {u"allow_other"_s, entry.allowOther},
        {u"layer_unknown"_s, entry.vector->layerUnknown},
        {u"source_format"_s, QString::fromStdString(entry.vector->sourceFormat)},
    };
    if (entry.figures)
        record[u"figures"_s] = QJsonObject{{u"layer"_s, entry.figures->layer},
            {u"leave_one_out_auc"_s, entry.figures->auc}, {u"split_half_cosine"_s, entry.figures->splitHalf}};
    return record;
}

std::optional<LibraryFigures> figuresOf(const QJsonObject& record)
{
    if (!record[u"figures"_s].isObject())
        return {};
    const QJsonObject figures = record[u"figures"_s].toObject();
    return LibraryFigures{figures[u"layer"_s].toInt(), figures[u"leave_one_out_auc"_s].toDouble(),
        figures[u"split_half_cosine"_s].toDouble()};
}

/// A vector whose record is lost has what its file says of itself.
LibraryEntry entryOf(const fs::path& folder, const QString& file, const QJsonObject& record)
{
    const fs::path path = folder / file.toStdString();
    SteeringVector vector = readVector(path);
    vector.layerUnknown = record[u"layer_unknown"_s].toBool();
    vector.sourceFormat = record[u"source_format"_s].toString().toStdString();
    LibraryEntry entry;
    entry.name = record[u"name"_s].toString(QString::fromStdString(vector.name));
    entry.suggestedLayer = record[u"suggested_layer"_s].toInt(startLayer(vector, int(vector.layers.size())));
    entry.allowOther = record[u"allow_other"_s].toBool();
    entry.added = QDateTime::fromString(record[u"added"_s].toString(), Qt::ISODateWithMs).toLocalTime();
    if (!entry.added.isValid())
        entry.added = QDateTime::currentDateTime();
    entry.tags = record[u"tags"_s].toVariant().toStringList();
    entry.figures = figuresOf(record);
    entry.file = file;
    entry.vector = std::make_shared<const SteeringVector>(std::move(vector));
    return entry;
}

bool isFileName(const QString& file)
{
    return file.endsWith(QLatin1String(s_suffix)) && !file.contains(u'/') && !file.contains(u'\\');
}

/// The records of the index by file. An index that cannot be used is set aside, not written over.
QHash<QString, QJsonObject> readIndex(const fs::path& folder)
{
    QFile file(QString::fromStdString((folder / s_index).string()));
    if (!file.exists())
        return {};
    if (!file.open(QIODevice::ReadOnly))
        throw Error((folder / s_index).string() + ": " + file.errorString().toStdString());
    const QJsonObject root = QJsonDocument::fromJson(file.readAll()).object();
    const int version = root[u"version"_s].toInt();
    if (version != s_version || !root[u"vectors"_s].isArray()) {
        const fs::path aside = folder / "index-set-aside.json";
        fs::rename(folder / s_index, aside);
        throw Error((folder / s_index).string()
                + (version > s_version ? ": was written by a newer Tiller" : ": is damaged"),
            "It is kept as " + aside.string() + "; the vectors beside it were read without it.");
    }
    QHash<QString, QJsonObject> records;
    for (const QJsonValue& value : root[u"vectors"_s].toArray())
        if (const QString name = value.toObject()[u"file"_s].toString(); isFileName(name))
            records[name] = value.toObject();
    return records;
}

QStringList filesIn(const fs::path& folder)
{
    QStringList files;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error))
        if (const QString name = QString::fromStdString(entry.path().filename().string()); isFileName(name))
            files << name;
    return files;
}

}

fs::path libraryFolder()
{
    const QString named = qEnvironmentVariable("TILLER_LIBRARY");
    if (!named.isEmpty())
        return named.toStdString();
    return QCoreApplication::applicationName() == u"tiller"_s ? userDataFolder() / "library" : fs::path();
}

struct LibraryStore::Contents {
    std::vector<LibraryEntry> entries; ///< newest first
    QHash<QString, QByteArray> skipped;
    Failure firstFailure;
    bool indexFailed = false;
};

LibraryStore::LibraryStore(LibraryModel* library, fs::path folder, QObject* parent)
    : QObject(parent)
    , m_library(library)
    , m_folder(std::move(folder))
{
    m_thread.setMaxThreadCount(1); // what is asked for first is done first
    m_saveSoon.setSingleShot(true);
    m_saveSoon.setInterval(200);
    connect(&m_saveSoon, &QTimer::timeout, this, &LibraryStore::save);
    for (const auto signal : {&QAbstractItemModel::rowsInserted, &QAbstractItemModel::rowsRemoved})
        connect(library, signal, &m_saveSoon, qOverload<>(&QTimer::start));
    connect(library, &QAbstractItemModel::dataChanged, &m_saveSoon, qOverload<>(&QTimer::start));
    m_thread.start([this, from = m_folder] {
        const auto contents = std::make_shared<Contents>(read(from));
        QMetaObject::invokeMethod(
            this, [this, contents] { take(contents); }, Qt::QueuedConnection);
    });
}

LibraryStore::~LibraryStore()
{
    flush();
}

LibraryStore::Contents LibraryStore::read(const fs::path& folder)
{
    Contents contents;
    QHash<QString, QJsonObject> records;
    const Attempt index = attempt([&] { records = readIndex(folder); });
    if (!index.ok()) {
        contents.firstFailure = index.failure;
        contents.indexFailed = true;
    }
    QStringList files = filesIn(folder);
    for (auto record = records.cbegin(); record != records.cend(); ++record)
        if (!files.contains(record.key()))
            files << record.key();
    for (const QString& file : files) {
        const Attempt one
            = attempt([&] { contents.entries.push_back(entryOf(folder, file, records.value(file))); });
        if (one.ok())
            continue;
        if (contents.firstFailure.cause.isEmpty())
            contents.firstFailure = one.failure;
        contents.skipped[file] = records.contains(file)
            ? QJsonDocument(records.value(file)).toJson(QJsonDocument::Compact)
            : QByteArray();
    }
    std::ranges::stable_sort(contents.entries, std::ranges::greater(), &LibraryEntry::added);
    return contents;
}

void LibraryStore::take(const std::shared_ptr<Contents>& contents)
{
    m_skipped = contents->skipped;
    for (LibraryEntry& entry : contents->entries) {
        m_written[entry.file] = entry.vector;
        entry.name = m_library->freeName(entry.name);
        m_library->insert(m_library->rowCount(), std::move(entry));
    }
    m_loaded = true;
    emit loaded();
    if (!m_skipped.isEmpty() || contents->indexFailed)
        emit skipped(m_skipped.keys(), contents->firstFailure);
}

void LibraryStore::flush()
{
    if (m_saveSoon.isActive()) {
        m_saveSoon.stop();
        save();
    }
    m_thread.waitForDone();
}

void LibraryStore::later(std::function<void()> work, std::function<void()> onFailure)
{
    m_thread.start([this, work = std::move(work), onFailure = std::move(onFailure)] {
        const Attempt done = attempt(work);
        const auto settle = [this, done, onFailure] {
            if (onFailure && !done.ok())
                onFailure();
            if (!done.ok() && m_lastFailure != done.failure.cause)
                emit failed(done.failure);
            m_lastFailure = done.failure.cause;
        };
        QMetaObject::invokeMethod(this, settle, Qt::QueuedConnection);
    });
}

void LibraryStore::save()
{
    QStringList left = m_written.keys();
    for (int row = 0; row < m_library->rowCount(); ++row) {
        nameFile(row);
        const LibraryEntry& entry = m_library->entry(row);
        left.removeAll(entry.file);
        if (m_written.value(entry.file) != entry.vector)
            write(entry.file, entry.vector);
    }
    if (m_loaded) // before, it would forget what is still being read
        writeIndex();
    for (const QString& file : left)
        removeFile(file);
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
    m_library->setFile(row, stem + u'.' + number + QLatin1String(s_suffix));
}

void LibraryStore::write(const QString& file, std::shared_ptr<const SteeringVector> vector)
{
    m_written[file] = vector;
    later(
        [folder = m_folder, file, vector] {
            fs::create_directories(folder);
            writeVector(folder / file.toStdString(), *vector, "safetensors");
        },
        [this, file] {
            if (m_written.contains(file))
                m_written[file] = nullptr; // the next change tries again
        });
}

void LibraryStore::writeIndex()
{
    QJsonArray records;
    for (int row = 0; row < m_library->rowCount(); ++row)
        records << toJson(m_library->entry(row));
    for (const QByteArray& record : std::as_const(m_skipped))
        if (!record.isEmpty())
            records << QJsonDocument::fromJson(record).object();
    const QByteArray bytes
        = QJsonDocument(QJsonObject{{u"version"_s, s_version}, {u"vectors"_s, records}}).toJson();
    if (bytes == m_writtenIndex)
        return;
    m_writtenIndex = bytes;
    later(
        [folder = m_folder, bytes] {
            fs::create_directories(folder);
            atomicWrite(folder / s_index, std::string_view(bytes.data(), size_t(bytes.size())));
        },
        [this] { m_writtenIndex.clear(); });
}

void LibraryStore::removeFile(const QString& file)
{
    m_written.remove(file);
    later([path = m_folder / file.toStdString()] { fs::remove(path); });
}

void LibraryStore::forgetSkipped()
{
    for (const QString& file : m_skipped.keys())
        later([path = m_folder / file.toStdString()] {
            if (fs::exists(path))
                fs::rename(path, fs::path(path) += ".damaged");
        });
    m_skipped.clear();
    m_saveSoon.start();
}

}
