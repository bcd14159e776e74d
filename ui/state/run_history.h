#pragma once

#include "ui/models/strip_model.h"
#include "ui/state/generation_settings.h"
#include "ui/state/run_text.h"

#include <QAbstractTableModel>
#include <QDateTime>

#include <memory>
#include <optional>

namespace tiller {

/// What was asked for, and what came.
struct Run {
    int number = 0; ///< from 1, its place among those that are kept
    QDateTime started;
    ModelInfo model;
    GenerationSettings settings;
    std::vector<Strip> strips;
    QString expression;
    std::vector<RunRow> rows;
    std::vector<TokenId> promptIds; ///< of the steered row; empty until it has ended
    RunText text;
    QString movedTo; ///< the mix at its end, where that was moved while text streamed
    bool starred = false;
    bool automatic = false; ///< made because a slider moved
};

/// "1.0 formality", "1.0 formality, moved to 2.0 formality", "unsteered"
QString mixOf(const QString& expression, const QString& movedTo);
QString mixOf(const Run& run);

/// The runs of this session, the oldest first. Automatic ones make room for the next; of the others the
/// oldest without a star goes when there are too many.
class RunHistory : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { Star, Number, Started, Mix, Prompt, Text, ColumnCount };
    enum Role { SortRole = Qt::UserRole };
    static constexpr int most = 200;

    using QAbstractTableModel::QAbstractTableModel;

    /// Its row.
    int add(Run run);
    /// The last one has come to nothing: it goes, and what made room for it is there again.
    void takeBack();
    const Run& run(int row) const { return m_runs[size_t(row)]; }
    /// Text, rows and prompt of a run as far as it has come.
    void update(int row, RunText text, std::vector<RunRow> rows, std::vector<TokenId> promptIds);
    void setMoved(int row, const QString& expression);
    void setStarred(int row, bool starred);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role = Qt::EditRole) override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    void removeAt(int row);
    void append(Run run);

    std::vector<Run> m_runs;
    std::optional<Run> m_replaced; ///< by the last
};

}
