#include "cli/bundled_set.h"
#include "cli/measure.h"
#include "cli/output.h"
#include "cli/verbs/verbs.h"
#include "core/base/threads.h"

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <random>

namespace tiller::cli {

namespace {

// Stands in where a checkpoint has no tokenizer: what is measured needs ids, and no text.
class NoText final : public Tokenizer {
public:
    explicit NoText(int vocabulary)
        : m_size(static_cast<size_t>(vocabulary))
    {
    }

    std::vector<TokenId> encode(std::string_view, const EncodeOptions&) const override
    {
        throw Error("this model has no tokenizer");
    }
    std::string decode(std::span<const TokenId>, bool) const override { return {}; }
    std::string bytesOf(TokenId) const override { return {}; }
    std::string piece(TokenId) const override { return {}; }
    std::optional<TokenId> find(std::string_view) const override { return std::nullopt; }
    size_t vocabularySize() const override { return m_size; }
    bool isSpecial(TokenId) const override { return false; }
    std::optional<TokenId> bos() const override { return std::nullopt; }
    std::vector<TokenId> endOfText() const override { return {}; }
    std::string kind() const override { return "none"; }

private:
    size_t m_size;
};

std::vector<TokenId> randomIds(int count, int vocabulary, uint32_t seed)
{
    std::mt19937 random(seed);
    std::vector<TokenId> ids(static_cast<size_t>(count));
    std::ranges::generate(
        ids, [&] { return static_cast<TokenId>(random() % static_cast<uint32_t>(vocabulary)); });
    return ids;
}

std::vector<int> allLayers(int count)
{
    std::vector<int> layers(static_cast<size_t>(count));
    std::iota(layers.begin(), layers.end(), 0);
    return layers;
}

// The figures of several runs: the median counts, and the spread tells how far to trust it.
class Runs {
public:
    // Once at least, then again while that takes little time.
    template <typename Measure>
    explicit Runs(Measure measure)
    {
        constexpr size_t most = 5;
        constexpr double enoughSeconds = 8;
        const Stopwatch watch;
        do
            m_figures.push_back(measure());
        while (m_figures.size() < most && watch.seconds() < enoughSeconds);
        std::ranges::sort(m_figures);
    }

    double median() const
    {
        const size_t count = m_figures.size();
        return (m_figures[(count - 1) / 2] + m_figures[count / 2]) / 2;
    }
    Json spread() const
    {
        return {{"count", m_figures.size()}, {"min", m_figures.front()}, {"max", m_figures.back()}};
    }

private:
    std::vector<double> m_figures; // ascending
};

SteeringVector randomVector(const ModelConfig& config)
{
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    SteeringVector vector;
    vector.name = "random";
    for (const int layer : allLayers(config.layers)) {
        auto& values = vector.layers[layer].values;
        values.resize(static_cast<size_t>(config.hidden));
        std::ranges::generate(values, [&] { return 0.1F * normal(random); });
    }
    return vector;
}

// Differs in layers, their number and strength from number to number; number 0 is unsteered.
Plan planOf(int number, const SteeringVector& vector, const ModelConfig& config)
{
    if (number == 0)
        return {};
    Edit edit;
    edit.vector = std::make_shared<const SteeringVector>(vector);
    edit.strength = (number % 2 == 1 ? 0.5 : -0.5) + number / 64.0;
    edit.layers.emplace();
    for (int i = 0; i < 1 + number % 4; ++i)
        (*edit.layers)[(7 * number + i) % config.layers] = 1;
    return resolvePlan({edit}, config);
}

class Bench {
public:
    Bench(const Engine& engine, const Job& job)
        : m_engine(engine)
        , m_job(job)
        , m_config(engine.model().config())
        , m_noText(m_config.vocabulary)
        , m_random(randomVector(m_config))
    {
    }

    // {tokens, tokens_per_second, runs}
    Json prefill() const
    {
        const int tokens = std::min(512, room() - 1);
        const Runs rate([&] { return tokens / continued({Plan()}, tokens, 1).prefillSeconds; });
        return {{"tokens", tokens}, {"tokens_per_second", rate.median()}, {"runs", rate.spread()}};
    }

