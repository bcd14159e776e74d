#include "core/base/paths.h"
#include "core/base/threads.h"
#include "ui/engine/engine_thread.h"
#include "ui/panes/main_window.h"
#include "ui/state/settings.h"
#include "ui/state/workspace.h"
#include "ui/theme/theme.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QIcon>

#include <clocale>
#include <cstdio>
#include <filesystem>
#include <optional>

namespace {

using namespace tiller;
using namespace Qt::StringLiterals;

struct Arguments {
    QString model;
    std::optional<ThemeChoice> theme;
};

void describe(QCommandLineParser& parser)
{
    parser.setApplicationDescription(u"Workbench for steering vectors of language models."_s);
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addOption({u"theme"_s, u"Colours of the window: light, dark or desktop."_s, u"name"_s});
    parser.addPositionalArgument(u"model"_s,
        u"Model folder or GGUF file, ORG/NAME in the Hugging Face cache, or default."_s, u"[MODEL]"_s);
}

/// --help and --version need no display. True when one of them was asked for.
bool answeredWithoutWindow(int argc, char** argv)
{
    QCoreApplication application(argc, argv);
    QCommandLineParser parser;
    describe(parser);
    parser.parse(QCoreApplication::arguments());
    if (parser.isSet(u"version"_s))
        parser.showVersion();
    if (parser.isSet(u"help"_s))
        parser.showHelp();
    return false;
}

bool hasDisplay(int argc, char** argv)
{
    for (int i = 1; i < argc; ++i)
        if (QByteArrayView(argv[i]).endsWith("-platform"))
            return true;
    return qEnvironmentVariableIsSet("QT_QPA_PLATFORM") || !qEnvironmentVariableIsEmpty("DISPLAY")
        || !qEnvironmentVariableIsEmpty("WAYLAND_DISPLAY");
}

Arguments parseArguments()
{
    QCommandLineParser parser;
    describe(parser);
    parser.process(*qApp);

    Arguments arguments;
    if (parser.isSet(u"theme"_s)) {
        bool known = false;
        arguments.theme = settings::themeFromName(parser.value(u"theme"_s), &known);
        if (!known) {
            std::fputs("tiller: --theme takes light, dark or desktop\n", stderr);
            std::exit(2);
        }
    }
    if (parser.positionalArguments().size() > 1) {
        std::fputs("tiller: give one model at most\n", stderr);
        std::exit(2);
    }
    arguments.model = parser.positionalArguments().value(0);
    return arguments;
}

/// What was named, else what was open last, else the default model; empty when there is none.
QString modelToOpen(const QString& named)
{
    if (!named.isEmpty())
        return QString::fromStdString(resolveModelArgument(named.toStdString()).string());
    const QStringList recent = settings::recentModels();
    if (!recent.isEmpty())
        return recent.front();
    return std::filesystem::exists(defaultModelPath()) ? QString::fromStdString(defaultModelPath().string())
                                                       : QString();
}

}

int main(int argc, char** argv)
{
    QCoreApplication::setApplicationName(u"tiller"_s);
    QCoreApplication::setOrganizationName(u"tiller"_s);
    QCoreApplication::setApplicationVersion(QStringLiteral(TILLER_VERSION));

    answeredWithoutWindow(argc, argv);
    if (!hasDisplay(argc, argv)) {
        std::fputs("tiller: no display found; use tiller-cli for work without a window\n", stderr);
        return 1;
    }

    QApplication application(argc, argv);
    QGuiApplication::setApplicationDisplayName(u"Tiller"_s);
    QGuiApplication::setDesktopFileName(u"tiller"_s);
    QGuiApplication::setWindowIcon(QIcon(u":/tiller.svg"_s));
    // Qt takes the user's locale; figures are written with a point, on screen and in files.
    std::setlocale(LC_NUMERIC, "C");
    QLocale::setDefault(QLocale::c());
    const Arguments arguments = parseArguments();
    setThreadCount(0);
    applyTheme(arguments.theme.value_or(settings::theme()));

    Workspace workspace(std::make_unique<EngineThread>());
    MainWindow window(&workspace);
    window.show();
    if (const QString model = modelToOpen(arguments.model); !model.isEmpty())
        workspace.openModel(model);
    return QApplication::exec();
}
