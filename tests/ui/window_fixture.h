#pragma once

#include "core/base/paths.h"
#include "core/base/threads.h"
#include "ui/engine/engine_thread.h"
#include "ui/panes/main_window.h"
#include "ui/state/workspace.h"
#include "ui/theme/theme.h"

#include <QSettings>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

/// A window as main() makes it, with settings of its own.
class WindowFixture {
public:
    WindowFixture()
        : workspace(std::make_unique<tiller::EngineThread>())
        , window(&workspace)
    {
        window.resize(1440, 900);
        window.show();
    }

    template <typename Widget>
    Widget* find(const QString& name)
    {
        return window.findChild<Widget*>(name);
    }

    tiller::Workspace workspace;
    tiller::MainWindow window;
};

/// Once a test executable, before any window.
inline void prepareWindowTests(const QTemporaryDir& folder)
{
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, folder.path());
    QCoreApplication::setOrganizationName(QStringLiteral("tiller-tests"));
    QCoreApplication::setApplicationName(QStringLiteral("tiller-tests"));
    tiller::setThreadCount(0);
    tiller::applyTheme(tiller::ThemeChoice::Light);
}

/// Opens the default model, which is there or nothing can be tested; the caller waits for it.
inline void openDefaultModel(WindowFixture& fixture)
{
    if (!std::filesystem::exists(tiller::defaultModelPath()))
        qFatal("the default model is missing: packaging/run.sh fetches it");
    fixture.workspace.openModel(QString::fromStdString(tiller::defaultModelPath().string()));
}

/// How long a loaded machine may take for what needs the model.
constexpr int modelTimeout = 180000;

/// Extracts the bundled set, takes its vector to the mixer at layer 14, goes to Steer. Texts of `tokens`,
/// made anew when they are asked for.
inline void prepareSteering(WindowFixture& fixture, int tokens)
{
    tiller::Workspace& workspace = fixture.workspace;
    openDefaultModel(fixture);
    QTRY_VERIFY_WITH_TIMEOUT(workspace.model(), modelTimeout);
    workspace.extract();
    QTRY_COMPARE_WITH_TIMEOUT(workspace.library()->rowCount(), 1, modelTimeout);
    workspace.addToMixer(0, 14, 1);
    fixture.window.setPerspective(tiller::Perspective::Steer);
    tiller::GenerationSettings settings = workspace.generation();
    settings.tokens = tokens;
    settings.regenerateOnChange = false;
    workspace.setGeneration(settings);
}
