#include "cli/output.h"
#include "cli/verbs/verbs.h"

namespace tiller::cli {

namespace {

void run(const std::string& model)
{
    const ModelInfo info = describe(modelPath(model));
    // "GGUF Q4_1": the container, then the type of the weights.
    const size_t space = info.fileFormat.find(' ');
    const std::string dtype
        = space == std::string::npos ? info.fileFormat : info.fileFormat.substr(space + 1);
    printPretty({
        {"path", info.path.string()},
        {"name", info.name},
        {"architecture", info.family},
        {"layers", info.layers},
        {"hidden", info.hidden},
        {"heads", info.heads},
        {"kv_heads", info.kvHeads},
        {"vocab", info.vocabulary},
        {"context", info.contextLength},
        {"parameters", info.parameters},
        {"dtype", dtype},
        {"bytes", info.fileBytes},
        {"file_format", info.fileFormat},
        {"tokenizer", info.tokenizer.empty() ? Json() : Json(info.tokenizer)},
        {"template", info.templateOrigin.empty() ? Json() : Json(info.templateOrigin)},
    });
}

}

void addInfo(CLI::App& app, Session& session)
{
    const auto model = std::make_shared<std::string>();
    auto* verb = session.addVerb(app, "info", "Say what a model is, without loading its weights");
    addModel(*verb, *model);
    verb->callback([model] { run(*model); });
}

}
