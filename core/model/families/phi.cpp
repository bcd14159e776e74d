#include "core/model/families/common.h"
#include "core/model/families/families_internal.h"

namespace tiller {

namespace {

ModelConfig phiForm(ModelConfig c)
{
    c.norm = NormKind::Layer;
    c.parallelResidual = true;
    c.gatedMlp = false;
    return c;
}

}

/// Phi 1, 1.5 and 2: attention and a plain MLP side by side on one layer norm, biases everywhere.
Family phiFamily()
{
    Family f;
    f.name = "phi";
    f.modelTypes = {"phi"};
    f.ggufArchitectures = {"phi2"};
    f.fromHuggingFace = [](const nlohmann::json& given) {
        return phiForm(commonHuggingFaceConfig(withDefaults(
            given, {{"layer_norm_eps", 1e-5}, {"hidden_act", "gelu_new"}, {"partial_rotary_factor", 0.5}})));
    };
    f.fromGguf = [](const GgufFile& file) {
        ModelConfig c = phiForm(commonGgufConfig(file, "phi2"));
        c.activation = Activation::GeluTanh;
        return c;
    };
    TensorNames n = llamaHuggingFaceNames();
    n.finalNorm = "model.final_layernorm.weight";
    n.attentionOutput = "model.layers.{}.self_attn.dense.weight";
    n.mlpNorm = n.gate = {};
    n.up = "model.layers.{}.mlp.fc1.weight";
    n.down = "model.layers.{}.mlp.fc2.weight";
    f.huggingFaceNames = {n};
    n = llamaGgufNames();
    n.queryKeyValue = "blk.{}.attn_qkv.weight";
    n.mlpNorm = n.gate = {};
    f.ggufNames = n;
    return f;
}

/// Phi 3, 3.5 and 4: Llama with q, k, v in one matrix and gate, up in another.
Family phi3Family()
{
    Family f;
    f.name = "phi3";
    f.modelTypes = {"phi3"};
    f.ggufArchitectures = {"phi3"};
    f.fromHuggingFace = [](const nlohmann::json& config) {
        ModelConfig c
            = commonHuggingFaceConfig(withDefaults(config, {{"rms_norm_eps", 1e-5}, {"hidden_act", "silu"}}));
        setSlidingWindows(c, config, [](int) { return true; });
        return c;
    };
    f.fromGguf = [](const GgufFile& file) {
        ModelConfig c = commonGgufConfig(file, "phi3");
        for (BlockConfig& b : c.blocks)
            b.slidingWindow = ggufIntOr(file, "phi3", "attention.sliding_window", 0);
        return c;
    };
    TensorNames n = llamaHuggingFaceNames();
    n.query = n.key = n.value = n.gate = n.up = {};
    n.queryKeyValue = "model.layers.{}.self_attn.qkv_proj.weight";
    n.gateUp = "model.layers.{}.mlp.gate_up_proj.weight";
    f.huggingFaceNames = {n};
    n = llamaGgufNames();
    n.queryKeyValue = "blk.{}.attn_qkv.weight";
    n.gateUp = n.up;
    n.gate = n.up = {};
    n.ropeDivisors = "rope_factors_short.weight";
    n.longRopeDivisors = "rope_factors_long.weight";
    f.ggufNames = n;
    return f;
}

}
