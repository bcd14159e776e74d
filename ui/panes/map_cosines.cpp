#include "ui/panes/map_cosines.h"

#include "ui/panes/layouts.h"
#include "ui/panes/library_comparison.h"
#include "ui/plots/cosine_map.h"
#include "ui/plots/plot_export.h"
#include "ui/widgets/section_header.h"

#include <QSpinBox>

#include <utility>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

constexpr size_t mostVectors = 24; ///< whose names can still be read

const std::vector<float>* directionAt(const SteeringVector& vector, int layer)
{
    const auto found = vector.single() ? vector.layers.begin() : vector.layers.find(layer);
    return found == vector.layers.end() ? nullptr : &found->second.values;
}

}

MapCosines::MapCosines(Workspace* workspace, QWidget* parent)
    : MapView(workspace->map(), parent)
    , m_workspace(workspace)
    , m_layersHeader(new SectionHeader(tr("Between layers")))
    , m_vectorsHeader(new SectionHeader(tr("Between vectors")))
    , m_layers(new CosineMap)
    , m_vectors(new CosineMap)
    , m_layer(new QSpinBox)
{
    m_layers->setObjectName(u"layerCosines"_s);
    m_layers->setAccessibleName(tr("Cosines between the layers of the vector"));
    m_layers->setPlaceholderText(tr("Needs a vector of several layers:\nextract or import one."));
    m_vectors->setObjectName(u"vectorCosines"_s);
    m_vectors->setAccessibleName(tr("Cosines between the vectors of the library"));
    m_vectors->setPlaceholderText(tr("Needs two vectors of the library\nthat have this layer."));
    m_layer->setObjectName(u"cosineLayer"_s);
    m_layer->setPrefix(tr("layer "));
    m_layer->setAccessibleName(tr("Layer that the vectors are compared at"));
    m_layer->setKeyboardTracking(false);
    m_layer->setProperty("compact", true);
    m_vectorsHeader->addWidget(m_layer);
    auto* halves = row(this, 0, 0);
    halves->addWidget(build(m_layersHeader, m_layers), 1);
    halves->addWidget(separatorLine(Qt::Vertical));
    halves->addWidget(build(m_vectorsHeader, m_vectors), 1);

    connect(m_layer, &QSpinBox::valueChanged, this, [this] {
        m_layers->setCurrentLayer(m_layer->value());
        refreshVectors();
    });
    connect(m_layers, &CosineMap::layerClicked, m_layer, &QSpinBox::setValue);
    connect(m_vectors, &CosineMap::cellClicked, this, &MapCosines::compare);
    connect(workspace, &Workspace::currentVectorChanged, this, &MapCosines::refreshSoon);
    for (const auto signal : {&QAbstractItemModel::rowsInserted, &QAbstractItemModel::rowsRemoved})
        connect(workspace->library(), signal, this, &MapCosines::refreshSoon);
    connect(workspace->library(), &QAbstractItemModel::dataChanged, this, &MapCosines::refreshSoon);
}

QWidget* MapCosines::build(SectionHeader* header, CosineMap* plot)
{
    auto* panel = new QWidget;
    auto* layout = column(panel);
    header->addWidget(exportButton(plot));
    layout->addWidget(header);
    layout->addWidget(plot, 1);
    return panel;
}

const LibraryEntry* MapCosines::entry() const
{
    LibraryModel* library = m_workspace->library();
    int row = m_map->grid().isEmpty() ? -1 : library->find(m_map->grid().vectorName);
    if (row < 0)
        row = m_workspace->currentVector();
    return row < 0 ? nullptr : &library->entry(row);
}

void MapCosines::setSelected(const LayerMap* map, LayerMap::Place place, int prompt)
{
    if (place.isValid())
        m_layer->setValue(map->grid().layers[size_t(place.layer)]);
    MapView::setSelected(map, place, prompt);
}

void MapCosines::refresh()
{
    const LibraryEntry* shown = entry();
    m_layer->setEnabled(shown);
    if (shown) {
        const QSignalBlocker quiet(m_layer);
        const SteeringVector& vector = *shown->vector;
        const bool anywhere = vector.single() && m_workspace->model();
        m_layer->setRange(anywhere ? 0 : vector.layers.begin()->first,
            anywhere ? m_workspace->model()->config.layers - 1 : vector.layers.rbegin()->first);
        if (std::exchange(m_shown, shown->name) != shown->name && !m_selected.isValid())
            m_layer->setValue(shown->suggestedLayer);
    }
    refreshLayers();
    refreshVectors();
}

void MapCosines::refreshLayers()
{
    const LibraryEntry* shown = entry();
    m_layersHeader->setTitle(shown ? tr("Between the layers of %1").arg(shown->name) : tr("Between layers"));
    std::vector<int> layers;
    std::vector<double> cosines;
    if (shown && !shown->vector->single())
        for (const auto& [layer, direction] : shown->vector->layers) {
            layers.push_back(layer);
            for (const auto& [other, its] : shown->vector->layers)
                cosines.push_back(cosine(direction.values, its.values));
        }
    m_layers->setLayers(std::move(layers), std::move(cosines));
    m_layers->setCurrentLayer(m_layer->value());
    m_layers->setCaption(shown ? tr("%1: %2").arg(shown->name, shown->summary()) : QString());
}

void MapCosines::refreshVectors()
{
    const LibraryModel& library = *m_workspace->library();
    const int layer = m_layer->value();
    const LibraryEntry* shown = entry();
    std::vector<QString> names;
    m_rows.clear();
    for (int row = 0; shown && row < library.rowCount() && names.size() < mostVectors; ++row) {
        const LibraryEntry& each = library.entry(row);
        if (each.vector->width() != shown->vector->width() || !directionAt(*each.vector, layer))
            continue;
        m_rows.push_back(row);
        names.push_back(each.name);
    }
    std::vector<double> cosines;
    for (const int a : m_rows)
        for (const int b : m_rows)
            cosines.push_back(cosine(*directionAt(*library.entry(a).vector, layer),
                *directionAt(*library.entry(b).vector, layer)));
    if (m_rows.size() < 2)
        m_vectors->setMatrix({}, {}, {});
    else
        m_vectors->setMatrix(names, names, std::move(cosines));
    m_vectors->setCaption(tr("Vectors of the library at layer %1").arg(layer));
}

// How the two go together over all layers.
void MapCosines::compare(int row, int column)
{
    const LibraryModel& library = *m_workspace->library();
    const LibraryEntry& a = library.entry(m_rows[size_t(row)]);
    const LibraryEntry& b = library.entry(m_rows[size_t(column)]);
    if (row == column || !haveCommonLayers(*a.vector, *b.vector))
        return;
    auto* dialog = new LibraryComparison(a, b, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->open();
}
}
