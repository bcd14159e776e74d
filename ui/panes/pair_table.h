#pragma once

#include <QTableView>

class QSortFilterProxyModel;

namespace tiller {

class ContrastDocument;

/// The contrast set's table: paste from a spreadsheet, copy to one, delete, column widths that follow the
/// window.
class PairTable : public QTableView {
    Q_OBJECT

public:
    explicit PairTable(ContrastDocument* document, QWidget* parent = nullptr);

    void setFilter(const QString& text);
    /// Row of the set, -1 for none.
    int currentRow() const;
    void showRow(int row);
    std::vector<int> selectedRows() const;

public slots:
    void addPair();
    void removeSelected();
    void paste();
    void copy() const;

signals:
    void currentRowChanged(int row);
    void pasteFailed(const QString& cause, const QString& remedy);
    void pasted(int count);

protected:
    void resizeEvent(QResizeEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    void distribute();

    ContrastDocument* m_document;
    QSortFilterProxyModel* m_proxy;
};

}
