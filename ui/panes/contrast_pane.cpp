#include "ui/panes/contrast_pane.h"

#include "ui/panes/diagnostics_panel.h"
#include "ui/panes/extraction_form.h"
#include "ui/panes/layouts.h"
#include "ui/panes/pair_panel.h"
#include "ui/panes/pair_table.h"
#include "ui/panes/report_bar.h"
#include "ui/panes/start_card.h"
#include "ui/state/settings.h"
#include "ui/state/wording.h"
#include "ui/theme/icons.h"
#include "ui/widgets/dialogs.h"
#include "ui/widgets/section_header.h"

#include <QAction>
#include <QComboBox>
#include <QDir>
#include <QKeyEvent>
#include <QLineEdit>
#include <QSplitter>

#include <cmath>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

const QString newSetKey = QStringLiteral("*new");

}

ContrastPane::ContrastPane(Workspace* workspace, QWidget* parent)
    : QWidget(parent)
    , m_workspace(workspace)
    , m_document(workspace->contrast())
    , m_columns(new QSplitter(Qt::Horizontal))
{
    auto* layout = column(this);
    m_columns->setChildrenCollapsible(false);
    m_columns->addWidget(buildLeft());
    m_columns->addWidget(buildRight());
    m_columns->setStretchFactor(0, 1);
    m_columns->setStretchFactor(1, 0);
    m_columns->setSizes({px(745), px(452)});
    layout->addWidget(m_columns);

    connect(m_table, &PairTable::currentRowChanged, m_pair, &PairPanel::setRow);
    connect(m_table, &PairTable::currentRowChanged, m_diagnostics, &DiagnosticsPanel::setSelectedRow);
    connect(m_table, &PairTable::pasteFailed, this, [this](const QString& cause, const QString& remedy) {
        m_workspace->report(Panel::Contrast, {MessageKind::Warning, {cause, remedy}, {}, {}});
    });
    connect(m_table, &PairTable::pasted, this, [this](int count, const QString& skipped) {
        m_pasteReported = !skipped.isEmpty();
        if (skipped.isEmpty())
            emit m_workspace->reportsCleared(Panel::Contrast);
        else
            m_workspace->report(Panel::Contrast,
                {MessageKind::Warning,
                    {tr("%1 pasted.").arg(counted(count, tr("pair"), tr("pairs"))), skipped}, {}, {}});
    });
    connect(m_document, &ContrastDocument::contentsChanged, this, [this] {
        if (std::exchange(m_pasteReported, false)) // it spoke of rows that have changed since
            emit m_workspace->reportsCleared(Panel::Contrast);
    });
    connect(m_document, &ContrastDocument::editRefused, this, [this](const QString& why) {
        m_workspace->report(Panel::Contrast,
            {MessageKind::Warning,
                {tr("The cell stays as it was. %1").arg(why),
                    tr("Write the answer alone, or the turns as [{\"role\": …, \"content\": …}].")},
                {}, {}});
    });
    connect(workspace, &Workspace::rowRequested, this, [this](int row) {
        m_table->showRow(row);
        m_table->setFocus();
    });
    connect(m_document, &ContrastDocument::replaced, this, &ContrastPane::fillSets);
    connect(m_document, &ContrastDocument::fileChanged, this, &ContrastPane::fillSets);
    connect(m_document->model(), &QAbstractItemModel::rowsInserted, this, &ContrastPane::fillSets);
    connect(m_document->model(), &QAbstractItemModel::rowsRemoved, this, &ContrastPane::fillSets);
    connect(m_document, &ContrastDocument::replaced, this, [this] { m_table->showRow(0); });
    connect(m_diagnostics, &DiagnosticsPanel::rowClicked, m_table, &PairTable::showRow);
    connect(workspace->library(), &QAbstractItemModel::rowsInserted, this, [this] {
        m_card->hide();
        m_form->setSteerButtonVisible(true);
    });
    connect(m_card, &StartCard::openModelRequested, this, &ContrastPane::openModelRequested);
    connect(m_card, &StartCard::importVectorRequested, this, &ContrastPane::importVectorRequested);
    connect(m_card, &StartCard::chooseSetRequested, this, &ContrastPane::chooseSet);
    m_diagnostics->setSelectedRow(m_table->currentRow());
    fillSets();
}

