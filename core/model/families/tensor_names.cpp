#include "core/model/families/tensor_names.h"

#include "core/base/error.h"

#include <algorithm>
#include <array>

namespace tiller {

namespace {

void replace(std::string& text, std::string_view what, int number)
{
    if (const size_t at = text.find(what); at != std::string::npos)
        text.replace(at, what.size(), std::to_string(number));
}

std::set<std::string> namesOf(const TensorNames& n, const ModelConfig& config)
{
    std::set<std::string> all;
    const auto add = [&](const std::string& name) {
        if (name.empty())
            return;
        all.insert(name);
        all.insert(biasName(name));
    };
    for (const auto& name :
        {n.embedding, n.positions, n.finalNorm, n.head, n.ropeDivisors, n.longRopeDivisors})
        add(name);
    for (int block = 0; block < config.layers; ++block) {
        for (const auto& pattern : {n.attentionNorm, n.queryKeyValue, n.query, n.key, n.value,
                 n.attentionOutput, n.attentionOutputNorm, n.mlpNorm, n.mlpOutputNorm})
            add(blockName(pattern, block));
        if (config.queryKeyNorm != QueryKeyNorm::None)
            for (const auto& pattern : {n.queryNorm, n.keyNorm})
                for (int head = 0; head < (pattern.find("{e}") == std::string::npos ? 1 : config.heads);
                     ++head)
                    add(blockName(pattern, block, head));
        if (config.blocks[static_cast<size_t>(block)].sparse) {
            add(blockName(n.router, block));
            for (int expert = 0; expert < config.experts.count; ++expert)
                for (const auto& pattern : {n.expertGate, n.expertUp, n.expertDown})
                    add(blockName(pattern, block, expert));
        } else {
            for (const auto& pattern : {n.gateUp, n.gate, n.up, n.down})
                add(blockName(pattern, block));
        }
    }
    return all;
}

bool isWithoutEffect(std::string_view name)
{
    constexpr std::array<std::string_view, 6> endings{".rotary_emb.inv_freq", ".attn.bias",
        ".attn.masked_bias", ".attention.bias", ".attention.masked_bias", ".position_ids"};
    constexpr std::array<std::string_view, 4> visual{
        "vision_tower.", "multi_modal_projector.", "model.vision_tower.", "model.multi_modal_projector."};
    return std::any_of(endings.begin(), endings.end(), [&](auto e) { return name.ends_with(e); })
        || std::any_of(visual.begin(), visual.end(), [&](auto v) { return name.starts_with(v); });
}

}

std::string blockName(std::string_view pattern, int block, int expert)
{
    std::string name(pattern);
    replace(name, "{}", block);
    replace(name, "{e}", expert);
    return name;
}

std::string biasName(std::string_view weight)
{
    constexpr std::string_view ending = ".weight";
    if (!weight.ends_with(ending))
        return {};
    return std::string(weight.substr(0, weight.size() - ending.size())) + ".bias";
}

void refuseUnknownTensors(const Checkpoint& checkpoint, const TensorNames& names, const ModelConfig& config)
{
    const std::set<std::string> known = namesOf(names, config);
    for (const TensorView* t : checkpoint.tensors())
        if (!known.contains(t->name) && !isWithoutEffect(t->name))
            throw Error(checkpoint.path().filename().string() + " has the tensor " + t->name + ", which "
                    + config.family + " models of " + std::to_string(config.layers) + " layers do not have",
                "The model may be a variant that is not supported, or its configuration belongs to another.");
}

}
