#include "core/run/generator.h"

#include "core/base/error.h"
#include "core/base/seconds_since.h"
#include "core/base/threads.h"
#include "core/kernels/distributions.h"
#include "core/kernels/rows.h"
#include "core/model/compute_scope_internal.h"
#include "core/model/decoder_internal.h"
#include "core/run/edits_internal.h"
#include "core/run/kv_cache_internal.h"
#include "core/run/prefill_internal.h"
#include "core/run/sampler.h"
#include "core/run/stop_watch.h"
#include "core/tokenizer/utf8_stream.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <numeric>

namespace tiller {

std::string_view toString(Finish finish)
{
    switch (finish) {
    case Finish::Running:
        return "";
    case Finish::Eos:
        return "eos";
    case Finish::Stop:
        return "stop";
    case Finish::Length:
        return "length";
    }
    return {};
}

void LivePlans::replace(std::vector<Plan> plans)
{
    const std::lock_guard lock(m_mutex);
    m_next = std::move(plans);
    m_changed = true;
}

bool LivePlans::take(std::vector<Plan>& plans)
{
    const std::lock_guard lock(m_mutex);
    if (!m_changed)
        return false;
    plans = m_next;
    m_changed = false;
    return true;
}

namespace {

using Clock = std::chrono::steady_clock;

struct RowState {
    std::vector<TokenId> seen; ///< prompt and new tokens, for the repetition penalty
    Utf8Stream characters;
    StopWatch stops;
};

class Generation {
public:
    Generation(const Model& model, const Tokenizer& tokenizer, const GenerateRequest& request,
        const StepCallback& onStep, const Job& job)
        : m_model(model)
        , m_tokenizer(tokenizer)
        , m_request(request)
        , m_onStep(onStep)
        , m_job(job)
        , m_decoder(model)
        , m_plans(request.plans.empty() ? std::vector<Plan>(request.prompts.size()) : request.plans)
        , m_endIds(tokenizer.endOfText())
        , m_cache(model, 0)
    {
        for (const auto& prompt : request.prompts) {
            m_rows.push_back({prompt, {}, StopWatch(request.sampling.stop)});
            m_rows.back().seen.reserve(prompt.size() + expectedTokens());
        }
        m_active.resize(m_rows.size());
        std::iota(m_active.begin(), m_active.end(), size_t(0));
        m_result.rows.resize(m_rows.size());
        for (GeneratedRow& row : m_result.rows) {
            constexpr size_t bytesOfToken = 6;
            row.text.reserve(bytesOfToken * expectedTokens());
            row.ids.reserve(expectedTokens());
            row.logprobs.reserve(expectedTokens());
        }
        for (const Probe& probe : request.probes) {
            const at::Tensor v = at::from_blob(const_cast<float*>(probe.direction.data()),
                {static_cast<int64_t>(probe.direction.size())}, at::kFloat);
            const double norm = v.norm().item<double>();
            m_probes.push_back((norm > 0 ? v / norm : v.clone()).to(model.weights().device));
        }
        m_projections.resize(m_probes.size());
        m_pass.lastBlock = model.config().layers - 1;
        m_pass.cancel = job.cancel;
        m_pass.onBlock = [this](int block, at::Tensor& h) {
            projectAll(block, true, h);
            m_edits->apply(block, h, m_pass.packing);
            projectAll(block, false, h);
        };
    }

    GenerateResult run()
    {
        try {
            auto start = Clock::now();
            requirePlanForEachRow();
            for (size_t row = 0; row < m_rows.size(); ++row)
                if (m_request.continued < 0 || promptLengthOf(row) < 1)
                    throw Error("A prompt of " + std::to_string(m_request.prompts[row].size())
                        + " tokens cannot end in " + std::to_string(m_request.continued) + " generated ones");
            scheduleEdits();
            at::Tensor logits = prefill();
            m_result.prefillSeconds = secondsSince(start);
            start = Clock::now();
            for (int step = 0; step < m_request.sampling.maxNewTokens; ++step) {
                choose(logits, step);
                m_result.decodeSeconds = secondsSince(start);
                m_job.report("Generating", step + 1, m_request.sampling.maxNewTokens);
                if (m_active.empty() || step + 1 == m_request.sampling.maxNewTokens)
                    break;
                if (m_request.live && m_request.live->take(m_plans)) {
                    requirePlanForEachRow();
                    scheduleEdits();
                }
                logits = forwardNewTokens();
            }
        } catch (const Cancelled&) {
            m_result.cancelled = true;
        }
        return std::move(m_result);
    }

private:
    void requirePlanForEachRow() const
    {
        if (m_plans.size() != m_rows.size())
            throw Error("There are " + std::to_string(m_rows.size()) + " rows but "
                + std::to_string(m_plans.size()) + " plans");
    }

