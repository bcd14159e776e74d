#include "ui/engine/sweep_job.h"

#include "core/base/fnv.h"
#include "core/steer/algebra.h"
#include "core/study/held_out.h"
#include "core/study/sweep_item.h"
#include "core/study/sweep_settings.h"

#include <QElapsedTimer>

#include <algorithm>
#include <set>

namespace tiller {

namespace {

constexpr qint64 saveEveryMs = 5000;
constexpr quint64 controlSeed = 16;

std::shared_ptr<const SteeringVector> scaled(
    const std::shared_ptr<const SteeringVector>& vector, const SweepJob& job)
{
    return job.norms.empty() ? vector : std::make_shared<const SteeringVector>(withNorms(*vector, job.norms));
}

SweepRequest requestOf(const Engine& engine, const SweepJob& job)
{
    SweepRequest request;
    request.vector = scaled(job.vector, job);
    request.layers = job.layers;
    request.strengths = job.strengths;
    request.op = job.op;
    request.scope = job.scope;
    request.metrics = job.metrics;
    request.maxNewTokens = job.tokens;
    request.texts = !job.prompts.empty();
    const Renderer renderer = engine.renderer(job.render);
    for (const std::string& prompt : job.prompts)
        request.prompts.push_back(renderer.renderPrompt({prompt, {}}));
    request.neutral = engine.tokenizer().encode(job.neutralText, {.addSpecial = true});
    std::vector<std::shared_ptr<const SteeringVector>> heldOut;
    if (job.extracted && !job.pairs.empty())
        heldOut = heldOutVectors(job.extracted->bank, findExtractor(job.extracted->vector.method),
            parseNormalisation(job.extracted->vector.normalisation));
    for (size_t i = 0; i < job.pairs.size(); ++i) {
        SweepItem& item = request.items.emplace_back(sweepItem(renderer, job.pairs[i]));
        if (heldOut.empty())
            continue;
        const auto& rows = job.extracted->rows;
        if (const auto found = std::ranges::find(rows, job.rows[i]); found != rows.end())
            item.vector = scaled(heldOut[size_t(found - rows.begin())], job);
    }
    return request;
}

/// One file for what has the same settings.
std::filesystem::path cacheFile(const SweepJob& job, const SweepSettings& settings)
{
    if (job.cache.empty())
        return {};
    Fnv hash;
    for (const auto& [name, word] : settings)
        hash.add((name + '=' + word + '\n').c_str(), name.size() + word.size() + 2);
    return job.cache / (hash.hex() + ".json");
}

class SweepWork {
public:
    SweepWork(const Engine& engine, const SweepJob& job, const std::function<void(const SweptPart&)>& onPart,
        const std::function<void()>& between, const Job& work)
        : m_engine(engine)
        , m_job(job)
        , m_onPart(onPart)
        , m_between(between)
        , m_work(work)
        , m_request(requestOf(engine, job))
        , m_settings(std::make_shared<const SweepSettings>(
              settingsOf(m_request, engine.info().fingerprint, engine.info().computeType)))
        , m_table(*m_settings)
        , m_file(cacheFile(job, *m_settings))
    {
        m_clock.start();
    }

    Swept run()
    {
        readCache();
        try {
            measure(false);
            if (m_job.control) {
                m_request.control
                    = std::make_shared<const SteeringVector>(randomLike(*m_request.vector, controlSeed));
                measure(true);
            }
        } catch (...) {
            writeCache();
            throw;
        }
        writeCache();
        m_swept.seconds = double(m_clock.elapsed()) / 1000;
        return m_swept;
    }

private:
    std::string promptOf(int prompt) const
    {
        return prompt < 0 ? std::string() : m_job.prompts[size_t(prompt)];
    }

    void readCache()
    {
        std::error_code error;
        if (m_file.empty() || !std::filesystem::exists(m_file, error))
            return;
        try {
            SweepTable before = SweepTable::read(m_file);
            before.join(m_table);
            m_table = std::move(before);
        } catch (const Error&) {
            return; // a cache that cannot be read is one that is not there
        }
        const std::set<int> layers(m_request.layers.begin(), m_request.layers.end());
        const std::set<double> strengths(m_request.strengths.begin(), m_request.strengths.end());
        std::set<std::pair<int, double>> cells;
        for (const SweepTable::Row& row : m_table.rows()) {
            if (!layers.contains(row.layer) || !strengths.contains(row.strength))
                continue;
            const bool first = cells.insert({row.layer, row.strength}).second;
            const auto prompt = std::ranges::find(m_job.prompts, row.prompt);
            for (const bool isControl : {false, true}) {
                if (isControl && !m_job.control)
                    continue;
                SweepResult cell{row.layer, row.strength, -1, row.push, {}, {}};
                SweepResult text{
                    row.layer, row.strength, int(prompt - m_job.prompts.begin()), row.push, {}, row.text};
                for (const auto& [metric, figure] : isControl ? row.control : row.figures)
                    (factsOf(metric).on == MeasuredOn::Text ? text : cell).figures[metric] = figure;
                if (first && !cell.figures.empty())
                    report({cell, isControl, {}}, m_swept.known);
                if (prompt != m_job.prompts.end() && (!isControl || !text.figures.empty()))
                    report({text, isControl, {}}, m_swept.known);
            }
        }
    }

    void measure(bool isControl)
    {
        m_request.known = [this, isControl](int layer, double strength, int prompt, Metric metric) {
            return m_table.knows(layer, strength, promptOf(prompt), metric, isControl);
        };
        m_request.begun = [this, isControl](std::span<const SweepPlace> places) {
            for (const SweepPlace place : places)
                m_onPart({{place.layer, place.strength, -1, 0, {}, {}}, isControl, m_settings, true});
        };
        sweep(
            m_engine.model(), m_engine.tokenizer(), m_request,
            [&](const SweepResult& result) {
                m_table.put(result, promptOf(result.prompt), isControl);
                report({result, isControl, {}}, m_swept.measured);
                if (m_clock.elapsed() - m_saved > saveEveryMs)
                    writeCache();
                m_between();
            },
            m_work);
    }

    void report(SweptPart part, int& count)
    {
        ++count;
        part.settings = m_settings;
        m_onPart(part);
    }

    void writeCache()
    {
        m_saved = m_clock.elapsed();
        if (m_file.empty() || m_table.isEmpty())
            return;
        try {
            std::filesystem::create_directories(m_file.parent_path());
            m_table.write(m_file, true);
        } catch (const std::exception&) {
            m_file.clear(); // the figures are shown all the same; a full disk is not asked again
        }
    }

    const Engine& m_engine;
    const SweepJob& m_job;
    const std::function<void(const SweptPart&)>& m_onPart;
    const std::function<void()>& m_between;
    const Job& m_work;
    SweepRequest m_request;
    std::shared_ptr<const SweepSettings> m_settings;
    SweepTable m_table;
    std::filesystem::path m_file;
    QElapsedTimer m_clock;
    qint64 m_saved = 0;
    Swept m_swept;
};

}

Swept runSweep(const Engine& engine, const SweepJob& job, const std::function<void(const SweptPart&)>& onPart,
    const std::function<void()>& between, const Job& work)
{
    return SweepWork(engine, job, onPart, between, work).run();
}

}
