#include "ui/panes/extraction_form.h"

#include "ui/panes/layouts.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"

#include <QCheckBox>
#include <QComboBox>
#include <QGridLayout>
#include <QLineEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QSpinBox>
#include <QStyle>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

struct ReadChoice {
    ReadPosition::Kind kind;
    const char* title;
};

constexpr ReadChoice readChoices[] = {
    {ReadPosition::Kind::Completion, QT_TR_NOOP("Completion mean")},
    {ReadPosition::Kind::Last, QT_TR_NOOP("Last token")},
    {ReadPosition::Kind::Mean, QT_TR_NOOP("Mean, not the first")},
    {ReadPosition::Kind::MeanText, QT_TR_NOOP("Mean of text tokens")},
    {ReadPosition::Kind::LastN, QT_TR_NOOP("Mean of the last…")},
    {ReadPosition::Kind::Index, QT_TR_NOOP("Token at index…")},
    {ReadPosition::Kind::First, QT_TR_NOOP("First token")},
};

}

ExtractionForm::ExtractionForm(Workspace* workspace, QWidget* parent)
    : QWidget(parent)
    , m_workspace(workspace)
{
    auto* layout = column(this, 8, 6);
    auto* grid = new QGridLayout;
    grid->setHorizontalSpacing(px(6));
    grid->setVerticalSpacing(px(6));
    grid->setColumnStretch(1, 1);
    grid->setColumnStretch(3, 1);

    m_method = new QComboBox;
    m_method->setObjectName(u"method"_s);
    for (const ExtractorInfo& info : extractors())
        m_method->addItem(QString::fromUtf8(info.title.data(), qsizetype(info.title.size())),
            QString::fromUtf8(info.name.data(), qsizetype(info.name.size())));
    m_read = new QComboBox;
    m_read->setObjectName(u"readPosition"_s);
    for (const ReadChoice& choice : readChoices)
        m_read->addItem(tr(choice.title), int(choice.kind));
    m_readNumber = new QSpinBox;
    m_readNumber->setObjectName(u"readNumber"_s);
    m_readNumber->setRange(-4096, 4096);
    m_readNumber->setFixedWidth(px(58));
    m_readNumber->setAccessibleName(tr("Number of tokens, or index"));
    m_readNumber->hide();
    m_layers = new QLineEdit(u"all"_s);
    m_layers->setObjectName(u"extractionLayers"_s);
    m_layers->setToolTip(tr("all, one layer (12), a range (8-20) or several (8,10-12); counted from 0"));
    m_norm = new QComboBox;
    m_norm->setObjectName(u"normalisation"_s);
    m_norm->addItem(tr("As fitted"), int(Normalisation::None));
    m_norm->addItem(tr("Unit norm"), int(Normalisation::Unit));
    m_norm->addItem(tr("Residual norm"), int(Normalisation::Residual));
    for (QComboBox* combo : {m_method, m_read, m_norm}) {
        combo->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        combo->setMinimumContentsLength(9);
    }

    auto* readRow = row(4);
    readRow->addWidget(m_read, 1);
    readRow->addWidget(m_readNumber);
    grid->addWidget(fieldLabel(tr("Method"), m_method), 0, 0);
    grid->addWidget(m_method, 0, 1);
    grid->addWidget(fieldLabel(tr("Read"), m_read), 0, 2);
    grid->addLayout(readRow, 0, 3);
    grid->addWidget(fieldLabel(tr("Layers"), m_layers), 1, 0);
    grid->addWidget(m_layers, 1, 1);
    grid->addWidget(fieldLabel(tr("Norm"), m_norm), 1, 2);
    grid->addWidget(m_norm, 1, 3);
    m_layersError = new QLabel;
    m_layersError->setFont(smallFont());
    m_layersError->setWordWrap(true);
    m_layersError->hide();
    grid->addWidget(m_layersError, 2, 0, 1, 4);
    layout->addLayout(grid);

    auto* buttons = row();
    m_raw = new QCheckBox(tr("Raw"));
    m_raw->setObjectName(u"extractionRaw"_s);
    m_info = fieldLabel({});
    m_info->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_progress = new QProgressBar;
    m_progress->setTextVisible(false);
    m_progress->setFixedHeight(px(7));
    m_progress->setAccessibleName(tr("Extraction progress"));
    m_progress->hide();
    m_extract = new QPushButton;
    m_extract->setObjectName(u"extract"_s);
    m_extractAndSteer = new QPushButton(icon(u"steer"_s), tr("Extract and steer"));
    m_extractAndSteer->setDefault(true);
    m_extractAndSteer->setToolTip(tr("Extract and steer (Ctrl+Return)"));
    m_extractAndSteer->hide();
    buttons->addWidget(m_raw);
    buttons->addWidget(m_info, 1);
    buttons->addWidget(m_progress, 1);
    buttons->addWidget(m_extract);
    buttons->addWidget(m_extractAndSteer);
    layout->addLayout(buttons);

    // Extract and Cancel share a width.
    m_extract->setIcon(icon(u"extract"_s));
    m_extract->setText(tr("Extract only"));
    m_extract->setMinimumWidth(m_extract->sizeHint().width());

    connect(m_method, &QComboBox::currentIndexChanged, this, [this] {
        followSet();
        apply();
    });
    connect(workspace->contrast(), &ContrastDocument::replaced, this, [this] {
        if (followSet())
            apply();
    });
    connect(m_read, &QComboBox::currentIndexChanged, this, &ExtractionForm::apply);
    connect(m_norm, &QComboBox::currentIndexChanged, this, &ExtractionForm::apply);
    connect(m_raw, &QCheckBox::clicked, this, &ExtractionForm::apply);
    connect(m_readNumber, &QSpinBox::valueChanged, this, &ExtractionForm::apply);
    connect(m_layers, &QLineEdit::textChanged, this, &ExtractionForm::apply);
    connect(m_layers, &QLineEdit::editingFinished, workspace, &Workspace::layersChosen);
    connect(m_extract, &QPushButton::clicked, this, [this] {
        if (m_workspace->isRunning(Task::Extract))
            m_workspace->stop(Task::Extract);
        else
            m_workspace->extract();
    });
    connect(m_extractAndSteer, &QPushButton::clicked, workspace, &Workspace::extractAndSteer);
    connect(workspace, &Workspace::tasksChanged, this, &ExtractionForm::refresh);
    connect(workspace, &Workspace::statusChanged, this, &ExtractionForm::refresh);
    connect(workspace, &Workspace::modelChanged, this, &ExtractionForm::refresh);
    connect(workspace, &Workspace::extractionChanged, this, &ExtractionForm::refresh);
    connect(
        workspace->contrast()->model(), &QAbstractItemModel::rowsInserted, this, &ExtractionForm::refresh);
    connect(workspace->contrast()->model(), &QAbstractItemModel::rowsRemoved, this, &ExtractionForm::refresh);
    connect(workspace->contrast()->model(), &QAbstractItemModel::modelReset, this, &ExtractionForm::refresh);
    connect(workspace->contrast(), &ContrastDocument::contentsChanged, this, &ExtractionForm::refresh);
    refresh();
}

