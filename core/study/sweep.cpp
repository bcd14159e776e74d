#include "core/study/sweep.h"

#include "core/base/error.h"
#include "core/kernels/distributions.h"
#include "core/model/compute_scope_internal.h"
#include "core/model/memory.h"
#include "core/run/generator.h"
#include "core/run/teacher_forcing_internal.h"
#include "core/steer/plan.h"
#include "core/study/read_again_internal.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

namespace tiller {

namespace {

using Places = std::span<const SweepPlace>;

// Bytes of one generating row: keys and values of every layer, logits, and as much again while texts are
// read.
uint64_t bytesOfRow(const Model& model, size_t promptLength, int newTokens)
{
    const ModelConfig& config = model.config();
    const uint64_t positions = promptLength + static_cast<uint64_t>(newTokens);
    const uint64_t cache = positions * static_cast<uint64_t>(config.layers) * 2
        * static_cast<uint64_t>(config.kvHeads) * static_cast<uint64_t>(config.headDim) * sizeof(float);
    const uint64_t states = positions * static_cast<uint64_t>(config.hidden) * 8 * sizeof(float);
    return 2 * (cache + states) + static_cast<uint64_t>(config.vocabulary) * 2 * sizeof(float);
}

struct SideLogprobs {
    double positive = 0;
    double negative = 0;
};

class Sweep {
public:
    Sweep(const Model& model, const Tokenizer& tokenizer, const SweepRequest& request,
        const SweepCallback& onResult, const Job& job)
        : m_model(model)
        , m_tokenizer(tokenizer)
        , m_request(request)
        , m_onResult(onResult)
        , m_job(job)
        , m_forcing(model, job.cancel)
    {
        for (const Metric metric : request.metrics)
            switch (factsOf(metric).on) {
            case MeasuredOn::Text:
                m_textMetrics.push_back(metric);
                break;
            case MeasuredOn::Items:
                m_itemMetrics.push_back(metric);
                break;
            case MeasuredOn::Neutral:
                m_neutralMetrics.push_back(metric);
                break;
            }
    }

    void run()
    {
        check();
        const auto stages = sweepStages(m_request.layers, m_request.strengths);
        countWork(stages);
        const std::vector<SweepPlace> unsteered = wantedUnsteered();
        if (m_total == 0 && unsteered.empty())
            return; // all is known
        begin(unsteered);
        readBaselines();
        if (!unsteered.empty())
            reportUnsteered();
        for (const std::vector<SweepPlace>& stage : stages) {
            sweepTexts(stage);
            sweepNeutral(stage);
            sweepItems(stage);
        }
    }

private:
    bool measures(Metric metric) const
    {
        return std::ranges::find(m_request.metrics, metric) != m_request.metrics.end();
    }
    bool generates() const { return m_request.texts || !m_textMetrics.empty(); }

    void check() const
    {
        if (!m_request.vector || m_request.layers.empty() || m_request.strengths.empty())
            throw Error("A sweep needs a vector, layers and strengths");
        if (m_request.metrics.empty() && !m_request.texts)
            throw Error("No metric is asked for");
        if (generates() && m_request.prompts.empty())
            throw Error(
                "There is no prompt to generate from", "give prompts, or leave out what needs a text");
        if (m_request.maxNewTokens < 1)
            throw Error("At least one token must be generated");
        if (!m_itemMetrics.empty() && m_request.items.empty())
            throw Error(std::string(factsOf(m_itemMetrics.front()).name) + " needs contrast pairs",
                "give a contrast set of pairs");
        if (measures(Metric::Kl) && m_request.neutral.empty())
            throw Error("kl needs a neutral text");
        for (const int layer : m_request.layers) {
            planOf({layer, 1}, *m_request.vector); // throws where it does not fit
            if (measures(Metric::Readback) && !directionOf(layer)->onPairScale(0))
                throw Error("readback at layer " + std::to_string(layer)
                        + " needs the mean projections of both sides, which this vector does not carry",
                    "extract it with Tiller, or leave readback out");
        }
        for (const SweepItem& item : m_request.items)
            if (item.head.empty() || item.positive.empty() || item.negative.empty())
                throw Error("A contrast pair has no tokens on one of its sides");
    }

    const LayerVector* directionOf(int layer) const
    {
        const auto& layers = m_request.vector->layers;
        const auto found = m_request.vector->single() ? layers.begin() : layers.find(layer);
        return found == layers.end() ? nullptr : &found->second;
    }

