#pragma once

#include "core/steer/contrast_set.h"

#include <QAbstractTableModel>
#include <QString>

#include <optional>
#include <vector>

namespace tiller {

/// Projections of the two sides of a pair on the unit vector.
struct PairProjection {
    double positive = 0;
    double negative = 0;
    double extent = 1; ///< greatest |projection| of the whole set: the delegate's scale
};

/// The contrast set as a table. An unpaired set (labelled examples) has one filled side a row.
///
/// Edits by the user go out as cellEdited() and rowsDropped(), so that whoever keeps the undo stack makes the
/// change. However many rows a change concerns, it costs a handful of signals and time linear in the rows.
class ContrastPairModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { Number, Positive, Negative, Prompt, Tokens, Projection, ColumnCount };
    enum Role {
        SortRole = Qt::UserRole,
        ErrorRole,
        ProjectionRole,
        EnabledRole,
        WholeRole ///< a text as files hold it: all its turns, where EditRole has the answer
    };

    static bool isText(int column) { return column >= Positive && column <= Prompt; }

    using QAbstractTableModel::QAbstractTableModel;

    void reset(const ContrastSet& set);
    ContrastSet toSet() const;
    std::vector<int> rowsOfItems() const; ///< the row of each item of toSet()
    bool isUnpaired() const { return m_unpaired; }
    QString positiveLabel() const { return m_positiveLabel; }
    QString negativeLabel() const { return m_negativeLabel; }

    const ContrastPair& pair(int row) const { return m_rows[size_t(row)].pair; }
    std::vector<ContrastPair> pairs() const;
    bool isEnabled(int row) const { return pair(row).enabled; }
    int enabledCount() const;
    int usableCount() const; ///< of those the ones that nothing is wrong with
    QString countedRows(int count) const; ///< "1 pair", "28 pairs"; of an unpaired set "8 texts"
    /// Why a row cannot be used, or empty: a dropped row is not to be used.
    QString errorOf(int row) const;
    int firstIncomplete() const; ///< of the enabled rows; -1 when each has its sides

    // What the commands of the undo stack do. Rows are ascending and not empty.
    void insertPairs(int at, const std::vector<ContrastPair>& pairs);
    /// rows[i] is where pairs[i] stands afterwards.
    void insertPairs(const std::vector<int>& rows, const std::vector<ContrastPair>& pairs);
    void removePairs(const std::vector<int>& rows);
    /// A row whose texts change loses its figures; dropping it or using it again does not.
    void setPairs(const std::vector<int>& rows, const std::vector<ContrastPair>& pairs);
    /// Row i becomes what row order[i] was, with its figures.
    void reorder(const std::vector<int>& order);

    // Figures, in the order of the rows.
    void setTokenCounts(int row, int positive, int negative, const QString& error);
    /// items[i]: which item of the bank row i is. It stays with the row when that moves, goes when its texts
    /// change, and new rows, copies too, have none.
    void setBankItems(const std::vector<std::optional<int>>& items);
    std::optional<int> bankItem(int row) const { return m_rows[size_t(row)].bankItem; }
    int rowOfBankItem(int item) const;
    void setProjections(const std::vector<std::optional<PairProjection>>& projections);
    void setProjectionTitle(const QString& title);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role = Qt::EditRole) override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

    // Rows carry only their numbers: they can be dropped on the model that they come from and no other.
    Qt::DropActions supportedDropActions() const override { return Qt::MoveAction; }
    QStringList mimeTypes() const override;
    QMimeData* mimeData(const QModelIndexList& indexes) const override;
    bool canDropMimeData(const QMimeData* data, Qt::DropAction action, int row, int column,
        const QModelIndex& parent) const override;
    bool dropMimeData(const QMimeData* data, Qt::DropAction action, int row, int column,
        const QModelIndex& parent) override;

signals:
    void cellEdited(int row, int column, const QString& text);
    /// To be moved before row `to` of the present order.
    void rowsDropped(const std::vector<int>& rows, int to);
    /// These were dropped from the fit, or are used again.
    void enabledChanged(const std::vector<int>& rows);
    /// After every change of texts, enabled flags, or the order and number of rows; reset() too.
    void contentsChanged();

private:
    struct Row {
        ContrastPair pair;
        int number = 0; ///< place in the set, from 1; follows an insertion rather than being part of it
        std::optional<std::pair<int, int>> tokens;
        QString error;
        std::optional<int> bankItem;
        std::optional<PairProjection> projection;

        Row(const ContrastPair& p, int place)
            : pair(p)
            , number(place)
        {
        }
    };

    void insertBlock(int at, const std::vector<ContrastPair>& pairs);
    void removeBlock(int at, int count);
    void permute(const std::vector<int>& order);
    void renumber(int from);
    std::vector<int> droppedRows(const QMimeData* data) const;
    const ContrastText& text(const Row& row, int column) const;
    bool holdsQuestion(const Row& row, int column) const;
    QVariant display(const Row& row, int column) const;
    QVariant sortKey(const Row& row, int column) const;
    QString toolTip(int row, int column) const;
    QString spoken(const Row& row, int column) const;

    std::vector<Row> m_rows;
    QString m_name;
    QString m_positiveLabel = QStringLiteral("positive");
    QString m_negativeLabel = QStringLiteral("negative");
    QString m_projectionTitle;
    bool m_unpaired = false;
};

}

Q_DECLARE_METATYPE(tiller::PairProjection)
