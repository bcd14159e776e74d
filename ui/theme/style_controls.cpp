#include "ui/theme/metrics.h"
#include "ui/theme/style.h"
#include "ui/theme/theme.h"

#include <QAbstractScrollArea>
#include <QPainter>
#include <QPainterPath>
#include <QSpinBox>
#include <QStyleOption>

namespace tiller {

namespace {

constexpr double radius = 3;

class Saved {
public:
    explicit Saved(QPainter* painter)
        : m_painter(painter)
    {
        m_painter->save();
    }
    ~Saved() { m_painter->restore(); }
    Saved(const Saved&) = delete;
    Saved& operator=(const Saved&) = delete;

private:
    QPainter* m_painter;
};

double pressure(QStyle::State state)
{
    if (!(state & QStyle::State_Enabled))
        return 0;
    if (state & QStyle::State_Sunken)
        return 0.08;
    return state & QStyle::State_MouseOver ? 0.04 : 0;
}

QBrush faceBrush(const QRectF& rect, QStyle::State state)
{
    const Colors& c = colors();
    if (!(state & QStyle::State_Enabled))
        return c.window;
    QLinearGradient gradient(rect.topLeft(), rect.bottomLeft());
    gradient.setColorAt(0, blend(c.buttonTop, c.text, pressure(state)));
    gradient.setColorAt(1, blend(c.buttonBottom, c.text, pressure(state)));
    return gradient;
}

QColor edgeColor(const QStyleOption* option, const QWidget* widget)
{
    if (widget && widget->property("invalid").toBool())
        return colors().error;
    return option->state & QStyle::State_Enabled ? colors().edge : colors().line;
}

void drawBox(
    QPainter* painter, const QRectF& rect, const QBrush& fill, const QColor& edge, double corner = radius)
{
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setBrush(fill);
    painter->setPen(edge.alpha() ? QPen(edge, 1) : QPen(Qt::NoPen));
    painter->drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), corner, corner);
}

