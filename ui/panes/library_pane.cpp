#include "ui/panes/library_pane.h"

#include "ui/panes/fact_list.h"
#include "ui/panes/import_card.h"
#include "ui/panes/layouts.h"
#include "ui/panes/library_comparison.h"
#include "ui/panes/library_delegate.h"
#include "ui/state/settings.h"
#include "ui/state/wording.h"
#include "ui/theme/icons.h"
#include "ui/theme/numbers.h"
#include "ui/widgets/dialogs.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/section_header.h"

#include <QAction>
#include <QDir>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QLineEdit>
#include <QListView>
#include <QLocale>
#include <QMimeData>
#include <QPushButton>
#include <QSortFilterProxyModel>
#include <QStackedWidget>

#include <algorithm>

namespace tiller {

using namespace Qt::StringLiterals;

QString vectorOpenFilter()
{
    return QObject::tr("Steering vectors (*.pt *.gguf *.safetensors *.svec *.json);;All files (*)");
}

QString vectorSaveFilter(const QString& suggested)
{
    QStringList formats{QObject::tr("PyTorch, with .json (*.pt)"), QObject::tr("safetensors (*.safetensors)"),
        QObject::tr("SVEC (*.svec)")};
    const QString suffix = u"(*.%1)"_s.arg(QFileInfo(suggested).suffix());
    std::ranges::stable_partition(formats, [&](const QString& format) { return format.endsWith(suffix); });
    return formats.join(u";;"_s);
}

namespace {

std::vector<std::pair<QString, QString>> factsOf(const LibraryEntry& entry)
{
    const SteeringVector& vector = *entry.vector;
    const auto found = vector.layers.find(entry.suggestedLayer);
    const auto& [layer, direction] = found == vector.layers.end() ? *vector.layers.begin() : *found;
    const QString at = vector.layerUnknown ? QString() : LibraryPane::tr(" at L%1").arg(layer);
    const QString stored = vector.normalisation.empty() || vector.normalisation == "none"
        ? LibraryPane::tr("as stored")
        : QString::fromStdString(vector.normalisation);
    std::vector<std::pair<QString, QString>> facts{
        {LibraryPane::tr("Site"),
            vector.layerUnknown ? LibraryPane::tr("layer not in the file")
                                : LibraryPane::tr("block output, 0-based")},
        {LibraryPane::tr("Norm"), LibraryPane::tr("%1, |v| %2").arg(stored, number(direction.norm(), 1))},
        {LibraryPane::tr("Push"),
            direction.pushPerUnit()
                ? LibraryPane::tr("%1 per unit%2").arg(number(*direction.pushPerUnit(), 2), at)
                : LibraryPane::tr("norms not in the file")},
    };
    if (!vector.positiveLabel.empty() || !vector.negativeLabel.empty())
        facts.emplace_back(LibraryPane::tr("Sign"),
            LibraryPane::tr("+ %1, − %2").arg(entry.positiveLabel(), entry.negativeLabel()));
    if (!vector.readPosition.empty())
        facts.emplace_back(LibraryPane::tr("Read at"), QString::fromStdString(vector.readPosition));
    const QString set = QString::fromStdString(vector.name);
    facts.emplace_back(LibraryPane::tr("Source"),
        !vector.expression.empty() ? QString::fromStdString(vector.expression)
            : vector.pairs > 0
            ? u"%1, %2"_s.arg(set, counted(vector.pairs, LibraryPane::tr("pair"), LibraryPane::tr("pairs")))
            : entry.diagnostics ? u"%1, %2"_s.arg(set,
                  counted(int(entry.diagnostics->itemNumbers.size()), LibraryPane::tr("text"),
                      LibraryPane::tr("texts")))
                                : entry.summary());
    facts.emplace_back(LibraryPane::tr("Model"),
        vector.modelName.empty() ? LibraryPane::tr("not named in the file")
                                 : QString::fromStdString(vector.modelName));
    const QDateTime made = QDateTime::fromString(QString::fromStdString(vector.createdAt), Qt::ISODate);
    facts.emplace_back(LibraryPane::tr("Made"),
        QLocale::c().toString(made.isValid() ? made : entry.added, u"d MMM yyyy, HH:mm"_s));
    if (entry.figures)
        facts.emplace_back(LibraryPane::tr("Held out"),
            LibraryPane::tr("AUC %1, halves %2 at L%3")
                .arg(number(entry.figures->auc, 2), number(entry.figures->splitHalf, 2))
                .arg(entry.figures->layer));
    return facts;
}

}

LibraryPane::LibraryPane(Workspace* workspace, QWidget* parent)
    : QWidget(parent)
    , m_workspace(workspace)
{
    setAcceptDrops(true);
    m_pages = new QStackedWidget;
    m_pages->addWidget(buildEmpty());
    m_pages->addWidget(buildFilled());
    auto* layout = column(this);
    m_card = new ImportCard(workspace);
    layout->addWidget(m_card);
    layout->addWidget(m_pages, 1);
    buildActions();

    connect(m_filter, &QLineEdit::textChanged, m_proxy, &QSortFilterProxyModel::setFilterFixedString);
    connect(m_list->selectionModel(), &QItemSelectionModel::currentChanged, this,
        [this](const QModelIndex& current) {
            if (current.isValid())
                m_workspace->setCurrentVector(m_proxy->mapToSource(current).row());
        });
    connect(
        m_list->selectionModel(), &QItemSelectionModel::selectionChanged, this, &LibraryPane::refreshActions);
    connect(m_list, &QListView::activated, this, &LibraryPane::toMixer);
    connect(m_card, &ImportCard::offeringChanged, this, &LibraryPane::refresh);
    connect(m_tags, &QLineEdit::editingFinished, this, &LibraryPane::setTags);
    connect(workspace, &Workspace::currentVectorChanged, this, &LibraryPane::refresh);
    connect(workspace, &Workspace::modelChanged, this, &LibraryPane::refresh);
    connect(workspace->library(), &QAbstractItemModel::dataChanged, this, &LibraryPane::refresh);
    for (const auto signal : {&QAbstractItemModel::rowsInserted, &QAbstractItemModel::rowsRemoved})
        connect(workspace->library(), signal, this, &LibraryPane::refresh);
    refresh();
}

QWidget* LibraryPane::buildEmpty()
{
    auto* empty = new QWidget;
    empty->setAutoFillBackground(true);
    empty->setBackgroundRole(QPalette::Base);
    auto* layout = column(empty, 12, 6);
    layout->addStretch();
    auto* title = new QLabel(tr("No vectors yet"));
    title->setFont(strong(bodyFont()));
    title->setAlignment(Qt::AlignCenter);
    auto* hint = fieldLabel(tr("Extract one, or drop .pt, .safetensors or .svec files here."));
    hint->setWordWrap(true);
    hint->setAlignment(Qt::AlignCenter);
    auto* import = new QPushButton(icon(u"import"_s), tr("Import…"));
    import->setProperty("compact", true);
    import->setObjectName(u"importVector"_s);
    connect(import, &QPushButton::clicked, this, &LibraryPane::importVector);
    layout->addWidget(title);
    layout->addWidget(hint);
    layout->addWidget(import, 0, Qt::AlignHCenter);
    layout->addStretch();
    return empty;
}

QWidget* LibraryPane::buildFilled()
{
    auto* filled = new QWidget;
    auto* layout = column(filled);
    auto* filterRow = row(0);
    filterRow->setContentsMargins(px(6), px(6), px(6), px(6));
    m_filter = new QLineEdit;
    m_filter->setObjectName(u"vectorFilter"_s);
    m_filter->setPlaceholderText(tr("Filter vectors"));
    m_filter->setAccessibleName(tr("Filter vectors"));
    m_filter->setToolTip(tr("Finds names, tags, methods, models and labels"));
    m_filter->setClearButtonEnabled(true);
    m_filter->addAction(icon(u"filter"_s), QLineEdit::LeadingPosition);
    filterRow->addWidget(m_filter);
    layout->addLayout(filterRow);
    m_proxy = new QSortFilterProxyModel(this);
    m_proxy->setSourceModel(m_workspace->library());
    m_proxy->setFilterCaseSensitivity(Qt::CaseInsensitive);
    m_proxy->setFilterRole(LibraryModel::SearchRole);
    m_list = new QListView;
    m_list->setObjectName(u"library"_s);
    m_list->setAccessibleName(tr("Vectors"));
    m_list->setModel(m_proxy);
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setUniformItemSizes(true);
    m_list->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_list->setEditTriggers(QAbstractItemView::EditKeyPressed);
    auto* delegate = new LibraryDelegate(m_list);
    m_list->setItemDelegate(delegate);
    // Where the view is still closing its editor the row may not move or go.
    connect(
        delegate, &LibraryDelegate::renamed, this,
        [this](const QModelIndex& index, const QString& name) {
            m_workspace->renameVector(m_proxy->mapToSource(index).row(), name);
        },
        Qt::QueuedConnection);
    layout->addWidget(m_list, 1);
    layout->addWidget(separatorLine(Qt::Horizontal));
    layout->addWidget(buildConvention());
    return filled;
}

QWidget* LibraryPane::buildConvention()
{
    m_convention = new QWidget;
    auto* layout = column(m_convention, 8, 6);
    auto* title = new QLabel(tr("Convention"));
    title->setFont(strong(smallFont()));
    layout->addWidget(title);
    m_facts = new FactList;
    layout->addWidget(m_facts);
    m_tags = new QLineEdit;
    m_tags->setObjectName(u"vectorTags"_s);
    m_tags->setProperty("compact", true);
    m_tags->setPlaceholderText(tr("Tags, with commas between"));
    m_tags->setAccessibleName(tr("Tags"));
    layout->addWidget(m_tags);
    auto* buttons = row();
    const auto button = [&](const QString& name, const QString& iconName, const QString& text, auto act) {
        auto* made = new QPushButton(icon(iconName), text);
        made->setObjectName(name);
        made->setProperty("compact", true);
        connect(made, &QPushButton::clicked, this, act);
        buttons->addWidget(made, 1);
    };
    button(u"toMixer"_s, u"add"_s, tr("To mixer"), &LibraryPane::toMixer);
    button(u"exportVector"_s, u"export"_s, tr("Export…"), &LibraryPane::exportVector);
    layout->addLayout(buttons);
    return m_convention;
}

void LibraryPane::buildActions()
{
    const auto action = [this](const QString& name, const QString& text, const QKeySequence& key, auto act) {
        auto* made = new QAction(text, this);
        made->setObjectName(name);
        made->setShortcut(key);
        made->setShortcutContext(Qt::WidgetShortcut);
        connect(made, &QAction::triggered, this, act);
        m_list->addAction(made);
        return made;
    };
    const auto edit = [this] { m_list->edit(m_list->currentIndex()); };
    m_ofOne << action(u"renameVector"_s, tr("Rename"), Qt::Key_F2, edit);
    m_ofOne << action(u"duplicateVector"_s, tr("Duplicate"), Qt::CTRL | Qt::Key_D,
        [this] { m_workspace->duplicateVector(m_workspace->currentVector()); });
    m_ofOne << action(u"tagVector"_s, tr("Edit tags"), Qt::CTRL | Qt::Key_T, [this] {
        m_tags->setFocus(Qt::ShortcutFocusReason);
        m_tags->selectAll();
    });
    m_compare
        = action(u"compareVectors"_s, tr("Compare two"), Qt::CTRL | Qt::Key_K, [this] { compareSelected(); });
    action(u"removeVectors"_s, tr("Remove from the library"), QKeySequence::Delete,
        [this] { m_workspace->removeVectors(selectedRows()); });
    m_list->setContextMenuPolicy(Qt::ActionsContextMenu);
}

std::vector<int> LibraryPane::selectedRows() const
{
    std::vector<int> rows;
    for (const QModelIndex& index : m_list->selectionModel()->selectedIndexes())
        rows.push_back(m_proxy->mapToSource(index).row());
    std::ranges::sort(rows);
    return rows;
}

void LibraryPane::refreshActions()
{
    const size_t selected = selectedRows().size();
    for (QAction* action : std::as_const(m_ofOne))
        action->setEnabled(selected == 1);
    m_compare->setEnabled(selected == 2);
}

void LibraryPane::compareSelected()
{
    const std::vector<int> rows = selectedRows();
    const LibraryEntry& a = m_workspace->library()->entry(rows[0]);
    const LibraryEntry& b = m_workspace->library()->entry(rows[1]);
    if (a.vector->width() != b.vector->width())
        return m_workspace->report(Panel::Window,
            {MessageKind::Error,
                {tr("“%1” has %2 values a layer and “%3” has %4.")
                        .arg(a.name)
                        .arg(a.vector->width())
                        .arg(b.name)
                        .arg(b.vector->width()),
                    tr("Vectors of one model can be compared.")},
                {}, {}});
    if (!haveCommonLayers(*a.vector, *b.vector))
        return m_workspace->report(Panel::Window,
            {MessageKind::Error,
                {tr("“%1” and “%2” have no layer in common.").arg(a.name, b.name),
                    tr("Sets are compared layer by layer.")},
                {}, {}});
    auto* dialog = new LibraryComparison(a, b, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->show();
}

void LibraryPane::toMixer()
{
    m_workspace->addToMixer(m_workspace->currentVector());
    emit m_workspace->perspectiveRequested(Perspective::Steer);
}

void LibraryPane::setTags()
{
    const int current = m_workspace->currentVector();
    if (current < 0)
        return;
    QStringList tags;
    for (const QString& part : m_tags->text().split(u','))
        if (const QString tag = part.simplified(); !tag.isEmpty() && !tags.contains(tag))
            tags << tag;
    if (tags != m_workspace->library()->entry(current).tags)
        m_workspace->library()->setTags(current, tags);
}

void LibraryPane::importVector()
{
    auto* dialog
        = new QFileDialog(this, tr("Import steering vectors"), settings::lastFolder(), vectorOpenFilter());
    dialog->setObjectName(u"importDialog"_s);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFiles);
    connect(dialog, &QFileDialog::filesSelected, this, [this](const QStringList& paths) {
        settings::setLastFolderOf(paths.front());
        m_workspace->openVectors(paths);
    });
    dialog->open();
}

void LibraryPane::exportVector()
{
    const int current = m_workspace->currentVector();
    if (current < 0)
        return;
    const LibraryEntry& entry = m_workspace->library()->entry(current);
    // One layer is one .pt; a set of layers is one safetensors file.
    const QString suffix = entry.vector->single() ? u".pt"_s : u".safetensors"_s;
    const QString suggested = QDir(settings::lastFolder()).filePath(entry.name + suffix);
    const QString path = Dialogs::getSaveFileName(
        this, tr("Export %1").arg(entry.name), suggested, vectorSaveFilter(suggested));
    if (path.isEmpty() || !mayReplace(path))
        return;
    settings::setLastFolderOf(path);
    m_workspace->exportVector(current, path);
}

// The save dialog has asked about the file that was named, not about what is written beside or inside it.
bool LibraryPane::mayReplace(const QString& path)
{
    const QFileInfo named(path);
    const QFileInfo beside(named.dir().filePath(named.completeBaseName() + u".json"_s));
    QString found;
    if (named.isDir() && !QDir(path).isEmpty())
        found = named.fileName();
    else if (named.suffix().toLower() == u"pt" && !named.exists() && beside.exists())
        found = beside.fileName();
    return found.isEmpty()
        || Dialogs::confirm(this, tr("Replace %1?").arg(found),
               tr("%1 is there already. The vector takes its place.").arg(found), tr("Replace"))
        == Dialogs::Answer::Accept;
}

void LibraryPane::dragEnterEvent(QDragEnterEvent* event)
{
    if (event->mimeData()->hasUrls())
        event->acceptProposedAction();
}

void LibraryPane::dropEvent(QDropEvent* event)
{
    QStringList paths;
    for (const QUrl& url : event->mimeData()->urls())
        if (url.isLocalFile())
            paths << url.toLocalFile();
    m_workspace->openAllDropped(paths);
}

void LibraryPane::refresh()
{
    const int count = m_workspace->library()->rowCount();
    m_pages->setCurrentIndex(count == 0 ? 0 : 1);
    const int current = m_workspace->currentVector();
    m_convention->setVisible(current >= 0 && !m_card->isOffering());
    refreshActions();
    if (current < 0 || current >= count) // what was removed is current until another one is
        return;
    const QModelIndex index = m_proxy->mapFromSource(m_workspace->library()->index(current));
    if (index.isValid() && m_list->currentIndex() != index)
        m_list->setCurrentIndex(index);
    const LibraryEntry& entry = m_workspace->library()->entry(current);
    if (!m_tags->hasFocus())
        m_tags->setText(entry.tags.join(u", "_s));
    m_facts->setFacts(factsOf(entry));
}

}
