#include "cli/inputs.h"
#include "cli/output.h"
#include "cli/verbs/verbs.h"
#include "core/study/neutral_text.h"
#include "core/study/strengths.h"
#include "core/study/sweep_item.h"
#include "core/study/sweep_order.h"
#include "core/study/sweep_settings.h"
#include "core/study/sweep_table.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <set>
#include <sstream>

namespace tiller::cli {

namespace {

namespace fs = std::filesystem;

struct Options {
    std::string model;
    std::string vector;
    std::string layers = "all";
    std::string strengths;
    std::string metrics = "coherence,readback,repetition,length";
    std::string prompts;
    std::string contrast;
    std::string neutral;
    std::string out;
    std::string shard;
    std::string op = "add";
    std::string scope = "all";
    int maxNewTokens = 40;
    double memory = 0; // MiB
    bool skipFirst = false;
    bool texts = false;
    bool resume = false;
    bool control = false;
    bool raw = false;
    bool allowOtherModel = false;
};

std::vector<std::string> parts(const std::string& list)
{
    std::vector<std::string> result;
    std::istringstream words(list);
    for (std::string word; std::getline(words, word, ',');)
        result.push_back(word);
    return result;
}

std::vector<Metric> parseMetrics(const std::string& list)
{
    std::vector<Metric> metrics;
    for (const std::string& word : parts(list))
        metrics.push_back(parseMetric(word));
    std::ranges::sort(metrics);
    metrics.erase(std::unique(metrics.begin(), metrics.end()), metrics.end());
    return metrics;
}

struct Shard {
    int number = 1; ///< from 1
    int count = 1;
};

Shard parseShard(const std::string& text)
{
    Shard shard;
    const char* end = text.data() + text.size();
    const auto number = std::from_chars(text.data(), end, shard.number);
    if (number.ec == std::errc() && number.ptr != end && *number.ptr == '/') {
        const auto count = std::from_chars(number.ptr + 1, end, shard.count);
        if (count.ec == std::errc() && count.ptr == end && shard.number >= 1 && shard.number <= shard.count)
            return shard;
    }
    throw Error("'" + text + "' is no shard", "write 1/4 to 4/4");
}

std::vector<SweepItem> readItems(const Options& options, const Engine& engine)
{
    if (options.contrast.empty())
        return {};
    const ParsedContrastSet parsed = readContrastSet(options.contrast);
    for (const ContrastRowError& error : parsed.errors)
        note("warning: " + options.contrast + ", " + parsed.unit + ' ' + std::to_string(error.line)
            + " is left out: " + error.reason);
    RenderOptions render;
    render.raw = options.raw;
    const Renderer renderer = engine.renderer(render);
    std::vector<SweepItem> items;
    const ContrastSet used = parsed.set.enabledOnly();
    for (size_t i = 0; i < used.pairs.size(); ++i) {
        try {
            items.push_back(sweepItem(renderer, used.pairs[i]));
        } catch (const TemplateError&) {
            throw;
        } catch (const Error& error) {
            note("warning: " + options.contrast + ", pair " + std::to_string(i + 1)
                + " is left out: " + error.what());
        }
    }
    if (items.empty())
        throw Error(options.contrast + ": holds no pair that can be scored",
            "effect and ab need pairs of a positive and a negative text");
    return items;
}

class SweepRun {
public:
    SweepRun(const Options& options, Session& session)
        : m_options(options)
        , m_session(session)
    {
    }

