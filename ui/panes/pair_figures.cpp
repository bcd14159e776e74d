#include "ui/panes/pair_figures.h"

#include "ui/panes/layouts.h"
#include "ui/plots/pair_plot.h"
#include "ui/plots/plot_export.h"
#include "ui/plots/plot_legend.h"
#include "ui/widgets/section_header.h"

#include <algorithm>

namespace tiller {

using namespace Qt::StringLiterals;

PairFigures::PairFigures(Workspace* workspace, QWidget* parent)
    : QWidget(parent)
    , m_workspace(workspace)
    , m_header(new SectionHeader(tr("Pair projections")))
    , m_plot(new PairPlot)
    , m_legend(new PlotLegend)
{
    auto* layout = column(this);
    layout->addWidget(m_plot);
    m_plot->setObjectName(u"pairPlot"_s);
    m_plot->setAccessibleName(tr("Projections of the pairs on the direction"));
    m_plot->setPlaceholderText(tr("Where each pair lies on the direction\nappears after extraction."));
    m_header->addWidget(m_legend);
    m_header->addWidget(exportButton(m_plot));

    connect(workspace, &Workspace::extractedChanged, this, &PairFigures::refresh);
    connect(workspace, &Workspace::diagnosticsChanged, this, &PairFigures::refresh);
    connect(workspace->contrast(), &ContrastDocument::contentsChanged, this, &PairFigures::refresh);
    connect(workspace, &Workspace::diagnosticLayerChanged, this, &PairFigures::refresh);
    refresh();
}

void PairFigures::refresh()
{
    const ExtractResult* extracted = m_workspace->extracted();
    if (!extracted) {
        m_plot->setPairs({});
        m_legend->setEntries({});
        return;
    }
    const ContrastPairModel& model = *m_workspace->contrast()->model();
    const int layer = m_workspace->diagnosticLayer();
    const auto& layers = extracted->bank.layers;
    const auto place = size_t(std::ranges::find(layers, layer) - layers.begin());
    const auto measured
        = std::ranges::find(m_workspace->diagnostics()->layers, layer, &LayerDiagnostics::layer);
    const bool known
        = measured != m_workspace->diagnostics()->layers.end() && measured->resampled.has_value();

    std::vector<PlottedPair> pairs;
    for (int row = 0; row < model.rowCount(); ++row) {
        const auto projections = m_workspace->pairProjections(row);
        if (place >= projections.size())
            continue;
        PlottedPair pair;
        pair.row = row;
        std::tie(pair.positive, pair.negative) = projections[place];
        pair.dropped = !model.isEnabled(row);
        const auto item = size_t(model.bankItem(row).value_or(-1));
        if (known && item < measured->resampled->withoutItem.size())
            pair.cosineWithout = double(measured->resampled->withoutItem[item]);
        pairs.push_back(pair);
    }
    m_header->setNote(model.isUnpaired() ? tr("one text a line") : QString());
    m_plot->setPoleNames(model.positiveLabel(), model.negativeLabel());
    m_plot->setJoined(!model.isUnpaired());
    m_plot->setAxisLabel(tr("projection on v (unit), layer %1").arg(layer));
    m_plot->setPairs(std::move(pairs));
    m_plot->setCaption(m_workspace->extractionCaption());
    m_plot->setExportName(m_workspace->exportName(u"pairs"_s));
    m_legend->setEntries(m_plot->legend());
}

}