void ExtractionForm::setSteerButtonVisible(bool visible)
{
    m_extractAndSteer->setVisible(visible);
    m_extract->setText(visible ? tr("Extract") : tr("Extract only"));
}

// What the set and the method call for, unless a person has chosen something else. Whether that changed it.
bool ExtractionForm::followSet()
{
    const ReadPosition suggested
        = suggestedReadPosition(m_workspace->contrast()->model()->toSet().enabledOnly(),
            m_method->currentData().toString().toStdString());
    const bool follows = m_workspace->extraction().read == m_suggestedRead;
    m_suggestedRead = suggested;
    if (!follows || m_workspace->extraction().read == suggested)
        return false;
    const QSignalBlocker quietRead(m_read);
    const QSignalBlocker quietNumber(m_readNumber);
    m_read->setCurrentIndex(m_read->findData(int(suggested.kind)));
    const bool counted = suggested.kind == ReadPosition::Kind::Index;
    m_readNumber->setVisible(counted);
    if (counted) {
        m_readNumber->setRange(-4096, 4096);
        m_readNumber->setValue(suggested.n);
    }
    return true;
}

void ExtractionForm::apply()
{
    const auto kind = ReadPosition::Kind(m_read->currentData().toInt());
    const bool counted = kind == ReadPosition::Kind::LastN || kind == ReadPosition::Kind::Index;
    if (counted != m_readNumber->isVisibleTo(this)) {
        const QSignalBlocker quiet(m_readNumber);
        m_readNumber->setVisible(counted);
        m_readNumber->setRange(kind == ReadPosition::Kind::LastN ? 1 : -4096, 4096);
        m_readNumber->setValue(kind == ReadPosition::Kind::LastN ? 4 : -2);
    } else if (counted) {
        const QSignalBlocker quiet(m_readNumber);
        m_readNumber->setMinimum(kind == ReadPosition::Kind::LastN ? 1 : -4096);
    }

    ExtractionOptions options;
    options.method = m_method->currentData().toString().toStdString();
    options.read.kind = kind;
    options.read.n = counted ? m_readNumber->value() : 0;
    options.normalisation = Normalisation(m_norm->currentData().toInt());
    // A base model's box is checked whatever the setting.
    options.render.raw = m_raw->isEnabled() ? m_raw->isChecked() : m_workspace->extraction().render.raw;
    options.layers = m_layers->text().trimmed().replace(QChar(0x2013), u'-').toStdString();

    // Said at the field, and again by Extract: the field is judged by the model that is open.
    const int layers = m_workspace->model() ? m_workspace->model()->config.layers : 0;
    Attempt parsed;
    if (layers > 0)
        parsed = attempt([&] { parseLayers(options.layers, layers); });
    m_layers->setProperty("invalid", !parsed.ok());
    m_layers->style()->unpolish(m_layers);
    m_layers->style()->polish(m_layers);
    m_layersError->setText(parsed.failure.cause);
    QPalette palette;
    palette.setColor(QPalette::WindowText, colors().error);
    m_layersError->setPalette(palette);
    m_layersError->setVisible(!parsed.ok());
    m_workspace->setExtraction(options);
}

