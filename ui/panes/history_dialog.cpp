#include "ui/panes/history_dialog.h"

#include "ui/panes/layouts.h"
#include "ui/state/run_export.h"
#include "ui/state/settings.h"
#include "ui/theme/icons.h"
#include "ui/widgets/dialogs.h"
#include "ui/widgets/elided_label.h"

#include <QClipboard>
#include <QDir>
#include <QGuiApplication>
#include <QHeaderView>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSaveFile>
#include <QSortFilterProxyModel>
#include <QSplitter>
#include <QTreeView>

#include <algorithm>

namespace tiller {

using namespace Qt::StringLiterals;

HistoryDialog::HistoryDialog(Workspace* workspace, QWidget* parent)
    : QDialog(parent)
    , m_workspace(workspace)
    , m_history(workspace->history())
    , m_proxy(new QSortFilterProxyModel(this))
{
    setObjectName(u"history"_s);
    setWindowTitle(tr("Runs"));
    resize(px(860), px(560));
    auto* layout = column(this, 8, 8);
    m_filter = new QLineEdit;
    m_filter->setObjectName(u"filterRuns"_s);
    m_filter->setPlaceholderText(tr("Filter runs by prompt, mix or text"));
    m_filter->setAccessibleName(m_filter->placeholderText());
    m_filter->setClearButtonEnabled(true);
    m_filter->addAction(icon(u"filter"_s), QLineEdit::LeadingPosition);
    layout->addWidget(m_filter);

    m_proxy->setSourceModel(m_history);
    m_proxy->setSortRole(RunHistory::SortRole);
    m_proxy->setFilterKeyColumn(-1);
    m_proxy->setFilterCaseSensitivity(Qt::CaseInsensitive);
    m_view = new QTreeView;
    m_view->setObjectName(u"runs"_s);
    m_view->setAccessibleName(tr("Runs"));
    m_view->setModel(m_proxy);
    m_view->setRootIsDecorated(false);
    m_view->setUniformRowHeights(true);
    m_view->setAlternatingRowColors(true);
    m_view->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_view->setSortingEnabled(true);
    m_view->sortByColumn(RunHistory::Number, Qt::DescendingOrder);
    m_view->header()->resizeSection(RunHistory::Star, px(44));
    m_view->header()->resizeSection(RunHistory::Number, px(48));
    m_view->header()->resizeSection(RunHistory::Started, px(72));
    m_view->header()->resizeSection(RunHistory::Mix, px(200));
    m_view->header()->resizeSection(RunHistory::Prompt, px(180));

    auto* parts = new QSplitter(Qt::Vertical);
    parts->setChildrenCollapsible(false);
    parts->addWidget(m_view);
    parts->addWidget(buildTexts());
    parts->setStretchFactor(0, 3);
    parts->setStretchFactor(1, 2);
    layout->addWidget(parts, 1);
    layout->addWidget(buildButtons());

    connect(m_filter, &QLineEdit::textChanged, m_proxy, &QSortFilterProxyModel::setFilterFixedString);
    connect(m_view->selectionModel(), &QItemSelectionModel::selectionChanged, this, &HistoryDialog::refresh);
    connect(m_history, &QAbstractItemModel::dataChanged, this, &HistoryDialog::refresh);
    connect(m_view, &QTreeView::activated, this,
        [this](const QModelIndex& index) { m_workspace->restoreRun(m_proxy->mapToSource(index).row()); });
    refresh();
}

QWidget* HistoryDialog::buildTexts()
{
    auto* panel = new QWidget;
    auto* layout = row(panel, 0, 8);
    for (int side = 0; side < 2; ++side) {
        auto* part = new QWidget;
        auto* column = tiller::column(part, 0, 4);
        m_titles[side] = new ElidedLabel;
        m_titles[side]->setFont(strong(smallFont()));
        m_texts[side] = new QPlainTextEdit;
        m_texts[side]->setObjectName(side == 0 ? u"firstText"_s : u"secondText"_s);
        m_texts[side]->setReadOnly(true);
        m_texts[side]->setAccessibleName(tr("Steered text"));
        column->addWidget(m_titles[side]);
        column->addWidget(m_texts[side]);
        layout->addWidget(part, 1);
    }
    return panel;
}

QWidget* HistoryDialog::buildButtons()
{
    auto* panel = new QWidget;
    auto* layout = row(panel, 0, 6);
    const auto add = [&](const QString& name, const QString& text, const QString& help, auto act) {
        auto* button = new QPushButton(text);
        button->setObjectName(name);
        button->setToolTip(help);
        button->setAutoDefault(false);
        connect(button, &QPushButton::clicked, this, act);
        layout->addWidget(button);
        return button;
    };
    m_forOne = {
        add(u"restoreRun"_s, tr("Restore"), tr("Set prompt, sampling and mixer as they were (Return)"),
            [this] { m_workspace->restoreRun(selectedRuns().front()); }),
        add(u"copyMarkdown"_s, tr("Copy as Markdown"), tr("Prompt, mix, texts and figures"),
            [this] { copy(toMarkdown); }),
        add(u"copyPython"_s, tr("Copy as Python"),
            tr("A program for transformers that generates the steered text; the directions stand in it"),
            [this] { copy(toPython); }),
    };
    layout->addStretch(1);
    m_export = add(u"exportRuns"_s, tr("Export JSONL…"),
        tr("The selected runs, or all that are shown, a line of JSON each"), [this] { exportLines(); });
    return panel;
}

std::vector<int> HistoryDialog::selectedRuns() const
{
    std::vector<int> rows;
    for (const QModelIndex& index : m_view->selectionModel()->selectedRows())
        rows.push_back(m_proxy->mapToSource(index).row());
    std::ranges::sort(rows);
    return rows;
}

void HistoryDialog::refresh()
{
    const std::vector<int> rows = selectedRuns();
    for (QPushButton* button : m_forOne)
        button->setEnabled(rows.size() == 1);
    m_export->setEnabled(m_proxy->rowCount() > 0);
    for (size_t side = 0; side < 2; ++side) {
        const bool shown = side < rows.size() && rows.size() <= 2;
        m_texts[side]->parentWidget()->setVisible(shown || (side == 0 && rows.empty()));
        if (!shown) {
            m_titles[side]->setText(tr("Choose one run, or two to compare them."));
            m_texts[side]->clear();
            continue;
        }
        const Run& run = m_history->run(rows[side]);
        m_titles[side]->setText(tr("Run %1: %2").arg(run.number).arg(mixOf(run)));
        const QString text = run.text.rows[RunText::steered].text();
        if (m_texts[side]->toPlainText() != text)
            m_texts[side]->setPlainText(text);
    }
}

void HistoryDialog::copy(QString (*format)(const Run& run))
{
    QGuiApplication::clipboard()->setText(format(m_history->run(selectedRuns().front())));
}

void HistoryDialog::exportLines()
{
    const QString path = Dialogs::getSaveFileName(this, tr("Export runs"),
        QDir(settings::lastFolder()).filePath(u"runs.jsonl"_s), tr("JSON lines (*.jsonl)"));
    if (path.isEmpty())
        return;
    settings::setLastFolderOf(path);
    std::vector<int> rows = selectedRuns();
    if (rows.empty())
        for (int row = 0; row < m_proxy->rowCount(); ++row)
            rows.push_back(m_proxy->mapToSource(m_proxy->index(row, 0)).row());
    std::ranges::sort(rows);
    QSaveFile file(path);
    bool written = file.open(QIODevice::WriteOnly);
    for (const int row : rows)
        written = written && file.write(toJsonLine(m_history->run(row))) >= 0;
    if (!written || !file.commit())
        m_workspace->report(Panel::Steer,
            {MessageKind::Error, {tr("%1 cannot be written: %2.").arg(path, file.errorString()), {}}, {},
                {}});
}

}
