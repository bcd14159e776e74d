#pragma once

#include "ui/engine/failure.h"
#include "ui/models/library_model.h"

#include <QFileSystemWatcher>
#include <QHash>
#include <QJsonObject>
#include <QSet>
#include <QStringList>
#include <QThreadPool>
#include <QTimer>

#include <filesystem>

namespace tiller {

/// Where Tiller keeps its library: the folder that TILLER_LIBRARY names, else `library` in the user's data
/// folder. Empty for other programs, tests among them: they have no library of the user's.
std::filesystem::path libraryFolder();

/// Keeps a library in a folder: a safetensors file a vector, and index.json with what such a file does not
/// say. Whatever changes in the model is written soon after, on a thread of its own; a vector before the
/// index that names it, by atomic replace. Files of vectors that left the library are removed after that.
///
/// Several windows may share the folder. Each writes into the index what has changed in itself, under a lock,
/// and leaves the rest as it finds it; what another has changed comes into the model. Where two have changed
/// one entry the later stays.
class LibraryStore : public QObject {
    Q_OBJECT

public:
    /// Begins to read the folder; what it holds is appended to the library, newest first, and loaded()
    /// follows.
    LibraryStore(LibraryModel* library, std::filesystem::path folder, QObject* parent = nullptr);
    /// Waits until everything is written. The library must still be there.
    ~LibraryStore() override;

    bool isLoaded() const { return m_loaded; }
    /// Writes at once what has changed, and waits for it.
    void flush();
    /// Drops what could not be read: damaged files are kept, with another suffix, and not read again.
    void forgetSkipped();

signals:
    void loaded();
    /// After loading, where files could not be read; they are kept until forgetSkipped(). Without files: what
    /// has become of an index that cannot be used, whenever that is seen first.
    void skipped(const QStringList& files, const tiller::Failure& first);
    void failed(const tiller::Failure& failure); ///< something could not be written
    void shared(); ///< the model has taken what another window has changed

private:
    struct Disk;
    struct Changes;
    struct News;

    void take(const News& news);
    void insert(LibraryEntry entry, int row);
    void update(LibraryEntry entry);
    void drop(const QString& file);
    void sayOfIndex(const Failure& failure);
    int rowOf(const QString& file) const;
    bool isChanged(int row) const; ///< since it was last written
    void save();
    void look(); ///< whether another window has changed something
    void watch();
    void nameFile(int row);
    void tryAgain(const Changes& changes); ///< at the next change
    /// On the store's thread, in the order asked for; `then` back here.
    void later(std::function<void()> work, std::function<void(const Attempt& done)> then);

    /// What stands in the folder, as far as this window's part goes.
    struct Written {
        QJsonObject record;
        std::shared_ptr<const SteeringVector> vector;
    };

    LibraryModel* m_library;
    std::shared_ptr<Disk> m_disk; ///< the thread's alone
    QThreadPool m_thread;
    QTimer m_saveSoon;
    QTimer m_lookSoon;
    QFileSystemWatcher m_watcher;
    bool m_loaded = false;
    QHash<QString, Written> m_written; ///< by file
    QSet<QString> m_unnamed; ///< files that the index does not name yet
    QStringList m_skipped;
    QStringList m_forgotten;
    QString m_lastFailure;
    QString m_lastOfIndex;
};

}