    void run()
    {
        const auto started = std::chrono::steady_clock::now();
        m_request.strengths = parseStrengths(m_options.strengths);
        m_request.metrics = parseMetrics(m_options.metrics);
        const Shard shard = m_options.shard.empty() ? Shard() : parseShard(m_options.shard);
        const auto prompts = readPrompts();
        const auto vector = std::make_shared<const SteeringVector>(readVector(m_options.vector));
        refuseInputs();

        m_engine = m_session.open(m_options.model);
        checkFits(
            *vector, m_engine->model().config(), m_engine->model().fingerprint(), m_options.allowOtherModel);
        m_request.vector = vector;
        for (const auto& [layer, factor] : parseLayers(m_options.layers, m_engine->info().layers)) {
            if (factor != 1)
                throw Error("a layer of a sweep has no factor");
            if (vector->single() || vector->layers.contains(layer) || m_options.layers != "all")
                m_request.layers.push_back(layer);
        }
        m_request.op = parseOp(m_options.op);
        m_request.scope = parseScope(m_options.scope);
        m_request.scope.skipFirst = m_options.skipFirst;
        m_request.maxNewTokens = m_options.maxNewTokens;
        m_texts = m_request.texts = m_options.texts;
        m_request.memory = static_cast<uint64_t>(m_options.memory * 1048576);
        for (const ContrastText& prompt : prompts) {
            RenderOptions render;
            render.raw = prompt.turns.empty();
            m_request.prompts.push_back(m_engine->renderer(render).renderPrompt(prompt));
            m_prompts.push_back(toCell(prompt));
        }
        m_request.items = readItems(m_options, *m_engine);
        std::string neutral(neutralText);
        if (!m_options.neutral.empty())
            neutral = readAll(m_options.neutral, m_session.cancel());
        if (std::ranges::find(m_request.metrics, Metric::Kl) != m_request.metrics.end())
            m_request.neutral = m_engine->tokenizer().encode(neutral, {.addSpecial = true});

        m_table
            = SweepTable(settingsOf(m_request, m_engine->info().fingerprint, m_engine->info().computeType));
        if (shard.count > 1)
            m_table.setShard(shard.number, shard.count);
        resume();
        for (size_t i = 0; i < m_request.layers.size(); ++i)
            for (size_t s = 0; s < m_request.strengths.size(); ++s) {
                const size_t count = m_request.layers.size() >= static_cast<size_t>(shard.count)
                    ? i
                    : i * m_request.strengths.size() + s;
                if (static_cast<int>(count % static_cast<size_t>(shard.count)) == shard.number - 1)
                    m_cells.insert({m_request.layers[i], m_request.strengths[s]});
            }
        try {
            measure(false);
            if (m_options.control) {
                m_request.control = std::make_shared<const SteeringVector>(randomLike(*vector, s_seed));
                measure(true);
            }
        } catch (...) {
            if (m_computed > 0) {
                m_table.write(m_options.out, m_texts);
                note(m_options.out + " keeps what is measured: --resume goes on from there");
            }
            throw;
        }
        m_table.write(m_options.out, m_texts);
        const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - started;
        printPretty({{"out", m_options.out}, {"cells", m_cells.size()}, {"rows", m_table.rows().size()},
            {"computed", m_computed}, {"layers", m_request.layers}, {"strengths", m_request.strengths},
            {"prompts", m_prompts.size()}, {"seconds", seconds.count()}});
    }

private:
    static constexpr uint64_t s_seed = 16;

    std::vector<ContrastText> readPrompts() const
    {
        if (m_options.prompts.empty())
            return {};
        const std::string origin = originOf(m_options.prompts);
        return toTexts(parseOrdered(readAll(m_options.prompts, m_session.cancel()), origin), origin);
    }

    void refuseInputs() const
    {
        if (!fs::is_directory(fs::absolute(m_options.out).parent_path()))
            throw Error(m_options.out + ": there is no such folder", "make it first");
        for (const std::string& input :
            {m_options.vector, m_options.prompts, m_options.contrast, m_options.neutral}) {
            std::error_code error;
            if (!input.empty() && fs::equivalent(input, m_options.out, error))
                throw Error(m_options.out + ": is one of the inputs", "give --out another name");
        }
        if (fs::exists(m_options.out) && !m_options.resume) {
            try {
                SweepTable::read(m_options.out);
            } catch (const Error&) {
                throw Error(m_options.out + ": exists and is no table of a sweep", "give --out another name");
            }
            note("replacing " + m_options.out + " (--resume would keep its figures)");
        }
    }

