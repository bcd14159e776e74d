#include "ui/plots/prompt_panels.h"

#include "ui/plots/hatch.h"
#include "ui/theme/metrics.h"
#include "ui/theme/numbers.h"

#include <QTextLayout>

#include <algorithm>
#include <cmath>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

constexpr int longestName = 200; ///< characters laid out

/// As many lines as fit, the last one elided, in the middle of the height. They break as in bold, so that
/// nothing moves when a name turns bold.
void drawName(QPainter& painter, const QRect& room, const QString& text)
{
    const QFont widest = strong(smallFont());
    const QFontMetrics metrics(widest);
    const int most = std::clamp(room.height() / metrics.height(), 1, 3);
    QTextLayout layout(text, widest);
    layout.beginLayout();
    QStringList lines;
    while (int(lines.size()) < most) {
        QTextLine line = layout.createLine();
        if (!line.isValid())
            break;
        line.setLineWidth(room.width());
        const bool last = int(lines.size()) + 1 == most;
        lines += last ? metrics.elidedText(text.mid(line.textStart()), Qt::ElideRight, room.width())
                      : text.mid(line.textStart(), line.textLength()).trimmed();
    }
    layout.endLayout();
    int y = room.center().y() - int(lines.size()) * metrics.height() / 2;
    for (const QString& line : lines) {
        painter.drawText(QRect(room.left(), y, room.width(), metrics.height()),
            Qt::AlignLeft | Qt::AlignVCenter | Qt::TextDontClip, line);
        y += metrics.height();
    }
}

/// Two digits that tell the edges of the range apart from zero.
QString labelOf(double value)
{
    return QString::number(value, 'g', 2).replace(u'-', u'\u2212');
}

}

PromptPanels::PromptPanels(QCPAxisRect* rect, const PromptGrid* grid)
    : m_grid(grid)
{
    const auto paint = [rect](const QString& layer, std::function<void(QCPPainter&)> draw) {
        new PaintedPart(rect, layer, std::move(draw), PaintedPart::Clip::Nothing);
    };
    paint(u"main"_s, [this](QCPPainter& painter) { drawPanels(painter); });
    paint(u"overlay"_s, [this](QCPPainter& painter) {
        drawLabels(painter);
        drawMarks(painter);
    });
}

int PromptPanels::labelWidth() const
{
    const QFontMetrics metrics(plotFont());
    return std::max({metrics.horizontalAdvance(labelOf(from)), metrics.horizontalAdvance(labelOf(to)),
        metrics.horizontalAdvance(u"0"_s)});
}

double PromptPanels::heightOf(double value, const QRect& panel) const
{
    const double share = to > from ? std::clamp((value - from) / (to - from), 0.0, 1.0) : 0.5;
    return panel.bottom() - std::round(share * (panel.height() - 1));
}

void PromptPanels::drawPanels(QCPPainter& painter) const
{
    for (int prompt = 0; prompt < int(m_grid->prompts().size()); ++prompt) {
        for (int strength = 0; strength < int(m_grid->strengths().size()); ++strength)
            drawPanel(painter, prompt, strength);
    }
}

void PromptPanels::drawPanel(QCPPainter& painter, int prompt, int strength) const
{
    const QRect frame = m_grid->panel(prompt, strength);
    int lastDot = frame.left();
    for (int layer = 0; layer < int(m_grid->layers().size()); ++layer) {
        const QRect column = m_grid->column(prompt, {layer, strength});
        const PromptGrid::Figures& figures = m_grid->at(prompt, {layer, strength});
        if (!std::isnan(figures.value)) {
            drawBar(painter, column, figures);
        } else if (const QPoint dot = column.center(); dot.x() - lastDot >= px(4)) {
            // Side by side in thin columns, dots would make a line.
            painter.fillRect(QRect(dot, QSize(2, 2)), palette.disabled);
            lastDot = dot.x();
        }
    }
    painter.setAntialiasing(false);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(palette.line, 1));
    painter.drawRect(frame.adjusted(0, 0, -1, -1));
}

void PromptPanels::drawBar(QCPPainter& painter, const QRect& column, const PromptGrid::Figures& figures) const
{
    const bool collapsed = collapse && figures.loss > *collapse;
    const auto hatch = [&](const QRect& rect, QColor ink, float opacity) {
        ink.setAlphaF(opacity);
        drawHatch(painter, rect, ink, px(5));
    };
    if (collapsed)
        hatch(column, palette.text, 0.32F);
    const int zero = int(heightOf(0, column));
    const int top = int(heightOf(figures.value, column));
    const QColor color = colorAt(map, limit > 0 ? figures.value / limit : 0, dark);
    const QRect bar(QPoint(column.left(), std::min(top, zero)), QPoint(column.right(), std::max(top, zero)));
    painter.setAntialiasing(false);
    if (std::abs(top - zero) > 1) {
        painter.fillRect(bar, color);
        if (collapsed)
            hatch(bar, inkOn(color, palette), 0.45F);
        // Colours near zero are close to the ground: the edge tells how far the bar goes.
        painter.fillRect(QRect(column.left(), top, column.width(), 1), blend(color, palette.text, 0.6));
    }
    painter.fillRect(QRect(column.left(), zero, column.width(), 1), palette.edge);
}

