#include "core/study/lens.h"
#include "cli/output.h"
#include "cli/verbs/verbs.h"
#include "core/tokenizer/utf8_stream.h"

#include <optional>

namespace tiller::cli {

namespace {

struct Options {
    std::string model;
    std::string vector;
    std::optional<int> layer;
    int top = 10;
    bool allowOtherModel = false;
};

Json toJson(const std::vector<LensToken>& tokens, const Tokenizer& tokenizer)
{
    Json result = Json::array();
    for (const LensToken& token : tokens)
        result.push_back(
            {{"token", sanitizeUtf8(tokenizer.bytesOf(token.id))}, {"id", token.id}, {"logit", token.value}});
    return result;
}

void run(const Options& options, Session& session)
{
    const SteeringVector vector = readVector(options.vector);
    const auto engine = session.open(options.model);
    const ModelConfig& config = engine->model().config();
    checkFits(vector, config, engine->info().fingerprint, options.allowOtherModel);
    if (options.layer && (*options.layer < 0 || *options.layer >= config.layers))
        throw Error("layer " + std::to_string(*options.layer) + " does not exist: the model has layers 0 to "
            + std::to_string(config.layers - 1));
    const int layer = options.layer.value_or(startLayer(vector, config.layers));
    const auto direction = vector.single() ? vector.layers.begin() : vector.layers.find(layer);
    if (direction == vector.layers.end())
        throw Error(options.vector + " has no layer " + std::to_string(layer));

    if (!options.layer && !vector.single())
        note("reads layer " + std::to_string(layer)
            + (direction->second.pushPerUnit() ? ", whose push is the largest in the middle half of the model"
                                               : ", of the stored ones the nearest to the middle")
            + " (--layer names another)");
    const DirectionLens lens
        = lensOf(engine->model(), {direction->second.values}, options.top, session.cancel()).front();
    printPretty({
        {"layer", vector.layerUnknown && !options.layer ? Json() : Json(layer)},
        {"raised", toJson(lens.raised, engine->tokenizer())},
        {"lowered", toJson(lens.lowered, engine->tokenizer())},
    });
}

}

void addLens(CLI::App& app, Session& session)
{
    const auto options = std::make_shared<Options>();
    auto* verb = session.addVerb(app, "lens", "The tokens that a vector raises and lowers (logit lens)");
    addModel(*verb, options->model);
    verb->add_option("--vector", options->vector, "Vector file or set")->type_name("PATH")->required();
    verb->add_option("--layer", options->layer,
        "Layer of a set (default: the largest push in the middle half of the model)");
    verb->add_option("--top", options->top, "Tokens each way (default 10)")->check(CLI::Range(1, 1000));
    verb->add_flag("--allow-other-model", options->allowOtherModel, "Take a vector of another model");
    verb->callback([options, &session] { run(*options, session); });
}

}
