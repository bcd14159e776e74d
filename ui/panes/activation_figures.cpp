#include "ui/panes/activation_figures.h"

#include "ui/panes/layouts.h"
#include "ui/plots/cosine_map.h"
#include "ui/plots/plot_export.h"
#include "ui/plots/scatter_plot.h"
#include "ui/widgets/section_header.h"

#include <QComboBox>
#include <QSpinBox>
#include <QStackedWidget>

#include <cmath>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

enum View { AlongVector, Components, Layers };

QString percent(double share)
{
    return QString::number(std::lround(share * 100));
}

}

ActivationFigures::ActivationFigures(Workspace* workspace, QWidget* parent)
    : QWidget(parent)
    , m_workspace(workspace)
    , m_header(new SectionHeader(tr("Activations")))
    , m_view(new QComboBox)
    , m_layer(new QSpinBox)
    , m_stack(new QStackedWidget)
    , m_exports(new QStackedWidget)
    , m_scatter(new ScatterPlot)
    , m_cosines(new CosineMap)
{
    auto* layout = column(this);
    layout->addWidget(m_stack);
    m_scatter->setObjectName(u"scatterPlot"_s);
    m_scatter->setAccessibleName(tr("Activations of both sides in two dimensions"));
    m_scatter->setPlaceholderText(tr("Both sides' activations in a plane\nappear after extraction."));
    m_cosines->setObjectName(u"cosineMap"_s);
    m_cosines->setAccessibleName(tr("Cosines between the directions of the layers"));
    m_cosines->setPlaceholderText(tr("Cosines between the layers' directions\nappear after extraction."));
    m_stack->addWidget(m_scatter);
    m_stack->addWidget(m_cosines);
    m_exports->addWidget(exportButton(m_scatter));
    m_exports->addWidget(exportButton(m_cosines));
    m_exports->setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);

    m_view->setObjectName(u"activationView"_s);
    m_view->setAccessibleName(tr("What to show of the activations"));
    m_view->addItem(tr("Along v"));
    m_view->addItem(tr("Components"));
    m_view->addItem(tr("Layer cosines"));
    m_view->setItemData(
        AlongVector, tr("Projection on v, and the first component of what is left"), Qt::ToolTipRole);
    m_view->setItemData(Components, tr("The first two principal components"), Qt::ToolTipRole);
    m_view->setItemData(Layers, tr("Cosines between the directions of all layers"), Qt::ToolTipRole);
    m_layer->setObjectName(u"activationLayer"_s);
    m_layer->setAccessibleName(tr("Layer"));
    m_layer->setPrefix(tr("layer "));
    m_layer->setKeyboardTracking(false);
    m_header->addWidget(m_view);
    m_header->addWidget(m_layer);
    m_header->addWidget(m_exports);

    connect(m_view, &QComboBox::currentIndexChanged, this, &ActivationFigures::chooseView);
    connect(m_layer, &QSpinBox::valueChanged, workspace, &Workspace::setDiagnosticLayer);
    connect(m_cosines, &CosineMap::layerClicked, workspace, &Workspace::setDiagnosticLayer);
    connect(workspace, &Workspace::extractedChanged, this, &ActivationFigures::refresh);
    connect(workspace, &Workspace::diagnosticLayerChanged, this, &ActivationFigures::refreshLayer);
    connect(workspace, &Workspace::scatterReady, this, &ActivationFigures::show);
    refresh();
}

void ActivationFigures::chooseView()
{
    const bool cosines = m_view->currentIndex() == Layers;
    m_stack->setCurrentIndex(cosines ? 1 : 0);
    m_exports->setCurrentIndex(cosines ? 1 : 0);
    refreshLayer();
}

void ActivationFigures::refresh()
{
    const ExtractResult* extracted = m_workspace->extracted();
    m_view->setEnabled(extracted);
    m_layer->setEnabled(extracted);
    if (!extracted) {
        m_scatter->setPairs({});
        m_cosines->setLayers({}, {});
        return;
    }
    const QSignalBlocker quiet(m_layer);
    m_layer->setRange(extracted->bank.layers.front(), extracted->bank.layers.back());
    const Diagnostics& diagnostics = *m_workspace->diagnostics();
    std::vector<int> layers;
    std::vector<double> cosines;
    for (const LayerDiagnostics& layer : diagnostics.layers)
        layers.push_back(layer.layer);
    for (const auto& row : diagnostics.cosines)
        cosines.insert(cosines.end(), row.begin(), row.end());
    m_cosines->setLayers(std::move(layers), std::move(cosines));
    m_cosines->setCaption(m_workspace->extractionCaption());
    m_cosines->setExportName(m_workspace->exportName(u"cosines"_s));
}

void ActivationFigures::refreshLayer()
{
    if (!m_workspace->extracted())
        return;
    const QSignalBlocker quiet(m_layer);
    m_layer->setValue(m_workspace->diagnosticLayer());
    m_cosines->setCurrentLayer(m_workspace->diagnosticLayer());
    if (m_view->currentIndex() != Layers)
        m_workspace->requestScatter(
            m_view->currentIndex() == Components ? ScatterAxes::Principal : ScatterAxes::Direction);
}

void ActivationFigures::show(const Scattered& scattered)
{
    const ContrastPairModel& model = *m_workspace->contrast()->model();
    const ActivationBank& bank = scattered.extracted->bank;
    const auto pointOf = [&](int item, int64_t side) {
        const bool used = item < bank.items;
        const auto& points = used ? scattered.scatter.points : scattered.scatter.setAside;
        const Scatter::Point& point = points[size_t((used ? item : item - bank.items) * bank.sides + side)];
        return QPointF(point[0], point[1]);
    };
    std::vector<ScatterPair> pairs;
    for (int row = 0; row < model.rowCount(); ++row) {
        const auto item = model.bankItem(row);
        if (!item)
            continue;
        ScatterPair pair;
        pair.row = row;
        pair.dropped = !model.isEnabled(row);
        if (bank.sides == 2) {
            pair.positive = pointOf(*item, 0);
            pair.negative = pointOf(*item, 1);
        } else {
            (model.pair(row).positive.empty() ? pair.negative : pair.positive) = pointOf(*item, 0);
        }
        pairs.push_back(pair);
    }
    m_scatter->setPoleNames(model.positiveLabel(), model.negativeLabel());
    m_scatter->setJoined(!model.isUnpaired());
    const auto& shares = scattered.scatter.shares;
    if (scattered.axes == ScatterAxes::Direction)
        m_scatter->setAxisLabels(tr("along v, %1 % of all variance").arg(percent(shares[0])),
            tr("beside v, %1 %").arg(percent(shares[1])));
    else
        m_scatter->setAxisLabels(tr("component 1, %1 % of all variance").arg(percent(shares[0])),
            tr("component 2, %1 %").arg(percent(shares[1])));
    m_scatter->setPairs(std::move(pairs));
    m_scatter->setCaption(tr("%1, layer %2").arg(m_workspace->extractionCaption()).arg(scattered.layer));
    m_scatter->setExportName(m_workspace->exportName(u"activations"_s));
}

}
