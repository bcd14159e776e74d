#include "ui/panes/diagnostics_panel.h"

#include "ui/panes/activation_figures.h"
#include "ui/panes/findings.h"
#include "ui/panes/layer_figures.h"
#include "ui/panes/layouts.h"
#include "ui/panes/pair_figures.h"
#include "ui/panes/plot_stack.h"
#include "ui/panes/report_bar.h"
#include "ui/plots/layer_plot.h"
#include "ui/plots/pair_plot.h"
#include "ui/plots/scatter_plot.h"

namespace tiller {

DiagnosticsPanel::DiagnosticsPanel(Workspace* workspace, QWidget* parent)
    : QWidget(parent)
    , m_workspace(workspace)
    , m_stack(new PlotStack)
    , m_layers(new LayerFigures(workspace))
    , m_pairs(new PairFigures(workspace))
    , m_activations(new ActivationFigures(workspace))
{
    auto* layout = column(this);
    layout->addWidget(new Findings(workspace));
    layout->addWidget(m_stack, 1);
    m_stack->addSection(m_layers->header(), m_layers);
    m_stack->addSection(m_pairs->header(), m_pairs);
    m_stack->addSection(m_activations->header(), m_activations);

    for (PairedPlot* plot :
        {static_cast<PairedPlot*>(m_pairs->plot()), static_cast<PairedPlot*>(m_activations->scatter())}) {
        connect(plot, &PairedPlot::pairClicked, this, &DiagnosticsPanel::rowClicked);
        connect(plot, &PairedPlot::pairDropRequested, this, [this](int row) {
            ContrastDocument* document = m_workspace->contrast();
            document->setEnabled({row}, !document->model()->isEnabled(row));
        });
    }
    reportFailedExports(this, workspace, Panel::Contrast);
}

void DiagnosticsPanel::setTabbed(bool tabbed)
{
    m_stack->setTabbed(tabbed);
}

void DiagnosticsPanel::setSelectedRow(int row)
{
    m_pairs->plot()->setSelectedRow(row);
    m_activations->scatter()->setSelectedRow(row);
}

}