void drawChevron(QPainter* painter, const QPointF& centre, const QColor& color)
{
    const double half = px(3.5);
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(QPen(color, 1.3, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter->setBrush(Qt::NoBrush);
    painter->drawPolyline(QPolygonF({centre + QPointF(-half, -half / 2), centre + QPointF(0, half / 2),
        centre + QPointF(half, -half / 2)}));
}

void drawArrow(QPainter* painter, const QPointF& centre, bool up, const QColor& color)
{
    const double half = px(3.5);
    const double sign = up ? -1 : 1;
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(Qt::NoPen);
    painter->setBrush(color);
    painter->drawPolygon(QPolygonF({centre + QPointF(-half, -sign * half / 2),
        centre + QPointF(half, -sign * half / 2), centre + QPointF(0, sign * half / 2)}));
}

QColor inkColor(QStyle::State state)
{
    return state & QStyle::State_Enabled ? colors().text : colors().disabled;
}

void drawButtonFace(const QStyleOption* option, QPainter* painter)
{
    const Saved saved(painter);
    const Colors& c = colors();
    const auto* button = qstyleoption_cast<const QStyleOptionButton*>(option);
    const QRectF rect(option->rect);
    const bool enabled = option->state & QStyle::State_Enabled;
    if (button && button->features & QStyleOptionButton::Flat) {
        if (enabled && pressure(option->state) > 0)
            drawBox(painter, rect, blend(c.window, c.text, pressure(option->state)), Qt::transparent);
        return;
    }
    if (enabled && button && button->features & QStyleOptionButton::DefaultButton) {
        const QColor fill = blend(c.highlight, c.onHighlight, pressure(option->state));
        drawBox(painter, rect, fill, fill);
        return;
    }
    if (option->state & QStyle::State_On)
        drawBox(painter, rect, c.base, c.border);
    else
        drawBox(painter, rect, faceBrush(rect, option->state), enabled ? c.border : c.line);
}

/// Icon and text as one group in the middle of a button.
void drawIconAndText(QPainter* painter, const QRect& rect, const QPixmap& pixmap, const QSize& iconSize,
    int textWidth, const QColor& ink, const QString& text)
{
    const int gap = text.isEmpty() ? 0 : px(6);
    const int left = rect.left() + (rect.width() - iconSize.width() - gap - textWidth) / 2;
    painter->drawPixmap(left, rect.top() + (rect.height() - iconSize.height()) / 2, pixmap);
    painter->setPen(ink);
    painter->drawText(QRect(left + iconSize.width() + gap, rect.top(), textWidth + 1, rect.height()),
        Qt::AlignLeft | Qt::AlignVCenter | Qt::TextShowMnemonic, text);
}

void drawToolButtonFace(const QStyleOption* option, QPainter* painter)
{
    const Saved saved(painter);
    const Colors& c = colors();
    const QRectF rect(option->rect);
    if (option->state & QStyle::State_On) {
        drawBox(
            painter, rect, blend(c.base, c.text, pressure(option->state & ~QStyle::State_Sunken)), c.border);
        QPainterPath clip;
        clip.addRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius);
        painter->setClipPath(clip);
        painter->fillRect(QRectF(rect.left(), rect.bottom() - 2, rect.width(), 2), inkColor(option->state));
        return;
    }
    if (!(option->state & QStyle::State_AutoRaise))
        drawBox(painter, rect, faceBrush(rect, option->state),
            option->state & QStyle::State_Enabled ? c.border : c.line);
    else if (pressure(option->state) > 0)
        drawBox(painter, rect, blend(c.window, c.text, 2 * pressure(option->state)), Qt::transparent);
}

void drawCheckBox(const QStyleOption* option, QPainter* painter)
{
    const Saved saved(painter);
    const QRectF box(option->rect);
    const bool enabled = option->state & QStyle::State_Enabled;
    drawBox(painter, box,
        blend(enabled ? colors().base : colors().window, colors().text, pressure(option->state)),
        enabled ? colors().edge : colors().line, 2);
    const auto at = [&box](double x, double y) {
        return QPointF(box.left() + x * box.width(), box.top() + y * box.height());
    };
    painter->setPen(QPen(inkColor(option->state), 1.8, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter->setBrush(Qt::NoBrush);
    if (option->state & QStyle::State_On)
        painter->drawPolyline(QPolygonF({at(0.25, 0.52), at(0.43, 0.70), at(0.76, 0.32)}));
    else if (option->state & QStyle::State_NoChange)
        painter->drawLine(at(0.28, 0.5), at(0.72, 0.5));
}

void drawRow(const QStyleOptionViewItem* item, QPainter* painter, bool firstColumn)
{
    const Colors& c = colors();
    if (item->state & QStyle::State_Selected) {
        painter->fillRect(item->rect, c.selectedRow);
        if (firstColumn)
            painter->fillRect(QRect(item->rect.left(), item->rect.top(), px(3), item->rect.height()), c.text);
    } else if (item->backgroundBrush.style() != Qt::NoBrush) {
        painter->fillRect(item->rect, item->backgroundBrush);
    } else if (item->state & QStyle::State_MouseOver && item->state & QStyle::State_Enabled) {
        painter->fillRect(item->rect,
            blend(item->features & QStyleOptionViewItem::Alternate ? c.alternate : c.base, c.text, 0.04));
    }
}

void drawTab(const QStyleOptionTab* tab, QPainter* painter)
{
    const Colors& c = colors();
    const QRect& rect = tab->rect;
    if (!(tab->state & QStyle::State_Selected)) {
        if (pressure(tab->state) > 0)
            painter->fillRect(rect, blend(c.window, c.text, pressure(tab->state)));
        return;
    }
    painter->fillRect(rect, c.base);
    painter->setPen(c.border);
    painter->drawLine(rect.topLeft(), rect.bottomLeft());
    painter->drawLine(rect.topRight(), rect.bottomRight());
    painter->fillRect(QRect(rect.left(), rect.top(), rect.width(), 2), c.text);
}

}

void Style::drawPrimitive(
    PrimitiveElement element, const QStyleOption* option, QPainter* painter, const QWidget* widget) const
{
    const Colors& c = colors();
    switch (element) {
    case PE_PanelButtonCommand:
        drawButtonFace(option, painter);
        return;
    case PE_PanelButtonTool:
        drawToolButtonFace(option, painter);
        return;
    case PE_FrameDefaultButton:
        return;
    case PE_IndicatorCheckBox:
    case PE_IndicatorItemViewItemCheck:
        drawCheckBox(option, painter);
        return;
    case PE_PanelLineEdit: {
        const auto* frame = qstyleoption_cast<const QStyleOptionFrame*>(option);
        if (!frame || frame->lineWidth <= 0) {
            painter->fillRect(option->rect, option->palette.brush(QPalette::Base));
            return;
        }
        const Saved saved(painter);
        drawBox(painter, option->rect, option->palette.color(QPalette::Base), edgeColor(option, widget));
        return;
    }
    case PE_FrameLineEdit: {
        const Saved saved(painter);
        drawBox(painter, option->rect, Qt::NoBrush, edgeColor(option, widget));
        return;
    }
    case PE_FrameFocusRect:
        if (option->state & State_KeyboardFocusChange)
            drawFocusRing(*painter, option->rect);
        return;
    case PE_Frame: {
        const Saved saved(painter);
        painter->setPen(c.line);
        painter->setBrush(Qt::NoBrush);
        painter->drawRect(option->rect.adjusted(0, 0, -1, -1));
        const auto* area = qobject_cast<const QAbstractScrollArea*>(widget);
        if (area && showsFocusRing(area))
            drawFocusRing(*painter, option->rect);
        return;
    }
    case PE_PanelItemViewRow:
        if (const auto* item = qstyleoption_cast<const QStyleOptionViewItem*>(option)) {
            if (item->features & QStyleOptionViewItem::Alternate)
                painter->fillRect(item->rect, c.alternate);
            if (item->state & State_Selected)
                drawRow(item, painter, false);
        }
        return;
    case PE_PanelItemViewItem:
        if (const auto* item = qstyleoption_cast<const QStyleOptionViewItem*>(option))
            drawRow(item, painter, item->index.column() == 0);
        return;
    case PE_IndicatorDockWidgetResizeHandle:
        painter->fillRect(option->rect, c.window);
        return;
    case PE_PanelStatusBar:
        painter->fillRect(option->rect, c.window);
        painter->fillRect(QRect(option->rect.left(), option->rect.top(), option->rect.width(), 1), c.border);
        return;
    case PE_FrameStatusBarItem:
    case PE_FrameTabBarBase:
    case PE_FrameDockWidget:
        return;
    default:
        QProxyStyle::drawPrimitive(element, option, painter, widget);
    }
}

void Style::drawControl(
    ControlElement element, const QStyleOption* option, QPainter* painter, const QWidget* widget) const
{
    const Colors& c = colors();
    switch (element) {
    case CE_FocusFrame:
        drawFocusRing(*painter, option->rect);
        return;
    case CE_PushButtonLabel:
        if (const auto* button = qstyleoption_cast<const QStyleOptionButton*>(option)) {
            const bool enabled = button->state & State_Enabled;
            const bool isDefault = button->features & QStyleOptionButton::DefaultButton
                && !(button->features & QStyleOptionButton::Flat);
            const bool iconAndText = !button->icon.isNull() && !button->text.isEmpty();
            if (button->features & QStyleOptionButton::HasMenu || (!isDefault && !iconAndText))
                break;
            const Saved saved(painter);
            QColor ink = inkColor(button->state);
            if (isDefault) {
                painter->setFont(strong(painter->font()));
                ink = enabled ? c.onHighlight : c.disabled;
            }
            if (button->icon.isNull()) {
                painter->setPen(ink);
                painter->drawText(button->rect, Qt::AlignCenter | Qt::TextShowMnemonic, button->text);
                return;
            }
            QPixmap pixmap = button->icon.pixmap(button->iconSize, painter->device()->devicePixelRatio(),
                enabled ? QIcon::Normal : QIcon::Disabled);
            if (isDefault) { // the icon's own colour would not show on the highlight
                QPainter tint(&pixmap);
                tint.setCompositionMode(QPainter::CompositionMode_SourceIn);
                tint.fillRect(pixmap.rect(), ink);
            }
            const int text = painter->fontMetrics().size(Qt::TextShowMnemonic, button->text).width();
            drawIconAndText(painter, button->rect, pixmap, button->iconSize, text, ink, button->text);
            return;
        }
        break;
    case CE_ToolButtonLabel:
        if (const auto* button = qstyleoption_cast<const QStyleOptionToolButton*>(option); button
            && button->toolButtonStyle == Qt::ToolButtonTextBesideIcon && !button->icon.isNull()
            && !button->text.isEmpty()) {
            const Saved saved(painter);
            painter->setFont(button->state & State_On ? strong(button->font) : button->font);
            const bool enabled = button->state & State_Enabled;
            const int text = painter->fontMetrics().size(Qt::TextShowMnemonic, button->text).width();
            drawIconAndText(painter, button->rect,
                button->icon.pixmap(button->iconSize, painter->device()->devicePixelRatio(),
                    enabled ? QIcon::Normal : QIcon::Disabled),
                button->iconSize, text, inkColor(button->state), button->text);
            return;
        }
        break;
    case CE_ProgressBarGroove: {
        const Saved saved(painter);
        drawBox(painter, option->rect, c.base, c.border, 2);
        return;
    }
    case CE_ProgressBarContents:
        if (const auto* bar = qstyleoption_cast<const QStyleOptionProgressBar*>(option);
            bar && bar->maximum > bar->minimum) {
            const double done = double(bar->progress - bar->minimum) / double(bar->maximum - bar->minimum);
            QRectF inner = QRectF(bar->rect).adjusted(1, 1, -1, -1);
            inner.setWidth(inner.width() * std::clamp(done, 0.0, 1.0));
            painter->fillRect(inner, c.highlight);
            return;
        }
        break;
    case CE_Header:
        if (const auto* header = qstyleoption_cast<const QStyleOptionHeader*>(option); header
            && header->orientation == Qt::Horizontal && header->sortIndicator != QStyleOptionHeader::None) {
            // Fusion's arrow takes 24 px and cuts off the title of a narrow column.
            const Saved saved(painter);
            painter->setClipRect(header->rect);
            proxy()->drawControl(CE_HeaderSection, header, painter, widget);
            const int margin = pixelMetric(PM_HeaderMargin, option, widget);
            QStyleOptionHeader label = *header;
            label.rect.adjust(margin, margin, -margin - px(11), -margin);
            proxy()->drawControl(CE_HeaderLabel, &label, painter, widget);
            // SortDown is Qt's name for ascending: the small ones above, as the arrow's tip.
            drawArrow(painter,
                QPointF(header->rect.right() - margin - px(2.5), QRectF(header->rect).center().y() + 1),
                header->sortIndicator == QStyleOptionHeader::SortDown, c.secondary);
            return;
        }
        break;
    case CE_HeaderLabel:
        if (const auto* header = qstyleoption_cast<const QStyleOptionHeader*>(option)) {
            // The margin is meant for the sides: above and below it would cut letters off in so low a row.
            QStyleOptionHeaderV2 roomy;
            if (const auto* second = qstyleoption_cast<const QStyleOptionHeaderV2*>(option))
                roomy = *second;
            else
                static_cast<QStyleOptionHeader&>(roomy) = *header;
            const int margin = pixelMetric(PM_HeaderMargin, option, widget);
            roomy.rect.adjust(0, -margin, 0, margin - 1);
            QProxyStyle::drawControl(element, &roomy, painter, widget);
            return;
        }
        break;
    case CE_HeaderSection:
    case CE_HeaderEmptyArea: {
        const QRect& rect = option->rect;
        painter->fillRect(
            rect, blend(c.buttonBottom, c.text, element == CE_HeaderSection ? pressure(option->state) : 0));
        painter->fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), c.border);
        if (element == CE_HeaderSection)
            painter->fillRect(QRect(rect.right(), rect.top(), 1, rect.height()), c.line);
        return;
    }
    case CE_TabBarTabShape:
        if (const auto* tab = qstyleoption_cast<const QStyleOptionTab*>(option)) {
            const Saved saved(painter);
            drawTab(tab, painter);
            return;
        }
        break;
    case CE_TabBarTabLabel:
        if (option->state & State_Selected) {
            const Saved saved(painter);
            painter->setFont(strong(painter->font()));
            QProxyStyle::drawControl(element, option, painter, widget);
            return;
        }
        break;
    case CE_Splitter: {
        const QRect& rect = option->rect;
        painter->fillRect(rect, c.window);
        if (option->state & State_Horizontal) {
            painter->fillRect(QRect(rect.left(), rect.top(), 1, rect.height()), c.line);
            painter->fillRect(QRect(rect.right(), rect.top(), 1, rect.height()), c.line);
        } else {
            painter->fillRect(QRect(rect.left(), rect.top(), rect.width(), 1), c.line);
            painter->fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), c.line);
        }
        return;
    }
    case CE_ToolBar:
        painter->fillRect(option->rect, c.toolbar);
        painter->fillRect(
            QRect(option->rect.left(), option->rect.bottom(), option->rect.width(), 1), c.border);
        return;
    case CE_MenuBarEmptyArea:
        painter->fillRect(option->rect, c.window);
        painter->fillRect(QRect(option->rect.left(), option->rect.bottom(), option->rect.width(), 1), c.line);
        return;
    default:
        break;
    }
    QProxyStyle::drawControl(element, option, painter, widget);
}

