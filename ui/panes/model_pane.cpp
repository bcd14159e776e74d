#include "ui/panes/model_pane.h"

#include "core/base/threads.h"
#include "ui/engine/memory_usage.h"
#include "ui/panes/fact_list.h"
#include "ui/panes/layouts.h"
#include "ui/state/wording.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"
#include "ui/widgets/elided_label.h"

#include <QProgressBar>

namespace tiller {

using namespace Qt::StringLiterals;

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
    auto* layout = column(this, 8, 4);
    auto* head = row();
    auto* sign = new QToolButton;
    sign->setIcon(icon(u"model"_s));
    sign->setAutoRaise(true);
    sign->setEnabled(true);
    sign->setFocusPolicy(Qt::NoFocus);
    sign->setAttribute(Qt::WA_TransparentForMouseEvents);
    sign->setFixedSize(px(20), px(20));
    m_name = new ElidedLabel;
    m_name->setFont(strong(bodyFont()));
    head->addWidget(sign);
    head->addWidget(m_name, 1);
    layout->addLayout(head);
    m_facts = new FactList;
    layout->addWidget(m_facts);
    m_memory = new QProgressBar;
    m_memory->setTextVisible(false);
    m_memory->setFixedHeight(px(7));
    m_memory->setAccessibleName(tr("Memory used by Tiller"));
    layout->addWidget(m_memory);
    layout->addStretch();

    connect(workspace, &Workspace::modelChanged, this, &ModelPane::refresh);
    auto* timer = new QTimer(this);
    connect(timer, &QTimer::timeout, this, &ModelPane::refreshMemory);
    timer->start(2000);
    refresh();
}

void ModelPane::refresh()
{
    const OpenedModel* model = m_workspace->model();
    if (!model) {
        m_name->setText(m_workspace->modelState() == ModelState::Opening ? tr("Opening…") : tr("No model"));
        m_facts->setFacts({});
        m_memory->hide();
        return;
    }
    const ModelInfo& info = model->info;
    m_name->setText(modelTitle(m_workspace->modelPath()));
    const double size = double(info.fileBytes);
    const QString bytes = size < 1e9 ? tr("%1 MB").arg(qRound(size / 1e6))
                                     : tr("%1 GB").arg(QString::number(size / 1e9, 'f', 1));
    std::vector<std::pair<QString, QString>> facts;
    if (const QString own = QString::fromStdString(info.name); own != m_name->text())
        facts.emplace_back(tr("Name"), own);
    facts.insert(facts.end(),
        {
            {tr("Family"), tr("%1, %2 layers").arg(QString::fromStdString(info.family)).arg(info.layers)},
            {tr("Hidden"), tr("%1, %2 heads").arg(info.hidden).arg(info.heads)},
            {tr("File"), u"%1, %2"_s.arg(QString::fromStdString(info.fileFormat), bytes)},
            {tr("Compute"), u"%1, %2"_s.arg(QString::fromStdString(info.computeType), deviceText(info))},
            {tr("Template"),
                info.templateOrigin.empty() ? tr("none: a base model")
                                            : QString::fromStdString(info.templateOrigin)},
            {tr("Weights"), tr("%1 GiB in memory").arg(gibibytes(info.weightBytes))},
        });
    m_facts->setFacts(facts);
    m_memory->show();
    refreshMemory();
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
