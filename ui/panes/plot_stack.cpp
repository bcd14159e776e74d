#include "ui/panes/plot_stack.h"

#include "ui/panes/layouts.h"
#include "ui/widgets/section_header.h"

#include <QSplitter>
#include <QTabWidget>

namespace tiller {

PlotStack::PlotStack(QWidget* parent)
    : QWidget(parent)
    , m_splitter(new QSplitter(Qt::Vertical))
    , m_tabs(new QTabWidget)
{
    auto* layout = column(this);
    m_splitter->setChildrenCollapsible(false);
    m_tabs->setDocumentMode(true);
    m_tabs->hide();
    layout->addWidget(m_splitter, 1);
    layout->addWidget(m_tabs, 1);
}

void PlotStack::addSection(SectionHeader* header, QWidget* content)
{
    auto* page = new QWidget;
    auto* layout = column(page);
    layout->addWidget(header);
    layout->addWidget(content, 1);
    m_sections.push_back({header, header->title(), page});
    m_splitter->addWidget(page);
    constexpr int share = 1000; // more than there is room for: it is divided in these proportions
    m_splitter->setSizes(QList<int>(m_splitter->count(), share));
}

void PlotStack::setTabbed(bool tabbed)
{
    if (tabbed == m_tabbed)
        return;
    m_tabbed = tabbed;
    for (const Section& section : m_sections) {
        // A tab names itself.
        section.header->setTitle(tabbed ? QString() : section.title);
        if (tabbed) {
            m_tabs->addTab(section.page, section.title);
        } else {
            m_splitter->addWidget(section.page);
            section.page->show();
        }
    }
    m_tabs->setVisible(tabbed);
    m_splitter->setVisible(!tabbed);
}

}
