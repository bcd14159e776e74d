#include "cli/output.h"
#include "cli/verbs/verbs.h"
#include "core/model/device.h"

namespace tiller::cli {

namespace {

// Bytes, before anything is loaded.
Json memoryOf(const ModelInfo& info)
{
    const ComputeType automatic = computeTypeOf("auto", "cpu", info.memory.isQuantised);
    return {
        {"f32", info.memory.bytes(ComputeType::F32)},
        {"bf16", info.memory.bytes(ComputeType::BF16)},
        {"f16", info.memory.bytes(ComputeType::F16)},
        {"q8", info.memory.bytes(ComputeType::Packed)},
        {"auto", info.memory.bytes(automatic)},
        {"auto_dtype", toString(automatic)},
        {"context", info.memory.context},
        {"available", availableMemory()},
    };
}

void run(const std::string& model)
{
    const ModelInfo info = readModelFiles(modelPath(model)).info;
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
        {"head_dim", info.headDim},
        {"intermediate", info.intermediate},
        {"vocab", info.vocabulary},
        {"context", info.contextLength},
        {"parameters", info.parameters},
        {"dtype", dtype},
        {"bytes", info.fileBytes},
        {"file_format", info.fileFormat},
        {"memory", memoryOf(info)},
        {"tokenizer", info.tokenizer.empty() ? Json() : Json(info.tokenizer)},
        {"template", info.templateOrigin.empty() ? Json() : Json(info.templateOrigin)},
        {"base_model", info.templateOrigin.empty()},
        {"licence", info.licence.empty() ? Json() : Json(info.licence)},
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
