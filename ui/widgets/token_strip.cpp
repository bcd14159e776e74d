#include "ui/widgets/token_strip.h"

#include "ui/theme/metrics.h"
#include "ui/theme/theme.h"
#include "ui/widgets/visible_token.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>

namespace tiller {

namespace {

constexpr double rowPitch = 25;
constexpr double chipHeight = 22;
constexpr double padding = 2;

}

TokenStrip::TokenStrip(QWidget* parent)
    : QWidget(parent)
{
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
    setFont(bodyFont());
    setAccessibleName(tr("Tokens"));
}

void TokenStrip::setTokens(TokenSide side, std::vector<StripToken> tokens)
{
    m_side = side;
    m_tokens = std::move(tokens);
    m_current = -1;
    m_hovered = -1;
    QString whole;
    for (const StripToken& token : m_tokens)
        whole += token.text;
    setAccessibleDescription(whole);
    relayOut();
}

void TokenStrip::setCurrentToken(int index)
{
    index = index >= 0 && index < int(m_tokens.size()) ? index : -1;
    if (index == m_current)
        return;
    m_current = index;
    update();
    emit currentTokenChanged(index);
}

TokenStrip::Layout TokenStrip::layOut(int width) const
{
    Layout layout;
    layout.chips.reserve(m_tokens.size());
    const QFontMetrics metrics(font());
    int x = 0;
    int y = 0;
    for (const StripToken& token : m_tokens) {
        const int chip = std::min(
            metrics.horizontalAdvance(visibleToken(token.text)) + 2 * px(padding), std::max(width, 1));
        if (x > 0 && x + chip > width) {
            x = 0;
            y += px(rowPitch);
        }
        layout.chips.emplace_back(x, y, chip, px(chipHeight));
        x += chip + 1;
    }
    layout.height = y + px(rowPitch);
    return layout;
}

void TokenStrip::relayOut()
{
    m_layout = layOut(width());
    updateGeometry();
    update();
}

QRect TokenStrip::tokenRect(int index) const
{
    return index >= 0 && index < int(m_layout.chips.size()) ? m_layout.chips[size_t(index)] : QRect();
}

int TokenStrip::tokenAt(const QPoint& point) const
{
    const auto found = std::find_if(m_layout.chips.begin(), m_layout.chips.end(),
        [&point](const QRect& chip) { return chip.adjusted(0, 0, 1, 0).contains(point); });
    return found == m_layout.chips.end() ? -1 : int(found - m_layout.chips.begin());
}

int TokenStrip::heightForWidth(int width) const
{
    return layOut(width).height;
}

QSize TokenStrip::sizeHint() const
{
    const int width = std::max(this->width(), px(200));
    return {width, heightForWidth(width)};
}

QSize TokenStrip::minimumSizeHint() const
{
    return {px(80), px(rowPitch)};
}

void TokenStrip::setHovered(int index)
{
    if (index == m_hovered)
        return;
    m_hovered = index;
    update();
    emit tokenHovered(index);
}

bool TokenStrip::event(QEvent* event)
{
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    const int index = tokenAt(help->pos());
    if (index >= 0 && !m_tokens[size_t(index)].toolTip.isEmpty())
        QToolTip::showText(help->globalPos(), m_tokens[size_t(index)].toolTip, this, tokenRect(index));
    else
        QToolTip::hideText();
    return true;
}

void TokenStrip::paintEvent(QPaintEvent* event)
{
    const Colors& c = colors();
    QPainter painter(this);
    painter.setFont(font());
    const bool positive = m_side == TokenSide::Positive;
    const QColor& ink = positive ? c.positive : c.negative;
    const QColor& chipGround = positive ? c.positiveChip : c.negativeChip;

    for (size_t i = 0; i < m_tokens.size(); ++i) {
        const QRect& chip = m_layout.chips[i];
        if (!event->rect().intersects(chip.adjusted(-2, -2, 2, 2)))
            continue;
        const bool read = m_tokens[i].read && m_side != TokenSide::Prompt;
        painter.fillRect(chip.adjusted(0, 0, 0, -1), read ? chipGround : c.alternate);

        const auto underline = [&](int fromBottom, int thickness, const QColor& color) {
            painter.fillRect(
                QRect(chip.left(), chip.bottom() + 1 - fromBottom, chip.width(), thickness), color);
        };
        if (!read) {
            underline(1, 1, c.line);
        } else if (positive) {
            underline(2, 2, ink);
        } else {
            underline(1, 1, ink);
            underline(2, 1, c.base);
            underline(3, 1, ink);
        }

        painter.setPen(m_side == TokenSide::Prompt || m_tokens[i].head ? c.secondary : c.text);
        const QString text = visibleToken(m_tokens[i].text);
        const QRect inside = chip.adjusted(px(padding), 0, 0, -2);
        painter.drawText(inside, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine,
            painter.fontMetrics().horizontalAdvance(text) > inside.width()
                ? painter.fontMetrics().elidedText(text, Qt::ElideRight, inside.width())
                : text);

        if (int(i) == m_current) {
            painter.setPen(QPen(c.text, 2, Qt::SolidLine, Qt::SquareCap, Qt::MiterJoin));
            painter.drawRect(chip.adjusted(1, 1, -1, -1));
        } else if (int(i) == m_hovered) {
            painter.setPen(c.edge);
            painter.drawRect(chip.adjusted(0, 0, -1, -1));
        }
    }
}

void TokenStrip::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    m_layout = layOut(width());
}

void TokenStrip::mouseMoveEvent(QMouseEvent* event)
{
    setHovered(tokenAt(event->position().toPoint()));
}

void TokenStrip::mousePressEvent(QMouseEvent* event)
{
    if (event->button() == Qt::LeftButton)
        setCurrentToken(tokenAt(event->position().toPoint()));
    else
        event->ignore();
}

void TokenStrip::leaveEvent(QEvent* event)
{
    setHovered(-1);
    QWidget::leaveEvent(event);
}

void TokenStrip::keyPressEvent(QKeyEvent* event)
{
    const int last = int(m_tokens.size()) - 1;
    switch (event->key()) {
    case Qt::Key_Left:
        return setCurrentToken(m_current < 0 ? last : std::max(0, m_current - 1));
    case Qt::Key_Right:
        return setCurrentToken(std::min(last, m_current + 1));
    case Qt::Key_Home:
        return setCurrentToken(0);
    case Qt::Key_End:
        return setCurrentToken(last);
    case Qt::Key_Escape:
        if (m_current >= 0)
            return setCurrentToken(-1);
        break;
    default:
        break;
    }
    event->ignore();
}

void TokenStrip::focusInEvent(QFocusEvent* event)
{
    QWidget::focusInEvent(event);
    if (m_current < 0 && showsFocusRing(this) && !m_tokens.empty())
        setCurrentToken(0);
}

void TokenStrip::focusOutEvent(QFocusEvent* event)
{
    QWidget::focusOutEvent(event);
    update();
}

void TokenStrip::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange)
        relayOut();
}

}
