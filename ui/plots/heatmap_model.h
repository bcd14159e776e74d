#pragma once

#include <QAbstractTableModel>

#include <limits>
#include <vector>

namespace tiller {

enum class CellState { Pending, Running, Done, Failed };

/// One layer at one strength.
struct HeatmapCell {
    CellState state = CellState::Pending;
    double value = std::numeric_limits<double>::quiet_NaN(); ///< of the metric shown
    double loss = std::numeric_limits<double>::quiet_NaN(); ///< coherence loss, nats per token: collapse is
                                                            ///< judged by it
    QString failure; ///< why, when state is Failed
};

/// Place of a cell: indices into the layers and strengths of the grid.
struct CellIndex {
    int layer = -1;
    int strength = -1;

    bool isValid() const { return layer >= 0 && strength >= 0; }
    bool operator==(const CellIndex&) const = default;
};

/// A rectangle of whole cells: `first` has the lowest layer and strength in it, `last` the highest.
struct CellRange {
    CellIndex first;
    CellIndex last;

    int layers() const { return last.layer - first.layer + 1; }
    int strengths() const { return last.strength - first.strength + 1; }
    bool operator==(const CellRange&) const = default;
};

/// The smallest range that holds both.
CellRange rangeOf(CellIndex a, CellIndex b);

/// The map's cells, and the same as a table for views and screen readers: a row a strength, the highest
/// first, a column a layer. ValueRole and LossRole give the raw numbers, DisplayRole a short text, the roles
/// for tool tips and screen readers the whole one: "Layer 14, strength +2: 0.68, loss 0.41".
class HeatmapModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Role { ValueRole = Qt::UserRole, LossRole, StateRole };

    explicit HeatmapModel(QObject* parent = nullptr);

    /// New grid of pending cells; `strengths` ascending.
    void setGrid(std::vector<int> layers, std::vector<double> strengths);
    const std::vector<int>& layers() const { return m_layers; }
    const std::vector<double>& strengths() const { return m_strengths; }
    bool contains(CellIndex index) const;

    const HeatmapCell& cell(CellIndex index) const;
    void setCell(CellIndex index, HeatmapCell cell);
    /// Replaces all cells at once, layer by layer within a strength (cell i is layer i % layers, strength i /
    /// layers): for another metric over the same grid.
    void setCells(std::vector<HeatmapCell> cells);

    /// Greatest |value| of a finished cell, 0 if none.
    double largestValue() const;
    /// Index of the strength nearest to zero, -1 without strengths.
    int zeroStrength() const;

    /// Strength at which the loss crosses `threshold`, walking out from zero over finished cells; NaN where
    /// it does not, or where an unfinished cell comes first. Linear between cells.
    double collapseStrength(int layerIndex, int sign, double threshold) const;

    QModelIndex modelIndex(CellIndex index) const;
    CellIndex cellIndex(const QModelIndex& index) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    QString shortText(const HeatmapCell& cell) const;
    QString fullText(CellIndex index) const;
    size_t offset(CellIndex index) const;

    std::vector<int> m_layers;
    std::vector<double> m_strengths;
    std::vector<HeatmapCell> m_cells;
};

}
