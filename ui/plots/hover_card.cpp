#include "ui/plots/hover_card.h"

#include "ui/theme/metrics.h"
#include "ui/theme/numbers.h"
#include "ui/theme/theme.h"

#include <QPainter>
#include <QTextLayout>

#include <algorithm>
#include <cmath>

namespace tiller {

namespace {

constexpr double cardWidth = 282;
constexpr double padding = 10;
constexpr double distance = 8;
constexpr int mostLines = 3;

}

HoverCard::HoverCard(QWidget* parent)
    : QFrame(parent)
{
    setAttribute(Qt::WA_TransparentForMouseEvents);
    setFocusPolicy(Qt::NoFocus);
    hide();
}

void HoverCard::showBeside(const QRect& target, const HoverCardContent& content)
{
    m_content = content;
    setAccessibleName(content.title);
    resize(px(cardWidth), layOut(nullptr));
    const QRect room = parentWidget()->rect();
    int x = target.right() + 1 + px(distance);
    int y = target.bottom() + 1 + px(distance);
    if (x + width() > room.right())
        x = target.left() - px(distance) - width();
    if (y + height() > room.bottom())
        y = target.top() - px(distance) - height();
    move(std::clamp(x, 0, std::max(0, room.width() - width())),
        std::clamp(y, 0, std::max(0, room.height() - height())));
    raise();
    show();
    update();
}

void HoverCard::paintEvent(QPaintEvent*)
{
    const Colors& c = colors();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.fillRect(rect(), Qt::transparent);
    painter.setPen(c.border);
    painter.setBrush(isDarkTheme() ? c.toolbar : c.base);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3);
    layOut(&painter);
}

/// Height of the content; draws it where a painter is given.
int HoverCard::layOut(QPainter* painter) const
{
    const Colors& c = colors();
    const int left = px(padding);
    const int width = px(cardWidth) - 2 * left;
    int y = px(8);

    const auto line = [&](const QFont& font, const QColor& ink, const QRect& rect, Qt::Alignment alignment,
                          const QString& text) {
        if (!painter)
            return;
        painter->setFont(font);
        painter->setPen(ink);
        if (alignment & Qt::AlignRight)
            drawTabular(*painter, rect, alignment, text);
        else
            painter->drawText(rect, int(alignment | Qt::AlignVCenter),
                painter->fontMetrics().elidedText(text, Qt::ElideRight, rect.width()));
    };

    const int titleHeight = px(18);
    const int aside = int(std::ceil(tabularWidth(QFontMetricsF(smallFont()), m_content.aside)));
    line(strong(smallFont()), c.text, QRect(left, y, width - aside - px(6), titleHeight), Qt::AlignLeft,
        m_content.title);
    line(smallFont(), c.secondary, QRect(left, y, width, titleHeight), Qt::AlignRight, m_content.aside);
    y += titleHeight;

    const int gap = px(12);
    const int column = (width - gap) / 2;
    const int rowHeight = px(16);
    for (size_t i = 0; i < m_content.figures.size(); ++i) {
        const QRect cell(left + int(i % 2) * (column + gap), y, column, rowHeight);
        line(smallFont(), c.secondary, cell, Qt::AlignLeft, m_content.figures[i].name);
        line(smallFont(), c.text, cell, Qt::AlignRight, m_content.figures[i].value);
        if (i % 2 == 1 || i + 1 == m_content.figures.size())
            y += rowHeight;
    }

    if (!m_content.words.isEmpty()) {
        y += px(6);
        if (painter)
            painter->fillRect(QRect(left, y, width, 1), c.line);
        y += px(6);
        QTextLayout words(m_content.words, smallFont());
        words.beginLayout();
        for (int count = 0; count < mostLines; ++count) {
            QTextLine part = words.createLine();
            if (!part.isValid())
                break;
            part.setLineWidth(width);
            QString text = m_content.words.mid(part.textStart(), part.textLength());
            if (count + 1 == mostLines && part.textStart() + part.textLength() < m_content.words.size())
                text = QFontMetrics(smallFont())
                           .elidedText(m_content.words.mid(part.textStart()), Qt::ElideRight, width);
            line(smallFont(), c.text, QRect(left, y, width + 1, px(16)), Qt::AlignLeft, text.trimmed());
            y += px(16);
        }
        words.endLayout();
    }
    if (!m_content.hint.isEmpty()) {
        y += px(3);
        line(plotFont(), c.secondary, QRect(left, y, width, px(16)), Qt::AlignLeft, m_content.hint);
        y += px(16);
    }
    return y + px(7);
}

}
