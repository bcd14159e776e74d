#include "ui/panes/status_strip.h"

#include "ui/panes/layouts.h"
#include "ui/panes/model_pane.h"
#include "ui/theme/numbers.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/number_label.h"

#include <QProgressBar>

namespace tiller {

using namespace Qt::StringLiterals;

StatusStrip::StatusStrip(Workspace* workspace, QWidget* parent)
    : QStatusBar(parent)
    , m_workspace(workspace)
{
    setSizeGripEnabled(false);
    setFixedHeight(px(24));
    m_task = new ElidedLabel;
    m_task->setObjectName(u"status"_s);
    m_task->setFont(smallFont());
    m_progress = new QProgressBar;
    m_progress->setTextVisible(false);
    m_progress->setFixedSize(px(110), px(8));
    m_progress->setAccessibleName(tr("Progress"));
    const auto margin = [] {
        auto* space = new QWidget;
        space->setFixedWidth(px(6));
        return space;
    };
    addWidget(margin());
    addWidget(m_task, 1);
    addPermanentWidget(m_progress);
    m_device = addField(tr("CPU, 888 threads"));
    m_type = addField(u"bfloat16"_s);
    m_memory = addField(tr("88.88 of 888.8 GiB"));
    m_rate = addField(tr("8888 tok/s, 2 rows"));
    m_seed = addField(tr("Seed 888888"));
    addPermanentWidget(margin());

    connect(workspace, &Workspace::statusChanged, this, &StatusStrip::refreshTask);
    connect(workspace, &Workspace::tasksChanged, this, &StatusStrip::refreshTask);
    connect(workspace, &Workspace::statusChanged, this, &StatusStrip::refreshFigures);
    connect(workspace, &Workspace::modelChanged, this, &StatusStrip::refreshFigures);
    connect(workspace, &Workspace::generationChanged, this, &StatusStrip::refreshFigures);
    auto* timer = new QTimer(this);
    connect(timer, &QTimer::timeout, this, [this] { m_memory->setText(memoryText()); });
    timer->start(2000);
    m_memory->setText(memoryText());
    refreshTask();
    refreshFigures();
}

NumberLabel* StatusStrip::addField(const QString& widest)
{
    addPermanentWidget(separatorLine(Qt::Vertical));
    auto* field = new NumberLabel(widest);
    field->setFont(smallFont());
    addPermanentWidget(field);
    return field;
}

void StatusStrip::refreshTask()
{
    m_task->setText(m_workspace->status());
    const auto progress = m_workspace->progress();
    m_progress->setVisible(progress.has_value() && m_workspace->isBusy());
    m_progress->setRange(0, 1000);
    m_progress->setValue(int(progress.value_or(0) * 1000));
}

void StatusStrip::refreshFigures()
{
    const OpenedModel* model = m_workspace->model();
    m_device->setText(model ? deviceText(model->info) : tr("no model"));
    m_type->setText(model ? QString::fromStdString(model->info.computeType) : u"–"_s);
    const bool running = m_workspace->isRunning(Task::Generate);
    m_rate->setText(running ? tr("%1 tok/s, 2 rows").arg(number(m_workspace->tokensPerSecond(), 0))
                            : tr("%1 tok/s").arg(number(m_workspace->tokensPerSecond(), 0)));
    m_seed->setText(tr("Seed %1").arg(m_workspace->generation().seed));
}

}
