#include "core/model/families/common.h"
#include "core/model/families/families_internal.h"

namespace tiller {

/// GPT-NeoX, which Pythia is: layer norms, biases, a plain MLP, mostly beside attention.
Family gptNeoxFamily()
{
    Family f;
    f.name = "gpt_neox";
    f.modelTypes = {"gpt_neox"};
    f.ggufArchitectures = {"gptneox"};
    f.fromHuggingFace = [](const nlohmann::json& given) {
        const auto config
            = withDefaults(given, {{"layer_norm_eps", 1e-5}, {"rotary_pct", 0.25}, {"hidden_act", "gelu"}});
        ModelConfig c = commonHuggingFaceConfig(config);
        c.norm = NormKind::Layer;
        c.gatedMlp = false;
        c.parallelResidual = flagOr(config, "use_parallel_residual", true);
        return c;
    };
    f.fromGguf = [](const GgufFile& file) {
        ModelConfig c = commonGgufConfig(file, "gptneox");
        c.norm = NormKind::Layer;
        c.gatedMlp = false;
        c.activation = Activation::Gelu;
        c.parallelResidual = file.getBool("gptneox.use_parallel_residual").value_or(true);
        return c;
    };
    TensorNames n;
    n.embedding = "gpt_neox.embed_in.weight";
    n.finalNorm = "gpt_neox.final_layer_norm.weight";
    n.head = "embed_out.weight";
    n.attentionNorm = "gpt_neox.layers.{}.input_layernorm.weight";
    n.queryKeyValue = "gpt_neox.layers.{}.attention.query_key_value.weight";
    n.queryKeyValueByHead = true;
    n.attentionOutput = "gpt_neox.layers.{}.attention.dense.weight";
    n.mlpNorm = "gpt_neox.layers.{}.post_attention_layernorm.weight";
    n.up = "gpt_neox.layers.{}.mlp.dense_h_to_4h.weight";
    n.down = "gpt_neox.layers.{}.mlp.dense_4h_to_h.weight";
    f.huggingFaceNames = {n};
    n = llamaGgufNames();
    n.query = n.key = n.value = n.gate = {};
    n.queryKeyValue = "blk.{}.attn_qkv.weight"; // llama.cpp's converter stacks them
    f.ggufNames = n;
    return f;
}

}
