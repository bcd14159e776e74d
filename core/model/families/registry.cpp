#include "core/base/error.h"
#include "core/model/families/family.h"
#include "core/model/families/llama_internal.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>

namespace tiller {

namespace {

// People know models by the names of their files and folders; metadata names are often those of a training
// run.
std::string nameOf(const Checkpoint& checkpoint)
{
    const auto path = std::filesystem::absolute(checkpoint.path()).lexically_normal();
    if (!checkpoint.gguf())
        return (path.filename().empty() ? path.parent_path() : path).filename().string();
    static const std::regex quantisation("[.-](I?Q[0-9]\\w*|B?F(16|32))$", std::regex::icase);
    return std::regex_replace(path.stem().string(), quantisation, "");
}

}

const std::vector<Family>& families()
{
    static const std::vector<Family> all = {
        llamaFamily(),
        mistralFamily(),
    };
    return all;
}

const Family& findFamily(const Checkpoint& checkpoint)
{
    const GgufFile* gguf = checkpoint.gguf();
    std::string type;
    if (gguf)
        type = gguf->getString("general.architecture").value_or("");
    else if (const auto it = checkpoint.config().find("model_type");
             it != checkpoint.config().end() && it->is_string())
        type = it->get<std::string>();
    const std::string where = checkpoint.path().filename().string();
    if (type.empty())
        throw Error(where + (gguf ? " has no general.architecture" : ": config.json has no model_type"));
    std::string known;
    for (const Family& family : families()) {
        const auto& names = gguf ? family.ggufArchitectures : family.modelTypes;
        if (std::find(names.begin(), names.end(), type) != names.end())
            return family;
        known += (known.empty() ? "" : ", ") + std::string(family.name);
    }
    throw Error(where + " is of the architecture \"" + type + "\", which is not supported",
        "Supported are: " + known + ".");
}

ModelConfig readConfig(const Checkpoint& checkpoint)
{
    const Family& family = findFamily(checkpoint);
    ModelConfig c = checkpoint.gguf() ? family.fromGguf(*checkpoint.gguf())
                                      : family.fromHuggingFace(checkpoint.config());
    c.family = family.name;
    c.name = nameOf(checkpoint);
    const TensorNames& names = checkpoint.gguf() ? family.ggufNames : family.huggingFaceNames;
    const TensorView* embedding = checkpoint.find(names.embedding);
    if (!embedding)
        throw Error(checkpoint.path().filename().string() + " has no tensor " + names.embedding);
    if (embedding->shape.size() != 2)
        throw Error(embedding->name + " is not a matrix");
    if (checkpoint.gguf()) {
        c.vocabulary = static_cast<int>(embedding->shape[0]);
        c.tiedEmbeddings = !checkpoint.find(names.head);
    }

    const auto demand = [&](bool good, const std::string& cause) {
        if (!good)
            throw Error(checkpoint.path().filename().string() + ": " + cause);
    };
    constexpr int mostLayers = 1024;
    demand(c.layers > 0 && c.layers <= mostLayers, "the number of layers is " + std::to_string(c.layers));
    demand(c.hidden > 0 && c.intermediate > 0 && c.vocabulary > 0,
        "hidden, intermediate or vocabulary size is zero");
    demand(c.heads > 0 && c.kvHeads > 0 && c.heads % c.kvHeads == 0,
        std::to_string(c.heads) + " attention heads do not divide among " + std::to_string(c.kvHeads)
            + " key heads");
    demand(c.headDim > 0 && c.headDim % 2 == 0, "the head size is " + std::to_string(c.headDim));
    demand(c.contextLength > 0, "the context length is " + std::to_string(c.contextLength));
    if (c.rope.dimensions == 0)
        c.rope.dimensions = c.headDim;
    demand(c.rope.dimensions > 0 && c.rope.dimensions <= c.headDim && c.rope.dimensions % 2 == 0,
        "the number of rotated dimensions is " + std::to_string(c.rope.dimensions));
    demand(c.normEpsilon >= 0, "the norm's epsilon is negative");
    demand(embedding->shape[1] == c.hidden,
        embedding->name + " has width " + std::to_string(embedding->shape[1]) + ", but the hidden size is "
            + std::to_string(c.hidden));
    c.slidingWindow.resize(static_cast<size_t>(c.layers), 0);
    return c;
}

std::string blockName(const std::string& pattern, int block)
{
    const size_t at = pattern.find("{}");
    return at == std::string::npos ? pattern
                                   : pattern.substr(0, at) + std::to_string(block) + pattern.substr(at + 2);
}

}
