#include "ui/plots/heatmap_profiles.h"

#include "ui/theme/metrics.h"
#include "ui/theme/numbers.h"

#include <cmath>

namespace tiller {

namespace {

QCPItemText* addCaption(QCPAxisRect* rect, QPointF corner, Qt::Alignment alignment)
{
    auto* caption = new QCPItemText(rect->parentPlot());
    caption->setClipToAxisRect(false);
    caption->position->setType(QCPItemPosition::ptAxisRectRatio);
    caption->position->setAxisRect(rect);
    caption->position->setCoords(corner);
    caption->setPositionAlignment(alignment);
    caption->setPadding(QMargins(px(4), px(3), px(6), px(3)));
    return caption;
}

QCPItemStraightLine* addLine(QCPAxisRect* rect)
{
    auto* line = new QCPItemStraightLine(rect->parentPlot());
    line->setClipAxisRect(rect);
    for (QCPItemPosition* point : line->positions()) {
        point->setAxisRect(rect);
        point->setAxes(rect->axis(QCPAxis::atBottom), rect->axis(QCPAxis::atLeft));
    }
    return line;
}

/// Ends of the range and, where it lies between them, zero.
void setTicks(QCPAxis* axis, double from, double to, QString (*text)(double))
{
    auto ticker = QSharedPointer<QCPAxisTickerText>::create();
    const double middle = (from + to) / 2;
    ticker->addTick(from, text(from));
    ticker->addTick(middle, middle == 0 ? text(0) : QString());
    ticker->addTick(to, text(to));
    axis->setTicker(ticker);
}

}

/// Names of the curves, in the corner that the two profiles leave free.
class ProfileLegend : public QCPLayerable {
public:
    ProfileLegend(QCPAxisRect* top, QCPAxisRect* right)
        : QCPLayerable(top->parentPlot(), QStringLiteral("axes"))
        , m_top(top)
        , m_right(right)
    {
    }