    void scheduleEdits()
    {
        std::vector<Plan> plans;
        std::vector<int> promptLengths;
        for (const size_t row : m_active) {
            plans.push_back(m_plans[row]);
            promptLengths.push_back(promptLengthOf(row));
        }
        m_edits.emplace(m_model, plans, promptLengths);
    }

    int promptLengthOf(size_t row) const
    {
        return static_cast<int>(m_request.prompts[row].size()) - m_request.continued;
    }

    // Logits of each row's last position.
    at::Tensor prefill()
    {
        PrefillRequest request{m_request.prompts, m_plans, {}, expectedPositions(), m_request.continued};
        for (const Probe& probe : m_request.probes)
            request.taps.insert({probe.layer, probe.beforeEdits});
        const LastPositions last = tiller::prefill(m_decoder, request, m_cache, m_job.cancel);
        for (size_t p = 0; p < m_probes.size(); ++p)
            project(p, last.taps.at({m_request.probes[p].layer, m_request.probes[p].beforeEdits}));
        return logits(last.residual);
    }

    at::Tensor forwardNewTokens()
    {
        m_tokens.resize(m_active.size());
        for (size_t i = 0; i < m_active.size(); ++i)
            m_tokens[i].assign(1, m_rows[m_active[i]].seen.back());
        m_decoder.pack(m_tokens, m_cache.lengths(), m_pass.packing);
        m_cache.extend(m_pass.packing.count);
        m_pass.cache = &m_cache.layers();
        return logits(m_decoder.run(m_pass, m_decoder.embed(m_tokens, m_pass.packing)));
    }

    at::Tensor logits(const at::Tensor& residual)
    {
        const at::Tensor logits = m_decoder.logits(residual).to(at::kCPU).contiguous();
        for (size_t p = 0; p < m_onDevice.size(); ++p) { // now that the device has been waited for
            const at::Tensor host = m_onDevice[p].to(at::kCPU).contiguous();
            m_projections[p].assign(host.data_ptr<float>(), host.data_ptr<float>() + host.numel());
        }
        return logits;
    }

    void projectAll(int block, bool beforeEdits, const at::Tensor& h)
    {
        for (size_t p = 0; p < m_probes.size(); ++p)
            if (m_request.probes[p].layer == block && m_request.probes[p].beforeEdits == beforeEdits)
                project(p, h);
    }

    void project(size_t probe, const at::Tensor& h)
    {
        if (computesWithLibrary(h.device())) {
            m_onDevice.resize(m_probes.size());
            m_onDevice[probe] = h.mv(m_probes[probe]);
            return;
        }
        const int64_t width = h.size(1);
        std::vector<float>& rows = m_projections[probe];
        rows.resize(static_cast<size_t>(h.size(0)));
        for (size_t r = 0; r < rows.size(); ++r)
            rows[r] = kernels::dot(h.data_ptr<float>() + static_cast<int64_t>(r) * width,
                m_probes[probe].data_ptr<float>(), width);
    }

    // More is made room for once it is needed.
    int64_t expectedPositions() const
    {
        size_t positions = 0;
        for (const auto& prompt : m_request.prompts)
            positions += prompt.size() + expectedTokens();
        return static_cast<int64_t>(positions);
    }

    size_t expectedTokens() const
    {
        constexpr int most = 512;
        return static_cast<size_t>(std::min(most, m_request.sampling.maxNewTokens));
    }

    // Samples one token for every active row, reports them, and drops the rows that have ended.
    void choose(const at::Tensor& logits, int step)
    {
        const double draw = uniformDraw(m_request.sampling.seed,
            static_cast<uint64_t>(step) + static_cast<uint64_t>(m_request.continued));
        const int64_t rows = logits.size(0);
        const int64_t vocabulary = logits.size(1);
        const float* all = logits.data_ptr<float>();
        std::vector<float>& logSums = m_logSums;
        logSums.resize(static_cast<size_t>(rows));
        kernels::logSumExp(all, rows, vocabulary, logSums.data());
        requireFinite(logSums, step == 0 ? "after the prompt" : "while it generates");
        const bool referenceRuns = m_active.front() == 0;
        std::vector<double>& kl = m_kl;
        kl.assign(static_cast<size_t>(rows), 0);
        if (referenceRuns && rows > 1 && m_onStep)
            kernels::klDivergence(
                {all, logSums.data(), rows}, {all, logSums.data(), 1}, vocabulary, kl.data());
        std::vector<TokenId>& chosen = m_chosen;
        chosen.resize(static_cast<size_t>(rows));
        parallelFor(rows, 1, [&](int64_t begin, int64_t end) {
            for (int64_t r = begin; r < end; ++r)
                chosen[static_cast<size_t>(r)]
                    = sampleToken({all + r * vocabulary, static_cast<size_t>(vocabulary)},
                        m_rows[m_active[static_cast<size_t>(r)]].seen, m_request.sampling, draw);
        });

        std::vector<TokenEvent>& events = m_events;
        events.resize(m_active.size());
        for (size_t i = 0; i < m_active.size(); ++i) {
            const auto slot = static_cast<int64_t>(i);
            RowState& row = m_rows[m_active[i]];
            TokenEvent& e = events[i];
            e.row = static_cast<int>(m_active[i]);
            e.index = step;
            e.id = chosen[i];
            e.logprob = all[slot * vocabulary + e.id] - logSums[i];
            const float nan = std::numeric_limits<float>::quiet_NaN();
            e.referenceLogprob = referenceRuns ? all[e.id] - logSums[0] : nan;
            e.klToReference = referenceRuns ? static_cast<float>(kl[i]) : nan;
            e.alternatives.clear();
            if (m_request.alternatives > 0) {
                const auto [values, ids]
                    = logits[slot].topk(std::min<int64_t>(m_request.alternatives, vocabulary));
                for (int64_t a = 0; a < ids.size(0); ++a)
                    e.alternatives.push_back({static_cast<TokenId>(ids.data_ptr<int64_t>()[a]),
                        values.data_ptr<float>()[a] - logSums[i]});
            }
            e.projections.clear();
            for (const std::vector<float>& p : m_projections)
                e.projections.push_back(p[i]);
            row.seen.push_back(e.id);
            advanceText(row, e, step);
            record(e);
        }
        if (step > 0) // the first token comes from the prefill
            m_result.decodedTokens += static_cast<int64_t>(events.size());
        if (m_onStep)
            m_onStep(events);
        dropFinished(events);
    }