    // {rows, steered, steps, tokens_per_second, runs}: `steered` of the rows, each by a plan of its own; the
    // tokens are those of all rows together.
    Json decode(int rows) const
    {
        // The first row is the reference that the others are compared with; a row alone is a steered one.
        const int first = rows == 1 ? 1 : 0;
        std::vector<Plan> plans;
        for (int row = 0; row < rows; ++row)
            plans.push_back(planOf(first + row, m_random, m_config));
        const int prompt = std::min(32, room() / 2);
        const int steps = std::min(48, room() - prompt - 1);
        // The first token of a row comes out of the prefill: one more token than decoding steps.
        const Runs rate([&] { return rows * steps / continued(plans, prompt, steps + 1).decodeSeconds; });
        return {{"rows", rows}, {"steered", rows - 1 + first}, {"steps", steps},
            {"tokens_per_second", rate.median()}, {"runs", rate.spread()}};
    }

    // Of the bundled set over all layers; `vector` is what came out, for the sweep.
    Json extraction(SteeringVector& vector) const
    {
        try {
            m_engine.tokenizer();
        } catch (const Error& error) {
            return {{"left_out", error.what()}};
        }
        ExtractRequest request;
        request.set = parseContrastSet(bundledSet(), ContrastFormat::Json, "formality").set;
        ExtractResult result;
        const auto timed = [&] {
            const Stopwatch watch;
            result = m_engine.extract(request, m_job);
            return watch.seconds();
        };
        const Runs seconds([&] {
            m_engine.forgetActivations();
            return timed();
        });
        const size_t items = request.set.size();
        const int64_t tokens = result.tokens;
        request.set.pairs.pop_back(); // nothing is read again
        const Runs refit(timed);
        vector = std::move(result.vector);
        return {{"items", items}, {"layers", m_config.layers}, {"tokens", tokens},
            {"seconds", seconds.median()}, {"runs", seconds.spread()}, {"refit_seconds", refit.median()}};
    }

    // Every layer at seven strengths: texts, read again by the unsteered model. {cells, tokens, seconds,
    // runs, alone_seconds}: the last is what the cells take one at a time, scaled from three of them.
    Json grid(SteeringVector vector) const
    {
        if (vector.layers.empty())
            vector = m_random;
        SweepRequest request;
        request.vector = std::make_shared<const SteeringVector>(std::move(vector));
        request.layers = allLayers(m_config.layers);
        request.strengths = {-3, -2, -1, 0, 1, 2, 3};
        request.metrics = {Metric::Coherence, Metric::Repetition};
        const int prompt = std::min(32, room() / 2);
        request.prompts = {randomIds(prompt, m_config.vocabulary, 32)};
        request.maxNewTokens = std::min(40, room() - prompt - 1);
        const auto timed = [&](const SweepRequest& asked) {
            const Stopwatch watch;
            sweep(
                m_engine.model(), m_noText, asked, [](const SweepResult&) {}, m_job);
            return watch.seconds();
        };
        const Runs seconds([&] { return timed(request); });
        const size_t cells = request.layers.size() * request.strengths.size();
        double alone = 0;
        for (const int place : {1, 2, 3}) {
            const Edit edit{request.vector, Op::Add, 1, LayerCurve{{m_config.layers * place / 4, 1.0}}, {}};
            const Stopwatch watch;
            const GenerateResult made
                = continued({resolvePlan({edit}, m_config)}, prompt, request.maxNewTokens);
            ScoreRequest scoring;
            scoring.texts = {request.prompts.front()};
            scoring.texts[0].insert(scoring.texts[0].end(), made.rows[0].ids.begin(), made.rows[0].ids.end());
            scoring.rows = {{0, {}, 0}};
            score(m_engine.model(), scoring, m_job);
            alone += watch.seconds();
        }
        return {{"cells", cells}, {"tokens", request.maxNewTokens}, {"seconds", seconds.median()},
            {"runs", seconds.spread()}, {"alone_seconds", alone / 3 * static_cast<double>(cells)}};
    }

