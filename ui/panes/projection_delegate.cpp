#include "ui/panes/projection_delegate.h"

#include "ui/models/contrast_pair_model.h"
#include "ui/theme/metrics.h"
#include "ui/theme/theme.h"
#include "ui/widgets/pole_label.h"

#include <QApplication>
#include <QPainter>

namespace tiller {

void ProjectionDelegate::paint(
    QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const QVariant data = index.data(ContrastPairModel::ProjectionRole);
    if (!data.isValid()) {
        QStyledItemDelegate::paint(painter, option, index);
        return;
    }
    QStyleOptionViewItem ground = option;
    initStyleOption(&ground, index);
    ground.text.clear();
    const QStyle* style = ground.widget ? ground.widget->style() : QApplication::style();
    style->drawControl(QStyle::CE_ItemViewItem, &ground, painter, ground.widget);

    const auto projection = data.value<PairProjection>();
    const double mark = px(7);
    const QRectF area = QRectF(option.rect).adjusted(px(10), 0, -px(10), 0);
    const auto x = [&](double value) {
        return area.center().x() + (area.width() - mark) / 2 * value / projection.extent;
    };
    const double y = area.center().y();

    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(QPen(colors().line, 1));
    painter->drawLine(QPointF(x(0), area.top() + px(6)), QPointF(x(0), area.bottom() - px(6)));
    const bool dropped = !index.data(ContrastPairModel::EnabledRole).toBool();
    painter->setPen(dropped ? QPen(colors().disabled, 1, Qt::DotLine) : QPen(colors().secondary, 1));
    painter->drawLine(QPointF(x(projection.negative), y), QPointF(x(projection.positive), y));
    const auto draw = [&](double value, Pole pole, const QColor& color) {
        drawPoleMark(*painter, QRectF(x(value) - mark / 2, y - mark / 2, mark, mark), pole,
            dropped ? blend(color, colors().base, 0.4) : color, dropped);
    };
    draw(projection.negative, Pole::Negative, colors().negative);
    draw(projection.positive, Pole::Positive, colors().positive);
    painter->restore();
}

}
