#include "cli/inputs.h"
#include "cli/output.h"
#include "cli/vector_json.h"
#include "cli/vector_output.h"
#include "cli/verbs/verbs.h"
#include "core/steer/plan.h"

#include <algorithm>
#include <set>

namespace tiller::cli {

namespace {

struct Options {
    std::string in;
    std::string out;
    std::string format;
    std::optional<int> shift;
    std::optional<int> layer;
    std::string layers = "all";
    std::vector<std::string> files;
};

void addOut(CLI::App& verb, Options& options)
{
    auto* layers = verb.add_option("--layers", options.layers, "Layers to keep: all (default), 12 or 10-20");
    verb.add_option(
            "--layer", options.layer, "The layer to take of a set, or that a single direction belongs to")
        ->type_name("L")
        ->check(CLI::NonNegativeNumber)
        ->excludes(layers);
    verb.add_option("--format", options.format, "Layout of the file (default: by extension)")
        ->check(CLI::IsMember({"rotalabs", "pt", "gguf", "safetensors", "svec"}));
}

void write(const VectorOutput& out, const SteeringVector& vector, int shift = 0)
{
    out.write(vector, shift);
    Json result = toJson(readVector(out.path()));
    result["out"] = out.path();
    printPretty(result);
}

[[noreturn]] void failLacking(const SteeringVector& vector, int layer, const std::string& what)
{
    LayerCurve held;
    for (const auto& [own, direction] : vector.layers)
        held[own] = 1;
    throw Error(what + " has no layer " + std::to_string(layer), "it has " + toString(held));
}

// A single direction belongs where it is said to.
void placeAt(SteeringVector& vector, int layer, const std::string& what)
{
    const auto chosen = vector.single() ? vector.layers.begin() : vector.layers.find(layer);
    if (chosen == vector.layers.end())
        failLacking(vector, layer, what);
    auto only = vector.layers.extract(chosen);
    vector.layers.clear();
    only.key() = layer;
    vector.layers.insert(std::move(only));
    vector.layerUnknown = false;
}

void keepOnly(SteeringVector& vector, const std::string& layers, const std::string& what)
{
    if (vector.layerUnknown)
        throw Error(what + " does not say which layer it belongs to", "say it with --layer L");
    constexpr int most = 10'000; // whatever the model
    std::map<int, LayerVector> kept;
    for (const auto& [layer, factor] : parseLayers(layers, most)) {
        if (factor != 1)
            throw Error("--layers " + layers + ": layers are kept as they are, without a factor",
                "vector mix scales a vector");
        const auto found = vector.layers.find(layer);
        if (found == vector.layers.end())
            failLacking(vector, layer, what);
        kept.insert(*found);
    }
    vector.layers = std::move(kept);
}

// `what` names the vector for errors.
void chooseLayers(SteeringVector& vector, const Options& options, const std::string& what)
{
    if (options.layer)
        placeAt(vector, *options.layer, what);
    else if (options.layers != "all")
        keepOnly(vector, options.layers, what);
}

void mixFiles(const Options& options)
{
    std::vector<std::string> files;
    SteeringVector mixed = evaluateMix(options.in, [&](const std::string& path) {
        files.push_back(path);
        return readVector(path);
    });
    const VectorOutput out(options.out, options.format, files);
    mixed.name = std::filesystem::path(options.out).stem().string();
    chooseLayers(mixed, options, "the mix");
    write(out, mixed);
}

void convert(const Options& options)
{
    SteeringVector vector = readVector(options.in);
    const VectorOutput out(options.out, options.format, {options.in});
    chooseLayers(vector, options, options.in);
    if (options.shift) {
        if (vector.layerUnknown)
            throw Error(options.in + " does not say which layer it belongs to", "say it with --layer L");
        std::map<int, LayerVector> shifted;
        for (auto& [layer, direction] : vector.layers) {
            const int64_t target = int64_t{layer} + *options.shift;
            if (target < 0 || target > std::numeric_limits<int>::max())
                throw Error("layer " + std::to_string(layer) + " of " + options.in + " would become layer "
                    + std::to_string(target));
            shifted.emplace(static_cast<int>(target), std::move(direction));
        }
        vector.layers = std::move(shifted);
    }
    write(out, vector, options.shift.value_or(0));
}

// A direction that names no layer is compared at every one.
const LayerVector* directionAt(const SteeringVector& vector, int layer)
{
    if (vector.layerUnknown)
        return &vector.layers.begin()->second;
    const auto found = vector.layers.find(layer);
    return found == vector.layers.end() ? nullptr : &found->second;
}

void compare(const Options& options)
{
    std::vector<SteeringVector> vectors;
    std::set<int> known;
    std::set<int> unknown;
    for (const std::string& file : options.files) {
        vectors.push_back(readVector(file));
        const SteeringVector& vector = vectors.back();
        if (vector.width() != vectors.front().width())
            throw Error(file + " is " + std::to_string(vector.width()) + " wide and " + options.files.front()
                + " is " + std::to_string(vectors.front().width()));
        for (const auto& [layer, direction] : vector.layers)
            (vector.layerUnknown ? unknown : known).insert(layer);
    }

    Json layers = Json::array();
    for (const int layer : known.empty() ? unknown : known) {
        Json cosines = Json::array();
        const auto holders = std::ranges::count_if(
            vectors, [&](const SteeringVector& vector) { return directionAt(vector, layer) != nullptr; });
        if (holders < 2)
            continue;
        for (const SteeringVector& a : vectors) {
            Json row = Json::array();
            for (const SteeringVector& b : vectors) {
                const LayerVector* left = directionAt(a, layer);
                const LayerVector* right = directionAt(b, layer);
                row.push_back(left && right ? Json(cosine(left->values, right->values)) : Json());
            }
            cosines.push_back(std::move(row));
        }
        layers.push_back({{"layer", known.empty() ? Json() : Json(layer)}, {"cosines", std::move(cosines)}});
    }
    if (layers.empty())
        throw Error("these vectors have no layer in common", "vector convert --shift-layers moves one");
    printLine({{"vectors", options.files}, {"layers", std::move(layers)}});
}

}

void addVector(CLI::App& app, Session& session)
{
    const auto options = std::make_shared<Options>();
    auto* verb = session.addVerb(app, "vector", "Look at vector files, mix and convert them");
    verb->require_subcommand(1);

    auto* showVerb = session.addVerb(*verb, "show", "Print what a vector says of itself");
    showVerb->add_option("FILE", options->in, "A vector file or set folder")->required();
    showVerb->callback([options] { printPretty(toJson(readVector(options->in))); });

    auto* mixVerb = session.addVerb(*verb, "mix", "Add vectors up, each with a weight");
    mixVerb->add_option("EXPRESSION", options->in, "Such as \"1.0*a.pt + 0.5*b.pt\"")->required();
    mixVerb->add_option("--out", options->out, "Where the result goes")->type_name("PATH")->required();
    addOut(*mixVerb, *options);
    mixVerb->callback([options] { mixFiles(*options); });

    auto* convertVerb = session.addVerb(*verb, "convert", "Write a vector in another layout");
    convertVerb->add_option("IN", options->in, "A vector file or set folder")->required();
    convertVerb->add_option("OUT", options->out, "Where the result goes")->required();
    convertVerb->add_option("--shift-layers", options->shift, "Add this to every layer number")
        ->type_name("N");
    addOut(*convertVerb, *options);
    convertVerb->callback([options] { convert(*options); });

    auto* compareVerb = session.addVerb(*verb, "compare", "Cosines between vectors, layer by layer");
    compareVerb->add_option("FILE", options->files, "Vector files or set folders, two or more")
        ->required()
        ->expected(2, 1000);
    compareVerb->callback([options] { compare(*options); });
}

}
