#include "ui/plots/plot_export.h"

#include "ui/plots/plot.h"
#include "ui/theme/icons.h"
#include "ui/theme/metrics.h"
#include "ui/widgets/dialogs.h"

#include <QAction>
#include <QMenu>
#include <QToolButton>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

void tell(Plot* plot, const QString& fileName, const QString& problem)
{
    if (problem.isEmpty())
        emit plot->exported(fileName);
    else
        emit plot->exportFailed(problem);
}

void askAndExportFigure(Plot* plot)
{
    const QString fileName = Dialogs::getSaveFileName(plot, Plot::tr("Export the figure"),
        plot->exportName() + u".png"_s, Plot::tr("PNG (*.png);;PDF (*.pdf);;SVG (*.svg)"));
    if (!fileName.isEmpty())
        tell(plot, fileName, plot->exportTo(fileName));
}

void askAndExportData(Plot* plot)
{
    const QString fileName = Dialogs::getSaveFileName(
        plot, Plot::tr("Export the data"), plot->exportName() + u".csv"_s, Plot::tr("CSV (*.csv)"));
    if (!fileName.isEmpty())
        tell(plot, fileName, plot->exportData(fileName));
}

}

void addExportActions(Plot* plot)
{
    const auto add = [plot](const QString& name, const QString& iconName, const QString& text, auto act) {
        auto* action = new QAction(icon(iconName), text, plot);
        action->setObjectName(name);
        QObject::connect(action, &QAction::triggered, plot, [plot, act] { act(plot); });
        plot->addAction(action);
    };
    add(u"exportFigure"_s, u"export"_s, Plot::tr("Export figure…"), askAndExportFigure);
    add(u"copyFigure"_s, u"copy"_s, Plot::tr("Copy figure"), [](Plot* p) { p->copyFigure(); });
    add(u"exportData"_s, u"export"_s, Plot::tr("Export data (CSV)…"), askAndExportData);
    add(u"copyData"_s, u"copy"_s, Plot::tr("Copy data"), [](Plot* p) { p->copyData(); });
}

void showExportMenu(Plot* plot, const QPoint& globalPoint)
{
    auto* menu = new QMenu(plot);
    menu->setObjectName(u"exportMenu"_s);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addActions(plot->actions());
    menu->popup(globalPoint);
}

QToolButton* exportButton(Plot* plot)
{
    auto* button = new QToolButton;
    button->setObjectName(u"exportPlot"_s);
    button->setIcon(icon(u"export"_s));
    button->setAutoRaise(true);
    button->setFixedSize(px(22), px(22));
    button->setFocusPolicy(Qt::TabFocus);
    button->setPopupMode(QToolButton::InstantPopup);
    button->setToolTip(Plot::tr("Export or copy this plot and its data"));
    button->setAccessibleName(Plot::tr("Export: %1").arg(plot->accessibleName()));
    auto* menu = new QMenu(button);
    menu->addActions(plot->actions());
    button->setMenu(menu);
    return button;
}

}