    // Where a text is read for its projection: a set at the layer it steers, a direction where it comes from.
    int readLayer(int layer) const
    {
        return m_request.vector->single() ? m_request.vector->layers.begin()->first : layer;
    }

    Plan planOf(SweepPlace place, const SteeringVector& vector) const
    {
        // Shared without ownership: the request outlives the plan.
        const std::shared_ptr<const SteeringVector> held(std::shared_ptr<void>(), &vector);
        return resolvePlan(
            {Edit{held, m_request.op, place.strength, LayerCurve{{place.layer, 1.0}}, m_request.scope}},
            m_model.config());
    }
    Plan planOf(SweepPlace place) const
    {
        return planOf(place, m_request.control ? *m_request.control : *m_request.vector);
    }

    SweepResult resultOf(SweepPlace place, int prompt = -1) const
    {
        SweepResult result;
        result.layer = place.layer;
        result.strength = place.strength;
        result.prompt = prompt;
        // A direction alone knows how large residuals are where it comes from, and nowhere else.
        const bool isKnown = !m_request.vector->single() || readLayer(place.layer) == place.layer;
        if (isKnown)
            result.push = place.strength * directionOf(place.layer)->pushPerUnit().value_or(0);
        return result;
    }

    bool isWanted(SweepPlace place, int prompt, const std::vector<Metric>& metrics) const
    {
        if (metrics.empty()) // texts alone
            return true;
        return !m_request.known || std::ranges::any_of(metrics, [&](Metric metric) {
            return !m_request.known(place.layer, place.strength, prompt, metric);
        });
    }

    std::vector<SweepPlace> wanted(Places places, const std::vector<Metric>& metrics) const
    {
        std::vector<SweepPlace> result;
        std::ranges::copy_if(places, std::back_inserter(result),
            [&](SweepPlace place) { return isWanted(place, -1, metrics); });
        return result;
    }

    void begin(Places places) const
    {
        if (m_request.begun && !places.empty())
            m_request.begun(places);
    }

    // Layer by layer, so that cells are done one after another; `places` are sorted.
    template <typename Measure>
    void onEachLayer(Places places, const Measure& measure) const
    {
        while (!places.empty()) {
            const Places layer(
                std::ranges::equal_range(places, places.front().layer, {}, &SweepPlace::layer));
            begin(layer);
            measure(layer);
            places = places.subspan(layer.size());
        }
    }

    // In tokens that go through the model, about.
    void countWork(const std::vector<std::vector<SweepPlace>>& stages)
    {
        for (const auto& stage : stages) {
            if (generates())
                for (const SweepPlace place : stage)
                    for (int prompt = 0; prompt < std::ssize(m_request.prompts); ++prompt)
                        m_total += isWanted(place, prompt, m_textMetrics) ? tokensOfText() : 0;
            if (!m_neutralMetrics.empty())
                m_total += std::ssize(wanted(stage, m_neutralMetrics)) * tokensOfNeutral();
            if (!m_itemMetrics.empty())
                m_total += std::ssize(wanted(stage, m_itemMetrics)) * tokensOfItems();
        }
    }
    int64_t tokensOfText() const { return 2 * m_request.maxNewTokens; }
    int64_t tokensOfNeutral() const { return std::ssize(m_request.neutral) / 2 + 1; }
    int64_t tokensOfItems() const
    {
        int64_t tokens = 0;
        for (const SweepItem& item : m_request.items)
            tokens += 2 * std::ssize(item.head) + std::ssize(item.positive) + std::ssize(item.negative);
        return tokens / 2 + 1;
    }
    void advance(int64_t tokens)
    {
        m_job.cancel.check();
        m_done += tokens;
        m_job.report("Sweeping", m_done, m_total);
    }

    std::vector<SweepPlace> wantedUnsteered() const
    {
        std::vector<SweepPlace> places;
        if (std::ranges::find(m_request.strengths, 0.0) != m_request.strengths.end())
            for (const int layer : m_request.layers)
                if (isCellWanted({layer, 0}) || isAnyTextWanted({layer, 0}))
                    places.push_back({layer, 0});
        return places;
    }
    bool isAnyTextWanted(SweepPlace place) const
    {
        for (int prompt = 0; generates() && prompt < std::ssize(m_request.prompts); ++prompt)
            if (isWanted(place, prompt, m_textMetrics))
                return true;
        return false;
    }
    bool isCellWanted(SweepPlace place) const
    {
        return (!m_neutralMetrics.empty() && isWanted(place, -1, m_neutralMetrics))
            || (!m_itemMetrics.empty() && isWanted(place, -1, m_itemMetrics));
    }

