#pragma once

#include "ui/state/workspace.h"

#include <QWidget>

class QLabel;
class QLineEdit;
class QMenu;
class QPushButton;
class QScrollArea;
class QToolButton;
class QVBoxLayout;

namespace tiller {

class CosineTriangle;
class CurveEditor;
class ElidedLabel;
class MixerStrip;
class SectionHeader;

/// The strips, the mix as an expression, and what they add up to over the layers.
class MixerPane : public QWidget {
    Q_OBJECT

public:
    explicit MixerPane(Workspace* workspace, QWidget* parent = nullptr);

    /// Only the focused strip expanded, the plot folded.
    void setCompact(bool compact);
    void focusExpression();
    void exportMix();
    MixerStrip* strip(int row) { return m_strips[size_t(row)]; }

private:
    void insertStrips(int first, int last);
    void removeStrips(int first, int last);
    void refresh();
    void refreshExpression();
    void applyExpression();
    void refreshPush();
    void refreshWarning();
    void refreshMeasurements();
    void refreshCosines();
    void setPushFolded(bool folded);
    void refreshMixLens();
    void fillMixes();
    void setEdited(int row);
    void movePoint(int layer, double push);
    void expandOnly(MixerStrip* strip);

    Workspace* m_workspace;
    StripModel* m_mixer;
    std::vector<MixerStrip*> m_strips;
    SectionHeader* m_header;
    QToolButton* m_add;
    QMenu* m_addMenu;
    QLineEdit* m_expression;
    QLabel* m_expressionError;
    QToolButton* m_copy;
    QToolButton* m_export;
    QWidget* m_list;
    QVBoxLayout* m_listLayout;
    QLabel* m_empty;
    MessageBar* m_warning;
    QString m_warned;
    SectionHeader* m_pushHeader;
    CurveEditor* m_push;
    int m_edited = -1; ///< strip whose curve is drawn
    SectionHeader* m_cosineHeader;
    CosineTriangle* m_cosines;
    QWidget* m_mixLens;
    ElidedLabel* m_mixRaised;
    ElidedLabel* m_mixLowered;
    QToolButton* m_mixes;
    QMenu* m_mixesMenu;
    bool m_compact = false;
    bool m_pushFolded = false; ///< plot and cosines
    QToolButton* m_pushFold;
};

}
