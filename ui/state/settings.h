#pragma once

#include "core/model/model.h"
#include "ui/theme/theme.h"

#include <QByteArray>
#include <QMap>
#include <QString>
#include <QStringList>

namespace tiller {

/// What is kept from one start to the next.
namespace settings {

ThemeChoice theme();
void setTheme(ThemeChoice choice);
ThemeChoice themeFromName(const QString& name, bool* known = nullptr); ///< "light", "dark", "desktop"
QString themeName(ThemeChoice choice);

/// Latest first, at most eight that still exist.
QStringList recentModels();
void addRecentModel(const QString& path);

/// Device and dtype that a model was last opened with.
LoadOptions loadOptions();
void setLoadOptions(const LoadOptions& options);

/// Where file dialogs start.
QString lastFolder();
void setLastFolderOf(const QString& file);

/// Mixes that a user has kept: as JSON, by their expressions.
QMap<QString, QString> mixes();
void setMixes(const QMap<QString, QString>& mixes);

QByteArray windowGeometry();
QByteArray windowState();
void setWindow(const QByteArray& geometry, const QByteArray& state);

QByteArray steerState(); ///< of the docks in Steer
void setSteerState(const QByteArray& state);

}

}
