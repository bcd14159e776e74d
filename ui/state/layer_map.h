#pragma once

#include "core/study/neutral_sweep.h"
#include "ui/state/run_text.h"

#include <QObject>

#include <map>
#include <memory>

namespace tiller {

/// What a map was asked to measure.
struct MapGrid {
    QString vectorName;
    std::shared_ptr<const SteeringVector> vector;
    std::vector<int> layers;
    std::vector<double> strengths; ///< ascending
    QString neutralText;
    Op op = Op::Add;
    TokenScope scope;

    bool isEmpty() const { return layers.empty() || strengths.empty(); }
};

/// The measured grid, and the texts generated for some of its cells.
class LayerMap : public QObject {
    Q_OBJECT

public:
    struct Place {
        int layer = -1; ///< index into grid().layers
        int strength = -1;
        auto operator<=>(const Place&) const = default;
        bool isValid() const { return layer >= 0 && strength >= 0; }
    };

    using QObject::QObject;

    const MapGrid& grid() const { return m_grid; }
    void start(MapGrid grid);
    void clear() { start({}); }
    void put(const std::vector<SweepCell>& cells);

    int cellCount() const { return int(m_grid.layers.size() * m_grid.strengths.size()); }
    int doneCount() const { return int(m_cells.size()); }
    const SweepCell* cell(Place place) const; ///< null until measured

    const RunText* text(Place place) const; ///< null until asked for
    void startText(Place place);
    void addText(Place place, const std::vector<TokenEvent>& events);
    void dropText(Place place); ///< a part that will not be finished
    void dropTexts(); ///< after a change of prompt or sampling

    /// "layer,strength,kl,nll_rise,push" and a line a measured cell.
    QByteArray toCsv() const;

signals:
    void reset();
    void measured(const std::vector<LayerMap::Place>& places);
    void textChanged(LayerMap::Place place);

private:
    MapGrid m_grid;
    std::map<Place, SweepCell> m_cells;
    std::map<Place, RunText> m_texts;
};

/// "-4 to 4 step 1", "-2, -1, 0, 1.5", "±4 step 0.5". Error says what is wrong. Ascending, without repeats.
std::vector<double> parseStrengths(const QString& text);

}