QWidget* ContrastPane::buildLeft()
{
    auto* left = new QWidget;
    auto* layout = column(left);

    auto* bar = new QWidget;
    bar->setFixedHeight(px(36));
    auto* tools = row(bar, 0, 2);
    tools->setContentsMargins(px(8), 0, px(8), 0);
    m_sets = new QComboBox;
    m_sets->setObjectName(u"sets"_s);
    m_sets->setMinimumContentsLength(14);
    m_sets->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    auto* add = barButton(u"add"_s, tr("Pair"), tr("Add a pair (Ins)"));
    add->setObjectName(u"addPair"_s);
    m_remove = barButton(u"trash"_s, {}, {});
    m_remove->setAccessibleName(tr("Delete the selected pairs from the set"));
    m_remove->setObjectName(u"removePairs"_s);
    auto* paste = barButton(u"paste"_s, tr("Paste"), tr("Paste rows from a spreadsheet (Ctrl+V)"));
    paste->setObjectName(u"pastePairs"_s);
    auto* import = barButton(u"import"_s, tr("Import"), tr("Open a contrast set: JSON, JSONL, CSV or TSV"));
    auto* exporting
        = barButton(u"export"_s, tr("Export"), tr("Save the contrast set as JSON or CSV (Ctrl+Shift+S)"));
    m_filter = new QLineEdit;
    m_filter->setPlaceholderText(tr("Filter pairs"));
    m_filter->setAccessibleName(tr("Filter pairs"));
    m_filter->setObjectName(u"filterPairs"_s);
    m_filter->setToolTip(
        tr("Show only the pairs that contain these words (Ctrl+F); Return or F3 goes to the next match"));
    m_filter->setClearButtonEnabled(true);
    m_filter->installEventFilter(this);
    m_filter->addAction(icon(u"filter"_s), QLineEdit::LeadingPosition);
    m_filter->setMinimumWidth(px(112));
    m_filter->setMaximumWidth(px(180));
    tools->addWidget(fieldLabel(tr("Set"), m_sets));
    tools->addSpacing(px(4));
    tools->addWidget(m_sets, 2);
    tools->addSpacing(px(8));
    for (QToolButton* button : {add, m_remove, paste, import, exporting})
        tools->addWidget(button);
    tools->addSpacing(px(4));
    tools->addWidget(m_filter, 2);
    layout->addWidget(bar);
    layout->addWidget(new ReportBar(m_workspace, Panel::Contrast));

    m_table = new PairTable(m_document);
    m_pair = new PairPanel(m_workspace);
    m_left = new QSplitter(Qt::Vertical);
    m_left->setChildrenCollapsible(false);
    m_left->addWidget(m_table);
    m_left->addWidget(m_pair);
    m_left->setStretchFactor(0, 3);
    m_left->setStretchFactor(1, 2);
    m_left->setSizes({px(460), px(310)});
    layout->addWidget(m_left, 1);

    connect(m_sets, &QComboBox::activated, this, &ContrastPane::chooseSetAt);
    connect(add, &QToolButton::clicked, m_table, &PairTable::addPair);
    connect(m_remove, &QToolButton::clicked, m_table, &PairTable::deleteSelected);
    const auto followDelete = [this] {
        const QAction* action = m_table->action(PairAction::Delete);
        m_remove->setEnabled(action->isEnabled());
        m_remove->setToolTip(action->toolTip());
    };
    connect(m_table->action(PairAction::Delete), &QAction::changed, this, followDelete);
    followDelete();
    connect(paste, &QToolButton::clicked, m_table, &PairTable::paste);
    connect(import, &QToolButton::clicked, this, &ContrastPane::openSet);
    connect(exporting, &QToolButton::clicked, this, [this] { saveSetAs(); });
    connect(m_filter, &QLineEdit::textChanged, m_table, &PairTable::setFilter);
    connect(m_filter, &QLineEdit::returnPressed, m_table, &PairTable::findNext);
    connect(m_table, &PairTable::filterCleared, m_filter, &QLineEdit::clear);
    connect(m_table, &PairTable::moveRefused, this, [this](const QString& why) {
        m_workspace->report(Panel::Contrast,
            {MessageKind::Info, {why, {}}, tr("Show the set's order"), [this] { m_table->showSetOrder(); }});
    });
    connect(m_table, &PairTable::findRequested, m_filter, [this] {
        m_filter->setFocus(Qt::ShortcutFocusReason);
        m_filter->selectAll();
    });
    connect(m_pair, &PairPanel::foldedChanged, this, [this](bool folded) {
        const int all = m_left->height();
        m_pair->setMaximumHeight(folded ? px(24) : QWIDGETSIZE_MAX);
        m_left->setSizes(folded ? QList<int>{all - px(24), px(24)} : QList<int>{all * 6 / 10, all * 4 / 10});
    });
    return left;
}

QWidget* ContrastPane::buildRight()
{
    auto* right = new QWidget;
    right->setMinimumWidth(px(340));
    auto* layout = column(right);
    m_card = new StartCard(m_workspace);
    layout->addWidget(m_card);
    layout->addWidget(new SectionHeader(tr("Extraction")));
    m_form = new ExtractionForm(m_workspace);
    layout->addWidget(m_form);

    m_diagnostics = new DiagnosticsPanel(m_workspace);
    layout->addWidget(m_diagnostics, 1);
    return right;
}

