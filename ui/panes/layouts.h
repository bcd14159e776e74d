#pragma once

#include "ui/theme/metrics.h"

#include <QBoxLayout>
#include <QFormLayout>
#include <QFrame>
#include <QLabel>
#include <QToolButton>

namespace tiller {

/// Boxes on the 4 px grid, so that panes say what they hold and not how far apart.
inline QVBoxLayout* column(QWidget* parent, int margin = 0, int spacing = 0)
{
    auto* layout = new QVBoxLayout(parent);
    layout->setContentsMargins(px(margin), px(margin), px(margin), px(margin));
    layout->setSpacing(px(spacing));
    return layout;
}

inline QHBoxLayout* row(QWidget* parent, int margin = 0, int spacing = 6)
{
    auto* layout = new QHBoxLayout(parent);
    layout->setContentsMargins(px(margin), px(margin), px(margin), px(margin));
    layout->setSpacing(px(spacing));
    return layout;
}

inline QHBoxLayout* row(int spacing = 6)
{
    auto* layout = new QHBoxLayout;
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(px(spacing));
    return layout;
}

/// Label of a field in the secondary colour; names its buddy for screen readers.
QLabel* fieldLabel(const QString& text, QWidget* buddy = nullptr);

/// Tool button for in-panel bars: icon beside its text, no frame until hovered.
QToolButton* barButton(const QString& icon, const QString& text, const QString& toolTip);

/// 1 px line in the separator colour.
QFrame* separatorLine(Qt::Orientation orientation);

}
