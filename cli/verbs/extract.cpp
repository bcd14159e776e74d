#include "cli/output.h"
#include "cli/vector_output.h"
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
    std::string read; ///< empty: as the method and the set suggest
    std::string layers = "all";
    std::string normalisation = "none";
    std::string format;
    std::string out;
    std::string bank;
    bool raw = false;
};

// The rows of a contrast file that are not used: each is named with its place and the reason.
class Skipped {
public:
    Skipped(std::string file, const ParsedContrastSet& parsed)
        : m_file(std::move(file))
        , m_unit(parsed.unit)
        , m_lines(parsed.lines)
    {
        for (const ContrastRowError& error : parsed.errors)
            add(error.line, error.reason);
        if (!parsed.errors.empty())
            note("warning: pairs and examples are counted without what is left out");
        for (const std::string& name : parsed.ignored)
            note("warning: " + m_file + ": '" + name + "' means nothing in a contrast set and is ignored");
    }

    void add(const LeftOutItem& item)
    {
        add(m_lines.at(static_cast<size_t>(item.row)), item.reason);
        rows.back()["number"] = item.row + 1; // as the warnings count
    }

    Json rows = Json::array();

private:
    void add(int line, const std::string& reason)
    {
        note("warning: " + m_file + ", " + m_unit + ' ' + std::to_string(line) + " is left out: " + reason);
        rows.push_back({{m_unit, line}, {"reason", reason}});
    }

    std::string m_file;
    std::string m_unit;
    std::vector<int> m_lines;
};

ReadPosition readPositionFor(const Options& options, const ContrastSet& set)
{
    if (!options.read.empty())
        return parseReadPosition(options.read);
    const ContrastSet used = set.enabledOnly();
    const ReadPosition read = suggestedReadPosition(used, options.method);
    if (read == ReadPosition{})
        note(options.method == "caa" && !answerLetterPosition(used)
                ? "reads the completion: the answers are no letters of one form, as (A) and (B) are"
                : "reads the completion");
    else
        note("reads " + toString(read)
            + (read.kind == ReadPosition::Kind::Mean ? ": no item has a prompt" : ": the answer's letter"));
    return read;
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

// The activations must not replace what was read or written.
void checkBank(const Options& options)
{
    namespace fs = std::filesystem;
    if (options.bank.empty())
        return;
    const fs::path bank = fs::absolute(options.bank).lexically_normal();
    const fs::path out = fs::absolute(options.out).lexically_normal();
    if (bank.extension() != ".safetensors")
        throw Error(options.bank + ": activations are written as .safetensors", "name the file so");
    if (!fs::is_directory(bank.parent_path()))
        throw Error(options.bank + ": there is no folder " + bank.parent_path().string(), "make it first");
    const bool inSet = std::ranges::mismatch(out, bank).in1 == out.end();
    if (bank == fs::absolute(options.contrast).lexically_normal() || inSet)
        throw Error(options.bank + ": would replace the contrast set, or a part of the vector",
            "give the activations another name");
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
Json toJson(
    const DiagnosticWarning& warning, const std::vector<int>& itemNumbers, const std::vector<int>& lines)
{
    Json items = Json::array();
    Json places = Json::array(); // in the file
    for (const int item : warning.items) {
        const int number = itemNumbers[static_cast<size_t>(item)];
        items.push_back(number);
        places.push_back(lines.at(static_cast<size_t>(number) - 1));
    }
    return {{"text", warning.text}, {"remedy", warning.remedy}, {"layers", warning.layers},
        {"items", std::move(items)}, {"lines", std::move(places)}};
}

// Errors of a fit speak of the set: they are told which file that is.
ExtractResult extractFrom(
    const std::string& file, const Engine& engine, const ExtractRequest& request, const Job& job)
{
    try {
        return engine.extract(request, job);
    } catch (const Error& error) {
        throw Error(file + ": " + error.what(), error.remedy());
    }
}

void run(const Options& options, Session& session)
{
    ParsedContrastSet parsed = readContrastSet(options.contrast);
    const VectorOutput out(options.out, options.format, {options.contrast});
    Skipped skipped(options.contrast, parsed);

    ExtractRequest request;
    request.set = std::move(parsed.set);
    request.method = options.method;
    request.read = readPositionFor(options, request.set);
    request.normalisation = parseNormalisation(options.normalisation);
    request.render.raw = options.raw;

    const auto engine = session.open(options.model);
    for (const auto& [layer, factor] : parseLayers(options.layers, engine->info().layers))
        request.layers.push_back(layer);
    checkOutput(options, request.layers.size());
    out.checkLayers({request.layers.begin(), request.layers.end()});
    checkBank(options);

    const ExtractResult result = extractFrom(options.contrast, *engine, request, session.job());
    for (const LeftOutItem& item : result.leftOut)
        skipped.add(item);
    out.write(result.vector);
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
        warnings.push_back(toJson(warning, diagnostics.itemNumbers, parsed.lines));
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
            "Tokens read: last, mean, mean_text, completion last:N, index:I, first (default: completion; "
            "mean where no "
            "item has a prompt; with caa the letter of A/B answers)")
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
