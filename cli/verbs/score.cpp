#include "cli/inputs.h"
#include "cli/output.h"
#include "cli/steering_options.h"
#include "cli/verbs/verbs.h"
#include "core/steer/plan.h"

#include <cmath>
#include <optional>

namespace tiller::cli {

namespace {

struct Options {
    std::string model;
    std::string texts;
    SteeringOptions steering;
};

std::vector<TokenId> encode(const Engine& engine, const ContrastText& text)
{
    if (text.turns.empty())
        return engine.tokenizer().encode(text.text, {.addSpecial = true, .parseSpecial = true});
    if (!engine.chatTemplate())
        throw Error("messages need a chat template, and this model has none", "give plain strings");
    return engine.tokenizer().encode(engine.chatTemplate()->render(text.turns, false));
}

Json toJson(const std::vector<TokenId>& ids, const Score& score)
{
    return {
        {"ids", ids},
        {"logprobs", score.logprobs},
        {"perplexity", score.logprobs.empty() ? Json() : Json(std::exp(score.meanNll))},
        {"kl", score.kl},
    };
}

void run(const Options& options, Session& session)
{
    const auto texts
        = toTexts(parseOrdered(readAll(options.texts, session.cancel()), originOf(options.texts)),
            originOf(options.texts));
    const auto engine = session.open(options.model);
    const Plan plan = options.steering.resolve(*engine);

    ScoreRequest request;
    for (const ContrastText& text : texts) {
        request.rows.push_back({.text = static_cast<int>(request.texts.size()), .plan = plan});
        request.texts.push_back(encode(*engine, text));
        if (request.texts.back().empty())
            throw Error(
                originOf(options.texts) + ": item " + std::to_string(request.texts.size()) + " is empty");
    }

    // Rows finish in any order; a line is written as soon as all before it are.
    std::vector<std::optional<Json>> lines(request.rows.size());
    size_t written = 0;
    score(engine->model(), request, session.job(), [&](int row, const Score& figures) {
        const auto index = static_cast<size_t>(row);
        lines[index] = toJson(request.texts[index], figures);
        for (; written < lines.size() && lines[written]; ++written)
            printLine(*lines[written]);
    });
}

}

void addScore(CLI::App& app, Session& session)
{
    const auto options = std::make_shared<Options>();
    auto* verb
        = session.addVerb(app, "score", "Log-probabilities, perplexity and KL of given texts, a line each");
    addModel(*verb, options->model);
    verb->add_option("--texts", options->texts,
            "JSON list of strings (or message lists), such as [\"One text.\", \"Another.\"]; - for standard "
            "input")
        ->type_name("FILE")
        ->required();
    options->steering.addPlanOptions(*verb);
    verb->callback([options, &session] { run(*options, session); });
}

}
