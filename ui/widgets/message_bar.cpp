#include "ui/widgets/message_bar.h"

#include "ui/theme/icons.h"
#include "ui/theme/metrics.h"
#include "ui/theme/theme.h"

#include <QAccessible>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QToolButton>

namespace tiller {

using namespace Qt::StringLiterals;

MessageBar::MessageBar(QWidget* parent)
    : QWidget(parent)
    , m_icon(new QLabel)
    , m_text(new QLabel)
    , m_action(new QPushButton)
    , m_close(new QToolButton)
{
    m_text->setWordWrap(true);
    m_text->setTextFormat(Qt::PlainText);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_text->setObjectName(u"messageText"_s);
    m_action->setObjectName(u"messageAction"_s);
    m_action->setProperty("compact", true);
    m_action->setFlat(true);
    m_close->setObjectName(u"messageClose"_s);
    m_close->setProperty("compact", true);
    m_close->setAutoRaise(true);
    m_close->setIcon(icon(u"close"_s));
    m_close->setToolTip(tr("Close (Esc)"));
    m_close->setAccessibleName(tr("Close message"));

    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(px(8), px(4), px(4), px(4));
    row->setSpacing(px(8));
    row->addWidget(m_icon, 0, Qt::AlignTop);
    row->addWidget(m_text, 1);
    row->addWidget(m_action, 0, Qt::AlignTop);
    row->addWidget(m_close, 0, Qt::AlignTop);
    m_icon->setFixedHeight(px(22));
    m_text->setMinimumHeight(px(22));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Minimum);
    setFont(smallFont());
    QFont underlined = smallFont();
    underlined.setUnderline(true);
    m_action->setFont(underlined);
    hide();

    connect(m_action, &QPushButton::clicked, this, &MessageBar::actionTriggered);
    connect(m_close, &QToolButton::clicked, this, &MessageBar::dismiss);
    if (parent)
        parent->installEventFilter(this);
}

void MessageBar::showMessage(
    MessageKind kind, const QString& cause, const QString& remedy, const QString& action)
{
    m_kind = kind;
    m_text->setText(remedy.isEmpty() ? cause : cause + u' ' + remedy);
    m_action->setText(action);
    m_action->setVisible(!action.isEmpty());
    recolor();
    show();

    const QString spoken = kind == MessageKind::Error ? tr("Error: %1")
        : kind == MessageKind::Warning                ? tr("Warning: %1")
                                                      : u"%1"_s;
    setAccessibleName(spoken.arg(m_text->text()));
    QAccessibleEvent alert(this, QAccessible::Alert);
    QAccessible::updateAccessibility(&alert);
}

QString MessageBar::text() const
{
    return m_text->text();
}

void MessageBar::dismiss()
{
    if (isHidden())
        return;
    hide();
    emit closed();
}

void MessageBar::recolor()
{
    const bool error = m_kind == MessageKind::Error;
    const QString name = error ? u"error"_s : m_kind == MessageKind::Warning ? u"warning"_s : u"info"_s;
    const QColor& ink = error            ? colors().error
        : m_kind == MessageKind::Warning ? colors().warning
                                         : colors().text;
    m_icon->setPixmap(iconPixmap(name, ink, px(16), devicePixelRatioF()));
}

void MessageBar::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), m_kind == MessageKind::Error ? colors().errorGround : colors().warningGround);
    painter.fillRect(QRect(0, height() - 1, width(), 1), colors().line);
}

void MessageBar::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Escape)
        dismiss();
    else
        QWidget::keyPressEvent(event);
}

bool MessageBar::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::KeyPress && isVisible()
        && static_cast<QKeyEvent*>(event)->key() == Qt::Key_Escape) {
        dismiss();
        return true;
    }
    return QWidget::eventFilter(watched, event);
}

void MessageBar::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        recolor();
}

}
