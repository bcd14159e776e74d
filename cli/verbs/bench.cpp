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

// Runs once at least, then again while it takes little time; the best figure counts, as the least disturbed.
template <typename Measure>
double bestOf(Measure measure)
{
    constexpr int most = 3;
    constexpr double enoughSeconds = 6;
    const Stopwatch watch;
    double best = 0;
    for (int run = 0; run < most && (run == 0 || watch.seconds() < enoughSeconds); ++run)
        best = std::max(best, measure());
    return best;
}

class Bench {
public:
    Bench(const Engine& engine, const Job& job)
        : m_engine(engine)
        , m_job(job)
        , m_config(engine.model().config())
        , m_noText(m_config.vocabulary)
    {
    }

    // {tokens, tokens_per_second}
    Json prefill() const
    {
        const int tokens = std::min(512, room() - 1);
        const double rate = bestOf([&] { return tokens / continued(1, tokens, 1).prefillSeconds; });
        return {{"tokens", tokens}, {"tokens_per_second", rate}};
    }

    // {rows, steps, tokens_per_second} of all rows together
    Json decode(int rows) const
    {
        const int prompt = std::min(32, room() / 2);
        const int steps = std::min(48, room() - prompt - 1);
        // The first token of a row comes out of the prefill: one more token than decoding steps.
        const double rate = bestOf([&] {
            const double seconds = continued(rows, prompt, steps + 1).decodeSeconds;
            return rows * steps / seconds;
        });
        return {{"rows", rows}, {"steps", steps}, {"tokens_per_second", rate}};
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
        const Stopwatch watch;
        ExtractResult result = m_engine.extract(request, m_job);
        const double seconds = watch.seconds();
        vector = std::move(result.vector);
        return {{"items", request.set.size()}, {"layers", m_config.layers}, {"tokens", result.tokens},
            {"seconds", seconds}};
    }

    // The KL map of every layer at four strengths.
    Json klSweep(SteeringVector vector) const
    {
        if (vector.layers.empty())
            vector = randomVector();
        SweepRequest request;
        request.vector = std::make_shared<const SteeringVector>(std::move(vector));
        request.layers = allLayers(m_config.layers);
        request.strengths = {-2, -1, 1, 2};
        request.neutral = randomIds(std::min(64, room()), m_config.vocabulary, 64);
        const Stopwatch watch;
        const auto cells = sweep(m_engine.model(), request, {}, m_job);
        return {
            {"cells", cells.size()}, {"text_tokens", request.neutral.size()}, {"seconds", watch.seconds()}};
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

    GenerateResult continued(int rows, int promptTokens, int newTokens) const
    {
        GenerateRequest request;
        request.sampling.maxNewTokens = newTokens;
        request.sampling.ignoreEos = true;
        request.plans.resize(static_cast<size_t>(rows));
        for (int row = 0; row < rows; ++row)
            request.prompts.push_back(
                randomIds(promptTokens, m_config.vocabulary, static_cast<uint32_t>(row)));
        auto result = generate(m_engine.model(), tokenizer(), request, {}, m_job);
        m_job.cancel.check();
        return result;
    }

    SteeringVector randomVector() const
    {
        std::mt19937 random(1);
        std::normal_distribution<float> normal;
        SteeringVector vector;
        vector.name = "random";
        for (const int layer : allLayers(m_config.layers)) {
            auto& values = vector.layers[layer].values;
            values.resize(static_cast<size_t>(m_config.hidden));
            std::ranges::generate(values, [&] { return 0.1F * normal(random); });
        }
        return vector;
    }

    const Engine& m_engine;
    const Job& m_job;
    const ModelConfig& m_config;
    NoText m_noText;
};

Json measure(const std::string& model, Session& session)
{
    const Stopwatch loading;
    const auto engine = session.open(model);
    const double loadSeconds = loading.seconds();
    const ModelInfo& info = engine->info();
    const Bench bench(*engine, session.job());

    Json result = {
        {"model", info.name},
        {"file_format", info.fileFormat},
        {"dtype", info.computeType},
        {"device", info.device},
        {"threads", threadCount()},
        {"load_seconds", loadSeconds},
    };
    result["prefill"] = bench.prefill();
    result["decode"] = Json::array();
    for (const int rows : {1, 2, 8, 64})
        result["decode"].push_back(bench.decode(rows));
    SteeringVector vector;
    result["extraction"] = bench.extraction(vector);
    result["sweep"] = bench.klSweep(std::move(vector));
    const ProcessMemory memory = processMemory();
    result["memory"] = {
        {"weight_bytes", engine->model().weightBytes()},
        {"resident_bytes", memory.resident},
        {"peak_bytes", memory.peak},
    };
    result["bandwidth_bytes_per_second"] = memoryReadBandwidth();
    return result;
}

std::string line(const std::string& what, const char* format, double value)
{
    char text[64];
    std::snprintf(text, sizeof text, format, value);
    return what + std::string(what.size() < 24 ? 24 - what.size() : 1, ' ') + text + "\n";
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
    out += line("load", "%10.2f s", number("/load_seconds"));
    out += line("prefill, " + result["prefill"]["tokens"].dump() + " tokens", "%10.1f tokens/s",
        number("/prefill/tokens_per_second"));
    for (const Json& decode : result["decode"])
        out += line("decode, " + decode["rows"].dump() + (decode["rows"] == 1 ? " row" : " rows"),
            "%10.1f tokens/s", decode["tokens_per_second"].get<double>());
    if (result["extraction"].contains("left_out"))
        out += "extraction left out: " + result["extraction"]["left_out"].get<std::string>() + "\n";
    else
        out += line("extraction, " + result["extraction"]["items"].dump() + " items", "%10.2f s",
            number("/extraction/seconds"));
    out += line(
        "KL sweep, " + result["sweep"]["cells"].dump() + " cells", "%10.2f s", number("/sweep/seconds"));
    out += line("weights", "%10.0f MB", number("/memory/weight_bytes") / mega);
    out += line("resident memory", "%10.0f MB", number("/memory/resident_bytes") / mega);
    out += line("peak memory", "%10.0f MB", number("/memory/peak_bytes") / mega);
    out += line("memory bandwidth", "%10.1f GB/s", number("/bandwidth_bytes_per_second") / giga);
    return out;
}

struct Options {
    std::string model;
    bool json = false;
};

}

void addBench(CLI::App& app, Session& session)
{
    const auto options = std::make_shared<Options>();
    auto* verb = session.addVerb(app, "bench", "Measure speed and memory with a model");
    addModel(*verb, options->model);
    verb->add_flag("--json", options->json, "Write JSON rather than a table");
    verb->callback([options, &session] {
        const Json result = measure(options->model, session);
        if (options->json)
            printPretty(result);
        else
            printText(forPeople(result));
    });
}

}
