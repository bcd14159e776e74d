#include "ui/panes/model_pane.h"

#include "core/base/threads.h"
#include "core/model/device.h"
#include "ui/engine/memory_usage.h"
#include "ui/panes/fact_list.h"
#include "ui/panes/layouts.h"
#include "ui/state/wording.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"
#include "ui/widgets/elided_label.h"

#include <QComboBox>
#include <QGridLayout>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

/// "9.1 MB"; of files, so in powers of ten.
QString fileSize(quint64 bytes)
{
    const double size = double(bytes);
    return size < 1e9 ? QObject::tr("%1 MB").arg(QString::number(size / 1e6, 'f', size < 1e7 ? 1 : 0))
                      : QObject::tr("%1 GB").arg(QString::number(size / 1e9, 'f', 1));
}

QString memorySize(uint64_t bytes)
{
    return bytes < (uint64_t{1} << 27) ? QObject::tr("%1 MiB").arg(qMax(1, qRound(double(bytes) / (1 << 20))))
                                       : QObject::tr("%1 GiB").arg(gibibytes(bytes));
}

using Facts = std::vector<std::pair<QString, QString>>;

/// What the files tell.
Facts factsOf(const ModelInfo& info)
{
    const auto text = [](const std::string& value) { return QString::fromStdString(value); };
    const QString heads = info.kvHeads == info.heads
        ? QObject::tr("%1 of %2").arg(info.heads).arg(info.headDim)
        : QObject::tr("%1 of %2, %3 for keys").arg(info.heads).arg(info.headDim).arg(info.kvHeads);
    QString half = memorySize(info.memory.bytes(ComputeType::BF16));
    const QString full = memorySize(info.memory.bytes(ComputeType::F32));
    if (half.section(u' ', 1) == full.section(u' ', 1))
        half = half.section(u' ', 0, 0); // one unit for both
    return {
        {QObject::tr("Family"), QObject::tr("%1, %2 layers").arg(text(info.family)).arg(info.layers)},
        {QObject::tr("Width"), QObject::tr("%1, MLP %2").arg(info.hidden).arg(info.intermediate)},
        {QObject::tr("Heads"), heads},
        {QObject::tr("Vocabulary"), QObject::tr("%1 tokens").arg(info.vocabulary)},
        {QObject::tr("Context"), QObject::tr("%1 tokens").arg(info.contextLength)},
        {QObject::tr("File"), u"%1, %2"_s.arg(text(info.fileFormat), fileSize(info.fileBytes))},
        {QObject::tr("Tokenizer"),
            info.tokenizer.starts_with("none") ? QObject::tr("none that can be used") : text(info.tokenizer)},
        {QObject::tr("Template"),
            info.templateOrigin.empty()         ? QObject::tr("none: base model")
                : !info.templateProblem.empty() ? QObject::tr("broken, %1").arg(text(info.templateOrigin))
                                                : text(info.templateOrigin)},
        {QObject::tr("Licence"), info.licence.empty() ? QObject::tr("not stated") : text(info.licence)},
        {QObject::tr("Needs"), QObject::tr("q8 %1").arg(memorySize(info.memory.bytes(ComputeType::Packed)))},
        {QString(), QObject::tr("bf16 %1, f32 %2").arg(half, full)},
    };
}

}

QString gibibytes(quint64 bytes)
{
    return QString::number(double(bytes) / (1 << 30), 'f', bytes < quint64(10) << 30 ? 2 : 1);
}

QString memoryText()
{
    const MemoryUsage usage = memoryUsage();
    return QObject::tr("%1 of %2 GiB").arg(gibibytes(usage.used), gibibytes(usage.total));
}

QString deviceText(const ModelInfo& info)
{
    const QString device = QString::fromStdString(info.device);
    return device == u"cpu"_s
        ? QObject::tr("CPU, %1").arg(counted(threadCount(), QObject::tr("thread"), QObject::tr("threads")))
        : device.toUpper();
}

ModelPane::ModelPane(Workspace* workspace, QWidget* parent)
    : QWidget(parent)
    , m_workspace(workspace)
{
    auto* content = new QWidget;
    auto* layout = column(content, 8, 4);
    auto* head = row();
    auto* sign = new QToolButton;
    sign->setIcon(icon(u"model"_s));
    sign->setAutoRaise(true);
    sign->setEnabled(true);
    sign->setFocusPolicy(Qt::NoFocus);
    sign->setAttribute(Qt::WA_TransparentForMouseEvents);
    sign->setFixedSize(px(20), px(20));
    m_name = new ElidedLabel;
    m_name->setObjectName(u"modelName"_s);
    m_name->setFont(strong(bodyFont()));
    head->addWidget(sign);
    head->addWidget(m_name, 1);
    layout->addLayout(head);
    layout->addLayout(buildOpening());
    m_facts = new FactList;
    m_facts->setObjectName(u"modelFacts"_s);
    layout->addWidget(m_facts);
    m_memory = new QProgressBar;
    m_memory->setTextVisible(false);
    m_memory->setFixedHeight(px(7));
    m_memory->setAccessibleName(tr("Memory used by Tiller"));
    layout->addWidget(m_memory);
    layout->addSpacing(px(4));
    layout->addLayout(buildOptions());
    layout->addStretch();

    auto* scroll = new QScrollArea;
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(content);
    column(this)->addWidget(scroll);

    connect(workspace, &Workspace::modelChanged, this, &ModelPane::refresh);
    connect(workspace, &Workspace::statusChanged, this, &ModelPane::refreshOpening);
    connect(workspace, &Workspace::loadOptionsChanged, this, &ModelPane::refreshOptions);
    auto* timer = new QTimer(this);
    connect(timer, &QTimer::timeout, this, &ModelPane::refreshMemory);
    timer->start(2000);
    refresh();
    refreshOptions();
}

