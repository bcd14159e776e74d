#include "ui/widgets/elided_check_box.h"

#include <QStyleOptionButton>
#include <QStylePainter>

namespace tiller {

namespace {

QString escaped(QString text)
{
    return text.replace(u'&', QStringLiteral("&&"));
}

}

ElidedCheckBox::ElidedCheckBox(const QString& text, QWidget* parent)
    : QCheckBox(escaped(text), parent)
    , m_whole(text)
{
    setAccessibleName(text);
    // A check box is never narrower than its text unless told that it may.
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
}

QSize ElidedCheckBox::minimumSizeHint() const
{
    const QSize whole = sizeHint();
    const int text = fontMetrics().horizontalAdvance(m_whole);
    return {whole.width() - text + std::min(text, fontMetrics().averageCharWidth() * 6), whole.height()};
}

void ElidedCheckBox::paintEvent(QPaintEvent*)
{
    QStylePainter painter(this);
    QStyleOptionButton option;
    initStyleOption(&option);
    const int room = style()->subElementRect(QStyle::SE_CheckBoxContents, &option, this).width();
    option.text = escaped(fontMetrics().elidedText(m_whole, Qt::ElideMiddle, room));
    painter.drawControl(QStyle::CE_CheckBox, option);
}

}
