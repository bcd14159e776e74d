#pragma once

#include "core/study/sweep_settings.h"

#include <array>
#include <filesystem>

namespace tiller {

/// Figures of a grid, kept from one start to the next. Those of texts, of contrast items and of the neutral
/// text have files of their own, named by what they depend on: other pairs are no reason to generate again.
class SweepCache {
public:
    /// Takes what the folder has for these settings; empty: nothing is kept. A file that cannot be read is
    /// one that is not there.
    SweepCache(const std::filesystem::path& folder, const SweepSettings& settings);

    bool knows(int layer, double strength, const std::string& prompt, Metric metric, bool isControl) const;
    void put(const SweepResult& result, const std::string& prompt, bool isControl);
    /// Texts have a prompt, figures of whole cells have none.
    std::vector<SweepTable::Row> rows() const;
    /// After a failure (a full disk) it is not tried again.
    void write();

private:
    struct Part {
        SweepTable table;
        std::filesystem::path file;
    };
    Part& of(Metric metric) { return m_parts[size_t(factsOf(metric).on)]; }
    const Part& of(Metric metric) const { return m_parts[size_t(factsOf(metric).on)]; }

    std::array<Part, 3> m_parts; ///< by MeasuredOn
};

}
