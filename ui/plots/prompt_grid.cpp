#include "ui/plots/prompt_grid.h"

#include "ui/theme/metrics.h"

#include <QFontMetrics>

#include <algorithm>

namespace tiller {

namespace {

constexpr double widestName = 140;
constexpr int longestName = 60; ///< characters that may count for the width

}

void PromptGrid::reset(QStringList prompts, std::vector<int> layers, std::vector<double> strengths)
{
    m_prompts = std::move(prompts);
    m_layers = std::move(layers);
    m_strengths = std::move(strengths);
    m_figures.assign(size_t(m_prompts.size()) * m_strengths.size() * m_layers.size(), Figures());
}

bool PromptGrid::contains(int prompt, CellIndex cell) const
{
    return prompt >= 0 && prompt < int(m_prompts.size()) && cell.isValid()
        && cell.layer < int(m_layers.size()) && cell.strength < int(m_strengths.size());
}

size_t PromptGrid::offset(int prompt, CellIndex cell) const
{
    return (size_t(prompt) * m_strengths.size() + size_t(cell.strength)) * m_layers.size()
        + size_t(cell.layer);
}

const PromptGrid::Figures& PromptGrid::at(int prompt, CellIndex cell) const
{
    static const Figures none;
    return contains(prompt, cell) ? m_figures[offset(prompt, cell)] : none;
}

void PromptGrid::set(int prompt, CellIndex cell, Figures figures)
{
    if (contains(prompt, cell))
        m_figures[offset(prompt, cell)] = figures;
}

QSize PromptGrid::smallestPanel()
{
    return {px(56), px(34)};
}

QSize PromptGrid::preferredPanel()
{
    return {px(96), px(54)};
}

/// Measured once and kept: a replot asks for thousands of columns.
void PromptGrid::measure(int valueLabelWidth)
{
    const QFontMetrics metrics(strong(smallFont()));
    m_names = px(56);
    for (const QString& prompt : m_prompts)
        m_names = std::max(m_names, metrics.horizontalAdvance(prompt.left(longestName)) + px(2));
    m_names = std::min(m_names, px(widestName));
    m_valueLabels = valueLabelWidth;
    m_line = QFontMetrics(plotFont()).height();
    m_margin = px(10);
    m_gap = px(8);
    m_origin = {m_margin + m_names + px(8) + m_valueLabels + px(5), px(6) + m_line + px(5)};
}

QSize PromptGrid::sizeFor(const QSize& panel) const
{
    const int columns = std::max(1, int(m_strengths.size()));
    const int rows = std::max(1, int(m_prompts.size()));
    const QPoint first = m_origin;
    return {first.x() + columns * (panel.width() + m_gap) - m_gap + m_margin,
        first.y() + rows * (panel.height() + m_gap) - m_gap + px(3) + m_line + px(6)};
}

QSize PromptGrid::panelFor(const QSize& room) const
{
    const int columns = std::max(1, int(m_strengths.size()));
    const int rows = std::max(1, int(m_prompts.size()));
    const QSize around = sizeFor({0, 0});
    const QSize least = smallestPanel();
    const QSize most(px(260), px(150));
    return {std::clamp((room.width() - around.width()) / columns, least.width(), most.width()),
        std::clamp((room.height() - around.height()) / rows, least.height(), most.height())};
}

QRect PromptGrid::panel(int prompt, int strength) const
{
    return {m_origin + QPoint(strength * (m_panel.width() + m_gap), prompt * (m_panel.height() + m_gap)),
        m_panel};
}

QRect PromptGrid::column(int prompt, CellIndex cell) const
{
    const QRect all = panel(prompt, cell.strength).adjusted(1, 1, -1, -1);
    const int count = std::max(1, int(m_layers.size()));
    const int from = all.width() * cell.layer / count;
    const int to = all.width() * (cell.layer + 1) / count;
    return {all.left() + from, all.top(), to - from, all.height()};
}

QRect PromptGrid::name(int prompt) const
{
    return {m_margin, panel(prompt, 0).top(), m_names, m_panel.height()};
}

QRect PromptGrid::header(int strength) const
{
    const QRect below = panel(0, strength);
    return {below.left(), px(6), below.width(), m_line};
}

QRect PromptGrid::valueLabels(int prompt) const
{
    const QRect beside = panel(prompt, 0);
    return {beside.left() - px(5) - m_valueLabels, beside.top(), m_valueLabels, beside.height()};
}

QRect PromptGrid::layerLabels(int strength) const
{
    const QRect above = panel(int(m_prompts.size()) - 1, strength);
    return {above.left(), above.bottom() + 1 + px(3), above.width(), m_line};
}

int PromptGrid::promptAt(const QPoint& point) const
{
    for (int prompt = 0; prompt < int(m_prompts.size()); ++prompt) {
        const QRect row = panel(prompt, 0);
        if (point.y() >= row.top() && point.y() <= row.bottom())
            return prompt;
    }
    return -1;
}

CellIndex PromptGrid::cellAt(const QPoint& point) const
{
    const int prompt = promptAt(point);
    for (int strength = 0; prompt >= 0 && strength < int(m_strengths.size()); ++strength) {
        if (!panel(prompt, strength).contains(point))
            continue;
        // Columns are found as they are drawn, since rounding makes some a pixel wider than others.
        int layer = 0;
        while (layer + 1 < int(m_layers.size()) && column(prompt, {layer + 1, strength}).left() <= point.x())
            ++layer;
        return {layer, strength};
    }
    return {};
}

}
