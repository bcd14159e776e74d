#include "ui/widgets/section_header.h"

#include "ui/theme/icons.h"
#include "ui/theme/metrics.h"
#include "ui/theme/theme.h"
#include "ui/widgets/elided_label.h"

#include <QDockWidget>
#include <QHBoxLayout>
#include <QPainter>
#include <QToolButton>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

constexpr double headerHeight = 24;

QToolButton* titleButton(const QString& iconName, const QString& name)
{
    auto* button = new QToolButton;
    button->setIcon(icon(iconName));
    button->setIconSize(QSize(px(13), px(13)));
    button->setProperty("compact", true);
    button->setAutoRaise(true);
    button->setToolTip(name);
    button->setAccessibleName(name);
    button->setFocusPolicy(Qt::TabFocus);
    return button;
}

}

SectionHeader::SectionHeader(const QString& title, QWidget* parent)
    : QWidget(parent)
    , m_row(new QHBoxLayout(this))
    , m_title(new ElidedLabel(title))
    , m_note(new ElidedLabel)
{
    m_row->setContentsMargins(px(8), 0, px(4), 1);
    m_row->setSpacing(px(8));
    m_title->setFont(strong(smallFont()));
    m_note->setFont(smallFont());
    m_note->setColor(&Colors::secondary);
    m_note->hide();
    m_row->addWidget(m_title);
    m_row->addWidget(m_note, 1);
    m_row->addStretch();
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setAccessibleName(title);
}

void SectionHeader::setTitle(const QString& title)
{
    m_title->setText(title);
    setAccessibleName(title);
}

QString SectionHeader::title() const
{
    return m_title->text();
}

void SectionHeader::setNote(const QString& note)
{
    m_note->setText(note);
    m_note->setVisible(!note.isEmpty());
}

QString SectionHeader::note() const
{
    return m_note->text();
}

void SectionHeader::addWidget(QWidget* widget)
{
    m_row->addWidget(widget);
}

QSize SectionHeader::sizeHint() const
{
    return {std::max(px(80), m_row->sizeHint().width()), px(headerHeight)};
}

QSize SectionHeader::minimumSizeHint() const
{
    return {m_row->minimumSize().width(), px(headerHeight)};
}

void SectionHeader::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), colors().buttonBottom);
    painter.fillRect(QRect(0, height() - 1, width(), 1), colors().line);
}

DockTitleBar::DockTitleBar(QDockWidget* dock, const QList<QWidget*>& own)
    : SectionHeader(dock->windowTitle(), dock)
{
    for (QWidget* widget : own)
        addWidget(widget);
    auto* floating = titleButton(u"float"_s, tr("Float"));
    auto* close = titleButton(u"close"_s, tr("Close"));
    floating->setObjectName(u"dockFloat"_s);
    close->setObjectName(u"dockClose"_s);
    addWidget(floating);
    addWidget(close);
    const auto follow = [dock, floating, close] {
        floating->setVisible(dock->features() & QDockWidget::DockWidgetFloatable);
        close->setVisible(dock->features() & QDockWidget::DockWidgetClosable);
    };
    follow();
    connect(dock, &QDockWidget::featuresChanged, this, follow);
    connect(dock, &QWidget::windowTitleChanged, this, &SectionHeader::setTitle);
    connect(floating, &QToolButton::clicked, dock, [dock] { dock->setFloating(!dock->isFloating()); });
    connect(close, &QToolButton::clicked, dock, &QWidget::close);
}

}
