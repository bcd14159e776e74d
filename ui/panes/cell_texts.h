#pragma once

#include "ui/state/layer_map.h"

#include <QWidget>

class QPushButton;
class QToolButton;

namespace tiller {

class RowPane;
class SectionHeader;

/// The text of a cell beside the unsteered one, prompt by prompt, with the words that differ marked.
class CellTexts : public QWidget {
    Q_OBJECT

public:
    explicit CellTexts(const LayerMap* map, QWidget* parent = nullptr);

    void show(const LayerMap& map, LayerMap::Place place, const QString& title);
    int prompt() const { return m_prompt; } ///< whose text is shown
    void setPrompt(int prompt);
    void setCompact(bool compact);

signals:
    void useRequested();
    void promptChanged(int prompt); ///< by a person

private:
    void step(int by);
    void refresh();
    QString figures() const;

    const LayerMap* m_map;
    LayerMap::Place m_place;
    int m_prompt = 0;
    SectionHeader* m_header;
    QToolButton* m_earlier;
    QToolButton* m_later;
    QPushButton* m_use;
    RowPane* m_unsteered;
    RowPane* m_steered;
};

}
