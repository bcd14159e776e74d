#pragma once

#include "ui/state/workspace.h"

#include <QWidget>

class QComboBox;
class QLineEdit;
class QSplitter;
class QToolButton;

namespace tiller {

class DiagnosticsPanel;
class ExtractionForm;
class PairPanel;
class PairTable;
class SectionHeader;
class StartCard;

/// Pairs left, extraction and its diagnostics right.
class ContrastPane : public QWidget {
    Q_OBJECT

public:
    explicit ContrastPane(Workspace* workspace, QWidget* parent = nullptr);

    PairTable* table() { return m_table; }
    void setCompact(bool compact);

    void openSet();
    /// False when the user thought better of it, or it failed.
    bool saveSet();
    bool saveSetAs();
    /// Asks what to do with unsaved edits. False: stay.
    bool mayDiscard();
    void chooseSet();

signals:
    void openModelRequested();
    void importVectorRequested();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    QWidget* buildLeft();
    QWidget* buildRight();
    void fillSets();
    void chooseSetAt(int index);

    Workspace* m_workspace;
    ContrastDocument* m_document;
    QSplitter* m_columns;
    QSplitter* m_left;
    QComboBox* m_sets;
    QToolButton* m_remove;
    QLineEdit* m_filter;
    PairTable* m_table;
    PairPanel* m_pair;
    StartCard* m_card;
    ExtractionForm* m_form;
    DiagnosticsPanel* m_diagnostics;
    bool m_compact = false;
    bool m_pasteReported = false; ///< and the report may still be there
};

}
