#pragma once

#include "ui/models/strip_model.h"

#include <QWidget>

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QLineEdit;
class QMenu;
class QToolButton;

namespace tiller {

class ElidedLabel;
class NumberLabel;
class PoleLabel;
class StrengthSlider;
class Workspace;
struct LossSample;

/// One vector in the mix: on or off, slider and number, push, layers, operation and scope.
class MixerStrip : public QWidget {
    Q_OBJECT

public:
    MixerStrip(Workspace* workspace, int row, QWidget* parent = nullptr);

    void setRow(int row) { m_row = row; }
    int row() const { return m_row; }
    /// Shows the strip as the model has it.
    void refresh();
    void refreshLens();
    /// Coherence loss measured at this strip's layer, for the slider's track.
    void setMeasurements(const std::vector<LossSample>& samples);
    void setExpanded(bool expanded);
    bool isExpanded() const { return m_expanded; }
    StrengthSlider* slider() { return m_slider; }

signals:
    void focused();
    void removeRequested();

protected:
    void paintEvent(QPaintEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void applyLayers();
    void fillMenu(QMenu* menu);

    Workspace* m_workspace;
    int m_row;
    bool m_expanded = true;
    QCheckBox* m_enabled;
    ElidedLabel* m_note;
    QToolButton* m_more;
    QToolButton* m_expand;
    QToolButton* m_remove;
    StrengthSlider* m_slider;
    QDoubleSpinBox* m_number;
    NumberLabel* m_push;
    PoleLabel* m_negative;
    PoleLabel* m_positive;
    QWidget* m_details;
    QLineEdit* m_layers;
    QComboBox* m_op;
    QComboBox* m_scope;
    QLabel* m_error;
    PoleLabel* m_raisedTitle;
    PoleLabel* m_loweredTitle;
    ElidedLabel* m_raised;
    ElidedLabel* m_lowered;
    QWidget* m_lens;
};

}