void PromptPanels::drawLabels(QCPPainter& painter) const
{
    const int prompts = int(m_grid->prompts().size());
    const int strengths = int(m_grid->strengths().size());
    if (prompts == 0 || strengths == 0)
        return;
    const auto marked = [this](auto same) { return same(cursor) || same(selected); };
    for (int prompt = 0; prompt < prompts; ++prompt) {
        const bool bold = marked([prompt](const auto& place) { return place.prompt == prompt; });
        painter.setPen(bold ? palette.text : palette.secondary);
        painter.setFont(bold ? strong(smallFont()) : smallFont());
        drawName(painter, m_grid->name(prompt), m_grid->prompts()[prompt].left(longestName).simplified());
        drawValueLabels(painter, m_grid->valueLabels(prompt));
    }
    for (int strength = 0; strength < strengths; ++strength) {
        const bool bold = marked(
            [strength](const auto& place) { return place.prompt >= 0 && place.cell.strength == strength; });
        painter.setFont(bold ? strong(plotFont()) : plotFont());
        painter.setPen(bold ? palette.text : palette.secondary);
        painter.drawText(m_grid->header(strength), Qt::AlignCenter | Qt::TextDontClip,
            strengthText(m_grid->strengths()[size_t(strength)]));
        drawLayerLabels(painter, strength);
    }
    // What the figures of the first line and the last one are, in the corners that they leave free.
    painter.setFont(plotFont());
    painter.setPen(palette.secondary);
    const QRect name = m_grid->name(0);
    const auto title = [&](const QRect& line, const QString& text) {
        painter.drawText(QRect(name.left(), line.top(), name.width(), line.height()),
            Qt::AlignLeft | Qt::AlignVCenter | Qt::TextDontClip, text);
    };
    title(m_grid->header(0), PromptMultiples::tr("strength →"));
    title(m_grid->layerLabels(0), PromptMultiples::tr("layer →"));
}

void PromptPanels::drawValueLabels(QCPPainter& painter, const QRect& room) const
{
    painter.setFont(plotFont());
    painter.setPen(palette.secondary);
    const int line = QFontMetrics(plotFont()).height();
    const auto put = [&](int top, const QString& text) {
        painter.drawText(QRect(room.left(), top, room.width(), line),
            Qt::AlignRight | Qt::AlignVCenter | Qt::TextDontClip, text);
    };
    const int top = room.top() - px(2);
    const int bottom = room.bottom() + px(2) - line;
    put(top, labelOf(to));
    put(bottom, labelOf(from));
    const int zero = int(heightOf(0, room)) - line / 2;
    if (from < 0 && to > 0 && zero >= top + line - px(3) && zero + line - px(3) <= bottom)
        put(zero, u"0"_s);
}

void PromptPanels::drawLayerLabels(QCPPainter& painter, int strength) const
{
    const QFontMetrics metrics(plotFont());
    const auto& layers = m_grid->layers();
    const int last = int(m_grid->prompts().size()) - 1;
    int widest = 0;
    for (const int layer : layers)
        widest = std::max(widest, metrics.horizontalAdvance(QString::number(layer)));
    const double pitch = double(m_grid->panel(last, strength).width()) / double(layers.size());
    int step = 1;
    for (const int candidate : {1, 2, 5, 10, 20, 50, 100}) {
        step = candidate;
        if (step * pitch >= widest + px(10))
            break;
    }
    painter.setFont(plotFont());
    painter.setPen(palette.secondary);
    const QRect line = m_grid->layerLabels(strength);
    for (int place = 0; place < int(layers.size()); place += step) {
        QRect label(0, line.top(), widest, line.height());
        label.moveCenter({m_grid->column(last, {place, strength}).center().x(), line.center().y()});
        painter.drawText(label, Qt::AlignCenter | Qt::TextDontClip, QString::number(layers[size_t(place)]));
    }
}

void PromptPanels::drawMarks(QCPPainter& painter) const
{
    painter.setAntialiasing(false); // frames on whole pixels
    painter.setBrush(Qt::NoBrush);
    const auto frame = [&](const QRect& rect, const QColor& ink) {
        painter.setPen(QPen(ink, 2, Qt::SolidLine, Qt::SquareCap, Qt::MiterJoin));
        painter.drawRect(QRectF(rect).adjusted(1, 1, -1, -1));
    };
    if (m_grid->contains(selected.prompt, selected.cell)) {
        frame(m_grid->panel(selected.prompt, selected.cell.strength).adjusted(-2, -2, 2, 2), palette.steered);
        frame(m_grid->column(selected.prompt, selected.cell).adjusted(-2, 0, 2, 0), palette.steered);
    }
    if (m_grid->contains(cursor.prompt, cursor.cell)) {
        const QRect column = m_grid->column(cursor.prompt, cursor.cell);
        QPen dotted(palette.text, 1);
        dotted.setDashPattern({1, 2});
        painter.setPen(dotted);
        const int x = column.center().x();
        painter.drawLine(QLine(x, column.top(), x, column.bottom()));
        painter.setPen(palette.text);
        painter.drawRect(m_grid->panel(cursor.prompt, cursor.cell.strength).adjusted(0, 0, -1, -1));
    }
}

}
