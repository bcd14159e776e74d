#include "ui/plots/heatmap_model.h"

#include "ui/theme/numbers.h"

#include <algorithm>
#include <cmath>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

bool isMeasured(const HeatmapCell& cell)
{
    return cell.state == CellState::Done && !std::isnan(cell.loss);
}

}

CellRange rangeOf(CellIndex a, CellIndex b)
{
    return {{std::min(a.layer, b.layer), std::min(a.strength, b.strength)},
        {std::max(a.layer, b.layer), std::max(a.strength, b.strength)}};
}

HeatmapModel::HeatmapModel(QObject* parent)
    : QAbstractTableModel(parent)
{
}

void HeatmapModel::setGrid(std::vector<int> layers, std::vector<double> strengths)
{
    beginResetModel();
    m_layers = std::move(layers);
    m_strengths = std::move(strengths);
    m_cells.assign(m_layers.size() * m_strengths.size(), HeatmapCell());
    endResetModel();
}

bool HeatmapModel::contains(CellIndex index) const
{
    return index.isValid() && index.layer < int(m_layers.size()) && index.strength < int(m_strengths.size());
}

size_t HeatmapModel::offset(CellIndex index) const
{
    return size_t(index.strength) * m_layers.size() + size_t(index.layer);
}

const HeatmapCell& HeatmapModel::cell(CellIndex index) const
{
    static const HeatmapCell none;
    return contains(index) ? m_cells[offset(index)] : none;
}

void HeatmapModel::setCell(CellIndex index, HeatmapCell cell)
{
    if (!contains(index))
        return;
    m_cells[offset(index)] = std::move(cell);
    const QModelIndex changed = modelIndex(index);
    emit dataChanged(changed, changed);
}

void HeatmapModel::setCells(std::vector<HeatmapCell> cells)
{
    cells.resize(m_cells.size());
    m_cells = std::move(cells);
    if (!m_cells.empty())
        emit dataChanged(this->index(0, 0), this->index(rowCount() - 1, columnCount() - 1));
}

double HeatmapModel::largestValue() const
{
    double largest = 0;
    for (const HeatmapCell& cell : m_cells) {
        if (cell.state == CellState::Done && std::isfinite(cell.value))
            largest = std::max(largest, std::abs(cell.value));
    }
    return largest;
}

int HeatmapModel::zeroStrength() const
{
    const auto nearest = std::min_element(
        m_strengths.begin(), m_strengths.end(), [](double a, double b) { return std::abs(a) < std::abs(b); });
    return nearest == m_strengths.end() ? -1 : int(nearest - m_strengths.begin());
}

double HeatmapModel::collapseStrength(int layerIndex, int sign, double threshold) const
{
    double innerStrength = 0;
    double innerLoss = 0;
    // Where strengths begin beyond zero it is not known where before them it collapsed.
    bool isInside = m_strengths[size_t(std::max(0, zeroStrength()))] * sign <= 0;
    const int count = int(m_strengths.size());
    for (int step = 0; step < count; ++step) {
        const int index = sign > 0 ? step : count - 1 - step;
        const double strength = m_strengths[size_t(index)];
        if (strength * sign <= 0)
            continue;
        const HeatmapCell& outer = cell({layerIndex, index});
        if (!isMeasured(outer))
            break;
        if (outer.loss > threshold) {
            if (!isInside)
                break;
            const double t = (threshold - innerLoss) / (outer.loss - innerLoss);
            return std::isfinite(t) ? innerStrength + std::clamp(t, 0.0, 1.0) * (strength - innerStrength)
                                    : strength;
        }
        innerStrength = strength;
        innerLoss = outer.loss;
        isInside = true;
    }
    return std::numeric_limits<double>::quiet_NaN();
}

QModelIndex HeatmapModel::modelIndex(CellIndex index) const
{
    return contains(index) ? this->index(rowCount() - 1 - index.strength, index.layer) : QModelIndex();
}

CellIndex HeatmapModel::cellIndex(const QModelIndex& index) const
{
    return index.isValid() ? CellIndex{index.column(), rowCount() - 1 - index.row()} : CellIndex();
}

int HeatmapModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : int(m_strengths.size());
}

int HeatmapModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : int(m_layers.size());
}

QString HeatmapModel::shortText(const HeatmapCell& cell) const
{
    switch (cell.state) {
    case CellState::Pending:
        return tr("pending");
    case CellState::Running:
        return tr("running");
    case CellState::Failed:
        return tr("failed");
    case CellState::Done:
        break;
    }
    return std::isnan(cell.value) ? tr("unmeasured") : number(cell.value, 2);
}

QString HeatmapModel::fullText(CellIndex index) const
{
    const HeatmapCell& shown = cell(index);
    const QString text = tr("Layer %1, strength %2: %3")
                             .arg(m_layers[size_t(index.layer)])
                             .arg(strengthText(m_strengths[size_t(index.strength)]), shortText(shown));
    if (shown.state == CellState::Failed && !shown.failure.isEmpty())
        return text + u": "_s + shown.failure;
    return isMeasured(shown) ? tr("%1, loss %2").arg(text, number(shown.loss, 2)) : text;
}

QVariant HeatmapModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const HeatmapCell& shown = cell(cellIndex(index));
    switch (role) {
    case Qt::DisplayRole:
        return shortText(shown);
    case Qt::AccessibleTextRole:
    case Qt::ToolTipRole:
        return fullText(cellIndex(index));
    case Qt::TextAlignmentRole:
        return int(Qt::AlignRight | Qt::AlignVCenter);
    case ValueRole:
        return shown.value;
    case LossRole:
        return shown.loss;
    case StateRole:
        return int(shown.state);
    default:
        return {};
    }
}

QVariant HeatmapModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    const bool layers = orientation == Qt::Horizontal;
    if (section < 0 || section >= (layers ? columnCount() : rowCount()))
        return {};
    const QString text = layers ? QString::number(m_layers[size_t(section)])
                                : strengthText(m_strengths[size_t(rowCount() - 1 - section)]);
    switch (role) {
    case Qt::DisplayRole:
        return text;
    case Qt::AccessibleTextRole:
    case Qt::ToolTipRole:
        return (layers ? tr("Layer %1") : tr("Strength %1")).arg(text);
    default:
        return {};
    }
}

}