// Esc clears the filter before it stops anything.
bool ContrastPane::eventFilter(QObject* watched, QEvent* event)
{
    const bool isKey = event->type() == QEvent::ShortcutOverride || event->type() == QEvent::KeyPress;
    if (watched != m_filter || !isKey || m_filter->text().isEmpty()
        || static_cast<QKeyEvent*>(event)->key() != Qt::Key_Escape)
        return QWidget::eventFilter(watched, event);
    event->accept();
    if (event->type() == QEvent::KeyPress)
        m_filter->clear();
    return true;
}

void ContrastPane::setCompact(bool compact)
{
    if (compact == m_compact)
        return;
    m_compact = compact;
    m_diagnostics->setTabbed(compact);
    m_pair->setFolded(compact);
}

void ContrastPane::fillSets()
{
    const QSignalBlocker quiet(m_sets);
    m_sets->clear();
    const int count = m_document->model()->rowCount();
    m_sets->addItem(tr("%1, %2").arg(m_document->name(), m_document->model()->countedRows(count)));
    m_sets->insertSeparator(1);
    for (const QString& name : ContrastDocument::bundledSets())
        m_sets->addItem(name, name);
    m_sets->insertSeparator(m_sets->count());
    m_sets->addItem(tr("New set"), newSetKey);
    m_sets->setCurrentIndex(0);
    m_sets->setToolTip(m_document->path().isEmpty() ? m_document->name() : m_document->path());
}

void ContrastPane::chooseSetAt(int index)
{
    const QString key = m_sets->itemData(index).toString();
    m_sets->setCurrentIndex(0);
    if (key.isEmpty() || !mayDiscard())
        return;
    if (key == newSetKey)
        m_document->startNew();
    else if (const Attempt opened = m_document->openBundled(key); !opened.ok())
        m_workspace->report(Panel::Contrast, {MessageKind::Error, opened.failure, {}, {}});
}

void ContrastPane::chooseSet()
{
    m_sets->setFocus(Qt::ShortcutFocusReason);
    m_sets->showPopup();
}

bool ContrastPane::mayDiscard()
{
    if (!m_document->isModified())
        return true;
    switch (Dialogs::confirm(this, tr("Unsaved pairs"),
        tr("The contrast set “%1” has changes that are not saved.").arg(m_document->name()), tr("Save"),
        tr("Discard"))) {
    case Dialogs::Answer::Accept:
        return saveSet();
    case Dialogs::Answer::Discard:
        return true;
    case Dialogs::Answer::Cancel:
        break;
    }
    return false;
}

void ContrastPane::openSet()
{
    if (!mayDiscard())
        return;
    const QString path = Dialogs::getOpenFileName(this, tr("Open a contrast set"), settings::lastFolder(),
        tr("Contrast sets (*.json *.jsonl *.csv *.tsv);;All files (*)"));
    if (path.isEmpty())
        return;
    settings::setLastFolderOf(path);
    QString skipped;
    const Attempt opened = m_document->open(path, &skipped);
    if (!opened.ok())
        m_workspace->report(Panel::Contrast, {MessageKind::Error, opened.failure, {}, {}});
    else if (!skipped.isEmpty())
        m_workspace->report(
            Panel::Contrast, {MessageKind::Warning, {skipped, tr("The other rows were read.")}, {}, {}});
    else
        emit m_workspace->reportsCleared(Panel::Contrast);
}

bool ContrastPane::saveSet()
{
    const QString path = m_document->path();
    if (!path.endsWith(u".json"_s, Qt::CaseInsensitive) && !path.endsWith(u".csv"_s, Qt::CaseInsensitive))
        return saveSetAs();
    if (const QString lost = m_document->notRead(); !lost.isEmpty()) {
        switch (Dialogs::confirm(this, tr("Save the contrast set"),
            tr("The file holds more than this set: %1. Saving over it would lose that.").arg(lost),
            tr("Save as…"), tr("Overwrite"))) {
        case Dialogs::Answer::Accept:
            return saveSetAs();
        case Dialogs::Answer::Discard:
            break;
        case Dialogs::Answer::Cancel:
            return false;
        }
    }
    const Attempt saved = m_document->save(path);
    if (!saved.ok())
        m_workspace->report(Panel::Contrast, {MessageKind::Error, saved.failure, {}, {}});
    return saved.ok();
}

bool ContrastPane::saveSetAs()
{
    const QString path = Dialogs::getSaveFileName(this, tr("Save the contrast set"),
        QDir(settings::lastFolder()).filePath(m_document->name() + u".json"_s),
        tr("JSON (*.json);;CSV (*.csv)"));
    if (path.isEmpty())
        return false;
    settings::setLastFolderOf(path);
    const Attempt saved = m_document->save(path);
    if (!saved.ok())
        m_workspace->report(Panel::Contrast, {MessageKind::Error, saved.failure, {}, {}});
    return saved.ok();
}

}
