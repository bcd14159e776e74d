#pragma once

#include "ui/engine/failure.h"
#include "ui/models/library_model.h"

#include <QHash>
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
    /// Once after loading, where files could not be read; they are kept until forgetSkipped().
    void skipped(const QStringList& files, const tiller::Failure& first);
    void failed(const tiller::Failure& failure); ///< something could not be written

private:
    struct Contents;

    static Contents read(const std::filesystem::path& folder);
    void take(const std::shared_ptr<Contents>& contents);
    void save();
    void nameFile(int row);
    void write(const QString& file, std::shared_ptr<const SteeringVector> vector);
    void writeIndex();
    void removeFile(const QString& file);
    /// On the store's thread, in the order asked for.
    void later(std::function<void()> work, std::function<void()> onFailure = {});

    LibraryModel* m_library;
    std::filesystem::path m_folder;
    QThreadPool m_thread;
    QTimer m_saveSoon;
    bool m_loaded = false;
    QHash<QString, std::shared_ptr<const SteeringVector>> m_written; ///< by file
    QByteArray m_writtenIndex;
    QHash<QString, QByteArray> m_skipped; ///< by file: what the index says of it, empty where it does not
    QString m_lastFailure;
};

}
