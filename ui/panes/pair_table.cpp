#include "ui/panes/pair_table.h"

#include "ui/panes/projection_delegate.h"
#include "ui/state/contrast_document.h"
#include "ui/theme/metrics.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHeaderView>
#include <QKeyEvent>
#include <QSortFilterProxyModel>

#include <algorithm>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

/// A cell as spreadsheets put it on the clipboard.
QString quoted(QString text)
{
    if (!text.contains(u'\t') && !text.contains(u'\n') && !text.contains(u'"'))
        return text;
    text.replace(u"\""_s, u"\"\""_s);
    return u'"' + text + u'"';
}

}

PairTable::PairTable(ContrastDocument* document, QWidget* parent)
    : QTableView(parent)
    , m_document(document)
    , m_proxy(new QSortFilterProxyModel(this))
{
    setObjectName(u"pairs"_s);
    setAccessibleName(tr("Contrast pairs"));
    m_proxy->setSourceModel(document->model());
    m_proxy->setFilterKeyColumn(-1);
    m_proxy->setFilterCaseSensitivity(Qt::CaseInsensitive);
    m_proxy->setSortRole(ContrastPairModel::SortRole);
    setModel(m_proxy);

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
    verticalHeader()->hide();
    verticalHeader()->setMinimumSectionSize(px(22));
    verticalHeader()->setDefaultSectionSize(px(27));
    horizontalHeader()->setHighlightSections(false);
    horizontalHeader()->setMinimumSectionSize(px(24));
    horizontalHeader()->setFixedHeight(px(24));

    setItemDelegate(new PairTextDelegate(this));
    setItemDelegateForColumn(ContrastPairModel::Projection, new ProjectionDelegate(this));

    connect(selectionModel(), &QItemSelectionModel::currentRowChanged, this,
        [this] { emit currentRowChanged(currentRow()); });
    connect(m_proxy, &QAbstractItemModel::modelReset, this, [this] { showRow(0); });
}

void PairTable::setFilter(const QString& text)
{
    m_proxy->setFilterFixedString(text);
}

int PairTable::currentRow() const
{
    return m_proxy->mapToSource(currentIndex()).row();
}

void PairTable::showRow(int row)
{
    QModelIndex index = m_proxy->mapFromSource(m_document->model()->index(row, ContrastPairModel::Positive));
    if (!index.isValid() && row < m_document->model()->rowCount()) {
        m_proxy->setFilterFixedString({});
        index = m_proxy->mapFromSource(m_document->model()->index(row, ContrastPairModel::Positive));
    }
    // Not setCurrentIndex(): with Ctrl held, as in Ctrl+V, that would add to the selection.
    selectionModel()->setCurrentIndex(index, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    scrollTo(index);
}

std::vector<int> PairTable::selectedRows() const
{
    std::vector<int> rows;
    for (const QModelIndex& index : selectionModel()->selectedRows())
        rows.push_back(m_proxy->mapToSource(index).row());
    std::sort(rows.begin(), rows.end());
    return rows;
}

void PairTable::addPair()
{
    const int at = m_document->model()->rowCount();
    m_document->addPair(at);
    showRow(at);
    edit(currentIndex());
}

void PairTable::removeSelected()
{
    const auto rows = selectedRows();
    if (rows.empty())
        return;
    m_document->removeRows(rows);
    const int count = m_document->model()->rowCount();
    if (count > 0)
        showRow(std::min(rows.front(), count - 1));
}

void PairTable::paste()
{
    const int at = currentRow() >= 0 ? currentRow() + 1 : m_document->model()->rowCount();
    int added = 0;
    const Attempt done = m_document->paste(QGuiApplication::clipboard()->text(), at, &added);
    if (!done.ok()) {
        emit pasteFailed(done.failure.cause, done.failure.remedy);
        return;
    }
    showRow(at);
    emit pasted(added);
}

void PairTable::copy() const
{
    QStringList lines;
    const auto text = [&](int row, int column) {
        return quoted(m_document->model()->index(row, column).data(Qt::EditRole).toString());
    };
    for (const int row : selectedRows())
        lines << text(row, ContrastPairModel::Positive) + u'\t' + text(row, ContrastPairModel::Negative)
                + u'\t' + text(row, ContrastPairModel::Prompt);
    if (!lines.isEmpty())
        QGuiApplication::clipboard()->setText(lines.join(u'\n') + u'\n');
}

void PairTable::keyPressEvent(QKeyEvent* event)
{
    if (event->matches(QKeySequence::Paste))
        paste();
    else if (event->matches(QKeySequence::Copy))
        copy();
    else if (event->matches(QKeySequence::Delete))
        removeSelected();
    else
        QTableView::keyPressEvent(event);
}

void PairTable::resizeEvent(QResizeEvent* event)
{
    QTableView::resizeEvent(event);
    distribute();
}

void PairTable::distribute()
{
    const int number = px(34);
    const int tokens = px(62);
    const int projection = px(112);
    const int texts = std::max(px(150), viewport()->width() - number - tokens - projection);
    setColumnWidth(ContrastPairModel::Number, number);
    setColumnWidth(ContrastPairModel::Positive, texts * 43 / 100);
    setColumnWidth(ContrastPairModel::Negative, texts * 33 / 100);
    setColumnWidth(ContrastPairModel::Prompt, texts - texts * 43 / 100 - texts * 33 / 100);
    setColumnWidth(ContrastPairModel::Tokens, tokens);
    setColumnWidth(ContrastPairModel::Projection, projection);
}

}
