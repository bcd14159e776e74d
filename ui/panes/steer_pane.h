#pragma once

#include "ui/state/workspace.h"

#include <QWidget>

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QLineEdit;
class QMainWindow;
class QPushButton;
class QSpinBox;
class QSplitter;
class QToolButton;

namespace tiller {

class HistoryDialog;
class MixerPane;
class ElidedLabel;
class InspectorPane;
class PromptBox;
class Ribbon;
class RowPane;
class SectionHeader;

/// Mixer left; unsteered, steered and perhaps a third text side by side, what steering did to each token
/// below them, then one prompt for all and the Inspector.
class SteerPane : public QWidget {
    Q_OBJECT

public:
    explicit SteerPane(Workspace* workspace, QWidget* parent = nullptr);

    MixerPane* mixer() { return m_mixer; }
    RowPane* unsteered() { return m_unsteered; }
    RowPane* steered() { return m_steered; }
    RowPane* third() { return m_third; }
    void setCompact(bool compact);
    void focusPrompt();
    void showInspector();
    void keepLayout() const; ///< for the next start

private:
    QWidget* buildTop();
    QWidget* buildPrompt();
    QWidget* buildRibbon();
    std::vector<RowPane*> panes() const { return {m_unsteered, m_steered, m_third}; }
    void inspect(int row, int token);
    void showRibbon();
    void apply();
    void refreshSettings();
    void refreshTasks();
    void refreshPrompting();
    void refreshNotes();
    void refreshThird();
    ThirdRow thirdOfRun() const;
    void refreshRuns();
    void refreshTints();
    void refreshChat();
    void openHistory();
    void showRun();

    Workspace* m_workspace;
    MixerPane* m_mixer;
    QSplitter* m_columns;
    QMainWindow* m_right;
    QComboBox* m_tint;
    QCheckBox* m_regenerate;
    RowPane* m_unsteered;
    RowPane* m_steered;
    RowPane* m_third;
    ThirdRow m_thirdKind = ThirdRow::None; ///< what the third pane shows, or waits for
    ThirdRow m_thirdAsked = ThirdRow::None; ///< of the settings
    QLabel* m_runs;
    QToolButton* m_earlier;
    QToolButton* m_later;
    HistoryDialog* m_historyDialog = nullptr; ///< once it has been opened
    QComboBox* m_thirdRow;
    QLineEdit* m_thirdSystem;
    QWidget* m_ribbonPanel;
    Ribbon* m_ribbon;
    InspectorPane* m_inspector;
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
    QToolButton* m_keepTurn;
    QToolButton* m_newChat;
    bool m_filling = false;
};

}
