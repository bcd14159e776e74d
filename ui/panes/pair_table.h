#pragma once

#include <QPersistentModelIndex>
#include <QTableView>

#include <array>

class QAction;
class QMenu;

namespace tiller {

class ContrastDocument;
class PairFilter;
class PairTextDelegate;

/// What can be done to the pairs, in the order of the menus.
enum class PairAction {
    Edit,
    EditTurns,
    Add,
    Duplicate,
    Swap,
    Drop,
    MoveUp,
    MoveDown,
    Copy,
    Paste,
    Delete,
    Find,
    FindNext,
    FindPrevious,
    Count
};

/// The contrast set's table: edits, sorts, finds, reorders by drag, takes rows from a spreadsheet and gives
/// them to one. Keys are those of its actions and work while it has the focus; those for finding do
/// everywhere.
class PairTable : public QTableView {
    Q_OBJECT

public:
    explicit PairTable(ContrastDocument* document, QWidget* parent = nullptr);

    QAction* action(PairAction which) const { return m_actions[size_t(which)]; }
    /// Fills a menu with the actions, in groups.
    void addActionsTo(QMenu* menu) const;

    void setFilter(const QString& text);
    /// Row of the set, -1 for none.
    int currentRow() const;
    void showRow(int row);
    /// Rows of the set, ascending.
    std::vector<int> selectedRows() const;
    void selectRows(int first, int count);

public slots:
    /// Takes sorting and filter away.
    void showSetOrder();
    void editCurrent();
    void editTurns(); ///< all turns of the current text, as files hold them
    void addPair();
    void duplicateSelected();
    void swapSelected();
    /// Drops the selected pairs; when all of them are dropped already, uses them again.
    void dropSelected();
    void moveUp();
    void moveDown();
    void deleteSelected();
    void copy() const;
    void paste();
    void findNext();
    void findPrevious();

signals:
    void currentRowChanged(int row);
    void pasteFailed(const QString& cause, const QString& remedy);
    /// `skipped` says which lines could not be read and why, or is empty.
    void pasted(int count, const QString& skipped);
    /// Rows were dragged that cannot be moved now; `why` says what has to be done first.
    void moveRefused(const QString& why);
    /// The filter's field is wanted.
    void findRequested();
    /// The table took the filter away, as it hid what has to be seen.
    void filterCleared();
    /// An action is about to act, from a menu perhaps while the table is not shown.
    void aboutToAct();

protected:
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void startDrag(Qt::DropActions actions) override;
    void dragMoveEvent(QDragMoveEvent* event) override;
    void dragLeaveEvent(QDragLeaveEvent* event) override;
    void dropEvent(QDropEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    void buildActions();
    void refreshActions();
    /// Why rows cannot be moved now, or empty.
    QString whyFixed() const;
    void moveByOne(bool up);
    void find(int step);
    void noteCurrentRow();
    void clearFilter();
    void distribute();
    int dropPlace(const QPoint& position) const;

    ContrastDocument* m_document;
    PairFilter* m_filter;
    PairTextDelegate* m_texts;
    std::array<QAction*, size_t(PairAction::Count)> m_actions{};
    int m_notedRow = -1;
    bool m_refused = false; ///< the drag under way; told once
    int m_dropPlace = -1; ///< rows dragged would go before this one; -1 while none are
};

}