void Style::drawComplexControl(
    ComplexControl control, const QStyleOptionComplex* option, QPainter* painter, const QWidget* widget) const
{
    const Colors& c = colors();
    if (const auto* combo = qstyleoption_cast<const QStyleOptionComboBox*>(option);
        combo && control == CC_ComboBox) {
        const Saved saved(painter);
        if (combo->frame)
            drawBox(painter, combo->rect,
                combo->editable ? QBrush(c.base) : faceBrush(combo->rect, combo->state),
                edgeColor(combo, widget));
        const QRectF arrow = subControlRect(CC_ComboBox, combo, SC_ComboBoxArrow, widget);
        drawChevron(painter, QRectF(arrow).center() + QPointF(-1, 0.5), inkColor(combo->state));
        return;
    }
    if (const auto* spin = qstyleoption_cast<const QStyleOptionSpinBox*>(option);
        spin && control == CC_SpinBox) {
        const Saved saved(painter);
        const QColor edge = edgeColor(spin, widget);
        const QColor ground = spin->state & State_Enabled ? c.base : c.window;
        if (spin->frame)
            drawBox(painter, spin->rect, ground, edge);
        if (spin->buttonSymbols == QAbstractSpinBox::NoButtons)
            return;
        for (const auto sub : {SC_SpinBoxUp, SC_SpinBoxDown}) {
            const bool up = sub == SC_SpinBoxUp;
            const QRectF rect = QRectF(subControlRect(CC_SpinBox, spin, sub, widget));
            const bool canStep = spin->stepEnabled
                & (up ? QAbstractSpinBox::StepUpEnabled : QAbstractSpinBox::StepDownEnabled);
            State state = spin->state;
            state.setFlag(State_Sunken, spin->activeSubControls & sub && spin->state & State_Sunken);
            state.setFlag(State_MouseOver, spin->activeSubControls & sub && spin->state & State_MouseOver);
            state.setFlag(State_Enabled, spin->state & State_Enabled && canStep);
            painter->setRenderHint(QPainter::Antialiasing, false);
            painter->fillRect(up ? rect.adjusted(0, 1, -1, 0) : rect.adjusted(0, 0, -1, -1),
                blend(c.buttonBottom, c.text, pressure(state)));
            drawArrow(painter, rect.center() + QPointF(-0.5, up ? 1 : -1), up, inkColor(state));
        }
        const QRect up = subControlRect(CC_SpinBox, spin, SC_SpinBoxUp, widget);
        painter->setRenderHint(QPainter::Antialiasing, false);
        painter->fillRect(QRect(up.left(), spin->rect.top() + 1, 1, spin->rect.height() - 2), c.line);
        if (spin->frame)
            drawBox(painter, spin->rect, Qt::NoBrush, edge);
        return;
    }
    QProxyStyle::drawComplexControl(control, option, painter, widget);
}

}
