#include "ui/engine/sweep_cache.h"

#include "core/base/error.h"
#include "core/base/fnv.h"

namespace tiller {

namespace {

/// What the figures do not depend on is left empty.
SweepSettings settingsOf(MeasuredOn on, SweepSettings settings)
{
    if (on != MeasuredOn::Text)
        settings["tokens"].clear();
    if (on != MeasuredOn::Items)
        settings["contrast"].clear();
    if (on != MeasuredOn::Neutral)
        settings["neutral"].clear();
    return settings;
}

std::filesystem::path fileOf(const std::filesystem::path& folder, const SweepSettings& settings)
{
    if (folder.empty())
        return {};
    Fnv hash;
    for (const auto& [name, word] : settings)
        hash.add((name + '=' + word + '\n').c_str(), name.size() + word.size() + 2);
    return folder / (hash.hex() + ".json");
}

}

SweepCache::SweepCache(const std::filesystem::path& folder, const SweepSettings& settings)
{
    for (const MeasuredOn on : {MeasuredOn::Text, MeasuredOn::Items, MeasuredOn::Neutral}) {
        const SweepSettings own = settingsOf(on, settings);
        Part& part = m_parts[size_t(on)];
        part.table = SweepTable(own);
        part.file = fileOf(folder, own);
        std::error_code error;
        if (part.file.empty() || !std::filesystem::exists(part.file, error))
            continue;
        try {
            SweepTable before = SweepTable::read(part.file);
            before.join(part.table); // of these settings, or an Error
            part.table = std::move(before);
        } catch (const Error&) {
        }
    }
}

bool SweepCache::knows(
    int layer, double strength, const std::string& prompt, Metric metric, bool isControl) const
{
    return of(metric).table.knows(layer, strength, prompt, metric, isControl);
}

void SweepCache::put(const SweepResult& result, const std::string& prompt, bool isControl)
{
    if (result.prompt >= 0) {
        m_parts[size_t(MeasuredOn::Text)].table.put(result, prompt, isControl);
        return;
    }
    for (const auto& [metric, figure] : result.figures) {
        SweepResult one = result;
        one.figures = {{metric, figure}};
        of(metric).table.put(one, prompt, isControl);
    }
}

std::vector<SweepTable::Row> SweepCache::rows() const
{
    std::vector<SweepTable::Row> all;
    for (const Part& part : m_parts)
        for (SweepTable::Row& row : part.table.rows())
            all.push_back(std::move(row));
    return all;
}

void SweepCache::write()
{
    for (Part& part : m_parts) {
        if (part.file.empty() || part.table.isEmpty())
            continue;
        try {
            std::filesystem::create_directories(part.file.parent_path());
            part.table.write(part.file, true);
        } catch (const std::exception&) {
            part.file.clear(); // the figures are shown all the same
        }
    }
}

}
