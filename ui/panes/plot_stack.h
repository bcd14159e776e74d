#pragma once

#include <QWidget>

class QSplitter;
class QTabWidget;

namespace tiller {

class SectionHeader;

/// Titled sections below each other, or, where there is no room, as tabs.
class PlotStack : public QWidget {
    Q_OBJECT

public:
    explicit PlotStack(QWidget* parent = nullptr);

    /// `header` may hold a legend; it is left out in tabs, which are named after its title.
    void addSection(SectionHeader* header, QWidget* content);
    void setTabbed(bool tabbed);

private:
    struct Section {
        SectionHeader* header;
        QWidget* page;
    };
    std::vector<Section> m_sections;
    QSplitter* m_splitter;
    QTabWidget* m_tabs;
    bool m_tabbed = false;
};

}
