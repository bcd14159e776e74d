#include "ui/plots/plot_accessible.h"

#include "ui/plots/plot.h"

#include <QAccessibleWidget>

namespace tiller {

namespace {

QAccessibleInterface* makeInterface(const QString&, QObject* object)
{
    auto* plot = qobject_cast<Plot*>(object);
    return plot ? new QAccessibleWidget(plot, QAccessible::Graphic) : nullptr;
}

}

void installPlotAccessibility()
{
    static const bool installed = (QAccessible::installFactory(makeInterface), true);
    Q_UNUSED(installed)
}

}