    void advanceText(RowState& row, TokenEvent& e, int step) const
    {
        e.text.clear();
        e.finish = Finish::Running;
        const bool ends = std::find(m_endIds.begin(), m_endIds.end(), e.id) != m_endIds.end();
        if (ends && !m_request.sampling.ignoreEos) {
            e.finish = Finish::Eos;
        } else {
            e.text = row.stops.feed(row.characters.feed(m_tokenizer.bytesOf(e.id)));
            if (row.stops.stopped())
                e.finish = Finish::Stop;
            else if (step + 1 == m_request.sampling.maxNewTokens)
                e.finish = Finish::Length;
        }
        if (e.finish == Finish::Eos || e.finish == Finish::Length) {
            e.text += row.stops.feed(row.characters.finish());
            e.text += row.stops.finish();
        }
    }

    void record(const TokenEvent& e)
    {
        GeneratedRow& row = m_result.rows[static_cast<size_t>(e.row)];
        row.text += e.text;
        row.ids.push_back(e.id);
        row.logprobs.push_back(e.logprob);
        row.finish = e.finish;
    }

    void dropFinished(const std::vector<TokenEvent>& events)
    {
        if (std::ranges::all_of(events, [](const TokenEvent& e) { return e.finish == Finish::Running; }))
            return;
        std::vector<int64_t> kept;
        std::vector<size_t> active;
        for (size_t i = 0; i < events.size(); ++i) {
            if (events[i].finish != Finish::Running)
                continue;
            kept.push_back(static_cast<int64_t>(i));
            active.push_back(m_active[i]);
        }
        m_active = std::move(active);
        if (m_active.empty())
            return;
        m_cache = m_cache.fork(kept);
        scheduleEdits();
    }

    const Model& m_model;
    const Tokenizer& m_tokenizer;
    const GenerateRequest& m_request;
    const StepCallback& m_onStep;
    const Job& m_job;
    Decoder m_decoder;
    std::vector<Plan> m_plans;
    std::vector<TokenId> m_endIds;
    KvCache m_cache;
    std::vector<RowState> m_rows;
    std::vector<size_t> m_active; ///< rows still running, in the order of the cache's rows
    std::optional<EditSchedule> m_edits;
    std::vector<at::Tensor> m_probes; ///< unit directions
    std::vector<std::vector<float>> m_projections; ///< [active rows] a probe, of the last positions
    std::vector<at::Tensor> m_onDevice; ///< the same before they are waited for, where there are no kernels

    // What a step needs, kept so that the next allocates nothing.
    Pass m_pass;
    std::vector<std::vector<TokenId>> m_tokens;
    std::vector<float> m_logSums;
    std::vector<double> m_kl;
    std::vector<TokenId> m_chosen;
    std::vector<TokenEvent> m_events;

    GenerateResult m_result;
};

}

GenerateResult generate(const Model& model, const Tokenizer& tokenizer, const GenerateRequest& request,
    const StepCallback& onStep, const Job& job)
{
    const ComputeScope scope;
    checkSampling(request.sampling);
    if (request.prompts.empty())
        return {};
    for (const Probe& probe : request.probes)
        if (probe.direction.size() != static_cast<size_t>(model.config().hidden) || probe.layer < 0
            || probe.layer >= model.config().layers)
            throw Error("A direction to project on does not fit the model");
    return Generation(model, tokenizer, request, onStep, job).run();
}

}
