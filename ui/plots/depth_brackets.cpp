#include "ui/plots/depth_brackets.h"

#include "ui/theme/metrics.h"

#include <QCoreApplication>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

QString nameOf(int third)
{
    switch (third) {
    case 0:
        return QCoreApplication::translate("tiller::Heatmap", "early");
    case 1:
        return QCoreApplication::translate("tiller::Heatmap", "middle");
    default:
        return QCoreApplication::translate("tiller::Heatmap", "late");
    }
}

}

DepthBrackets::DepthBrackets(QCPAxis* axis)
    : QCPLayerable(axis->parentPlot(), u"axes"_s, axis)
    , m_axis(axis)
{
}

void DepthBrackets::setParts(std::vector<DepthPart> parts)
{
    m_parts = std::move(parts);
}

void DepthBrackets::setOffset(int offset)
{
    m_offset = offset;
}

void DepthBrackets::setColors(const Colors& palette)
{
    m_ink = palette.secondary;
    m_line = palette.edge;
}

int DepthBrackets::extent() const
{
    return m_parts.empty() ? 0 : QFontMetrics(plotFont()).height() + px(3);
}

void DepthBrackets::applyDefaultAntialiasingHint(QCPPainter* painter) const
{
    painter->setAntialiasing(false); // hair lines on whole pixels
}

QRect DepthBrackets::clipRect() const
{
    return mParentPlot->viewport();
}

void DepthBrackets::draw(QCPPainter* painter)
{
    const QFontMetrics metrics(plotFont());
    const int top = m_axis->axisRect()->rect().bottom() + m_offset + px(3);
    const int middle = top + metrics.height() / 2;
    painter->setFont(plotFont());
    for (const DepthPart& part : m_parts) {
        // Neighbours keep a gap, or their ends would read as one line.
        const int from = int(m_axis->coordToPixel(part.first - 0.5)) + px(2);
        const int to = int(m_axis->coordToPixel(part.last + 0.5)) - px(2) - 1;
        const QString name = nameOf(part.third);
        const int word = metrics.horizontalAdvance(name);
        const int centre = (from + to) / 2;
        const int half = word + px(6) <= to - from ? (word + px(6)) / 2 : 0;
        painter->setPen(QPen(m_line, 1));
        painter->drawLine(QLine(from, middle - px(3), from, middle));
        painter->drawLine(QLine(to, middle - px(3), to, middle));
        painter->drawLine(QLine(from, middle, centre - half, middle));
        painter->drawLine(QLine(centre + half, middle, to, middle));
        if (half == 0)
            continue;
        painter->setPen(m_ink);
        painter->drawText(
            QRect(centre - half, top, 2 * half, metrics.height()), Qt::AlignCenter | Qt::TextDontClip, name);
    }
}

}
