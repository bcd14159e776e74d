#include "ui/panes/model_menu.h"

#include "ui/state/settings.h"
#include "ui/state/wording.h"

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

/// A name is no mnemonic.
QString escaped(QString title)
{
    return title.replace(u'&', u"&&"_s);
}

}

ModelMenu::ModelMenu(
    const QString& title, Workspace* workspace, const QList<QAction*>& dialogs, QWidget* parent)
    : QMenu(title, parent)
    , m_workspace(workspace)
    , m_dialogs(dialogs)
    , m_unsupported(new QMenu(this))
{
    setToolTipsVisible(true);
    m_unsupported->setToolTipsVisible(true);
    m_unsupported->setObjectName(u"unsupportedModels"_s);
    connect(this, &QMenu::aboutToShow, this, [this] {
        fill();
        m_workspace->findModels();
    });
    connect(workspace, &Workspace::installedModelsChanged, this, &ModelMenu::fill);
    fill();
}

void ModelMenu::addModel(const QString& title, const QString& path)
{
    QAction* model = addAction(escaped(title), this, [this, path] { m_workspace->openModel(path); });
    model->setToolTip(path);
    const bool isOpen = path == m_workspace->modelPath();
    model->setCheckable(isOpen);
    model->setChecked(isOpen);
}

void ModelMenu::fill()
{
    clear();
    m_unsupported->clear();
    addActions(m_dialogs);

    const QStringList recent = settings::recentModels();
    if (!recent.isEmpty())
        addSection(tr("Recent"));
    for (const QString& path : recent)
        addModel(modelTitle(path), path);

    const auto addGroup = [&](const QString& title, bool cached) {
        bool first = true;
        for (const InstalledModel& model : m_workspace->installedModels()) {
            const QString path = QString::fromStdString(model.path.string());
            if (model.isCached != cached || !model.problem.empty() || recent.contains(path))
                continue;
            if (std::exchange(first, false))
                addSection(title);
            addModel(QString::fromStdString(model.title), path);
        }
    };
    addGroup(tr("Tiller's models"), false);
    addGroup(tr("Hugging Face cache"), true);

    for (const InstalledModel& model : m_workspace->installedModels()) {
        if (model.problem.empty())
            continue;
        QAction* refused = m_unsupported->addAction(escaped(QString::fromStdString(model.title)));
        refused->setEnabled(false);
        refused->setToolTip(QString::fromStdString(model.problem));
    }
    if (m_unsupported->isEmpty())
        return;
    const int count = int(m_unsupported->actions().size());
    m_unsupported->setTitle(tr("%1 that cannot be opened").arg(counted(count, tr("model"), tr("models"))));
    addSeparator();
    addMenu(m_unsupported);
}

}