    // Bytes that one step of decoding reads at least: every matrix once, whatever the number of rows. 0: not
    // known, for a mixture reads what its router chooses, and a GPU has memory of its own.
    uint64_t bytesReadAStep() const
    {
        const Model& model = m_engine.model();
        if (model.device() != "cpu" || m_config.experts.count > 0)
            return 0;
        // A table of embeddings that is not the head as well is held, and a few of its rows are read; packed
        // models look them up in the file.
        const ComputeType type = model.computeType();
        if (m_config.tiedEmbeddings || type == ComputeType::Packed)
            return model.weightBytes();
        const uint64_t table = uint64_t{1} * m_config.vocabulary * m_config.hidden;
        return model.weightBytes() - table * (type == ComputeType::BF16 ? 2 : 4);
    }

private:
    int room() const { return m_config.contextLength > 0 ? std::max(m_config.contextLength, 4) : 4096; }

    const Tokenizer& tokenizer() const
    {
        try {
            return m_engine.tokenizer();
        } catch (const Error&) {
            return m_noText;
        }
    }

    GenerateResult continued(std::vector<Plan> plans, int promptTokens, int newTokens) const
    {
        GenerateRequest request;
        request.sampling.maxNewTokens = newTokens;
        request.sampling.ignoreEos = true;
        request.plans = std::move(plans);
        for (size_t row = 0; row < request.plans.size(); ++row)
            request.prompts.push_back(
                randomIds(promptTokens, m_config.vocabulary, static_cast<uint32_t>(row)));
        auto result = generate(m_engine.model(), tokenizer(), request, {}, m_job);
        m_job.cancel.check();
        return result;
    }

    const Engine& m_engine;
    const Job& m_job;
    const ModelConfig& m_config;
    NoText m_noText;
    SteeringVector m_random;
};

struct Options {
    std::string model;
    bool json = false;
    std::vector<std::string> only; // of s_parts; empty: all
    std::vector<int> rows = {1, 2, 8, 64};

