#include "ui/panes/library_pane.h"

#include "ui/panes/fact_list.h"
#include "ui/panes/layouts.h"
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
#include <QLineEdit>
#include <QListView>
#include <QMimeData>
#include <QPushButton>
#include <QSortFilterProxyModel>
#include <QStackedWidget>

namespace tiller {

using namespace Qt::StringLiterals;

QString vectorOpenFilter()
{
    return QObject::tr("Steering vectors (*.pt *.gguf *.safetensors *.svec *.json);;All files (*)");
}

QString vectorSaveFilter()
{
    return QObject::tr("PyTorch, with .json (*.pt);;safetensors (*.safetensors);;SVEC (*.svec)");
}

LibraryPane::LibraryPane(Workspace* workspace, QWidget* parent)
    : QWidget(parent)
    , m_workspace(workspace)
{
    setAcceptDrops(true);
    auto* layout = column(this);

    m_pages = new QStackedWidget;
    layout->addWidget(m_pages, 1);

    auto* empty = new QWidget;
    empty->setAutoFillBackground(true);
    empty->setBackgroundRole(QPalette::Base);
    auto* emptyLayout = column(empty, 12, 6);
    emptyLayout->addStretch();
    auto* title = new QLabel(tr("No vectors yet"));
    title->setFont(strong(bodyFont()));
    title->setAlignment(Qt::AlignCenter);
    auto* hint = fieldLabel(tr("Extract one, or drop .pt, .safetensors or .svec files here."));
    hint->setWordWrap(true);
    hint->setAlignment(Qt::AlignCenter);
    auto* import = new QPushButton(icon(u"import"_s), tr("Import…"));
    import->setProperty("compact", true);
    import->setObjectName(u"importVector"_s);
    emptyLayout->addWidget(title);
    emptyLayout->addWidget(hint);
    emptyLayout->addWidget(import, 0, Qt::AlignHCenter);
    emptyLayout->addStretch();
    m_pages->addWidget(empty);

    auto* filled = new QWidget;
    auto* filledLayout = column(filled);
    auto* filterRow = row(0);
    filterRow->setContentsMargins(px(6), px(6), px(6), px(6));
    m_filter = new QLineEdit;
    m_filter->setPlaceholderText(tr("Filter vectors"));
    m_filter->setAccessibleName(tr("Filter vectors"));
    m_filter->setClearButtonEnabled(true);
    m_filter->addAction(icon(u"filter"_s), QLineEdit::LeadingPosition);
    filterRow->addWidget(m_filter);
    filledLayout->addLayout(filterRow);
    m_proxy = new QSortFilterProxyModel(this);
    m_proxy->setSourceModel(workspace->library());
    m_proxy->setFilterCaseSensitivity(Qt::CaseInsensitive);
    m_list = new QListView;
    m_list->setObjectName(u"library"_s);
    m_list->setAccessibleName(tr("Vectors"));
    m_list->setModel(m_proxy);
    m_list->setItemDelegate(new LibraryDelegate(m_list));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setUniformItemSizes(true);
    filledLayout->addWidget(m_list, 1);

    m_convention = new QWidget;
    auto* convention = column(m_convention, 8, 6);
    auto* conventionTitle = new QLabel(tr("Convention"));
    conventionTitle->setFont(strong(smallFont()));
    convention->addWidget(conventionTitle);
    m_facts = new FactList;
    convention->addWidget(m_facts);
    auto* buttons = row();
    auto* toMixer = new QPushButton(icon(u"add"_s), tr("To mixer"));
    toMixer->setObjectName(u"toMixer"_s);
    toMixer->setProperty("compact", true);
    auto* exporting = new QPushButton(icon(u"export"_s), tr("Export…"));
    exporting->setObjectName(u"exportVector"_s);
    exporting->setProperty("compact", true);
    buttons->addWidget(toMixer, 1);
    buttons->addWidget(exporting, 1);
    convention->addLayout(buttons);
    filledLayout->addWidget(separatorLine(Qt::Horizontal));
    filledLayout->addWidget(m_convention);
    m_pages->addWidget(filled);

    auto* removal = new QAction(tr("Remove from the library"), this);
    removal->setShortcut(QKeySequence::Delete);
    removal->setShortcutContext(Qt::WidgetShortcut);
    m_list->addAction(removal);
    m_list->setContextMenuPolicy(Qt::ActionsContextMenu);

    connect(m_filter, &QLineEdit::textChanged, m_proxy, &QSortFilterProxyModel::setFilterFixedString);
    connect(import, &QPushButton::clicked, this, &LibraryPane::importVector);
    connect(exporting, &QPushButton::clicked, this, &LibraryPane::exportVector);
    connect(toMixer, &QPushButton::clicked, this, [this] {
        m_workspace->addToMixer(m_workspace->currentVector());
        emit m_workspace->perspectiveRequested(Perspective::Steer);
    });
    connect(removal, &QAction::triggered, this, [this] {
        if (m_workspace->currentVector() >= 0)
            m_workspace->removeVector(m_workspace->currentVector());
    });
    connect(m_list->selectionModel(), &QItemSelectionModel::currentChanged, this,
        [this](const QModelIndex& current) {
            if (current.isValid())
                m_workspace->setCurrentVector(m_proxy->mapToSource(current).row());
        });
    connect(m_list, &QListView::activated, toMixer, &QPushButton::click);
    connect(workspace, &Workspace::currentVectorChanged, this, &LibraryPane::refresh);
    connect(workspace, &Workspace::modelChanged, this, &LibraryPane::refresh);
    refresh();
}

void LibraryPane::importVector()
{
    const QString path = Dialogs::getOpenFileName(
        this, tr("Import a steering vector"), settings::lastFolder(), vectorOpenFilter());
    if (path.isEmpty())
        return;
    settings::setLastFolderOf(path);
    m_workspace->importVector(path);
}

void LibraryPane::exportVector()
{
    const int current = m_workspace->currentVector();
    if (current < 0)
        return;
    const LibraryEntry& entry = m_workspace->library()->entry(current);
    // One layer is one .pt; a set of layers is one safetensors file.
    const QString suffix = entry.vector->single() ? u".pt"_s : u".safetensors"_s;
    const QString path = Dialogs::getSaveFileName(this, tr("Export %1").arg(entry.name),
        QDir(settings::lastFolder()).filePath(entry.name + suffix), vectorSaveFilter());
    if (path.isEmpty())
        return;
    settings::setLastFolderOf(path);
    m_workspace->exportVector(current, path);
}

void LibraryPane::dragEnterEvent(QDragEnterEvent* event)
{
    if (event->mimeData()->hasUrls())
        event->acceptProposedAction();
}

void LibraryPane::dropEvent(QDropEvent* event)
{
    for (const QUrl& url : event->mimeData()->urls())
        if (url.isLocalFile())
            m_workspace->openDropped(url.toLocalFile());
}

void LibraryPane::refresh()
{
    const bool empty = m_workspace->library()->rowCount() == 0;
    m_pages->setCurrentIndex(empty ? 0 : 1);
    const int current = m_workspace->currentVector();
    m_convention->setVisible(current >= 0);
    if (current < 0)
        return;
    const QModelIndex index = m_proxy->mapFromSource(m_workspace->library()->index(current));
    if (index.isValid() && m_list->currentIndex() != index)
        m_list->setCurrentIndex(index);

    const LibraryEntry& entry = m_workspace->library()->entry(current);
    const SteeringVector& vector = *entry.vector;
    const auto found = vector.layers.find(entry.suggestedLayer);
    const auto& [layer, direction] = found == vector.layers.end() ? *vector.layers.begin() : *found;
    const QString at = vector.layerUnknown ? QString() : tr(" at L%1").arg(layer);
    const QString stored = vector.normalisation.empty() || vector.normalisation == "none"
        ? tr("as stored")
        : QString::fromStdString(vector.normalisation);
    std::vector<std::pair<QString, QString>> facts{
        {tr("Site"), vector.layerUnknown ? tr("layer not in the file") : tr("block output, 0-based")},
        {tr("Norm"), tr("%1, |v| %2").arg(stored, number(direction.norm(), 1))},
        {tr("Push"),
            direction.pushPerUnit() ? tr("%1 per unit%2").arg(number(*direction.pushPerUnit(), 2), at)
                                    : tr("norms not in the file")},
    };
    if (!vector.positiveLabel.empty() || !vector.negativeLabel.empty())
        facts.emplace_back(tr("Sign"), tr("+ %1, − %2").arg(entry.positiveLabel(), entry.negativeLabel()));
    if (!vector.readPosition.empty())
        facts.emplace_back(tr("Read at"), QString::fromStdString(vector.readPosition));
    const QString set = QString::fromStdString(vector.name);
    facts.emplace_back(tr("Source"),
        vector.pairs > 0        ? u"%1, %2"_s.arg(set, counted(vector.pairs, tr("pair"), tr("pairs")))
            : entry.diagnostics ? u"%1, %2"_s.arg(
                  set, counted(int(entry.diagnostics->itemNumbers.size()), tr("text"), tr("texts")))
                                : entry.summary());
    facts.emplace_back(tr("Model"),
        vector.modelName.empty() ? tr("not named in the file") : QString::fromStdString(vector.modelName));
    m_facts->setFacts(facts);
}

}