    struct Entry {
        QString name;
        QPen pen;
    };
    std::vector<Entry> entries;
    QColor ink;

protected:
    void applyDefaultAntialiasingHint(QCPPainter* painter) const override { painter->setAntialiasing(true); }
    QRect clipRect() const override { return mParentPlot->viewport(); }
    void draw(QCPPainter* painter) override
    {
        const int line = px(18);
        int y = m_top->top() + px(2);
        const int x = m_right->left() + px(4);
        painter->setFont(plotFont());
        for (const Entry& entry : entries) {
            painter->setPen(entry.pen);
            painter->drawLine(QLineF(x, y + line / 2.0, x + px(18), y + line / 2.0));
            painter->setPen(ink);
            const QRect room(x + px(24), y, m_right->width() - px(24), line);
            painter->drawText(room, Qt::AlignLeft | Qt::AlignVCenter,
                painter->fontMetrics().elidedText(entry.name, Qt::ElideRight, room.width()));
            y += line;
        }
    }

private:
    QCPAxisRect* m_top;
    QCPAxisRect* m_right;
};

HeatmapProfiles::HeatmapProfiles(QCPAxisRect* top, QCPAxisRect* right, const HeatmapModel* model)
    : m_top(top)
    , m_right(right)
    , m_model(model)
    , m_topCaption(addCaption(top, {1, 0}, Qt::AlignTop | Qt::AlignRight))
    , m_rightCaption(addCaption(right, {0, 0}, Qt::AlignTop | Qt::AlignLeft))
    , m_topLine(addLine(top))
    , m_rightLine(addLine(right))
    , m_legend(new ProfileLegend(top, right))
{
    for (QCPAxisRect* rect : {top, right})
        rect->setAutoMargins(QCP::msNone);
    top->axis(QCPAxis::atBottom)->grid()->setVisible(false);
    right->axis(QCPAxis::atLeft)->grid()->setVisible(false);
    for (QCPAxis* axis : {top->axis(QCPAxis::atBottom), right->axis(QCPAxis::atLeft)}) {
        axis->setTicks(false);
        axis->setTickLabels(false);
    }
}

void HeatmapProfiles::setProfiles(std::vector<HeatmapProfile> profiles)
{
    QCustomPlot* plot = m_top->parentPlot();
    for (QCPGraph* curve : m_topCurves)
        plot->removePlottable(curve);
    for (QCPCurve* curve : m_rightCurves)
        plot->removePlottable(curve);
    m_topCurves.clear();
    m_rightCurves.clear();
    m_profiles = std::move(profiles);
    for (size_t i = 0; i < m_profiles.size(); ++i) {
        m_topCurves.push_back(new QCPGraph(m_top->axis(QCPAxis::atBottom), m_top->axis(QCPAxis::atLeft)));
        m_rightCurves.push_back(
            new QCPCurve(m_right->axis(QCPAxis::atBottom), m_right->axis(QCPAxis::atLeft)));
    }
}

void HeatmapProfiles::setRange(double from, double to)
{
    m_from = from;
    m_to = to;
}

double HeatmapProfiles::valueAt(const HeatmapProfile& profile, CellIndex cell) const
{
    const size_t index = size_t(cell.strength) * m_model->layers().size() + size_t(cell.layer);
    return index < profile.values.size() ? profile.values[index] : qQNaN();
}

void HeatmapProfiles::show(CellIndex cell)
{
    const bool valid = m_model->contains(cell);
    bool negative = false;
    for (size_t i = 0; i < m_profiles.size(); ++i) {
        m_topCurves[i]->data()->clear();
        m_rightCurves[i]->data()->clear();
        if (!valid)
            continue;
        for (int layer = 0; layer < int(m_model->layers().size()); ++layer) {
            const double value = valueAt(m_profiles[i], {layer, cell.strength});
            negative = negative || value < 0;
            m_topCurves[i]->addData(layer, value);
        }
        for (int strength = 0; strength < int(m_model->strengths().size()); ++strength)
            m_rightCurves[i]->addData(strength, valueAt(m_profiles[i], {cell.layer, strength}), strength);
    }
    const double low = negative ? m_from : std::max(m_from, 0.0);
    m_top->axis(QCPAxis::atLeft)->setRange(low, m_to);
    setTicks(m_top->axis(QCPAxis::atLeft), low, m_to,
        [](double value) { return strengthText(value).remove(u'+'); });
    m_right->axis(QCPAxis::atBottom)->setRange(m_from, m_to);
    setTicks(m_right->axis(QCPAxis::atBottom), m_from, m_to, strengthText);

    m_topCaption->setText(valid
            ? Heatmap::tr("at strength %1").arg(strengthText(m_model->strengths()[size_t(cell.strength)]))
            : QString());
    m_rightCaption->setText(
        valid ? Heatmap::tr("layer %1").arg(m_model->layers()[size_t(cell.layer)]) : QString());
    m_topLine->setVisible(valid);
    m_rightLine->setVisible(valid);
    m_topLine->point1->setCoords(cell.layer, 0);
    m_topLine->point2->setCoords(cell.layer, 1);
    m_rightLine->point1->setCoords(0, cell.strength);
    m_rightLine->point2->setCoords(1, cell.strength);
}

void HeatmapProfiles::recolor(const Colors& palette)
{
    for (QCPAxisRect* rect : {m_top, m_right}) {
        rect->setBackground(palette.base);
        for (QCPAxis* axis : rect->axes()) {
            axis->setVisible(true);
            axis->setBasePen(QPen(palette.line));
            axis->setTickPen(Qt::NoPen);
            axis->setSubTickPen(Qt::NoPen);
            axis->setTickLabelColor(palette.secondary);
            axis->setTickLabelFont(plotFont());
            axis->setTickLabelPadding(px(6));
            axis->grid()->setPen(QPen(palette.plotGrid));
            axis->grid()->setZeroLinePen(QPen(palette.plotGrid));
        }
    }
    QPen dotted(palette.text, 1);
    dotted.setDashPattern({1, 3});
    m_topLine->setPen(dotted);
    m_rightLine->setPen(dotted);
    for (QCPItemText* caption : {m_topCaption, m_rightCaption}) {
        caption->setFont(plotFont());
        caption->setColor(palette.text);
    }
    m_legend->ink = palette.secondary;
    m_legend->entries.clear();
    for (size_t i = 0; i < m_profiles.size(); ++i) {
        QPen pen(palette.*m_profiles[i].color, m_profiles[i].dashed ? 1.4 : 2);
        if (m_profiles[i].dashed)
            pen.setDashPattern({3, 2});
        m_topCurves[i]->setPen(pen);
        m_rightCurves[i]->setPen(pen);
        m_legend->entries.push_back({m_profiles[i].name, pen});
    }
}

}
