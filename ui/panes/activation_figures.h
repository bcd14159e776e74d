#pragma once

#include "ui/state/workspace.h"

#include <QWidget>

class QComboBox;
class QSpinBox;
class QStackedWidget;

namespace tiller {

class CosineMap;
class ScatterPlot;
class SectionHeader;

/// The activations of the chosen layer in a plane, or the directions of all layers against each other.
class ActivationFigures : public QWidget {
    Q_OBJECT

public:
    explicit ActivationFigures(Workspace* workspace, QWidget* parent = nullptr);

    SectionHeader* header() { return m_header; }
    ScatterPlot* scatter() { return m_scatter; }

private:
    void chooseView();
    void refresh();
    void refreshLayer();
    void show(const Scattered& scattered);

    Workspace* m_workspace;
    SectionHeader* m_header;
    QComboBox* m_view;
    QSpinBox* m_layer;
    QStackedWidget* m_stack;
    QStackedWidget* m_exports;
    ScatterPlot* m_scatter;
    CosineMap* m_cosines;
};

}
