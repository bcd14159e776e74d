#include "ui/panes/report_bar.h"

#include "ui/plots/plot.h"

namespace tiller {

ReportBar::ReportBar(Workspace* workspace, Panel panel, QWidget* parent)
    : MessageBar(parent)
{
    connect(workspace, &Workspace::reported, this, [this, panel](Panel concerned, const Report& report) {
        if (concerned != panel)
            return;
        m_action = report.action;
        showMessage(report.kind, report.failure.cause, report.failure.remedy, report.actionText);
    });
    connect(workspace, &Workspace::reportsCleared, this, [this, panel](Panel concerned) {
        if (concerned == panel)
            dismiss();
    });
    connect(this, &MessageBar::actionTriggered, this, [this] {
        // The action may report anew: the old message goes first.
        const auto action = std::exchange(m_action, {});
        dismiss();
        if (action)
            action();
    });
}

void reportFailedExports(QWidget* pane, Workspace* workspace, Panel panel)
{
    for (Plot* plot : pane->findChildren<Plot*>())
        QObject::connect(plot, &Plot::exportFailed, pane, [workspace, panel](const QString& problem) {
            workspace->report(panel,
                {MessageKind::Error, {problem, ReportBar::tr("Choose another folder or name.")}, {}, {}});
        });
}

}
