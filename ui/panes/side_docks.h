#pragma once

#include <QObject>

class QAction;
class QDockWidget;
class QFrame;
class QMainWindow;
class QToolBar;

namespace tiller {

/// The docks at the right, as the window's width allows: beside each other's content when wide, as tabs of
/// one narrow column below 1400, and below 1300 folded to a strip of icons that open over the content.
class SideDocks : public QObject {
    Q_OBJECT

public:
    explicit SideDocks(QMainWindow* window);

    QDockWidget* add(const QString& objectName, const QString& title, const QString& icon, QWidget* content);
    void arrange();
    /// Shows a dock's content, wherever it is at this width.
    void reveal(int index);
    /// Closes what a folded dock has opened over the content.
    void closeOver();
    /// Shows folded docks at their places, whatever the width: for a state that is to be kept.
    void unfold();
    bool isFolded() const { return m_mode == Mode::Folded; }

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    enum class Mode { Unset, Folded, Tabbed, Stacked, Wide };
    struct Entry {
        QDockWidget* dock;
        QWidget* content;
        QAction* button;
    };

    void setMode(Mode mode);
    void openOver(int index);
    void placeOver();

    QMainWindow* m_window;
    QToolBar* m_strip;
    QFrame* m_over;
    std::vector<Entry> m_entries;
    Mode m_mode = Mode::Unset;
    int m_open = -1;
};

}
