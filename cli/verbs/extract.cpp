#include "cli/output.h"
#include "cli/verbs/verbs.h"

#include <algorithm>

namespace tiller::cli {

namespace {

struct Options {
    std::string model;
    std::string contrast;
    std::string method = "mean_difference";
    std::string read = "completion";
    std::string layers = "all";
    std::string normalisation = "none";
    std::string format;
    std::string out;
    std::string bank;
    bool raw = false;
};

// What becomes of the rows of a contrast file: the bad ones are named and kept out.
struct Skipped {
    Json rows = Json::array();

    void add(const std::string& file, int line, const std::string& reason)
    {
        note("warning: " + file + ", row " + std::to_string(line) + " is left out: " + reason);
        rows.push_back({{"line", line}, {"reason", reason}});
    }
};

// Takes out the items that cannot be rendered, or have no token where activations are read.
void keepReadable(ContrastSet& set, const Renderer& renderer, const ReadPosition& read,
    const std::string& file, Skipped& skipped)
{
    const auto reasonAgainst = [&](const ContrastText& prompt, const ContrastText& answer) -> std::string {
        try {
            read.positions(renderer.render(prompt, answer));
            return {};
        } catch (const Error& error) {
            return explain(error);
        }
    };
    int item = 0;
    const auto refuse = [&](const std::string& reason) {
        ++item;
        if (!reason.empty())
            skipped.add(file, item, reason);
        return !reason.empty();
    };
    std::erase_if(set.pairs, [&](const ContrastPair& pair) {
        const std::string reason = reasonAgainst(pair.prompt, pair.positive);
        return refuse(reason.empty() ? reasonAgainst(pair.prompt, pair.negative) : reason);
    });
    std::erase_if(set.labelled,
        [&](const LabelledExample& example) { return refuse(reasonAgainst({}, example.text)); });
    if (set.size() == 0)
        throw Error(file + ": no item is left to extract from", "see the rows named above");
}

// Refused before the work rather than after it.
void checkOutput(const Options& options, size_t layerCount)
{
    const std::filesystem::path out = options.out;
    const bool named = out.extension() == ".pt" && !std::filesystem::is_directory(out);
    const bool oneTensor
        = options.format == "pt" || (named && (options.format.empty() || options.format == "rotalabs"));
    if (oneTensor && layerCount > 1)
        throw Error(options.out + ": a .pt file holds one layer, and " + std::to_string(layerCount)
                + " are asked for",
            "choose one with --layers, or give --out a name without extension: a folder with a file a layer");
}

Json toJson(const LayerDiagnostics& layer)
{
    return {
        {"layer", layer.layer},
        {"norm", layer.norm},
        {"mean_residual_norm", layer.meanResidualNorm},
        {"push", layer.push},
        {"positive_projection", layer.positiveProjection},
        {"negative_projection", layer.negativeProjection},
        {"separation", layer.separation},
    };
}

void run(const Options& options, Session& session)
{
    ParsedContrastSet parsed = readContrastSet(options.contrast);
    Skipped skipped;
    for (const ContrastRowError& error : parsed.errors)
        skipped.add(options.contrast, error.line, error.reason);

    ExtractRequest request;
    request.set = std::move(parsed.set);
    request.method = options.method;
    request.read = parseReadPosition(options.read);
    request.normalisation = parseNormalisation(options.normalisation);
    request.render.raw = options.raw;

    const auto engine = session.open(options.model);
    for (const auto& [layer, factor] : parseLayers(options.layers, engine->info().layers))
        request.layers.push_back(layer);
    checkOutput(options, request.layers.size());
    keepReadable(request.set, engine->renderer(request.render), request.read, options.contrast, skipped);

    const ExtractResult result = engine->extract(request, session.job());
    writeVector(options.out, result.vector, options.format);
    if (!options.bank.empty())
        writeBank(options.bank, result.bank);

    Json layers = Json::array();
    for (const LayerDiagnostics& layer : result.diagnostics)
        layers.push_back(toJson(layer));
    printPretty({
        {"name", result.vector.name},
        {"method", options.method},
        {"read", toString(request.read)},
        {"layers", std::move(layers)},
        {"suggested_layer", result.suggestedLayer},
        {"seconds", result.seconds},
        {"tokens", result.tokens},
        {"items", request.set.size()},
        {"skipped", std::move(skipped.rows)},
        {"out", options.out},
    });
}

}

void addExtract(CLI::App& app, Session& session)
{
    const auto options = std::make_shared<Options>();
    auto* verb = session.addVerb(app, "extract", "Fit a steering vector to contrast items");
    addModel(*verb, options->model);
    verb->add_option("--contrast", options->contrast, "Contrast items: JSON, JSONL, CSV or TSV")
        ->type_name("FILE")
        ->required();
    verb->add_option("--method", options->method, "How the direction is fitted (default mean_difference)")
        ->check(parsedBy([](const std::string& text) { findExtractor(text); }));
    verb->add_option("--read", options->read,
            "Tokens read: last, mean, mean_text, completion (default), last:N, index:I, first")
        ->check(parsedBy([](const std::string& text) { parseReadPosition(text); }));
    verb->add_option("--out", options->out, "Where the vector goes; a set in rotalabs form is a folder")
        ->type_name("PATH")
        ->required();
    verb->add_option("--layers", options->layers, "all (default), 12 or 10-20");
    verb->add_flag("--raw", options->raw, "Plain text: no chat template");
    verb->add_option("--normalize", options->normalisation, "none (default), unit or residual")
        ->check(parsedBy([](const std::string& text) { parseNormalisation(text); }));
    verb->add_option("--format", options->format, "Layout of the file (default: by extension)")
        ->check(CLI::IsMember({"rotalabs", "pt", "gguf", "safetensors", "svec"}));
    verb->add_option("--bank", options->bank, "Also write the activations (.safetensors)")->type_name("FILE");
    verb->callback([options, &session] { run(*options, session); });
}

}
