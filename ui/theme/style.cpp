#include "ui/theme/style.h"

#include "ui/theme/metrics.h"
#include "ui/theme/theme.h"

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QComboBox>
#include <QHeaderView>
#include <QLineEdit>
#include <QPainter>
#include <QSpinBox>
#include <QStyleOption>
#include <QToolButton>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

int controlHeight(const QWidget* widget)
{
    return px(widget && widget->property("compact").toBool() ? 22 : 26);
}

/// How much wider text gets at weight 600, where a control may have to show it so.
int strongExtra(const QString& text, const QFont& font)
{
    const QString shown = QString(text).remove(u'&');
    return std::max(
        0, QFontMetrics(strong(font)).horizontalAdvance(shown) - QFontMetrics(font).horizontalAdvance(shown));
}

}

Style::Style()
    : QProxyStyle(u"Fusion"_s)
{
}

int Style::pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const
{
    switch (metric) {
    case PM_FocusFrameHMargin: // in item views: what stands beside the text, the bar of a chosen row included
        return px(qobject_cast<const QAbstractItemView*>(widget) ? 7 : 3);
    case PM_FocusFrameVMargin:
        return px(3);
    case PM_SplitterWidth:
    case PM_DockWidgetSeparatorExtent:
        return px(5);
    case PM_DockWidgetFrameWidth:
    case PM_DockWidgetTitleMargin:
        return 0;
    case PM_SmallIconSize:
    case PM_ToolBarIconSize:
    case PM_ButtonIconSize:
    case PM_TabBarIconSize:
        return px(16);
    case PM_IndicatorWidth:
    case PM_IndicatorHeight:
    case PM_ExclusiveIndicatorWidth:
    case PM_ExclusiveIndicatorHeight:
        return px(15);
    case PM_CheckBoxLabelSpacing:
    case PM_RadioButtonLabelSpacing:
        return px(6);
    case PM_LayoutLeftMargin:
    case PM_LayoutRightMargin:
    case PM_LayoutTopMargin:
    case PM_LayoutBottomMargin:
        return px(8);
    case PM_LayoutHorizontalSpacing:
    case PM_LayoutVerticalSpacing:
        return px(6);
    case PM_ToolBarItemSpacing:
        return px(4);
    case PM_ToolBarItemMargin:
        return px(6);
    case PM_ToolBarFrameWidth:
        return 1;
    case PM_ToolBarSeparatorExtent:
        return px(13);
    case PM_ButtonShiftHorizontal:
    case PM_ButtonShiftVertical:
    case PM_MenuBarPanelWidth:
        return 0;
    case PM_MenuBarHMargin:
        return px(8);
    case PM_HeaderMargin:
        return px(6);
    case PM_ScrollBarExtent:
        return px(12);
    case PM_TabBarTabHSpace:
        return px(24);
    case PM_TabBarTabVSpace:
        return px(8);
    case PM_TabBarTabShiftVertical:
    case PM_TabBarTabShiftHorizontal:
    case PM_TabBarBaseOverlap:
        return 0;
    default:
        return QProxyStyle::pixelMetric(metric, option, widget);
    }
}

int Style::styleHint(
    StyleHint hint, const QStyleOption* option, const QWidget* widget, QStyleHintReturn* data) const
{
    switch (hint) {
    case SH_FocusFrame_AboveWidget:
    case SH_ItemView_ShowDecorationSelected:
        return 1;
    case SH_Widget_Animate:
    case SH_Widget_Animation_Duration:
    case SH_EtchDisabledText:
    case SH_DitherDisabledText:
    case SH_UnderlineShortcut:
        return hint == SH_UnderlineShortcut ? 1 : 0;
    case SH_TabBar_Alignment:
        return Qt::AlignLeft;
    case SH_Table_GridLineColor:
        return int(colors().line.rgb());
    case SH_ToolTip_WakeUpDelay:
        return 400;
    default:
        return QProxyStyle::styleHint(hint, option, widget, data);
    }
}

QSize Style::sizeFromContents(
    ContentsType type, const QStyleOption* option, const QSize& size, const QWidget* widget) const
{
    QSize result = QProxyStyle::sizeFromContents(type, option, size, widget);
    switch (type) {
    case CT_PushButton:
        if (const auto* button = qstyleoption_cast<const QStyleOptionButton*>(option)) {
            const bool iconOnly = button->text.isEmpty();
            const int height = std::max(controlHeight(widget), size.height());
            const int extra = button->features & QStyleOptionButton::DefaultButton
                ? strongExtra(button->text, widget ? widget->font() : bodyFont())
                : 0;
            return {
                iconOnly ? std::max(height, size.width() + px(8)) : size.width() + extra + px(20), height};
        }
        return result;
    case CT_ToolButton:
        if (const auto* button = qstyleoption_cast<const QStyleOptionToolButton*>(option)) {
            const int height = controlHeight(widget);
            const bool textShown
                = !button->text.isEmpty() && button->toolButtonStyle != Qt::ToolButtonIconOnly;
            if (!textShown && button->arrowType == Qt::NoArrow
                && !(button->features & QStyleOptionToolButton::MenuButtonPopup))
                return {std::max(height, button->iconSize.width() + px(6)), height};
            const auto* actual = qobject_cast<const QAbstractButton*>(widget);
            const int extra
                = textShown && actual && actual->isCheckable() ? strongExtra(button->text, button->font) : 0;
            return {size.width() + extra + px(18), height};
        }
        return result;
    case CT_ComboBox:
    case CT_LineEdit:
    case CT_SpinBox:
        result.setHeight(std::max(controlHeight(widget), size.height()));
        return result;
    case CT_ItemViewItem:
        result.setHeight(std::max(result.height(), px(27)));
        return result;
    case CT_HeaderSection:
        result.setHeight(px(24));
        return result;
    case CT_MenuBarItem:
        result.setHeight(px(26));
        return result;
    case CT_TabBarTab:
        if (const auto* tab = qstyleoption_cast<const QStyleOptionTab*>(option))
            result.rwidth() += strongExtra(tab->text, widget ? widget->font() : bodyFont());
        result.setHeight(px(28));
        return result;
    case CT_ProgressBar:
        result.setHeight(std::min(result.height(), px(16)));
        return result;
    default:
        return result;
    }
}

void Style::polish(QWidget* widget)
{
    QProxyStyle::polish(widget);
    if (qobject_cast<QAbstractButton*>(widget) || qobject_cast<QComboBox*>(widget)
        || qobject_cast<QAbstractSpinBox*>(widget) || qobject_cast<QLineEdit*>(widget))
        widget->setAttribute(Qt::WA_Hover);
    if (auto* header = qobject_cast<QHeaderView*>(widget)) {
        header->setHighlightSections(false);
        if (header->orientation() == Qt::Horizontal)
            header->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    }
}

void drawFocusRing(QPainter& painter, const QRectF& rect)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(colors().focusRing, 2));
    painter.setBrush(Qt::NoBrush);
    painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), 4, 4);
    painter.restore();
}

}
