#include "core/model/families/common.h"
#include "core/model/families/families_internal.h"

namespace tiller {

/// Llama with a sliding window of attention. In GGUF it goes under llama's name.
Family mistralFamily()
{
    Family f;
    f.name = "mistral";
    f.modelTypes = {"mistral"};
    f.fromHuggingFace = [](const nlohmann::json& given) {
        const auto config = withDefaults(given, {{"sliding_window", 4096}, {"num_key_value_heads", 8}});
        ModelConfig c = commonHuggingFaceConfig(config);
        setSlidingWindows(c, config, [](int) { return true; });
        return c;
    };
    f.huggingFaceNames = {llamaHuggingFaceNames()};
    return f;
}

/// Mistral with a mixture of experts in every block. In GGUF it goes under llama's name.
Family mixtralFamily()
{
    Family f;
    f.name = "mixtral";
    f.modelTypes = {"mixtral"};
    f.fromHuggingFace = [](const nlohmann::json& given) {
        const auto config = withDefaults(given,
            {{"rope_theta", 1e6}, {"num_key_value_heads", 8}, {"num_local_experts", 8},
                {"num_experts_per_tok", 2}});
        ModelConfig c = commonHuggingFaceConfig(config);
        setSlidingWindows(c, config, [](int) { return true; });
        c.experts.count = intOr(config, "num_local_experts", 8);
        c.experts.perToken = intOr(config, "num_experts_per_tok", 2);
        c.experts.intermediate = c.intermediate;
        for (BlockConfig& b : c.blocks)
            b.sparse = true;
        return c;
    };
    TensorNames n = llamaHuggingFaceNames();
    n.gate = n.up = n.down = {};
    n.router = "model.layers.{}.block_sparse_moe.gate.weight";
    n.expertGate = "model.layers.{}.block_sparse_moe.experts.{e}.w1.weight";
    n.expertUp = "model.layers.{}.block_sparse_moe.experts.{e}.w3.weight";
    n.expertDown = "model.layers.{}.block_sparse_moe.experts.{e}.w2.weight";
    f.huggingFaceNames = {n};
    return f;
}

}
