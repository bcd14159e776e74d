#include "ui/panes/layer_figures.h"

#include "ui/panes/layouts.h"
#include "ui/plots/layer_plot.h"
#include "ui/plots/plot_export.h"
#include "ui/plots/plot_legend.h"
#include "ui/widgets/section_header.h"

#include <QComboBox>

#include <cmath>
#include <functional>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

using Figure = std::function<double(const LayerDiagnostics&)>;

enum View { Separation, Norm, Sides, Shape };

/// Series of a set of figures; a layer without one is a gap.
class Curves {
public:
    explicit Curves(const Diagnostics& diagnostics)
        : m_layers(diagnostics.layers)
        , m_first(m_layers.front().layer)
        , m_span(size_t(m_layers.back().layer - m_first + 1))
    {
    }

    int first() const { return m_first; }

    LayerSeries& add(const QString& name, ColorToken color, PlotAxis axis, const Figure& figure)
    {
        LayerSeries made;
        made.name = name;
        made.color = color;
        made.axis = axis;
        made.values = values(figure);
        return series.emplace_back(std::move(made));
    }

    std::vector<double> values(const Figure& figure) const
    {
        std::vector<double> all(m_span, std::nan(""));
        for (const LayerDiagnostics& layer : m_layers)
            all[size_t(layer.layer - m_first)] = figure(layer);
        return all;
    }

    std::vector<LayerSeries> series;

private:
    const std::vector<LayerDiagnostics>& m_layers;
    int m_first;
    size_t m_span;
};

Figure resampled(const std::function<double(const ResampledFigures&)>& figure)
{
    return [figure](const LayerDiagnostics& layer) {
        return layer.resampled ? figure(*layer.resampled) : std::nan("");
    };
}

Figure perNorm(double LayerDiagnostics::*figure)
{
    return [figure](const LayerDiagnostics& layer) {
        return layer.*figure / std::max(layer.meanResidualNorm, 1e-12);
    };
}

}

LayerFigures::LayerFigures(Workspace* workspace, QWidget* parent)
    : QWidget(parent)
    , m_workspace(workspace)
    , m_header(new SectionHeader(tr("Over layers")))
    , m_view(new QComboBox)
    , m_plot(new LayerPlot)
    , m_legend(new PlotLegend)
{
    auto* layout = column(this);
    layout->addWidget(m_plot);
    m_view->setObjectName(u"layerFigures"_s);
    m_view->setAccessibleName(tr("Figures over the layers"));
    m_view->addItem(tr("Separation"));
    m_view->addItem(tr("Norm"));
    m_view->addItem(tr("Two sides"));
    m_view->addItem(tr("Shape"));
    m_view->setItemData(Separation,
        tr("AUC of pairs that the fit has not seen, cosine of the fits of two halves, push of strength 1"),
        Qt::ToolTipRole);
    m_view->setItemData(Norm, tr("|v| with its bootstrap band, push of strength 1"), Qt::ToolTipRole);
    m_view->setItemData(Sides, tr("Mean projections of both sides, in residual norms"), Qt::ToolTipRole);
    m_view->setItemData(Shape,
        tr("Share of what the pairs' two sides differ by that lies along v, share of |v|² in the largest 1 % "
           "of dimensions"),
        Qt::ToolTipRole);
    m_plot->setObjectName(u"layerPlot"_s);
    m_plot->setAccessibleName(tr("Diagnostics over the layers"));
    m_plot->setLayerLabel(tr("layer"));
    m_plot->setPlaceholderText(tr("Separation, stability and push of\nevery layer appear after extraction."));
    m_header->addWidget(m_legend);
    m_header->addWidget(m_view);
    m_header->addWidget(exportButton(m_plot));

    connect(m_view, &QComboBox::currentIndexChanged, this, &LayerFigures::refresh);
    connect(m_plot, &LayerPlot::layerClicked, workspace, &Workspace::setDiagnosticLayer);
    connect(workspace, &Workspace::extractedChanged, this, &LayerFigures::refresh);
    connect(workspace, &Workspace::diagnosticsChanged, this, &LayerFigures::refresh);
    connect(workspace, &Workspace::diagnosticLayerChanged, m_plot, &LayerPlot::setCurrentLayer);
    refresh();
}

