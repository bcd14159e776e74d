#include "cli/steering_options.h"

#include "cli/output.h"
#include "cli/session.h"

namespace tiller::cli {

void SteeringOptions::addPlanOptions(CLI::App& verb)
{
    verb.add_option("--plan", plan, "Steer by this plan (JSON)")->type_name("FILE");
    verb.add_flag(
        "--allow-other-model", allowOtherModel, "Take vectors of another model where the width fits");
    verb.footer(planHelp());
}

void SteeringOptions::addVectorOptions(CLI::App& verb)
{
    auto* file = verb.add_option("--vector", vector, "Steer by this vector or set")->type_name("FILE");
    file->excludes("--plan");
    verb.add_option("--strength", strength, "Multiplies the vector (default 1)")
        ->check(finiteNumber())
        ->needs(file);
    verb.add_option("--layer", layers, "18 or 10-20 (default: the layers stored with it)")->needs(file);
    verb.add_option("--op", op, "add (default), add_keep_norm, ablate, clamp, rotate")
        ->check(parsedBy([](const std::string& text) { parseOp(text); }))
        ->needs(file);
    verb.add_option("--scope", scope, "all (default), prompt, generated, last, from:N")
        ->check(parsedBy([](const std::string& text) { parseScope(text); }))
        ->needs(file);
    verb.add_flag("--skip-first", skipFirst, "Leave out position 0")->needs(file);
}

Plan SteeringOptions::resolve(const Engine& engine) const
{
    const ModelConfig& config = engine.model().config();
    std::vector<Edit> edits;
    if (!plan.empty())
        edits = readPlan(plan, config);
    if (!vector.empty()) {
        Edit edit;
        edit.vector = std::make_shared<const SteeringVector>(readVector(vector));
        edit.op = parseOp(op);
        edit.strength = strength;
        if (!layers.empty())
            edit.layers = parseLayers(layers, config.layers);
        edit.scope = parseScope(scope);
        edit.scope.skipFirst = skipFirst;
        edits.push_back(std::move(edit));
    }
    for (const Edit& edit : edits) {
        checkFits(*edit.vector, config, engine.model().fingerprint(), allowOtherModel);
        if (!edit.layers && !edit.vector->single())
            note("warning: " + (vector.empty() ? edit.vector->name : vector)
                + " is a set and steers at all its " + std::to_string(edit.vector->layers.size())
                + " layers, at each with the whole strength ("
                + (vector.empty() ? "\"layers\" of its edit" : "--layer") + " names some)");
    }
    return resolvePlan(edits, config);
}

}