    void resume()
    {
        if (!m_options.resume || !fs::exists(m_options.out))
            return;
        try {
            SweepTable before = SweepTable::read(m_options.out);
            if (before.settings().empty())
                throw Error("does not say what its figures were made with");
            before.join(m_table); // refuses other settings
            m_texts = m_texts || before.hasTexts();
            m_table = std::move(before);
        } catch (const Error& error) {
            const std::string reason = error.what();
            throw Error(reason.starts_with(m_options.out) ? reason : m_options.out + ": " + reason,
                "give --out another name to begin anew");
        }
    }

    void measure(bool isControl)
    {
        m_request.known = [&](int layer, double strength, int prompt, Metric metric) {
            return !m_cells.contains({layer, strength})
                || (m_table.knows(layer, strength, promptOf(prompt), metric, isControl)
                    && (isControl || !isTextMissing(layer, strength, prompt)));
        };
        auto saved = std::chrono::steady_clock::now();
        sweep(
            m_engine->model(), m_engine->tokenizer(), m_request,
            [&](const SweepResult& result) {
                if (!m_cells.contains({result.layer, result.strength}))
                    return;
                m_table.put(result, promptOf(result.prompt), isControl);
                ++m_computed;
                // What is done is kept, whatever happens next.
                if (const auto now = std::chrono::steady_clock::now();
                    now - saved > std::chrono::seconds(5)) {
                    m_table.write(m_options.out, m_texts);
                    saved = now;
                }
            },
            m_session.job());
    }

    bool isTextMissing(int layer, double strength, int prompt) const
    {
        return m_options.texts && prompt >= 0 && !m_table.hasText(layer, strength, promptOf(prompt));
    }

    std::string promptOf(int prompt) const
    {
        return prompt < 0 ? std::string() : m_prompts[static_cast<size_t>(prompt)];
    }