    // What steering is compared with: the unsteered texts, and the given ones as the unsteered model reads
    // them.
    void readBaselines()
    {
        std::set<int> blocks(m_request.layers.begin(), m_request.layers.end());
        if (generates()) {
            m_readAgain.emplace(m_model, m_request.prompts, m_job.cancel);
            std::vector<int> prompts(m_request.prompts.size());
            std::iota(prompts.begin(), prompts.end(), 0);
            m_unsteered = generated(prompts, std::vector<Plan>(prompts.size()));
            for (GeneratedText& text : m_unsteered)
                for (const int layer : blocks)
                    text.directions.push_back({readLayer(layer), &directionOf(layer)->values});
            m_unsteeredFigures = m_readAgain->read(m_unsteered);
        }
        if (!m_neutralMetrics.empty()) {
            m_neutral.ids = m_request.neutral;
            m_neutral.promptLength = static_cast<int>(m_neutral.ids.size());
            m_forcing.read(m_neutral, blocks);
        }
        if (!m_itemMetrics.empty())
            for (const SweepItem& item : m_request.items) {
                ReadText& text = m_itemTexts.emplace_back(textOf(item));
                m_forcing.read(text, blocks);
                m_itemLogprobs.push_back(
                    logprobsOf(item, text.logits.data_ptr<float>(), text.logSums.data()));
            }
    }

    // Both answers after what they follow. Each of their tokens is chosen by the position before it, so that
    // nothing comes of the last.
    static ReadText textOf(const SweepItem& item)
    {
        ReadText text;
        text.ids = item.head;
        text.promptLength = static_cast<int>(item.head.size());
        text.first = std::ssize(item.head) - 1;
        for (const std::vector<TokenId>* answer : {&item.positive, &item.negative})
            if (answer->size() > 1)
                text.continuations.emplace_back(answer->begin(), answer->end() - 1);
        return text;
    }

    // Of both answers, from the distributions of their text: of each answer all its tokens together.
    SideLogprobs logprobsOf(const SweepItem& item, const float* logits, const float* logSums) const
    {
        const auto vocabulary = static_cast<int64_t>(m_model.config().vocabulary);
        int64_t next = 1; // position 0 is the end of the head, which chooses the first token of both
        const auto sum = [&](const std::vector<TokenId>& answer) {
            double logprob = static_cast<double>(logits[answer.front()] - logSums[0]);
            for (size_t i = 1; i < answer.size(); ++i, ++next)
                logprob += static_cast<double>(logits[next * vocabulary + answer[i]] - logSums[next]);
            return logprob;
        };
        const double positive = sum(item.positive);
        return {positive, sum(item.negative)};
    }

    std::vector<GeneratedText> generated(const std::vector<int>& prompts, std::vector<Plan> plans) const
    {
        GenerateRequest request;
        for (const int prompt : prompts)
            request.prompts.push_back(m_request.prompts[static_cast<size_t>(prompt)]);
        request.plans = std::move(plans);
        request.sampling.maxNewTokens = m_request.maxNewTokens;
        GenerateResult result = generate(m_model, m_tokenizer, request, {}, {m_job.cancel, {}});
        if (result.cancelled)
            throw Cancelled();
        std::vector<GeneratedText> texts;
        for (size_t row = 0; row < prompts.size(); ++row) {
            GeneratedRow& made = result.rows[row];
            GeneratedText& text = texts.emplace_back();
            text.prompt = prompts[row];
            text.ids = std::move(made.ids);
            if (made.finish == Finish::Eos) {
                text.end = text.ids.back();
                text.ids.pop_back();
            }
        }
        return texts;
    }

