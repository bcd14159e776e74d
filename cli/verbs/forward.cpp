#include "cli/inputs.h"
#include "cli/measure.h"
#include "cli/output.h"
#include "cli/steering_options.h"
#include "cli/verbs/verbs.h"
#include "core/io/safetensors.h"

#include <numeric>

namespace tiller::cli {

namespace {

struct Options {
    std::string model;
    std::string ids;
    std::string out;
    SteeringOptions steering;
};

std::vector<std::vector<TokenId>> toRows(const Json& value, const std::string& origin)
{
    if (!value.is_array() || value.empty())
        throw Error(origin + ": a list of lists of token ids is expected, such as [[504, 6783], [314]]");
    std::vector<std::vector<TokenId>> rows;
    for (const Json& row : value)
        rows.push_back(toIds(row, origin + ", row " + std::to_string(rows.size())));
    return rows;
}

void write(const std::filesystem::path& path, const std::vector<ForwardRow>& rows)
{
    std::vector<NamedTensor> tensors;
    for (size_t row = 0; row < rows.size(); ++row) {
        const auto add = [&](const char* what, const HostTensor& tensor) {
            tensors.push_back({.name = std::string(what) + "." + std::to_string(row),
                .dtype = DType::F32,
                .shape = tensor.shape,
                .data = std::as_bytes(std::span(tensor.data))});
        };
        add("resid", rows[row].residuals);
        add("embed", rows[row].embeddings);
        add("logits", rows[row].logits);
    }
    writeSafetensors(path, tensors);
}

void run(const Options& options, Session& session)
{
    ForwardRequest request;
    request.rows = toRows(
        parseOrdered(readAll(options.ids, session.cancel()), originOf(options.ids)), originOf(options.ids));
    const auto engine = session.open(options.model);
    const ModelConfig& config = engine->model().config();
    if (options.steering.given())
        request.plans.assign(request.rows.size(), options.steering.resolve(*engine));
    request.layers.resize(static_cast<size_t>(config.layers));
    std::iota(request.layers.begin(), request.layers.end(), 0);
    request.embeddings = true;
    request.logits = true;

    const Stopwatch watch;
    const auto rows = forward(engine->model(), request, session.job());
    const double seconds = watch.seconds();
    write(options.out, rows);

    Json lengths = Json::array();
    for (const auto& ids : request.rows)
        lengths.push_back(ids.size());
    printLine({
        {"rows", rows.size()},
        {"lengths", std::move(lengths)},
        {"layers", config.layers},
        {"hidden", config.hidden},
        {"vocab", config.vocabulary},
        {"dtype", toString(engine->model().computeType())},
        {"seconds", seconds},
        {"out", options.out},
    });
}

}

void addForward(CLI::App& app, Session& session)
{
    const auto options = std::make_shared<Options>();
    auto* verb
        = session.addVerb(app, "forward", "Run token ids once; write residuals, embeddings and logits");
    addModel(*verb, options->model);
    verb->add_option("--ids", options->ids, "JSON list of id lists, - for standard input")
        ->type_name("FILE")
        ->required();
    verb->add_option("--out", options->out, "The .safetensors file to write")->type_name("FILE")->required();
    options->steering.addPlanOptions(*verb);
    verb->callback([options, &session] { run(*options, session); });
}

}