QLayout* ModelPane::buildOpening()
{
    auto* line = row();
    m_opening = new QProgressBar;
    m_opening->setObjectName(u"openingProgress"_s);
    m_opening->setTextVisible(false);
    m_opening->setFixedHeight(px(7));
    m_opening->setAccessibleName(tr("Share of the weights read"));
    m_cancel = new QPushButton(icon(u"stop"_s), tr("Cancel"));
    m_cancel->setObjectName(u"cancelOpening"_s);
    m_cancel->setProperty("compact", true);
    m_cancel->setToolTip(tr("Do not open this model (Esc)"));
    line->addWidget(m_opening, 1);
    line->addWidget(m_cancel);
    connect(m_cancel, &QPushButton::clicked, this, [this] { m_workspace->stop(Task::OpenModel); });
    return line;
}

QLayout* ModelPane::buildOptions()
{
    auto* grid = new QGridLayout;
    grid->setHorizontalSpacing(px(8));
    grid->setVerticalSpacing(px(4));
    grid->setColumnMinimumWidth(0, px(66));
    grid->setColumnStretch(1, 1);
    const auto choice = [&](const QString& name, const QString& label, const QString& help,
                            std::initializer_list<std::pair<QString, QString>> entries) {
        auto* box = new QComboBox;
        box->setObjectName(name);
        box->setProperty("compact", true);
        box->setFont(smallFont());
        box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        box->setMinimumContentsLength(8);
        box->setToolTip(help);
        for (const auto& [title, value] : entries)
            box->addItem(title, value);
        const int line = grid->rowCount();
        grid->addWidget(fieldLabel(label, box), line, 0);
        grid->addWidget(box, line, 1);
        connect(box, &QComboBox::activated, this, [this] {
            m_workspace->setLoadOptions({m_dtype->currentData().toString().toStdString(),
                m_device->currentData().toString().toStdString()});
        });
        return box;
    };
    m_dtype = choice(u"modelDtype"_s, tr("Compute in"),
        tr("Numbers to compute in; a change opens the model anew. Automatic multiplies quantised files as "
           "they are stored, and takes bfloat16 or float32 for others, whichever the processor is better "
           "at."),
        {{tr("Automatic"), u"auto"_s}, {u"float32"_s, u"f32"_s}, {u"bfloat16"_s, u"bf16"_s},
            {u"float16"_s, u"f16"_s}, {tr("8-bit products (q8)"), u"q8"_s}});
    m_device = choice(u"modelDevice"_s, tr("Device"), tr("Where to compute; a change opens the model anew."),
        {{tr("CPU"), u"cpu"_s}, {tr("NVIDIA GPU (CUDA)"), u"cuda"_s}});
    return grid;
}

void ModelPane::refresh()
{
    const bool opening = m_workspace->modelState() == ModelState::Opening;
    const ModelInfo* info = m_workspace->modelInfo();
    m_name->setText(opening || info ? modelTitle(m_workspace->modelPath()) : tr("No model"));
    m_opening->setVisible(opening);
    m_cancel->setVisible(opening);
    Facts facts;
    if (info) {
        if (const QString own = QString::fromStdString(info->name); own != m_name->text())
            facts.emplace_back(tr("Name"), own);
        const Facts known = factsOf(*info);
        facts.insert(facts.end(), known.begin(), known.end());
    }
    if (opening && info) {
        if (const uint64_t available = availableMemory(); available > 0)
            facts.emplace_back(tr("Available"), tr("%1 GiB").arg(gibibytes(available)));
    } else if (info) {
        const QString device = QString::fromStdString(info->device).toUpper();
        facts.emplace_back(
            tr("Computes"), tr("%1 on %2").arg(QString::fromStdString(info->computeType), device));
        facts.emplace_back(tr("Weights"), tr("%1 GiB in memory").arg(gibibytes(info->weightBytes)));
    }
    m_facts->setFacts(facts);
    refreshOpening();
    refreshMemory();
}

void ModelPane::refreshOpening()
{
    if (m_workspace->modelState() != ModelState::Opening)
        return;
    const auto share = m_workspace->progress();
    m_opening->setRange(0, share ? 1000 : 0);
    m_opening->setValue(int(share.value_or(0) * 1000));
}

void ModelPane::refreshOptions()
{
    const LoadOptions& options = m_workspace->loadOptions();
    const auto choose = [](QComboBox* box, const std::string& value) {
        const QString wanted = QString::fromStdString(value);
        if (box->findData(wanted) < 0)
            box->addItem(wanted, wanted);
        box->setCurrentIndex(box->findData(wanted));
    };
    choose(m_dtype, options.dtype);
    choose(m_device, options.device);
}

void ModelPane::refreshMemory()
{
    const MemoryUsage usage = memoryUsage();
    m_memory->setVisible(usage.total > 0 && m_workspace->model());
    if (usage.total == 0)
        return;
    m_memory->setRange(0, 1000);
    m_memory->setValue(int(usage.used * 1000 / usage.total));
    m_memory->setToolTip(tr("Tiller uses %1").arg(memoryText()));
}

}
