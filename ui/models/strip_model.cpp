#include "ui/models/strip_model.h"

#include <cmath>

namespace tiller {

using namespace Qt::StringLiterals;

const LayerVector* Strip::direction(int layer) const
{
    if (vector->single())
        return &vector->layers.begin()->second;
    const auto found = vector->layers.find(layer);
    return found == vector->layers.end() ? nullptr : &found->second;
}

int Strip::mainLayer() const
{
    int main = -1;
    double most = -1;
    for (const auto& [layer, factor] : layers) {
        const LayerVector* v = direction(layer);
        if (const double size = v ? std::abs(factor) * v->norm() : 0; size > most) {
            most = size;
            main = layer;
        }
    }
    return main;
}

std::optional<double> Strip::push() const
{
    std::optional<double> largest;
    for (const auto& [layer, factor] : layers) {
        const LayerVector* v = direction(layer);
        const auto perUnit = v ? v->pushPerUnit() : std::nullopt;
        if (perUnit && (!largest || std::abs(strength * factor * *perUnit) > std::abs(*largest)))
            largest = strength * factor * *perUnit;
    }
    return largest;
}

bool Strip::acts() const
{
    // Clamping to zero is an effect; adding nothing is none.
    return enabled && (strength != 0 || op == Op::Clamp);
}

Edit Strip::toEdit() const
{
    return {vector, op, strength, layers, scope};
}

template <typename T>
void StripModel::set(int row, T Strip::*field, T value, int role, Change change)
{
    T& current = m_strips[size_t(row)].*field;
    if (current == value)
        return;
    current = std::move(value);
    m_lastChange = change;
    emit dataChanged(index(row), index(row), {role, Qt::DisplayRole});
}

int StripModel::find(const QString& name) const
{
    for (int row = 0; row < int(m_strips.size()); ++row)
        if (strip(row).name == name)
            return row;
    return -1;
}

void StripModel::toggleSolo(int row)
{
    const bool ends = m_solo == row;
    std::vector<bool> on;
    if (ends) {
        on = m_beforeSolo;
    } else {
        if (m_solo < 0) {
            m_beforeSolo.clear();
            for (const Strip& each : m_strips)
                m_beforeSolo.push_back(each.enabled);
        }
        on.assign(m_strips.size(), false);
        on[size_t(row)] = true;
    }
    m_solo = ends ? -1 : row;
    for (int each = 0; each < int(m_strips.size()); ++each)
        set(each, &Strip::enabled, bool(on[size_t(each)]), EnabledRole);
    m_lastChange = Change::None; // who plays alone is shown; what that changes has been signalled
    emit dataChanged(index(row), index(row), {EnabledRole});
}

void StripModel::reset(std::vector<Strip> strips)
{
    m_lastChange = Change::Other;
    if (const int count = int(m_strips.size()); count > 0) {
        beginRemoveRows({}, 0, count - 1);
        m_strips.clear();
        endRemoveRows();
    }
    m_solo = -1;
    if (strips.empty())
        return;
    beginInsertRows({}, 0, int(strips.size()) - 1);
    m_strips = std::move(strips);
    endInsertRows();
}

int StripModel::add(Strip strip)
{
    m_lastChange = Change::Other;
    m_solo = -1;
    const int row = int(m_strips.size());
    beginInsertRows({}, row, row);
    m_strips.push_back(std::move(strip));
    endInsertRows();
    return row;
}

void StripModel::remove(int row)
{
    m_lastChange = Change::Other;
    m_solo = -1;
    beginRemoveRows({}, row, row);
    m_strips.erase(m_strips.begin() + row);
    endRemoveRows();
}

void StripModel::setEnabled(int row, bool enabled)
{
    set(row, &Strip::enabled, enabled, EnabledRole);
}

void StripModel::rename(int row, const QString& name)
{
    set(row, &Strip::name, name, NameRole, Change::None);
}

void StripModel::setVector(int row, std::shared_ptr<const SteeringVector> vector)
{
    set(row, &Strip::vector, std::move(vector), VectorRole);
}

void StripModel::setStrength(int row, double strength)
{
    const bool turned = strength == -strip(row).strength;
    set(row, &Strip::strength, strength, StrengthRole, turned ? Change::Other : Change::Moved);
}

void StripModel::setLayers(int row, LayerCurve layers)
{
    set(row, &Strip::layers, std::move(layers), LayersRole);
}

void StripModel::setOp(int row, Op op)
{
    set(row, &Strip::op, op, OpRole);
}

void StripModel::setScope(int row, const TokenScope& scope)
{
    set(row, &Strip::scope, scope, ScopeRole);
}

std::vector<Edit> StripModel::toEdits() const
{
    std::vector<Edit> edits;
    for (const Strip& strip : m_strips)
        if (strip.acts())
            edits.push_back(strip.toEdit());
    return edits;
}

int StripModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : int(m_strips.size());
}

Qt::ItemFlags StripModel::flags(const QModelIndex& index) const
{
    return QAbstractListModel::flags(index) | (index.isValid() ? Qt::ItemIsUserCheckable : Qt::NoItemFlags);
}

QVariant StripModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const Strip& s = strip(index.row());
    switch (role) {
    case Qt::DisplayRole:
        return s.name;
    case Qt::CheckStateRole:
        return int(s.enabled ? Qt::Checked : Qt::Unchecked);
    case SortRole:
        return index.row();
    case EnabledRole:
        return s.enabled;
    case StrengthRole:
        return s.strength;
    case LayersRole:
        return QString::fromStdString(toString(s.layers));
    case OpRole:
        return QString::fromUtf8(toString(s.op).data());
    case ScopeRole:
        return QString::fromStdString(toString(s.scope));
    default:
        return {};
    }
}

bool StripModel::setData(const QModelIndex& index, const QVariant& value, int role)
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return false;
    if (role == Qt::CheckStateRole)
        setEnabled(index.row(), value.toInt() == Qt::Checked);
    else if (role == StrengthRole)
        setStrength(index.row(), value.toDouble());
    else
        return false;
    return true;
}

QString describeStrip(const Strip& strip)
{
    const QString layers = QString::fromStdString(toString(strip.layers)).replace(u'-', u'–');
    return (strip.layers.size() == 1 ? QObject::tr("layer %1, %2") : QObject::tr("layers %1, %2"))
        .arg(layers, titleOf(strip.op));
}

QString titleOf(Op op)
{
    switch (op) {
    case Op::Add:
        return QObject::tr("add");
    case Op::AddKeepNorm:
        return QObject::tr("add, keep norm");
    case Op::Ablate:
        return QObject::tr("ablate");
    case Op::Clamp:
        return QObject::tr("clamp");
    case Op::Rotate:
        return QObject::tr("rotate");
    }
    return {};
}

QString titleOf(const TokenScope& scope)
{
    QString title;
    switch (scope.kind) {
    case TokenScope::Kind::All:
        title = QObject::tr("all tokens");
        break;
    case TokenScope::Kind::Prompt:
        title = QObject::tr("prompt");
        break;
    case TokenScope::Kind::Generated:
        title = QObject::tr("generated");
        break;
    case TokenScope::Kind::Last:
        title = QObject::tr("last");
        break;
    case TokenScope::Kind::From:
        title = QObject::tr("from %1").arg(scope.from);
        break;
    }
    return scope.skipFirst ? QObject::tr("%1, not the first").arg(title) : title;
}

}
