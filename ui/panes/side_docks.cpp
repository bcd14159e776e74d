#include "ui/panes/side_docks.h"

#include "ui/panes/layouts.h"
#include "ui/theme/icons.h"
#include "ui/widgets/section_header.h"

#include <QDockWidget>
#include <QEvent>
#include <QKeyEvent>
#include <QMainWindow>
#include <QToolBar>

namespace tiller {

using namespace Qt::StringLiterals;

SideDocks::SideDocks(QMainWindow* window)
    : QObject(window)
    , m_window(window)
    , m_strip(new QToolBar(tr("Docks")))
    , m_over(new QFrame(window))
{
    m_strip->setObjectName(u"dockStrip"_s);
    m_strip->setMovable(false);
    m_strip->setToolButtonStyle(Qt::ToolButtonIconOnly);
    m_strip->setIconSize({px(16), px(16)});
    m_strip->toggleViewAction()->setVisible(false);
    window->addToolBar(Qt::RightToolBarArea, m_strip);
    m_strip->hide();
    m_over->setFrameShape(QFrame::Box);
    m_over->setFrameShadow(QFrame::Plain);
    m_over->setForegroundRole(QPalette::Mid);
    m_over->setAutoFillBackground(true);
    column(m_over);
    m_over->hide();
    m_over->installEventFilter(this);
}

QDockWidget* SideDocks::add(
    const QString& objectName, const QString& title, const QString& iconName, QWidget* content)
{
    auto* dock = new QDockWidget(title, m_window);
    dock->setObjectName(objectName);
    dock->setTitleBarWidget(new DockTitleBar(dock));
    dock->setWidget(content);
    m_window->addDockWidget(Qt::RightDockWidgetArea, dock);
    auto* button = new QAction(icon(iconName), title, this);
    button->setToolTip(tr("Show %1").arg(title));
    m_strip->addAction(button);
    const int index = int(m_entries.size());
    connect(button, &QAction::triggered, this, [this, index] { openOver(m_open == index ? -1 : index); });
    m_entries.push_back({dock, content, button});
    return dock;
}

void SideDocks::arrange()
{
    const int width = m_window->width();
    setMode(width < px(1300)   ? Mode::Folded
            : width < px(1400) ? Mode::Tabbed
            : width > px(1800) ? Mode::Wide
                               : Mode::Stacked);
    placeOver();
}

void SideDocks::setMode(Mode mode)
{
    if (mode == m_mode)
        return;
    const bool wasFolded = m_mode == Mode::Folded;
    m_mode = mode;
    openOver(-1);
    if (mode == Mode::Folded) {
        // Never both at once: a window too narrow for that would grow.
        for (const Entry& entry : m_entries)
            entry.dock->hide();
        m_strip->show();
        return;
    }
    m_strip->hide();
    QList<QDockWidget*> docks;
    for (const Entry& entry : m_entries) {
        if (wasFolded)
            entry.dock->show();
        docks << entry.dock;
    }
    for (qsizetype i = 1; i < docks.size(); ++i) {
        if (docks[i]->isFloating() || m_window->dockWidgetArea(docks[i]) != Qt::RightDockWidgetArea)
            continue;
        if (mode == Mode::Tabbed)
            m_window->tabifyDockWidget(docks[i - 1], docks[i]);
        else if (!m_window->tabifiedDockWidgets(docks[i]).isEmpty()) {
            m_window->addDockWidget(Qt::RightDockWidgetArea, docks[i]);
            m_window->splitDockWidget(docks[i - 1], docks[i], Qt::Vertical);
        }
    }
    const int size = px(mode == Mode::Tabbed ? 200 : mode == Mode::Wide ? 300 : 236);
    m_window->resizeDocks(docks, QList<int>(docks.size(), size), Qt::Horizontal);
    if (mode != Mode::Tabbed && docks.size() > 1)
        m_window->resizeDocks({docks[0], docks[1]}, {px(376), px(414)}, Qt::Vertical);
}

void SideDocks::reveal(int index)
{
    const Entry& entry = m_entries[size_t(index)];
    if (m_mode == Mode::Folded) {
        openOver(index);
    } else {
        entry.dock->show();
        entry.dock->raise();
    }
    entry.content->setFocus(Qt::ShortcutFocusReason);
    if (QWidget* first = entry.content->nextInFocusChain(); first && entry.content->isAncestorOf(first))
        first->setFocus(Qt::ShortcutFocusReason);
}

void SideDocks::openOver(int index)
{
    if (m_open >= 0) {
        const Entry& entry = m_entries[size_t(m_open)];
        entry.dock->setWidget(entry.content);
    }
    m_open = index;
    if (index < 0) {
        m_over->hide();
        return;
    }
    QWidget* content = m_entries[size_t(index)].content;
    m_over->layout()->addWidget(content);
    content->show();
    placeOver();
    m_over->show();
    m_over->raise();
}

void SideDocks::unfold()
{
    if (m_mode != Mode::Folded)
        return;
    openOver(-1);
    m_strip->hide();
    for (const Entry& entry : m_entries)
        entry.dock->show();
    m_mode = Mode::Unset;
}

void SideDocks::closeOver()
{
    openOver(-1);
}

void SideDocks::placeOver()
{
    if (m_open < 0)
        return;
    const QRect strip = m_strip->geometry();
    const int width = px(248);
    m_over->setGeometry(strip.left() - width, strip.top(), width, strip.height());
}

bool SideDocks::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_over && event->type() == QEvent::KeyPress
        && static_cast<QKeyEvent*>(event)->key() == Qt::Key_Escape) {
        openOver(-1);
        return true;
    }
    return QObject::eventFilter(watched, event);
}

}
