#include "ui/panes/recommended_cell.h"

#include "ui/panes/fact_list.h"
#include "ui/panes/layouts.h"
#include "ui/panes/metric_list.h"
#include "ui/theme/icons.h"
#include "ui/theme/numbers.h"
#include "ui/theme/theme.h"
#include "ui/widgets/section_header.h"

#include <QPushButton>

#include <cmath>

namespace tiller {

using namespace Qt::StringLiterals;

RecommendedCell::RecommendedCell(LayerMap* map, QWidget* parent)
    : QWidget(parent)
    , m_map(map)
{
    auto* layout = column(this);
    layout->addWidget(new SectionHeader(tr("Recommended")));
    auto* body = new QWidget;
    auto* lines = column(body, 8, 6);
    m_title = new QLabel;
    m_title->setObjectName(u"recommendedCell"_s);
    m_title->setFont(strong(bodyFont()));
    m_facts = new FactList;
    m_reason = new QLabel;
    m_reason->setFont(smallFont());
    m_reason->setWordWrap(true);
    m_use = new QPushButton(icon(u"steer"_s), tr("Use in Steer"));
    m_use->setObjectName(u"useRecommended"_s);
    for (QWidget* widget : std::initializer_list<QWidget*>{m_title, m_facts, m_reason, m_use})
        lines->addWidget(widget);
    layout->addWidget(body);
    connect(m_use, &QPushButton::clicked, this, &RecommendedCell::useRequested);
    hide();
}

std::optional<Heatmap::Recommendation> frameOf(
    const LayerMap& map, const std::optional<MapRecommendation>& found)
{
    if (!found)
        return {};
    const MapGrid& grid = map.grid();
    const int first = grid.layers[size_t(found->firstLayer)];
    const int last = grid.layers[size_t(found->lastLayer)];
    const double strength = grid.strengths[size_t(found->best.strength)];
    const QString layers = first == last ? RecommendedCell::tr("layer %1").arg(first)
                                         : RecommendedCell::tr("layers %1–%2").arg(first).arg(last);
    return Heatmap::Recommendation{found->firstLayer, found->lastLayer, found->best.strength,
        RecommendedCell::tr("recommended: %1, strength %2").arg(layers, strengthText(strength))};
}

void RecommendedCell::refresh(double collapse, Heatmap& heatmap)
{
    m_recommendation = recommend(*m_map, collapse);
    // Until all is measured one may still come.
    const bool none = !m_recommendation && m_map->cellCount() > 0 && m_map->doneCount() == m_map->cellCount();
    setVisible(m_recommendation || none);
    m_facts->setVisible(!none);
    m_use->setVisible(!none);
    heatmap.setRecommendation(frameOf(*m_map, m_recommendation));
    if (none) {
        m_title->setText(tr("No cell"));
        m_reason->setText(
            tr("Above zero strength each loses more than a third of the collapse limit, repeats itself, or "
               "has no gain that is surely above zero. Measure weaker strengths, or raise the limit."));
    }
    if (!m_recommendation)
        return;
    const LayerMap::Place best = m_recommendation->best;
    const double strength = m_map->grid().strengths[size_t(best.strength)];
    m_title->setText(m_map->titleOf(best));
    std::vector<std::pair<QString, QString>> facts;
    if (const auto push = m_map->push(best); push && *push != 0)
        facts.emplace_back(tr("Push"), number(*push, 2));
    for (const Metric metric : {m_recommendation->goal, Metric::Coherence})
        if (const auto figure = m_map->figure(best, metric))
            facts.emplace_back(titleOf(metric), figureText(metric, figure->value));
    const double collapses = heatmap.model()->collapseStrength(best.layer, 1, collapse);
    if (!std::isnan(collapses))
        facts.emplace_back(tr("Room to collapse"), tr("%1 strength").arg(number(collapses - strength, 1)));
    m_facts->setFacts(facts);
    m_reason->setText(m_recommendation->reason);
}

}
