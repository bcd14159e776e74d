#include "ui/state/settings.h"

#include <QDir>
#include <QFileInfo>
#include <QSettings>

namespace tiller::settings {

using namespace Qt::StringLiterals;

namespace {

/// Raised whenever tool bars or docks change names.
constexpr int layoutVersion = 1;

}

QString themeName(ThemeChoice choice)
{
    return choice == ThemeChoice::Light ? u"light"_s : choice == ThemeChoice::Dark ? u"dark"_s : u"desktop"_s;
}

ThemeChoice themeFromName(const QString& name, bool* known)
{
    for (const ThemeChoice choice : {ThemeChoice::Light, ThemeChoice::Dark, ThemeChoice::Desktop})
        if (name == themeName(choice)) {
            if (known)
                *known = true;
            return choice;
        }
    if (known)
        *known = false;
    return ThemeChoice::Desktop;
}

ThemeChoice theme()
{
    return themeFromName(QSettings().value(u"window/theme"_s).toString());
}

void setTheme(ThemeChoice choice)
{
    QSettings().setValue(u"window/theme"_s, themeName(choice));
}

QStringList recentModels()
{
    QStringList existing;
    for (const QString& path : QSettings().value(u"models/recent"_s).toStringList())
        if (QFileInfo::exists(path))
            existing << path;
    return existing;
}

void addRecentModel(const QString& path)
{
    QStringList paths = recentModels();
    paths.removeAll(path);
    paths.prepend(path);
    QSettings().setValue(u"models/recent"_s, QStringList(paths.mid(0, 8)));
}

LoadOptions loadOptions()
{
    const LoadOptions standard;
    const auto value = [](const QString& key, const std::string& otherwise) {
        return QSettings().value(key, QString::fromStdString(otherwise)).toString().toStdString();
    };
    return {value(u"models/dtype"_s, standard.dtype), value(u"models/device"_s, standard.device)};
}

void setLoadOptions(const LoadOptions& options)
{
    QSettings().setValue(u"models/dtype"_s, QString::fromStdString(options.dtype));
    QSettings().setValue(u"models/device"_s, QString::fromStdString(options.device));
}

QString lastFolder()
{
    return QSettings().value(u"files/folder"_s, QDir::homePath()).toString();
}

void setLastFolderOf(const QString& file)
{
    QSettings().setValue(u"files/folder"_s, QFileInfo(file).absolutePath());
}

QMap<QString, QString> mixes()
{
    QMap<QString, QString> all;
    const QVariantMap stored = QSettings().value(u"steer/mixes"_s).toMap();
    for (auto mix = stored.begin(); mix != stored.end(); ++mix)
        all[mix.key()] = mix.value().toString();
    return all;
}

void setMixes(const QMap<QString, QString>& mixes)
{
    QVariantMap all;
    for (auto mix = mixes.begin(); mix != mixes.end(); ++mix)
        all[mix.key()] = mix.value();
    QSettings().setValue(u"steer/mixes"_s, all);
}

QByteArray windowGeometry()
{
    return QSettings().value(u"window/geometry"_s).toByteArray();
}

QByteArray windowState()
{
    QSettings stored;
    return stored.value(u"window/layoutVersion"_s).toInt() == layoutVersion
        ? stored.value(u"window/state"_s).toByteArray()
        : QByteArray();
}

void setWindow(const QByteArray& geometry, const QByteArray& state)
{
    QSettings stored;
    stored.setValue(u"window/geometry"_s, geometry);
    stored.setValue(u"window/state"_s, state);
    stored.setValue(u"window/layoutVersion"_s, layoutVersion);
}

QByteArray steerState()
{
    return QSettings().value(u"steer/state"_s).toByteArray();
}

void setSteerState(const QByteArray& state)
{
    QSettings().setValue(u"steer/state"_s, state);
}

}