    // The figures of a text at a layer; `projection` is that of the layer's direction.
    void measureText(
        SweepResult& result, const GeneratedText& text, const TextFigures& figures, double projection) const
    {
        result.text = m_tokenizer.decode(text.ids, true);
        const auto set = [&](Metric metric, double value) {
            if (measures(metric) && !std::isnan(value))
                result.figures[metric] = {value, value, value};
        };
        set(Metric::Coherence, figures.nll - m_unsteeredFigures[static_cast<size_t>(text.prompt)].nll);
        if (measures(Metric::Readback) && !std::isnan(projection))
            set(Metric::Readback, *directionOf(result.layer)->onPairScale(projection));
        set(Metric::Repetition, repetition(text.ids));
        set(Metric::Length, static_cast<double>(text.ids.size()));
        if (text.ids.empty() && measures(Metric::Readback))
            result.figures[Metric::Length] = {};
        set(Metric::Refusal, refuses(result.text) ? 1 : 0);
    }

    // At strength 0 every layer has the same texts.
    void reportUnsteered()
    {
        const std::set<int> layers(m_request.layers.begin(), m_request.layers.end());
        size_t place = 0;
        for (const int layer : layers) {
            for (size_t i = 0; i < m_unsteered.size(); ++i) {
                if (!isWanted({layer, 0}, static_cast<int>(i), m_textMetrics))
                    continue;
                SweepResult result = resultOf({layer, 0}, static_cast<int>(i));
                measureText(
                    result, m_unsteered[i], m_unsteeredFigures[i], m_unsteeredFigures[i].projections[place]);
                m_onResult(result);
            }
            ++place;
            if (!isCellWanted({layer, 0}))
                continue;
            SweepResult cell = resultOf({layer, 0});
            if (measures(Metric::Kl))
                cell.figures[Metric::Kl] = {};
            if (!m_itemMetrics.empty())
                measureItems(cell, m_itemLogprobs);
            m_onResult(cell);
        }
    }

    void sweepTexts(Places places)
    {
        if (!generates())
            return;
        size_t longest = 0;
        for (const auto& prompt : m_request.prompts)
            longest = std::max(longest, prompt.size());
        const uint64_t memory = m_request.memory > 0
            ? m_request.memory
            : std::min<uint64_t>(availableMemory() / 4, uint64_t{1} << 30);
        constexpr size_t mostRows = 96; // more make each row no cheaper
        const size_t rowsAtOnce
            = std::clamp<size_t>(memory / bytesOfRow(m_model, longest, m_request.maxNewTokens), 1, mostRows);

        std::vector<std::pair<SweepPlace, int>> rows;
        for (const SweepPlace place : places)
            for (int prompt = 0; prompt < std::ssize(m_request.prompts); ++prompt)
                if (isWanted(place, prompt, m_textMetrics))
                    rows.emplace_back(place, prompt);
        // As equal as can be: a small last batch would cost as much as a large one.
        const size_t batches = (rows.size() + rowsAtOnce - 1) / rowsAtOnce;
        for (size_t batch = 0; batch < batches; ++batch) {
            const size_t begin = batch * rows.size() / batches;
            const size_t end = (batch + 1) * rows.size() / batches;
            sweepRows(std::span(rows).subspan(begin, end - begin));
        }
    }

    void sweepRows(std::span<const std::pair<SweepPlace, int>> rows)
    {
        std::vector<SweepPlace> places;
        std::vector<int> prompts;
        std::vector<Plan> plans;
        for (const auto& [place, prompt] : rows) {
            if (places.empty() || places.back() != place)
                places.push_back(place);
            prompts.push_back(prompt);
            plans.push_back(planOf(place));
        }
        begin(places);
        std::vector<GeneratedText> texts = generated(prompts, std::move(plans));
        advance(std::ssize(rows) * m_request.maxNewTokens);
        for (size_t i = 0; i < rows.size() && measures(Metric::Readback); ++i) {
            const int layer = rows[i].first.layer;
            texts[i].directions = {{readLayer(layer), &directionOf(layer)->values}};
        }
        const bool reads = measures(Metric::Readback) || measures(Metric::Coherence);
        const std::vector<TextFigures> figures
            = reads ? m_readAgain->read(texts) : std::vector<TextFigures>(texts.size());
        for (size_t i = 0; i < rows.size(); ++i) {
            SweepResult result = resultOf(rows[i].first, rows[i].second);
            measureText(result, texts[i], figures[i],
                figures[i].projections.empty() ? std::nan("") : figures[i].projections.front());
            m_onResult(result);
        }
        advance(std::ssize(rows) * m_request.maxNewTokens);
    }

