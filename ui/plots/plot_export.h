#pragma once

class QPoint;
class QToolButton;

namespace tiller {

class Plot;

/// Export figure, Copy figure, Export data, Copy data, as actions of the plot. Files are asked for by
/// Dialogs; the plot says how it ended (exported, exportFailed).
void addExportActions(Plot* plot);
/// The actions as a menu at a place of the screen.
void showExportMenu(Plot* plot, const QPoint& globalPoint);
/// The actions behind a small button, for the section header of the plot.
QToolButton* exportButton(Plot* plot);

}
