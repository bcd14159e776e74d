#include "cli/inputs.h"
#include "cli/output.h"
#include "cli/steering_options.h"
#include "cli/verbs/verbs.h"
#include "core/steer/plan.h"

#include <algorithm>

namespace tiller::cli {

namespace {

struct Options {
    std::string model;
    std::string prompt;
    std::string messages;
    std::string prompts;
    SteeringOptions steering;
    SamplingOptions sampling;
    bool compare = false;
    bool stream = false;
};

struct Row {
    const char* label = "";
    int prompt = 0;
    std::vector<TokenId> ids;
    Plan plan;
};

std::vector<ContrastText> readPrompts(const Options& options, const CancelToken& cancel)
{
    const auto read
        = [&](const std::string& path) { return parseOrdered(readAll(path, cancel), originOf(path)); };
    if (!options.prompts.empty())
        return toTexts(read(options.prompts), originOf(options.prompts));
    ContrastText text{.text = options.prompt, .turns = {}};
    if (!options.messages.empty())
        text.turns = toMessages(read(options.messages), originOf(options.messages));
    return {text};
}

// Unsteered rows first, steered last.
std::vector<Row> makeRows(
    const Options& options, const Engine& engine, const std::vector<ContrastText>& prompts)
{
    std::vector<std::vector<TokenId>> encoded;
    for (const ContrastText& prompt : prompts) {
        RenderOptions render;
        render.raw = prompt.turns.empty();
        encoded.push_back(engine.renderer(render).renderPrompt(prompt));
    }

    std::vector<Row> rows;
    const auto add = [&](const char* label, const Plan& plan) {
        for (size_t i = 0; i < encoded.size(); ++i)
            rows.push_back({.label = label, .prompt = static_cast<int>(i), .ids = encoded[i], .plan = plan});
    };
    const bool steered = options.steering.given();
    if (!steered || options.compare)
        add("unsteered", {});
    if (steered)
        add("steered", options.steering.resolve(engine));
    return rows;
}

Json toJson(const TokenEvent& event, int firstRow)
{
    return {
        {"row", firstRow + event.row},
        {"index", event.index},
        {"id", event.id},
        {"text", event.text},
        {"logprob", event.logprob},
    };
}

Json toJson(const GeneratedRow& generated, const Row& row, bool manyPrompts)
{
    Json result = {{"label", row.label}};
    if (manyPrompts)
        result["prompt"] = row.prompt;
    result["text"] = generated.text;
    result["ids"] = generated.ids;
    result["logprobs"] = generated.logprobs;
    result["finish"] = toString(generated.finish);
    return result;
}

void run(const Options& options, Session& session)
{
    // Rows of one batch share their memory; the draws are the same for all rows, so that batches change
    // nothing.
    constexpr size_t rowsAtOnce = 64;

    const auto prompts = readPrompts(options, session.cancel());
    const auto engine = session.open(options.model);
    const auto rows = makeRows(options, *engine, prompts);

    Json results = Json::array();
    int64_t tokens = 0;
    double seconds = 0;
    for (size_t first = 0; first < rows.size(); first += rowsAtOnce) {
        const size_t end = std::min(first + rowsAtOnce, rows.size());
        GenerateRequest request;
        request.sampling = options.sampling;
        for (size_t i = first; i < end; ++i) {
            request.prompts.push_back(rows[i].ids);
            request.plans.push_back(rows[i].plan);
        }
        const auto onStep = [&](const std::vector<TokenEvent>& events) {
            if (!options.stream)
                return;
            for (const TokenEvent& event : events)
                printLine(toJson(event, static_cast<int>(first)));
        };
        const GenerateResult result
            = generate(engine->model(), engine->tokenizer(), request, onStep, session.job());
        session.cancel().check();
        for (size_t i = first; i < end; ++i)
            results.push_back(toJson(result.rows[i - first], rows[i], !options.prompts.empty()));
        tokens += result.decodedTokens;
        seconds += result.decodeSeconds;
    }
    printLine({
        {"rows", std::move(results)},
        {"tokens_per_second", seconds > 0 ? static_cast<double>(tokens) / seconds : 0},
    });
}

void addPrompts(CLI::App& verb, Options& options)
{
    auto* source = verb.add_option_group("Prompt", "What to continue: one of");
    source->add_option("--prompt", options.prompt, "Raw text")->type_name("TEXT");
    source->add_option("--messages", options.messages, "A conversation (JSON), - for standard input")
        ->type_name("FILE");
    source
        ->add_option(
            "--prompts", options.prompts, "JSON list of strings or message lists, - for standard input")
        ->type_name("FILE");
    source->require_option(1);
}

void addSampling(CLI::App& verb, SamplingOptions& sampling)
{
    constexpr int many = 1 << 24;
    verb.add_option("--max-new-tokens", sampling.maxNewTokens, "New tokens at most (default 64)")
        ->check(CLI::Range(1, many));
    verb.add_option("--temperature", sampling.temperature, "0 (default) is greedy")->check(finiteNumber(0));
    verb.add_option("--top-k", sampling.topK, "Draw from the k most likely (default 0: all)")
        ->check(CLI::Range(0, many));
    verb.add_option("--top-p", sampling.topP, "Draw from the most likely that make up p (default 1: all)")
        ->check(finiteNumber())
        ->check(CLI::Range(0.0, 1.0));
    verb.add_option(
            "--min-p", sampling.minP, "Leave out what is less likely than p times the best (default 0)")
        ->check(finiteNumber())
        ->check(CLI::Range(0.0, 1.0));
    verb.add_option("--repetition-penalty", sampling.repetitionPenalty,
            "Of tokens in the row so far (default 1: none)")
        ->check(finiteNumber())
        ->check(CLI::PositiveNumber);
    verb.add_option("--seed", sampling.seed, "Of the draws (default 16)")->check(CLI::NonNegativeNumber);
    verb.add_option("--stop", sampling.stop, "End where this text appears; may be repeated")
        ->type_name("TEXT")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->allow_extra_args(false)
        ->check([](const std::string& text) { return std::string(text.empty() ? "is empty" : ""); });
    verb.add_flag("--ignore-eos", sampling.ignoreEos, "Go on after the end of the text");
}

}

void addGenerate(CLI::App& app, Session& session)
{
    const auto options = std::make_shared<Options>();
    auto* verb = session.addVerb(app, "generate", "Continue text, steered or not");
    addModel(*verb, options->model);
    addPrompts(*verb, *options);
    options->steering.addPlanOptions(*verb);
    options->steering.addVectorOptions(*verb);
    verb->add_flag("--compare", options->compare, "Add the unsteered row");
    addSampling(*verb, options->sampling);
    verb->add_flag("--stream", options->stream, "Write a JSON line a token, then the result");
    verb->callback([options, &session] { run(*options, session); });
}

}