    void sweepNeutral(Places stage)
    {
        if (!m_neutralMetrics.empty())
            onEachLayer(wanted(stage, m_neutralMetrics), [this](Places cells) { readNeutral(cells); });
    }

    void readNeutral(Places cells)
    {
        std::vector<Plan> plans;
        for (const SweepPlace cell : cells)
            plans.push_back(planOf(cell));
        const int64_t vocabulary = m_neutral.logits.size(1);
        std::vector<double> kl(static_cast<size_t>(m_neutral.count()));
        m_forcing.under(m_neutral, plans, [&](size_t plan, const float* logits, const float* logSums) {
            kernels::klDivergence({logits, logSums, m_neutral.count()},
                {m_neutral.logits.data_ptr<float>(), m_neutral.logSums.data(), m_neutral.count()}, vocabulary,
                kl.data());
            const double mean
                = std::accumulate(kl.begin(), kl.end(), 0.0) / static_cast<double>(m_neutral.count());
            SweepResult result = resultOf(cells[plan]);
            result.figures[Metric::Kl] = {mean, mean, mean};
            m_onResult(result);
            advance(tokensOfNeutral());
        });
    }

    void sweepItems(Places stage)
    {
        if (!m_itemMetrics.empty())
            onEachLayer(wanted(stage, m_itemMetrics), [this](Places cells) { readItems(cells); });
    }

    void readItems(Places cells)
    {
        std::vector<std::vector<SideLogprobs>> logprobs(
            cells.size(), std::vector<SideLogprobs>(m_request.items.size()));
        for (size_t i = 0; i < m_request.items.size(); ++i) {
            const SweepItem& item = m_request.items[i];
            std::vector<Plan> plans;
            for (const SweepPlace cell : cells)
                plans.push_back(
                    item.vector && !m_request.control ? planOf(cell, *item.vector) : planOf(cell));
            m_forcing.under(m_itemTexts[i], plans, [&](size_t plan, const float* logits, const float* sums) {
                logprobs[plan][i] = logprobsOf(item, logits, sums);
            });
        }
        for (size_t i = 0; i < cells.size(); ++i) {
            SweepResult result = resultOf(cells[i]);
            measureItems(result, logprobs[i]);
            m_onResult(result);
            advance(tokensOfItems());
        }
    }

    // `logprobs`: of each item.
    void measureItems(SweepResult& result, const std::vector<SideLogprobs>& logprobs) const
    {
        std::vector<double> effects;
        std::vector<double> choices;
        for (size_t i = 0; i < m_request.items.size(); ++i) {
            const SweepItem& item = m_request.items[i];
            const SideLogprobs& steered = logprobs[i];
            const SideLogprobs& unsteered = m_itemLogprobs[i];
            effects.push_back(
                (steered.positive - unsteered.positive) / static_cast<double>(item.positive.size())
                - (steered.negative - unsteered.negative) / static_cast<double>(item.negative.size()));
            choices.push_back(1 / (1 + std::exp(steered.negative - steered.positive)));
        }
        const auto set = [&](Metric metric, const std::vector<double>& values) {
            if (!measures(metric))
                return;
            const MeanBand band = meanBand(values);
            result.figures[metric] = {band.mean, band.low, band.high};
        };
        set(Metric::Effect, effects);
        set(Metric::Ab, choices);
    }

    const Model& m_model;
    const Tokenizer& m_tokenizer;
    const SweepRequest& m_request;
    const SweepCallback& m_onResult;
    const Job& m_job;
    TeacherForcing m_forcing;
    std::vector<Metric> m_textMetrics;
    std::vector<Metric> m_itemMetrics;
    std::vector<Metric> m_neutralMetrics;
    int64_t m_total = 0;
    int64_t m_done = 0;

    std::optional<ReadAgain> m_readAgain;
    std::vector<GeneratedText> m_unsteered; ///< [prompts]
    std::vector<TextFigures> m_unsteeredFigures;
    ReadText m_neutral;
    std::vector<ReadText> m_itemTexts;
    std::vector<SideLogprobs> m_itemLogprobs; ///< unsteered
};

}

void sweep(const Model& model, const Tokenizer& tokenizer, const SweepRequest& request,
    const SweepCallback& onResult, const Job& job)
{
    const ComputeScope scope;
    Sweep(model, tokenizer, request, onResult, job).run();
}

}
