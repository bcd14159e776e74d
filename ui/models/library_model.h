#pragma once

#include "core/steer/steering_vector.h"
#include "core/study/diagnostics.h"

#include <QAbstractListModel>
#include <QDateTime>
#include <QStringList>

#include <memory>
#include <optional>
#include <vector>

namespace tiller {

/// What a direction was worth on texts that it was not fitted to; stays when the extraction is gone.
struct LibraryFigures {
    int layer = 0;
    double auc = 0;
    double splitHalf = 0;
};

/// A vector at hand, by a name that is its own in the library.
struct LibraryEntry {
    QString name;
    std::shared_ptr<const SteeringVector> vector;
    int suggestedLayer = 0; ///< where a strip starts
    /// Of vectors that were extracted here, else null. After a restart without what only the extraction can
    /// show: cosines, warnings, bands and the figures of single texts.
    std::shared_ptr<const Diagnostics> diagnostics;
    bool allowOther = false; ///< an expert has said that another model's vector may be used
    QDateTime added;
    QStringList tags = {};
    std::optional<LibraryFigures> figures = {}; ///< at the suggested layer, where they were measured
    QString file = {}; ///< in the folder that keeps the library; empty before it is kept
    QStringList formerNames = {}; ///< in this session

    QString positiveLabel() const;
    QString negativeLabel() const;
    QString summary() const; ///< "mean difference · L0–29 · 16 pairs"
};

/// "L0–29", "L12", "L3 and 4 more".
QString layersOf(const SteeringVector& vector);

class LibraryModel : public QAbstractListModel {
    Q_OBJECT

public:
    enum Role { SortRole = Qt::UserRole, SummaryRole, TimeRole, SearchRole };

    using QAbstractListModel::QAbstractListModel;

    /// Newest first. Returns its row; the name gets a number where it is taken.
    int add(LibraryEntry entry);
    /// At a place of its own: what was removed, or kept from before. The time it was added stays.
    void insert(int row, LibraryEntry entry);
    void remove(int row);
    /// The same vector, as another window has left it.
    void replace(int row, LibraryEntry entry);
    /// False where the name is empty or another's.
    bool rename(int row, const QString& name);
    void setTags(int row, const QStringList& tags);
    void setFile(int row, const QString& file) { m_entries[size_t(row)].file = file; }
    /// The same extraction, fitted to what has become of its pairs.
    void refit(int row, std::shared_ptr<const SteeringVector> vector,
        std::shared_ptr<const Diagnostics> diagnostics);
    /// More is known of the vector, and with it perhaps a better layer to start from.
    void setDiagnostics(int row, std::shared_ptr<const Diagnostics> diagnostics);
    void allowOther(int row);
    const LibraryEntry& entry(int row) const { return m_entries[size_t(row)]; }
    /// Also by a name it had earlier in this session. -1 when there is none.
    int find(const QString& name) const;
    QString freeName(const QString& wanted) const; ///< itself, or with a number behind it

    int rowCount(const QModelIndex& parent = {}) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;

private:
    std::vector<LibraryEntry> m_entries;
};

}