void ExtractionForm::refresh()
{
    const bool running = m_workspace->isRunning(Task::Extract);
    m_extract->setText(running                     ? tr("Cancel")
            : m_extractAndSteer->isVisibleTo(this) ? tr("Extract")
                                                   : tr("Extract only"));
    m_extract->setIcon(icon(running ? u"stop"_s : u"extract"_s));
    m_extract->setToolTip(running  ? tr("Stop the extraction (Esc)")
            : m_workspace->model() ? tr("Extract the vector (Ctrl+E)")
                                   : tr("Open a model first."));
    m_extract->setEnabled(running || m_workspace->model());
    m_extractAndSteer->setEnabled(!running && m_workspace->model());
    m_progress->setVisible(running);
    m_info->setVisible(!running);
    if (running) {
        const auto share = m_workspace->progress();
        m_progress->setRange(0, share ? 1000 : 0);
        if (share)
            m_progress->setValue(int(*share * 1000));
    }
    const bool base = m_workspace->isBaseModel();
    m_raw->setChecked(base || m_workspace->extraction().render.raw);
    m_raw->setEnabled(!base);
    m_raw->setToolTip(base ? tr("A base model has no chat template: prompt and answer are read as they are.")
                           : tr("Read prompt and answer as they are, without the chat template"));
    const ContrastPairModel* pairs = m_workspace->contrast()->model();
    const int rows = pairs->rowCount();
    const int used = pairs->usableCount();
    const QString items = pairs->countedRows(rows);
    m_info->setText(used == rows ? items : u"%1/%2"_s.arg(used).arg(items));
    const int texts = pairs->isUnpaired() ? used : 2 * used;
    m_info->setToolTip(tr("%1 of %2 in use. ").arg(used).arg(items)
        + tr("One pass over %1 texts extracts every layer. Method and norm may be changed after "
             "it, and pairs dropped: the fit follows at once.")
              .arg(texts));
}

}