    const Options& m_options;
    Session& m_session;
    std::shared_ptr<const Engine> m_engine;
    SweepRequest m_request;
    std::vector<std::string> m_prompts; ///< as the table names them
    std::set<SweepPlace> m_cells; ///< of this shard
    SweepTable m_table;
    bool m_texts = false; ///< are written: asked for now, or when the table was begun
    int m_computed = 0;
};

struct MergeOptions {
    std::string out;
    std::vector<std::string> inputs;
};

// A name that was forgotten makes the first part the output.
void refuseLoss(const std::string& out, const SweepTable& whole)
{
    if (!fs::is_regular_file(out))
        return;
    std::set<std::tuple<int, double, std::string>> places;
    for (const SweepTable::Row& row : whole.rows())
        places.insert({row.layer, row.strength, row.prompt});
    SweepTable before;
    try {
        before = SweepTable::read(out);
    } catch (const Error&) {
        throw Error(out + ": exists and is no table of a sweep", "give the output another name");
    }
    for (const SweepTable::Row& row : before.rows())
        if (!places.contains({row.layer, row.strength, row.prompt}))
            throw Error(out + ": holds figures that are in none of the parts",
                "name it among them too, or give the output another name");
}

void merge(const MergeOptions& options)
{
    SweepTable whole;
    for (const std::string& input : options.inputs) {
        const SweepTable part = SweepTable::read(input);
        try {
            SweepTable joined = part;
            joined.join(whole);
            whole = std::move(joined);
        } catch (const Error& error) {
            throw Error(input + ": " + error.what(), "only parts of one sweep can be joined");
        }
    }
    refuseLoss(options.out, whole);
    const std::vector<std::string> shards = whole.missingShards();
    for (const std::string& shard : shards)
        note("warning: shard " + shard + " is in none of the parts");
    whole.write(options.out, whole.hasTexts());
    Json missing = Json::array();
    for (const auto& [layer, strength] : whole.missingCells())
        missing.push_back({{"layer", layer}, {"strength", strength}});
    if (!missing.empty())
        note("warning: " + std::to_string(missing.size()) + " cells of the grid are in none of the parts");
    printPretty({{"out", options.out}, {"parts", options.inputs.size()}, {"rows", whole.rows().size()},
        {"missing", std::move(missing)}, {"missing_shards", shards}});
}

std::string metricHelp()
{
    std::string text = "Metrics:\n";
    for (const MetricFacts& facts : allMetrics())
        text += "  " + std::string(facts.name) + ": " + std::string(facts.definition) + '\n';
    return text;
}

}

void addSweep(CLI::App& app, Session& session)
{
    const auto options = std::make_shared<Options>();
    auto* verb = session.addVerb(app, "sweep", "Measure a vector at every layer and strength");
    addModel(*verb, options->model);
    verb->add_option("--vector", options->vector, "The vector or set")->type_name("FILE")->required();
    verb->add_option("--layers", options->layers, "all (default), 12, 10-20 or 8,10-12");
    verb->add_option("--strengths", options->strengths, "-2,-1,0,1,2 or '-3 to 3 step 0.5'")
        ->required()
        ->check(parsedBy([](const std::string& text) { parseStrengths(text); }));
    verb->add_option("--metrics", options->metrics,
            "Of effect, readback, coherence, kl, repetition, length, ab, refusal (default " + options->metrics
                + ')')
        ->check(parsedBy([](const std::string& text) { parseMetrics(text); }));
    verb->add_option("--prompts", options->prompts,
            "What texts are generated from: JSON list of strings or message lists, - for standard input")
        ->type_name("FILE");
    verb->add_option("--contrast", options->contrast, "Pairs for effect and ab, best not those of the vector")
        ->type_name("FILE");
    verb->add_option("--neutral", options->neutral, "Text for kl (default: two sentences about a library)")
        ->type_name("FILE");
    verb->add_option("--out", options->out, "Table of all figures, .csv or .json")
        ->type_name("FILE")
        ->required();
    verb->add_option("--max-new-tokens", options->maxNewTokens, "Of each text (default 40)")
        ->check(CLI::Range(1, 100000));
    verb->add_option("--op", options->op, "add (default), add_keep_norm, ablate, clamp, rotate")
        ->check(parsedBy([](const std::string& text) { parseOp(text); }));
    verb->add_option("--scope", options->scope, "all (default), prompt, generated, last, from:N")
        ->check(parsedBy([](const std::string& text) { parseScope(text); }));
    verb->add_flag("--skip-first", options->skipFirst, "Leave out position 0");
    verb->add_flag("--raw", options->raw, "Contrast pairs as plain text: no chat template");
    verb->add_flag("--texts", options->texts, "Write the generated texts too");
    verb->add_flag("--control", options->control, "Measure a random vector of the same norms as well");
    verb->add_flag("--resume", options->resume, "Keep the figures that --out holds; compute what is missing");
    verb->add_option(
            "--shard", options->shard, "Compute one part of several: 1/4 to 4/4; sweep-merge joins them")
        ->check(parsedBy([](const std::string& text) { parseShard(text); }));
    verb->add_option("--memory", options->memory,
            "MiB that a batch may take (default: a quarter of what is free, at most 1024)")
        ->check(finiteNumber(0));
    verb->add_flag("--allow-other-model", options->allowOtherModel,
        "Take a vector of another model where the width fits");
    verb->footer(metricHelp());
    verb->callback([options, &session] { SweepRun(*options, session).run(); });

    const auto joining = std::make_shared<MergeOptions>();
    auto* join = session.addVerb(app, "sweep-merge", "Join the tables of a sweep's shards");
    join->add_option("OUT", joining->out, "Where the whole goes, .csv or .json")
        ->type_name("FILE")
        ->required();
    join->add_option("PART", joining->inputs, "Tables that sweep wrote")->type_name("FILE")->required();
    join->callback([joining] { merge(*joining); });
}

}
