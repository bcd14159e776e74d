#pragma once

#include "core/study/sweep.h"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace tiller {

/// What the figures of a table depend on beside cell and prompt, as short words: "model" -> a fingerprint,
/// "scope" -> "all". An empty word: not asked for, and compatible with any.
using SweepSettings = std::map<std::string, std::string>;

/// The figures of sweeps with the same settings, by cell and prompt: what is written, resumed and joined.
/// Prompts are known by their text. Figures of a cell as a whole stand in the rows of all its prompts.
class SweepTable {
public:
    SweepTable() = default;
    explicit SweepTable(SweepSettings settings);

    struct Row {
        int layer = 0;
        double strength = 0;
        std::string prompt; ///< empty: no text was generated
        double push = 0;
        std::map<Metric, SweepFigure> figures;
        std::map<Metric, SweepFigure> control; ///< of the control vector
        std::string text;
    };

    const SweepSettings& settings() const { return m_settings; }
    /// `prompt`: text of the result's prompt, empty for the cell's figures.
    void put(const SweepResult& result, const std::string& prompt, bool isControl = false);
    /// Whether the figure need not be measured: it is there, or it is the readback of a text of length 0,
    /// which has none.
    bool knows(
        int layer, double strength, const std::string& prompt, Metric metric, bool isControl = false) const;
    /// By layer, strength, prompt.
    std::vector<Row> rows() const;
    /// Whether a prompt's text is there, be it one of no token.
    bool hasText(int layer, double strength, const std::string& prompt) const;
    bool hasTexts() const; ///< any
    bool isEmpty() const { return m_texts.empty() && m_cells.empty(); }

    /// This is one of several parts of a grid, number 1 to count; join() gathers them.
    void setShard(int number, int count);
    /// Shards of which nothing has been joined: "2/3"; once there is none, it is a whole and says no more.
    std::vector<std::string> missingShards();

    /// Takes over the figures of another table, which win. Error names the setting in which they differ.
    void join(const SweepTable& other);
    /// Cells that some layer has and another lacks.
    std::vector<std::pair<int, double>> missingCells() const;

    /// layer,strength,prompt,push, a column for each metric that is there (effect and ab with their band
    /// effect_low, effect_high; a control's as kl_control), text where there are any, settings. RFC 4180.
    std::string toCsv(bool texts) const;
    /// {"settings":{..},"rows":[{"layer","strength","prompt","push","kl","text"}]}
    std::string toJson(bool texts) const;
    /// By the extension .json, else CSV. Throws Error that names place and reason.
    void write(const std::filesystem::path& path, bool texts) const;
    static SweepTable read(const std::filesystem::path& path);

private:
    using Cell = std::pair<int, double>;
    using Place = std::tuple<int, double, std::string>;

    SweepSettings m_settings;
    std::map<Place, Row> m_texts; ///< a prompt's
    std::map<Cell, Row> m_cells; ///< the cells' as a whole
};

}
