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

    /// A tab is named after the header's title, and keeps the header's legend.
    void addSection(SectionHeader* header, QWidget* content);
    void setTabbed(bool tabbed);

private:
    struct Section {
        SectionHeader* header;
        QString title;
        QWidget* page;
    };
    std::vector<Section> m_sections;
    QSplitter* m_splitter;
    QTabWidget* m_tabs;
    bool m_tabbed = false;
};

}
