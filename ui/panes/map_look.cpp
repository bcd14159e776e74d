#include "ui/panes/map_look.h"

#include "ui/panes/metric_list.h"
#include "ui/theme/numbers.h"

#include <QObject>

#include <algorithm>
#include <cmath>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

constexpr double scaleTop = 3; ///< nats per token

bool isLoss(Metric metric)
{
    return metric == Metric::Kl || metric == Metric::Coherence;
}

}

bool MapLook::diverges() const
{
    return factsOf(metric).isSigned || side == MapSide::Difference;
}

QString MapLook::title() const
{
    switch (side) {
    case MapSide::Vector:
        break;
    case MapSide::Control:
        return QObject::tr("%1 of the random control").arg(titleOf(metric));
    case MapSide::Difference:
        return QObject::tr("%1 beyond the random control").arg(titleOf(metric));
    }
    return titleOf(metric);
}

ColorMap MapLook::colors() const
{
    return diverges() ? ColorMap::AmberPlum : ColorMap::Ember;
}

double MapLook::limit(double largest) const
{
    if (!(largest > 0))
        return 1;
    return isLoss(metric) ? std::min(largest, scaleTop) : largest;
}

ColorScale MapLook::scale(const MapGrid& grid, double limit, double largest) const
{
    ColorScale scale{colors(), title(), {}, {}, {}};
    const QString end = number(limit, limit < 1 ? 2 : 1);
    if (diverges()) {
        // What is measured on pairs has their poles, whatever the vector's are.
        const bool ofPairs = factsOf(metric).on == MeasuredOn::Items;
        const auto pole = [&](const QString& ofSet, std::string SteeringVector::*own) {
            return ofPairs ? ofSet : grid.vector ? QString::fromStdString((*grid.vector).*own) : QString();
        };
        const QString negative = pole(grid.negativeLabel, &SteeringVector::negativeLabel);
        const QString positive = pole(grid.positiveLabel, &SteeringVector::positiveLabel);
        scale.low = u"%1 −%2"_s.arg(negative, end).trimmed();
        scale.high = u"+%1 %2"_s.arg(end, positive).trimmed();
    } else {
        scale.low = u"0"_s;
        scale.high = u"%1%2 %3"_s.arg(largest > limit ? u"≥ "_s : QString(), end, unitOf(metric)).trimmed();
    }
    if (grid.measures(Metric::Coherence))
        scale.collapse
            = QObject::tr("%1 nat/token").arg(number(collapse, collapse == std::floor(collapse) ? 0 : 2));
    return scale;
}

}
