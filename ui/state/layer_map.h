#pragma once

#include "core/study/strengths.h"
#include "core/study/sweep_table.h"
#include "ui/engine/jobs.h"

#include <QObject>
#include <QStringList>

#include <map>
#include <memory>
#include <optional>
#include <set>

namespace tiller {

/// What a map was asked to measure.
struct MapGrid {
    QString modelName;
    int modelLayers = 0;
    QString vectorName;
    std::shared_ptr<const SteeringVector> vector;
    std::vector<int> layers;
    std::vector<double> strengths; ///< ascending
    Op op = Op::Add;
    TokenScope scope;
    std::vector<Metric> metrics;
    QStringList prompts; ///< texts are generated from
    int tokens = 40; ///< of each text
    std::vector<ContrastPair> pairs; ///< for what is measured on contrast items
    std::vector<int> pairRows; ///< their places in the contrast set
    QString pairsName; ///< of that set
    QString positiveLabel; ///< its poles
    QString negativeLabel;
    Extracted extracted; ///< that the vector comes from: pairs are then judged by vectors without them
    QString neutralText;
    bool control = false;
    std::map<int, double> norms; ///< that the vector's directions are set to; without: as stored
    quint64 pairsRevision = 0; ///< of the contrast set, when the pairs were chosen

    bool isEmpty() const { return layers.empty() || strengths.empty(); }
    bool measures(Metric metric) const;
    /// The strength of the vector as stored that is the same as this one of the grid.
    double storedStrength(int layer, double strength) const;
    bool hasPairScale() const; ///< the vector carries the means of both sides, which read-back needs
    /// A part of it, indices first to last: with every layer that the vector has in between, at half the step
    /// of strength; around one strength alone a quarter of the step, half a step to each side.
    MapGrid finer(int firstLayer, int lastLayer, int firstStrength, int lastStrength) const;
};

/// Which figure of a cell is meant: the vector's, the random control's, or the first minus the second.
enum class MapSide { Vector, Control, Difference };

/// The measured grid: figures and texts of its cells.
class LayerMap : public QObject {
    Q_OBJECT

public:
    struct Place {
        int layer = -1; ///< index into grid().layers
        int strength = -1;
        auto operator<=>(const Place&) const = default;
        bool isValid() const { return layer >= 0 && strength >= 0; }
    };

    struct Cell {
        double push = 0;
        std::map<int, SweepResult> texts; ///< by prompt
        std::map<int, SweepResult> controlTexts;
        std::map<Metric, SweepFigure> figures;
        std::map<Metric, SweepFigure> control;
    };
    /// All that is known, to come back to.
    struct Contents {
        MapGrid grid;
        std::map<Place, Cell> cells;
        std::map<int, QString> unsteered; ///< by prompt
        SweepTable table;
    };

    using QObject::QObject;

    const Contents& contents() const { return m_known; }
    void restore(Contents contents);

    const MapGrid& grid() const { return m_known.grid; }
    void start(MapGrid grid) { restore({std::move(grid), {}, {}, {}}); }
    void clear() { start({}); }
    void put(const std::vector<SweptPart>& parts);

    int cellCount() const { return int(grid().layers.size() * grid().strengths.size()); }
    /// Cells of which all is measured.
    int doneCount() const;
    /// Mean over prompts, or over contrast items, with its bootstrap band; nothing until measured.
    std::optional<SweepFigure> figure(Place place, Metric metric, MapSide side = MapSide::Vector) const;
    /// What a prompt's text alone measures; nothing for metrics that are not of texts.
    std::optional<double> figureOfText(Place place, int prompt, Metric metric) const;
    std::optional<double> push(Place place) const; ///< nothing until measured
    bool isMeasured(Place place) const { return m_known.cells.contains(place); } ///< something of it is
    bool isRunning(Place place) const { return m_begun.contains(place); } ///< being measured
    /// Nothing is being measured any more.
    void pause();

    std::optional<QString> text(Place place, int prompt) const; ///< nothing until measured
    std::optional<QString> unsteeredText(int prompt) const;

    QString caption() const; ///< its settings, for figures; empty without a grid
    QString titleOf(Place place) const; ///< "Layer 14, strength +1"
    SweepTable table() const { return m_known.table; }

signals:
    void reset();
    void measured(const std::vector<LayerMap::Place>& places);

private:
    void gather(Cell& cell, bool isControl) const;

    Contents m_known;
    std::set<Place> m_begun;
};

/// Where figures are kept from one start of the program to the next; empty in other programs.
std::filesystem::path mapCacheFolder();

inline std::vector<double> parseStrengths(const QString& text)
{
    return parseStrengths(std::string_view(text.toStdString()));
}

}
