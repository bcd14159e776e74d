#pragma once

class QWidget;

namespace tiller {

// What the Help menu shows.
void showKeys(QWidget* parent);
void showMetrics(QWidget* parent); ///< what each figure of the map means
void showAbout(QWidget* parent);

}
