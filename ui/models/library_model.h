#pragma once

#include "core/steer/steering_vector.h"
#include "core/study/diagnostics.h"

#include <QAbstractListModel>
#include <QDateTime>

#include <memory>
#include <vector>

namespace tiller {

/// A vector at hand, by a name that is its own in the library.
struct LibraryEntry {
    QString name;
    std::shared_ptr<const SteeringVector> vector;
    int suggestedLayer = 0; ///< where a strip starts
    std::shared_ptr<const Diagnostics> diagnostics; ///< of vectors extracted in this session; else null
    bool allowOther = false; ///< an expert has said that another model's vector may be used
    QDateTime added;

    QString positiveLabel() const;
    QString negativeLabel() const;
    QString summary() const; ///< "mean difference · L0–29 · 16 pairs"
};

/// "L0–29", "L12", "L3 and 4 more".
QString layersOf(const SteeringVector& vector);

class LibraryModel : public QAbstractListModel {
    Q_OBJECT

public:
    enum Role { SortRole = Qt::UserRole, SummaryRole, TimeRole };

    using QAbstractListModel::QAbstractListModel;

    /// Newest first. Returns its row; the name gets a number where it is taken.
    int add(LibraryEntry entry);
    void remove(int row);
    /// The same extraction, fitted to what has become of its pairs.
    void refit(int row, std::shared_ptr<const SteeringVector> vector,
        std::shared_ptr<const Diagnostics> diagnostics);
    /// More is known of the vector, and with it perhaps a better layer to start from.
    void setDiagnostics(int row, std::shared_ptr<const Diagnostics> diagnostics);
    void allowOther(int row);
    const LibraryEntry& entry(int row) const { return m_entries[size_t(row)]; }
    int find(const QString& name) const; ///< -1 when there is none

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;

private:
    std::vector<LibraryEntry> m_entries;
};

}
