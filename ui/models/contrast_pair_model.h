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
/// Editing goes out as cellEdited(), so that whoever keeps the undo stack makes the change.
class ContrastPairModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { Number, Positive, Negative, Prompt, Tokens, Projection, ColumnCount };
    enum Role { SortRole = Qt::UserRole, ErrorRole, ProjectionRole };

    using QAbstractTableModel::QAbstractTableModel;

    void reset(const ContrastSet& set);
    ContrastSet toSet() const;
    bool isUnpaired() const { return m_unpaired; }
    QString positiveLabel() const { return m_positiveLabel; }
    QString negativeLabel() const { return m_negativeLabel; }

    const ContrastPair& pair(int row) const { return m_rows[size_t(row)].pair; }
    std::vector<ContrastPair> pairs() const;
    /// Why a row cannot be used, or empty.
    QString errorOf(int row) const;
    int firstIncomplete() const; ///< -1 when every row has its sides

    /// What the commands of the undo stack do.
    void insertPairs(int at, const std::vector<ContrastPair>& pairs);
    void removePairs(int at, int count);
    void setText(int row, int column, const ContrastText& text);

    /// Figures, in the order of the rows; an edited row loses its own.
    void setTokenCounts(int row, int positive, int negative, const QString& error);
    void setBankItems(); ///< row i is item i of the bank extracted just now
    std::optional<int> bankItem(int row) const { return m_rows[size_t(row)].bankItem; }
    int rowOfBankItem(int item) const;
    void setProjection(int row, std::optional<PairProjection> projection);
    void setProjectionTitle(const QString& title);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role = Qt::EditRole) override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

signals:
    void cellEdited(int row, int column, const QString& text);

private:
    struct Row {
        ContrastPair pair;
        int number = 0; ///< place in the set, from 1; follows an insertion rather than being part of it
        std::optional<std::pair<int, int>> tokens;
        QString error;
        std::optional<int> bankItem;
        std::optional<PairProjection> projection;
    };

    void renumber(int from);
    const ContrastText& text(const Row& row, int column) const;
    QVariant display(const Row& row, int column) const;
    QVariant sortKey(const Row& row, int column) const;

    std::vector<Row> m_rows;
    QString m_name;
    QString m_positiveLabel = QStringLiteral("positive");
    QString m_negativeLabel = QStringLiteral("negative");
    QString m_projectionTitle;
    bool m_unpaired = false;
};

}

Q_DECLARE_METATYPE(tiller::PairProjection)