    bool wants(std::string_view part) const
    {
        return only.empty() || std::ranges::find(only, part) != only.end();
    }
};

const std::vector<std::string> s_parts
    = {"load", "prefill", "decode", "extraction", "sweep", "memory", "bandwidth"};

// Adds how fast memory lets decoding be, and how much of that is reached. More than all of it is possible
// where weights stay in the processor's cache.
void addBounds(Json& decode, double bandwidth, uint64_t bytesReadAStep)
{
    for (Json& entry : decode) {
        const double bound = entry["rows"].get<int>() * bandwidth / static_cast<double>(bytesReadAStep);
        entry["bound_tokens_per_second"] = bound;
        entry["of_bound"] = entry["tokens_per_second"].get<double>() / bound;
    }
}

Json measure(const Options& options, Session& session)
{
    const Stopwatch loading;
    const auto engine = session.open(options.model);
    const double loadSeconds = loading.seconds();
    const uint64_t afterLoad = processMemory().resident;
    const ModelInfo& info = engine->info();
    const Bench bench(*engine, session.job());

    Json result = {
        {"model", info.name},
        {"file_format", info.fileFormat},
        {"dtype", info.computeType},
        {"device", info.device},
        {"threads", threadCount()},
    };
    if (options.wants("load"))
        result["load_seconds"] = loadSeconds;
    if (options.wants("prefill"))
        result["prefill"] = bench.prefill();
    if (options.wants("decode")) {
        result["decode"] = Json::array();
        for (const int rows : options.rows)
            result["decode"].push_back(bench.decode(rows));
    }
    SteeringVector vector;
    if (options.wants("extraction"))
        result["extraction"] = bench.extraction(vector);
    if (options.wants("sweep"))
        result["sweep"] = bench.grid(std::move(vector));
    if (options.wants("memory")) {
        const ProcessMemory memory = processMemory();
        result["memory"] = {
            {"file_bytes", info.fileBytes},
            {"weight_bytes", engine->model().weightBytes()},
            {"after_load_bytes", afterLoad},
            {"resident_bytes", memory.resident},
            {"peak_bytes", memory.peak},
        };
    }
    // Last: its buffer would count as the engine's memory.
    if (options.wants("bandwidth")) {
        const double bandwidth = memoryReadBandwidth();
        result["bandwidth_bytes_per_second"] = bandwidth;
        if (const uint64_t bytes = bench.bytesReadAStep(); bytes > 0 && result.contains("decode"))
            addBounds(result["decode"], bandwidth, bytes);
    }
    return result;
}

std::string line(const std::string& what, const char* format, double value, const std::string& remark = {})
{
    char text[64];
    std::snprintf(text, sizeof text, format, value);
    return what + std::string(what.size() < 24 ? 24 - what.size() : 1, ' ') + text + remark + "\n";
}

std::string boundForPeople(const Json& decode)
{
    if (!decode.contains("of_bound"))
        return {};
    char text[64];
    std::snprintf(text, sizeof text, ", %.0f %% of what memory allows (%.0f)",
        100 * decode["of_bound"].get<double>(), decode["bound_tokens_per_second"].get<double>());
    return text;
}

std::string forPeople(const Json& result)
{
    constexpr double mega = 1e6;
    constexpr double giga = 1e9;
    const auto number
        = [&](const char* pointer) { return result.at(Json::json_pointer(pointer)).get<double>(); };
    const auto text = [&](const char* key) { return result.at(key).get<std::string>(); };

    std::string out = text("model") + ", " + text("file_format") + ", computing in " + text("dtype") + " on "
        + text("device") + ", " + result.at("threads").dump() + " threads\n\n";
    if (result.contains("load_seconds"))
        out += line("load", "%10.2f s", number("/load_seconds"));
    if (result.contains("prefill"))
        out += line("prefill, " + result["prefill"]["tokens"].dump() + " tokens", "%10.1f tokens/s",
            number("/prefill/tokens_per_second"));
    for (const Json& decode : result.value("decode", Json::array()))
        out += line("decode, " + decode["rows"].dump() + (decode["rows"] == 1 ? " row" : " rows"),
            "%10.1f tokens/s", decode["tokens_per_second"].get<double>(), boundForPeople(decode));
    if (result.contains("extraction")) {
        const Json& extraction = result["extraction"];
        if (extraction.contains("left_out"))
            out += "extraction left out: " + extraction["left_out"].get<std::string>() + "\n";
        else
            out += line("extraction, " + extraction["items"].dump() + " items", "%10.2f s",
                       number("/extraction/seconds"))
                + line("refit without one of them", "%10.4f s", number("/extraction/refit_seconds"));
    }
    if (result.contains("sweep"))
        out += line("sweep, " + result["sweep"]["cells"].dump() + " cells", "%10.2f s",
                   number("/sweep/seconds"))
            + line("the same cells one at a time", "%10.1f s", number("/sweep/alone_seconds"));
    if (result.contains("memory")) {
        out += line("file", "%10.0f MB", number("/memory/file_bytes") / mega);
        out += line("weights", "%10.0f MB", number("/memory/weight_bytes") / mega);
        out += line("memory after loading", "%10.0f MB", number("/memory/after_load_bytes") / mega);
        out += line("resident memory", "%10.0f MB", number("/memory/resident_bytes") / mega);
        out += line("peak memory", "%10.0f MB", number("/memory/peak_bytes") / mega);
    }
    if (result.contains("bandwidth_bytes_per_second"))
        out += line("memory bandwidth", "%10.1f GB/s", number("/bandwidth_bytes_per_second") / giga);
    return out;
}

}

void addBench(CLI::App& app, Session& session)
{
    const auto options = std::make_shared<Options>();
    auto* verb = session.addVerb(app, "bench", "Measure speed and memory with a model");
    addModel(*verb, options->model);
    verb->add_flag("--json", options->json, "Write JSON rather than a table");
    verb->add_option("--only", options->only,
            "Measure these alone: load, prefill, decode, extraction, sweep, memory, bandwidth")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(CLI::IsMember(s_parts))
        ->type_name("NAME,...");
    verb->add_option("--rows", options->rows, "Decode so many rows together (default 1,2,8,64)")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(CLI::Range(1, 4096))
        ->type_name("N,...");
    verb->callback([options, &session] {
        const Json result = measure(*options, session);
        if (options->json)
            printPretty(result);
        else
            printText(forPeople(result));
    });
}

}
