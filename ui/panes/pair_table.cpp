#include "ui/panes/pair_table.h"

#include "ui/models/pair_filter.h"
#include "ui/panes/pair_text_delegate.h"
#include "ui/panes/projection_delegate.h"
#include "ui/state/contrast_document.h"
#include "ui/theme/metrics.h"

#include <QHeaderView>

#include <algorithm>

namespace tiller {

using namespace Qt::StringLiterals;

PairTable::PairTable(ContrastDocument* document, QWidget* parent)
    : QTableView(parent)
    , m_document(document)
    , m_filter(new PairFilter(this))
{
    setObjectName(u"pairs"_s);
    setAccessibleName(tr("Contrast pairs"));
    m_filter->setSourceModel(document->model());
    setModel(m_filter);

    setSelectionBehavior(SelectRows);
    setSelectionMode(ExtendedSelection);
    setAlternatingRowColors(true);
    setShowGrid(false);
    setWordWrap(false);
    setTextElideMode(Qt::ElideRight);
    setFrameShape(NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setEditTriggers(DoubleClicked | EditKeyPressed | AnyKeyPressed);
    setTabKeyNavigation(false);
    setDragDropMode(DragDrop);
    setDragDropOverwriteMode(false);
    setDropIndicatorShown(false); // drawn over the whole row instead
    verticalHeader()->hide();
    verticalHeader()->setMinimumSectionSize(px(22));
    verticalHeader()->setDefaultSectionSize(px(27));
    horizontalHeader()->setHighlightSections(false);
    horizontalHeader()->setMinimumSectionSize(px(24));
    horizontalHeader()->setFixedHeight(px(24));
    horizontalHeader()->setSortIndicatorClearable(true);
    horizontalHeader()->setSortIndicator(-1, Qt::AscendingOrder);
    setSortingEnabled(true);

    m_texts = new PairTextDelegate(this);
    setItemDelegate(m_texts);
    setItemDelegateForColumn(ContrastPairModel::Projection, new ProjectionDelegate(this));
    buildActions();

    connect(selectionModel(), &QItemSelectionModel::currentRowChanged, this, &PairTable::noteCurrentRow);
    connect(selectionModel(), &QItemSelectionModel::selectionChanged, this, &PairTable::refreshActions);
    connect(horizontalHeader(), &QHeaderView::sortIndicatorChanged, this, &PairTable::refreshActions);
    connect(m_filter, &QAbstractItemModel::modelReset, this, [this] { showRow(0); });
    connect(document, &ContrastDocument::replaced, this, &PairTable::showSetOrder);
    connect(document, &ContrastDocument::contentsChanged, this, [this] {
        noteCurrentRow();
        refreshActions();
        distribute();
        viewport()->update();
    });
}

void PairTable::setFilter(const QString& text)
{
    m_filter->setSought(text);
    refreshActions();
    viewport()->update();
}

void PairTable::clearFilter()
{
    setFilter({});
    emit filterCleared();
}

void PairTable::showSetOrder()
{
    horizontalHeader()->setSortIndicator(-1, Qt::AscendingOrder);
    if (!m_filter->sought().isEmpty())
        clearFilter();
    scrollTo(currentIndex());
}

int PairTable::currentRow() const
{
    return m_filter->mapToSource(currentIndex()).row();
}

void PairTable::noteCurrentRow()
{
    // Moved, or pushed by rows above it, the current pair is another row without being another pair.
    if (const int row = currentRow(); row != std::exchange(m_notedRow, row))
        emit currentRowChanged(row);
}

void PairTable::showRow(int row)
{
    const QModelIndex source = m_document->model()->index(row, ContrastPairModel::Positive);
    if (source.isValid() && !m_filter->mapFromSource(source).isValid())
        clearFilter();
    const QModelIndex index = m_filter->mapFromSource(source);
    // Not setCurrentIndex(): with Ctrl held, as in Ctrl+V, that would add to the selection.
    selectionModel()->setCurrentIndex(index, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    scrollTo(index);
}

std::vector<int> PairTable::selectedRows() const
{
    std::vector<int> rows;
    // Not selectionModel()->selectedRows(), whose time is quadratic in rows that do not touch.
    for (const QItemSelectionRange& range : selectionModel()->selection())
        for (int row = range.top(); row <= range.bottom(); ++row)
            rows.push_back(m_filter->mapToSource(m_filter->index(row, 0)).row());
    std::ranges::sort(rows);
    return rows;
}

void PairTable::selectRows(int first, int count)
{
    showRow(first);
    std::vector<int> shown;
    for (int row = first; row < first + count; ++row)
        shown.push_back(m_filter->mapFromSource(m_document->model()->index(row, 0)).row());
    std::ranges::sort(shown);
    QItemSelection rows;
    for (size_t i = 0; i < shown.size();) {
        size_t end = i + 1;
        while (end < shown.size() && shown[end] == shown[end - 1] + 1)
            ++end;
        rows << QItemSelectionRange(m_filter->index(shown[i], 0),
            m_filter->index(shown[end - 1], ContrastPairModel::ColumnCount - 1));
        i = end;
    }
    selectionModel()->select(rows, QItemSelectionModel::ClearAndSelect);
}

void PairTable::find(int step)
{
    if (m_filter->sought().isEmpty()) {
        emit findRequested();
        return;
    }
    constexpr int columns = ContrastPairModel::ColumnCount;
    const int cells = m_filter->rowCount() * columns;
    const QModelIndex current = currentIndex();
    const int start = current.isValid() ? current.row() * columns + current.column() : step > 0 ? -1 : cells;
    for (int i = 1; i <= cells; ++i) {
        const int cell = ((start + step * i) % cells + cells) % cells;
        const QModelIndex index = m_filter->index(cell / columns, cell % columns);
        if (!m_filter->isMatch(index))
            continue;
        selectionModel()->setCurrentIndex(
            index, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
        scrollTo(index);
        viewport()->update();
        return;
    }
}

void PairTable::findNext()
{
    find(1);
}

void PairTable::findPrevious()
{
    find(-1);
}

void PairTable::resizeEvent(QResizeEvent* event)
{
    QTableView::resizeEvent(event);
    distribute();
}

void PairTable::distribute()
{
    const int digits = fontMetrics().horizontalAdvance(QString::number(m_document->model()->rowCount()));
    const int number = std::max(px(34), digits + 2 * px(10));
    const int tokens = px(68);
    const int projection = px(132);
    const int texts = std::max(px(150), viewport()->width() - number - tokens - projection);
    setColumnWidth(ContrastPairModel::Number, number);
    setColumnWidth(ContrastPairModel::Positive, texts * 43 / 100);
    setColumnWidth(ContrastPairModel::Negative, texts * 33 / 100);
    setColumnWidth(ContrastPairModel::Prompt, texts - texts * 43 / 100 - texts * 33 / 100);
    setColumnWidth(ContrastPairModel::Tokens, tokens);
    setColumnWidth(ContrastPairModel::Projection, projection);
}

}
