#include "core/base/error.h"
#include "core/base/hugging_face_cache.h"
#include "core/model/families/families_internal.h"
#include "core/model/families/family.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <regex>

namespace tiller {

namespace {

// People know models by the names of their files and folders; metadata names are often those of a training
// run.
std::string nameOf(const Checkpoint& checkpoint)
{
    const auto path = std::filesystem::absolute(checkpoint.path()).lexically_normal();
    if (!checkpoint.gguf()) {
        const std::string repository = repositoryName(path);
        return !repository.empty()
            ? repository
            : (path.filename().empty() ? path.parent_path() : path).filename().string();
    }
    // "model.gguf" says nothing, its folder often does.
    if (path.stem() == "model")
        return path.parent_path().filename().string();
    static const std::regex quantisation("[.-](I?Q[0-9]\\w*|B?F(16|32))$", std::regex::icase);
    return std::regex_replace(path.stem().string(), quantisation, "");
}

}

const std::vector<Family>& families()
{
    static const std::vector<Family> all = {
        llamaFamily(),
        mistralFamily(),
        mixtralFamily(),
        qwen2Family(),
        qwen3Family(),
        qwen3MoeFamily(),
        gemmaFamily(),
        gemma2Family(),
        gemma3Family(),
        phiFamily(),
        phi3Family(),
        gpt2Family(),
        gptNeoxFamily(),
        olmo2Family(),
        smolLm3Family(),
        stableLmFamily(),
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
    const std::string where = gguf ? checkpoint.path().filename().string() : nameOf(checkpoint);
    if (const int64_t parts = gguf ? gguf->getInt("split.count").value_or(1) : 1; parts > 1)
        throw Error(where + " is one of " + std::to_string(parts) + " parts of a model",
            "Merge them first: llama-gguf-split --merge " + where + " whole.gguf");
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

const TensorNames& tensorNames(const Checkpoint& checkpoint)
{
    const Family& family = findFamily(checkpoint);
    if (checkpoint.gguf())
        return family.ggufNames;
    for (const TensorNames& names : family.huggingFaceNames)
        if (checkpoint.find(names.embedding))
            return names;
    throw Error(checkpoint.path().filename().string() + " has no tensor "
        + family.huggingFaceNames.front().embedding);
}

namespace {

void checkRope(const Checkpoint& checkpoint, RopeConfig& rope, int headDim)
{
    const std::string where = checkpoint.path().filename().string();
    if (rope.dimensions == 0)
        rope.dimensions = headDim;
    if (!(rope.theta > 0) || !std::isfinite(rope.theta) || !(rope.factor > 0) || !std::isfinite(rope.factor))
        throw Error(where + ": the base or the factor of the rotary embedding is not a positive number");
    if (rope.dimensions > headDim || rope.dimensions % 2 != 0)
        throw Error(where + ": the number of rotated dimensions is " + std::to_string(rope.dimensions));
    const auto half = static_cast<size_t>(rope.dimensions / 2);
    for (const auto* divisors : {&rope.divisors, &rope.longDivisors})
        if (!divisors->empty() && divisors->size() != half)
            throw Error(where + ": " + std::to_string(divisors->size()) + " rotary factors, but "
                + std::to_string(half) + " frequencies");
}

}

ModelConfig readConfig(const Checkpoint& checkpoint)
{
    const Family& family = findFamily(checkpoint);
    ModelConfig c = checkpoint.gguf() ? family.fromGguf(*checkpoint.gguf())
                                      : family.fromHuggingFace(checkpoint.config());
    c.family = family.name;
    c.name = nameOf(checkpoint);
    const TensorNames& names = tensorNames(checkpoint);
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
    demand(c.hidden > 0 && c.intermediate > 0 && c.vocabulary > 0,
        "hidden, intermediate or vocabulary size is zero");
    demand(c.heads > 0 && c.kvHeads > 0 && c.heads % c.kvHeads == 0,
        std::to_string(c.heads) + " attention heads do not divide among " + std::to_string(c.kvHeads)
            + " key heads");
    demand(c.headDim > 0, "the head size is " + std::to_string(c.headDim));
    demand(c.contextLength > 0, "the context length is " + std::to_string(c.contextLength));
    demand(c.normEpsilon >= 0, "the norm's epsilon is negative");
    demand(embedding->shape[1] == c.hidden,
        embedding->name + " has width " + std::to_string(embedding->shape[1]) + ", but the hidden size is "
            + std::to_string(c.hidden));
    for (RopeConfig& rope : c.ropes)
        checkRope(checkpoint, rope, c.headDim);
    const auto sparse
        = std::any_of(c.blocks.begin(), c.blocks.end(), [](const BlockConfig& b) { return b.sparse; });
    constexpr int mostExperts = 4096;
    demand(!sparse
            || (c.experts.count > 0 && c.experts.count <= mostExperts && c.experts.perToken > 0
                && c.experts.perToken <= c.experts.count && c.experts.intermediate > 0),
        std::to_string(c.experts.perToken) + " of " + std::to_string(c.experts.count) + " experts a token");
    if (c.attentionScale == 0)
        c.attentionScale = 1 / std::sqrt(static_cast<double>(c.headDim));
    return c;
}

}
