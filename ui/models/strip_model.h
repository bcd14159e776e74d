#pragma once

#include "core/steer/plan.h"

#include <QAbstractListModel>

#include <memory>
#include <optional>
#include <vector>

namespace tiller {

/// One vector in the mix.
struct Strip {
    QString name; ///< as in the library
    std::shared_ptr<const SteeringVector> vector;
    bool enabled = true;
    double strength = 1;
    LayerCurve layers;
    Op op = Op::Add;
    TokenScope scope;

    /// Strength x |v| / mean residual norm at the layer where that is largest; nothing where the vector does
    /// not know.
    std::optional<double> push() const;
    /// Where it acts most: of its layers the one with the largest factor x |v|, -1 for none.
    int mainLayer() const;
    /// Its direction at a layer; null where the set lacks it.
    const LayerVector* direction(int layer) const;
    bool acts() const;
    Edit toEdit() const;
};

/// The mixer's strips, top to bottom.
class StripModel : public QAbstractListModel {
    Q_OBJECT

public:
    enum Role {
        SortRole = Qt::UserRole,
        NameRole,
        VectorRole,
        EnabledRole,
        StrengthRole,
        LayersRole,
        OpRole,
        ScopeRole
    };

    /// What a change makes of the mix.
    enum class Change {
        None, ///< the same one
        Moved, ///< a slider or number is on its way
        Other
    };
    static constexpr double mostStrength = 1000; ///< of a strip, either way

    using QAbstractListModel::QAbstractListModel;

    /// Of what is being signalled, or was last.
    Change lastChange() const { return m_lastChange; }
    const Strip& strip(int row) const { return m_strips[size_t(row)]; }
    const std::vector<Strip>& strips() const { return m_strips; }
    int find(const QString& name) const; ///< -1 when there is none

    int add(Strip strip);
    void remove(int row);
    void reset(std::vector<Strip> strips); ///< another mix
    void rename(int row, const QString& name); ///< as the library has
    void setVector(int row, std::shared_ptr<const SteeringVector> vector);
    void setEnabled(int row, bool enabled);
    /// Only this one is on; a second time those that were on before are on again.
    void toggleSolo(int row);
    int soloRow() const { return m_solo; } ///< -1: none
    /// A sign that is turned is another mix, not a strength on its way.
    void setStrength(int row, double strength);
    void setLayers(int row, LayerCurve layers);
    void setOp(int row, Op op);
    void setScope(int row, const TokenScope& scope);

    std::vector<Edit> toEdits() const;

    int rowCount(const QModelIndex& parent = {}) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role = Qt::EditRole) override;

private:
    template <typename T>
    void set(int row, T Strip::*field, T value, int role, Change change = Change::Other);

    std::vector<Strip> m_strips;
    Change m_lastChange = Change::None;
    int m_solo = -1;
    std::vector<bool> m_beforeSolo; ///< which were on
};

/// "layer 12, add", "layers 8–20, ablate".
QString describeStrip(const Strip& strip);
QString titleOf(Op op);
QString titleOf(const TokenScope& scope);

}
