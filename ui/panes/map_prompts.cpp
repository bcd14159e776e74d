#include "ui/panes/map_prompts.h"

#include "ui/panes/layouts.h"
#include "ui/panes/metric_list.h"
#include "ui/plots/prompt_multiples.h"
#include "ui/theme/theme.h"

#include <QScrollArea>

#include <algorithm>
#include <cmath>

namespace tiller {

using namespace Qt::StringLiterals;

MapPrompts::MapPrompts(const LayerMap* map, QWidget* parent)
    : MapView(map, parent)
    , m_plot(new PromptMultiples)
    , m_note(new QLabel)
{
    m_plot->setObjectName(u"promptMultiples"_s);
    m_plot->setAccessibleName(tr("The map prompt by prompt"));
    m_plot->setPlaceholderText(tr("Each prompt for itself appears here\nonce texts have been measured."));
    m_note->setObjectName(u"promptsNote"_s);
    m_note->setFont(smallFont());
    m_note->setContentsMargins(px(8), px(4), px(8), px(4));
    auto* scroll = new QScrollArea;
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(m_plot);
    auto* layout = column(this);
    layout->addWidget(m_note);
    layout->addWidget(scroll, 1);
    connect(map, &LayerMap::reset, this, &MapPrompts::begin);
    connect(m_plot, &PromptMultiples::cellClicked, this,
        [this](int prompt, CellIndex cell) { emit cellClicked(m_map, placeOf(cell), prompt); });
    connect(m_plot, &PromptMultiples::cellActivated, this,
        [this](int, CellIndex cell) { emit cellActivated(m_map, placeOf(cell)); });
}

void MapPrompts::begin()
{
    const MapGrid& grid = m_map->grid();
    if (shown())
        m_plot->setGrid(grid.prompts, grid.layers, grid.strengths);
    else
        m_plot->setGrid({}, {}, {});
    m_plot->setCaption(m_map->caption());
}

Plot* MapPrompts::picture()
{
    return m_plot;
}

std::optional<Metric> MapPrompts::shown() const
{
    const auto& measured = m_map->grid().metrics;
    std::vector<Metric> wanted{m_look.metric, Metric::Readback};
    wanted.insert(wanted.end(), measured.begin(), measured.end());
    for (const Metric metric : wanted)
        if (factsOf(metric).on == MeasuredOn::Text && m_map->grid().measures(metric))
            return metric;
    return {};
}

void MapPrompts::refresh()
{
    const MapGrid& grid = m_map->grid();
    const std::optional<Metric> metric = shown();
    m_note->setVisible(metric && *metric != m_look.metric);
    if (!metric)
        return;
    m_note->setText(tr("%1 is a figure of the whole cell. Shown of each prompt: %2.")
                        .arg(titleOf(m_look.metric), titleOf(*metric).toLower()));
    double lowest = 0;
    double highest = 0;
    for (int p = 0; p < int(grid.prompts.size()); ++p)
        for (int s = 0; s < int(grid.strengths.size()); ++s)
            for (int l = 0; l < int(grid.layers.size()); ++l) {
                const auto value = m_map->figureOfText({l, s}, p, *metric);
                const auto loss = m_map->figureOfText({l, s}, p, Metric::Coherence);
                m_plot->setCell(p, {l, s}, value.value_or(std::nan("")), loss.value_or(std::nan("")));
                lowest = std::min(lowest, value.value_or(0));
                highest = std::max(highest, value.value_or(0));
            }
    MapLook look = m_look;
    look.metric = *metric;
    look.side = MapSide::Vector;
    const double largest = std::max(-lowest, highest);
    const double limit = look.limit(largest);
    m_scale = look.scale(grid, limit, largest);
    m_scale.contour = false;
    m_plot->setValueName(titleOf(*metric));
    m_plot->setColorScale(look.colors(), limit);
    m_plot->setColorScaleText(m_scale);
    m_plot->setValueRange(look.diverges() ? -limit : std::min(0.0, std::max(lowest, -limit)), limit);
    m_plot->setCollapseThreshold(m_look.collapse);
    m_plot->setSelected(m_prompt, indexOf(m_selected));
    emit scaleChanged();
}

}