void LayerFigures::refresh()
{
    const Diagnostics* diagnostics = m_workspace->diagnostics();
    m_view->setEnabled(diagnostics);
    if (!diagnostics || diagnostics->layers.empty()) {
        m_plot->setSeries({});
        m_legend->setSeries({});
        return;
    }
    Curves curves(*diagnostics);
    m_plot->setAxisRange(PlotAxis::Left, {});
    const auto push = [&] {
        LayerSeries& bars = curves.add(tr("push"), &Colors::border, PlotAxis::Right,
            [](const LayerDiagnostics& layer) { return layer.push; });
        bars.style = SeriesStyle::Bars;
        m_plot->setAxisLabel(PlotAxis::Right, tr("push per unit"));
    };
    switch (View(m_view->currentIndex())) {
    case Separation: {
        push();
        const bool resampledAll = diagnostics->resampled();
        LayerSeries& halves = curves.add(tr("halves"), &Colors::text, PlotAxis::Left,
            resampled([](const ResampledFigures& r) { return r.splitHalf; }));
        halves.style = SeriesStyle::Dashed;
        halves.low = curves.values(resampled([](const ResampledFigures& r) { return r.splitHalfBand.low; }));
        halves.high
            = curves.values(resampled([](const ResampledFigures& r) { return r.splitHalfBand.high; }));
        curves.add(resampledAll ? tr("AUC") : tr("AUC, fitted"), &Colors::text, PlotAxis::Left,
            [](const LayerDiagnostics& l) { return l.resampled ? l.resampled->auc : l.separation; });
        m_plot->setAxisLabel(PlotAxis::Left, tr("AUC, cosine"));
        double least = 0.9;
        for (const LayerSeries& series : curves.series)
            if (series.axis == PlotAxis::Left)
                for (const auto* values : {&series.values, &series.low})
                    for (const double value : *values)
                        if (!std::isnan(value))
                            least = std::min(least, value);
        const double air = 0.04 * (1 - least);
        m_plot->setAxisRange(PlotAxis::Left, std::pair(least - air, 1 + air)); // neither exceeds 1
        break;
    }
    case Norm: {
        push();
        LayerSeries& norm = curves.add(
            tr("|v|"), &Colors::text, PlotAxis::Left, [](const LayerDiagnostics& l) { return l.norm; });
        norm.low = curves.values(resampled([](const ResampledFigures& r) { return r.normBand.low; }));
        norm.high = curves.values(resampled([](const ResampledFigures& r) { return r.normBand.high; }));
        m_plot->setAxisLabel(PlotAxis::Left, tr("|v|"));
        break;
    }
    case Sides: {
        const ContrastPairModel& pairs = *m_workspace->contrast()->model();
        curves
            .add(pairs.negativeLabel(), &Colors::negative, PlotAxis::Left,
                perNorm(&LayerDiagnostics::negativeProjection))
            .mark
            = SeriesMark::NegativePole;
        curves
            .add(pairs.positiveLabel(), &Colors::positive, PlotAxis::Left,
                perNorm(&LayerDiagnostics::positiveProjection))
            .mark
            = SeriesMark::PositivePole;
        m_plot->setAxisLabel(PlotAxis::Left, tr("mean projection ÷ norm"));
        m_plot->setAxisLabel(PlotAxis::Right, {});
        break;
    }
    case Shape: {
        curves.add(m_workspace->contrast()->model()->isUnpaired() ? tr("variance along v") : tr("Δ along v"),
            &Colors::text, PlotAxis::Left, [](const LayerDiagnostics& l) { return l.explainedVariance; });
        LayerSeries& outliers = curves.add(tr("top 1 %"), &Colors::text, PlotAxis::Left,
            [](const LayerDiagnostics& l) { return l.outlierShare; });
        outliers.style = SeriesStyle::Dashed;
        m_plot->setAxisLabel(PlotAxis::Left, tr("share"));
        m_plot->setAxisLabel(PlotAxis::Right, {});
        break;
    }
    }
    Curves further(*diagnostics);
    const auto addFurther = [&](const QString& name, int decimals, const Figure& figure) {
        further.add(name, &Colors::text, PlotAxis::Left, figure).decimals = decimals;
    };
    if (View(m_view->currentIndex()) == Separation && diagnostics->resampled()) {
        addFurther(tr("accuracy"), 2, resampled([](const ResampledFigures& r) { return r.accuracy; }));
        addFurther(tr("four-fold AUC"), 2, resampled([](const ResampledFigures& r) { return r.foldAuc; }));
        addFurther(tr("p of shuffled labels"), 3, resampled([](const ResampledFigures& r) { return r.p; }));
    }
    addFurther(tr("mean |h|"), 1, [](const LayerDiagnostics& l) { return l.meanResidualNorm; });
    m_plot->setFurther(std::move(further.series));
    m_legend->setSeries(curves.series);
    m_plot->setSeries(std::move(curves.series), curves.first());
    m_plot->setCurrentLayer(m_workspace->diagnosticLayer());
    m_plot->setRecommendedLayer(
        diagnostics->recommendation.layer, QString::fromStdString(diagnostics->recommendation.reason));
    m_plot->setCaption(m_workspace->extractionCaption());
    m_plot->setExportName(m_workspace->exportName(u"layers"_s));
}

}
