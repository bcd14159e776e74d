#include "cli/output.h"
#include "cli/verbs/verbs.h"
#include "core/study/resampling.h"

#include <algorithm>
#include <charconv>

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

    // Of a table its line, of JSON its item.
    void row(const std::string& file, int number, const std::string& reason)
    {
        add("row", "line", file, number, reason);
    }
    void item(const std::string& file, int number, const std::string& reason)
    {
        add("item", "item", file, number, reason);
    }

private:
    void add(
        const char* what, const char* key, const std::string& file, int number, const std::string& reason)
    {
        note("warning: " + file + ", " + what + ' ' + std::to_string(number) + " is left out: " + reason);
        rows.push_back({{key, number}, {"reason", reason}});
    }
};

// Switches off the items that cannot be rendered, or have no token where activations are read.
void useReadable(ContrastSet& set, const Renderer& renderer, const ReadPosition& read,
    const std::string& file, Skipped& skipped)
{
    const auto isReadable = [&](const ContrastText& prompt, const ContrastText& answer, size_t place) {
        try {
            read.positions(renderer.render(prompt, answer));
            return true;
        } catch (const Error& error) {
            skipped.item(file, static_cast<int>(place) + 1, explain(error));
            return false;
        }
    };
    for (size_t i = 0; i < set.pairs.size(); ++i) {
        ContrastPair& pair = set.pairs[i];
        pair.enabled = pair.enabled && isReadable(pair.prompt, pair.positive, i)
            && isReadable(pair.prompt, pair.negative, i);
    }
    for (size_t i = 0; i < set.labelled.size(); ++i) {
        LabelledExample& example = set.labelled[i];
        example.enabled = example.enabled && isReadable({}, example.text, i);
    }
    if (set.enabledOnly().size() == 0)
        throw Error(
            file + ": no item is left to extract from", "switch some on, or mend the rows named above");
}

// Refused before the work rather than after it.
void checkOutput(const Options& options, size_t layerCount)
{
    checkWritable(options.out, options.format);
    const std::filesystem::path out = options.out;
    const bool named = out.extension() == ".pt" && !std::filesystem::is_directory(out);
    const bool oneTensor
        = options.format == "pt" || (named && (options.format.empty() || options.format == "rotalabs"));
    if (oneTensor && layerCount > 1)
        throw Error(options.out + ": a .pt file holds one layer, and " + std::to_string(layerCount)
                + " are asked for",
            "choose one with --layers, or give --out a name without extension: a folder with a file a layer");
}

// To six digits: what a figure means, and what a reader can take in.
double rounded(double value)
{
    char text[32];
    const char* end = std::to_chars(text, text + sizeof text, value, std::chars_format::general, 6).ptr;
    std::from_chars(text, end, value);
    return value;
}

Json rounded(const std::vector<float>& values)
{
    Json result = Json::array();
    for (const float value : values)
        result.push_back(rounded(static_cast<double>(value)));
    return result;
}

Json rounded(const Band& band)
{
    return {rounded(band.low), rounded(band.high)};
}

Json toJson(const LayerDiagnostics& layer)
{
    Json json{
        {"layer", layer.layer},
        {"norm", rounded(layer.norm)},
        {"mean_residual_norm", rounded(layer.meanResidualNorm)},
        {"push", rounded(layer.push)},
        {"positive_projection", rounded(layer.positiveProjection)},
        {"negative_projection", rounded(layer.negativeProjection)},
        {"gap", rounded(layer.gap)},
        {"separation", rounded(layer.separation)},
        {"explained_variance", rounded(layer.explainedVariance)},
        {"outlier_share", rounded(layer.outlierShare)},
    };
    if (const auto& resampled = layer.resampled) {
        json["leave_one_out_auc"] = rounded(resampled->auc);
        json["leave_one_out_accuracy"] = rounded(resampled->accuracy);
        json["split_half_cosine"] = rounded(resampled->splitHalf);
        json["split_half_band"] = rounded(resampled->splitHalfBand);
        json["norm_band"] = rounded(resampled->normBand);
        json["cross_validated_auc"] = rounded(resampled->foldAuc);
        json["permutation_p"] = rounded(resampled->p);
        json["leave_one_out_cosines"] = rounded(resampled->withoutItem);
    }
    return json;
}

// Items by their place in the set, from 1, as the warnings' text counts them.
Json toJson(const DiagnosticWarning& warning, const std::vector<int>& itemNumbers)
{
    Json items = Json::array();
    for (const int item : warning.items)
        items.push_back(itemNumbers[static_cast<size_t>(item)]);
    return {{"text", warning.text}, {"remedy", warning.remedy}, {"layers", warning.layers},
        {"items", std::move(items)}};
}

void run(const Options& options, Session& session)
{
    ParsedContrastSet parsed = readContrastSet(options.contrast);
    Skipped skipped;
    for (const ContrastRowError& error : parsed.errors)
        skipped.row(options.contrast, error.line, error.reason);

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
    useReadable(request.set, engine->renderer(request.render), request.read, options.contrast, skipped);

    const ExtractResult result = engine->extract(request, session.job());
    writeVector(options.out, result.vector, options.format);
    if (!options.bank.empty())
        writeBank(options.bank, result.bank);

    const Diagnostics diagnostics = resample(result.diagnostics, result.bank, findExtractor(request.method),
        request.normalisation, {}, session.job());
    Json layers = Json::array();
    for (const LayerDiagnostics& layer : diagnostics.layers)
        layers.push_back(toJson(layer));
    Json cosines = Json::array();
    for (const std::vector<float>& row : diagnostics.cosines)
        cosines.push_back(rounded(row));
    Json warnings = Json::array();
    for (const DiagnosticWarning& warning : diagnostics.warnings) {
        note("warning: " + warning.text + ' ' + warning.remedy);
        warnings.push_back(toJson(warning, diagnostics.itemNumbers));
    }
    const Recommendation& recommendation = diagnostics.recommendation;
    printPretty({
        {"name", result.vector.name},
        {"method", options.method},
        {"read", toString(request.read)},
        {"layers", std::move(layers)},
        {"layer_cosines", std::move(cosines)},
        {"warnings", std::move(warnings)},
        {"recommended_layer", recommendation.layer},
        {"recommendation", {{"reason", recommendation.reason}, {"candidates", recommendation.candidates}}},
        {"seconds", result.seconds},
        {"tokens", result.tokens},
        {"items", result.bank.items},
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
