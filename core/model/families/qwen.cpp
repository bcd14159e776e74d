#include "core/model/families/common.h"
#include "core/model/families/families_internal.h"

#include "core/base/error.h"

namespace tiller {

namespace {

// The window that Qwen configurations name holds only where use_sliding_window says so, and only from
// max_window_layers on.
void setQwenWindows(ModelConfig& c, const nlohmann::json& config)
{
    if (!flagOr(config, "use_sliding_window", false))
        return;
    setSlidingWindows(c, config, [](int) { return true; });
    if (!config.contains("layer_types"))
        for (int i = 0; i < std::min(c.layers, intOr(config, "max_window_layers", 28)); ++i)
            c.blocks[static_cast<size_t>(i)].slidingWindow = 0;
}

TensorNames withQueryKeyNorms(TensorNames n, const char* query, const char* key)
{
    n.queryNorm = query;
    n.keyNorm = key;
    return n;
}

TensorNames qwen3HuggingFaceNames()
{
    return withQueryKeyNorms(llamaHuggingFaceNames(), "model.layers.{}.self_attn.q_norm.weight",
        "model.layers.{}.self_attn.k_norm.weight");
}

TensorNames qwen3GgufNames()
{
    return withQueryKeyNorms(llamaGgufNames(), "blk.{}.attn_q_norm.weight", "blk.{}.attn_k_norm.weight");
}

}

/// Qwen 2 and 2.5: Llama with biases on q, k and v.
Family qwen2Family()
{
    Family f;
    f.name = "qwen2";
    f.modelTypes = {"qwen2"};
    f.ggufArchitectures = {"qwen2"};
    f.fromHuggingFace = [](const nlohmann::json& given) {
        const auto config = withDefaults(given, {{"sliding_window", 4096}, {"num_key_value_heads", 32}});
        ModelConfig c = commonHuggingFaceConfig(config);
        setQwenWindows(c, config);
        return c;
    };
    f.fromGguf = [](const GgufFile& file) { return commonGgufConfig(file, "qwen2"); };
    f.huggingFaceNames = {llamaHuggingFaceNames()};
    f.ggufNames = llamaGgufNames();
    return f;
}

/// Qwen 3: an RMS norm on every head of q and k.
Family qwen3Family()
{
    Family f;
    f.name = "qwen3";
    f.modelTypes = {"qwen3"};
    f.ggufArchitectures = {"qwen3"};
    f.fromHuggingFace = [](const nlohmann::json& given) {
        const auto config
            = withDefaults(given, {{"sliding_window", 4096}, {"num_key_value_heads", 32}, {"head_dim", 128}});
        ModelConfig c = commonHuggingFaceConfig(config);
        setQwenWindows(c, config);
        c.queryKeyNorm = QueryKeyNorm::EachHead;
        return c;
    };
    f.fromGguf = [](const GgufFile& file) {
        ModelConfig c = commonGgufConfig(file, "qwen3");
        c.queryKeyNorm = QueryKeyNorm::EachHead;
        return c;
    };
    f.huggingFaceNames = {qwen3HuggingFaceNames()};
    f.ggufNames = qwen3GgufNames();
    return f;
}

/// Qwen 3 with a mixture of experts in some or all blocks.
Family qwen3MoeFamily()
{
    Family f;
    f.name = "qwen3_moe";
    f.modelTypes = {"qwen3_moe"};
    f.ggufArchitectures = {"qwen3moe"};
    f.fromHuggingFace = [](const nlohmann::json& given) {
        const auto config = withDefaults(given,
            {{"sliding_window", 4096}, {"num_key_value_heads", 4}, {"num_experts", 128},
                {"num_experts_per_tok", 8}, {"moe_intermediate_size", 768}});
        ModelConfig c = commonHuggingFaceConfig(config);
        if (flagOr(config, "use_sliding_window", false))
            setSlidingWindows(c, config, [](int) { return true; });
        c.queryKeyNorm = QueryKeyNorm::EachHead;
        c.experts.count = intOr(config, "num_experts", 0);
        c.experts.perToken = intOr(config, "num_experts_per_tok", 0);
        c.experts.intermediate = intOr(config, "moe_intermediate_size", 0);
        c.experts.normalised = flagOr(config, "norm_topk_prob", false);
        const int step = intOr(config, "decoder_sparse_step", 1);
        const auto dense = config.value("mlp_only_layers", nlohmann::json::array());
        if (step < 1 || !dense.is_array())
            throw Error("config.json: decoder_sparse_step or mlp_only_layers cannot be read");
        for (int i = 0; i < c.layers; ++i)
            c.blocks[static_cast<size_t>(i)].sparse = c.experts.count > 0 && (i + 1) % step == 0
                && std::find(dense.begin(), dense.end(), nlohmann::json(i)) == dense.end();
        return c;
    };
    f.fromGguf = [](const GgufFile& file) {
        ModelConfig c = commonGgufConfig(file, "qwen3moe");
        c.queryKeyNorm = QueryKeyNorm::EachHead;
        return c;
    };
    TensorNames n = qwen3HuggingFaceNames();
    n.router = "model.layers.{}.mlp.gate.weight";
    n.expertGate = "model.layers.{}.mlp.experts.{e}.gate_proj.weight";
    n.expertUp = "model.layers.{}.mlp.experts.{e}.up_proj.weight";
    n.expertDown = "model.layers.{}.mlp.experts.{e}.down_proj.weight";
    f.huggingFaceNames = {n};
    f.ggufNames = qwen3GgufNames();
    f.ggufNames.router = "blk.{}.ffn_gate_inp.weight";
    f.ggufNames.expertGate = "blk.{}.ffn_gate_exps.weight";
    f.ggufNames.expertUp = "blk.{}.ffn_up_exps.weight";
    f.ggufNames.expertDown = "blk.{}.ffn_down_exps.weight";
    return f;
}

}
