#pragma once

#include "ui/models/library_model.h"

#include <QJsonObject>
#include <QMap>
#include <QStringList>

#include <filesystem>

namespace tiller {

/// What a library's index.json says of each vector, by its file: what the file itself does not say.
using LibraryRecords = QMap<QString, QJsonObject>;

struct LibraryIndex {
    enum class State { Good, Missing, Damaged, Newer };

    State state = State::Missing;
    LibraryRecords records; ///< of a good one
};

std::filesystem::path indexPath(const std::filesystem::path& folder);

/// Throws Error where there is one that cannot be opened.
LibraryIndex readIndex(const std::filesystem::path& folder);
/// By atomic replace, whatever was there. Throws Error.
void writeIndex(const std::filesystem::path& folder, const LibraryRecords& records);
/// Gives it a name that no other has, and returns that. Throws.
std::filesystem::path setIndexAside(const std::filesystem::path& folder);

/// Names of the files in the folder that are vectors by their names; none where there is no folder.
QStringList vectorFilesIn(const std::filesystem::path& folder);

QJsonObject recordOf(const LibraryEntry& entry);
/// Reads the vector, too. Throws Error. Without a record, or where it says something else than expected, the
/// entry has what the file says.
LibraryEntry readEntry(const std::filesystem::path& folder, const QString& file, const QJsonObject& record);

}
