#pragma once

#include <QIcon>
#include <QString>

namespace tiller {

/// Icon `name` of resources/icons, drawn in `text` or `disabled`, whatever the theme is when it is painted:
/// an icon set once follows every later change of theme. Unknown names give a null icon.
QIcon icon(const QString& name);

/// The same drawing in a colour of the caller's, `size` device-independent pixels square.
QPixmap iconPixmap(const QString& name, const QColor& color, int size, qreal devicePixelRatio);

}
