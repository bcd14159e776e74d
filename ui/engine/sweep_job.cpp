#include "ui/engine/sweep_job.h"

#include "core/steer/algebra.h"
#include "core/study/held_out.h"
#include "core/study/sweep_item.h"
#include "ui/engine/sweep_cache.h"

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
        , m_cache(job.cache, *m_settings)
    {
        m_clock.start();
    }

    Swept run()
    {
        reportKnown();
        try {
            measure(false);
            if (m_job.control) {
                m_request.control
                    = std::make_shared<const SteeringVector>(randomLike(*m_request.vector, controlSeed));
                measure(true);
            }
        } catch (...) {
            m_cache.write();
            throw;
        }
        m_cache.write();
        m_swept.seconds = double(m_clock.elapsed()) / 1000;
        return m_swept;
    }

private:
    std::string promptOf(int prompt) const
    {
        return prompt < 0 ? std::string() : m_job.prompts[size_t(prompt)];
    }

    void reportKnown()
    {
        const std::set<int> layers(m_request.layers.begin(), m_request.layers.end());
        const std::set<double> strengths(m_request.strengths.begin(), m_request.strengths.end());
        for (const SweepTable::Row& row : m_cache.rows()) {
            const auto prompt = std::ranges::find(m_job.prompts, row.prompt);
            const bool isText = !row.prompt.empty();
            if (!layers.contains(row.layer) || !strengths.contains(row.strength)
                || (isText && prompt == m_job.prompts.end()))
                continue;
            for (const bool isControl : {false, true}) {
                if (isControl && (!m_job.control || row.control.empty()))
                    continue;
                report({{row.layer, row.strength, isText ? int(prompt - m_job.prompts.begin()) : -1, row.push,
                            isControl ? row.control : row.figures, row.text},
                           isControl, {}},
                    m_swept.known);
            }
        }
    }

    void measure(bool isControl)
    {
        m_request.known = [this, isControl](int layer, double strength, int prompt, Metric metric) {
            return m_cache.knows(layer, strength, promptOf(prompt), metric, isControl);
        };
        m_request.begun = [this, isControl](std::span<const SweepPlace> places) {
            for (const SweepPlace place : places)
                m_onPart({{place.layer, place.strength, -1, 0, {}, {}}, isControl, m_settings, true});
        };
        sweep(
            m_engine.model(), m_engine.tokenizer(), m_request,
            [&](const SweepResult& result) {
                m_cache.put(result, promptOf(result.prompt), isControl);
                report({result, isControl, {}}, m_swept.measured);
                if (m_clock.elapsed() - m_saved > saveEveryMs) {
                    m_saved = m_clock.elapsed();
                    m_cache.write();
                }
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

    const Engine& m_engine;
    const SweepJob& m_job;
    const std::function<void(const SweptPart&)>& m_onPart;
    const std::function<void()>& m_between;
    const Job& m_work;
    SweepRequest m_request;
    std::shared_ptr<const SweepSettings> m_settings;
    SweepCache m_cache;
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
