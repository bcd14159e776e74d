#pragma once

#include "ui/state/workspace.h"

#include <QWidget>

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QLineEdit;
class QPushButton;
class QSpinBox;
class QSplitter;
class QToolButton;

namespace tiller {

class MixerPane;
class ElidedLabel;
class PromptBox;
class RowPane;

/// Mixer left; unsteered and steered text side by side, one prompt under both.
class SteerPane : public QWidget {
    Q_OBJECT

public:
    explicit SteerPane(Workspace* workspace, QWidget* parent = nullptr);

    MixerPane* mixer() { return m_mixer; }
    RowPane* unsteered() { return m_unsteered; }
    RowPane* steered() { return m_steered; }
    void setCompact(bool compact);
    void focusPrompt();

private:
    QWidget* buildTop();
    QWidget* buildPrompt();
    void apply();
    void refreshSettings();
    void refreshTasks();
    void refreshPrompting();
    void refreshNotes();
    void showRun();

    Workspace* m_workspace;
    MixerPane* m_mixer;
    QSplitter* m_columns;
    QComboBox* m_tint;
    QCheckBox* m_regenerate;
    RowPane* m_unsteered;
    RowPane* m_steered;
    PromptBox* m_prompt;
    QPushButton* m_generate;
    ElidedLabel* m_promptNote; ///< how the prompt is read where no template writes it
    QCheckBox* m_raw;
    QComboBox* m_system;
    QLineEdit* m_systemText;
    QDoubleSpinBox* m_temperature;
    QDoubleSpinBox* m_topP;
    QSpinBox* m_tokens;
    QSpinBox* m_seed;
    QToolButton* m_dice;
    bool m_filling = false;
};

}
