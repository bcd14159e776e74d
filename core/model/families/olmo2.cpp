#include "core/model/families/common.h"
#include "core/model/families/families_internal.h"

#include "core/base/error.h"

namespace tiller {

/// OLMo 2: norms on the results of attention and MLP instead of on what they read, and over all heads of q
/// and of k.
Family olmo2Family()
{
    Family f;
    f.name = "olmo2";
    f.modelTypes = {"olmo2"};
    f.ggufArchitectures = {"olmo2"};
    f.fromHuggingFace = [](const nlohmann::json& given) {
        ModelConfig c = commonHuggingFaceConfig(withDefaults(given, {{"rms_norm_eps", 1e-5}}));
        c.queryKeyNorm = QueryKeyNorm::AllHeads;
        return c;
    };
    f.fromGguf = [](const GgufFile& file) {
        if (ggufIntOr(file, "olmo2", "attention.sliding_window", 0) > 0)
            throw Error(file.path().filename().string() + " is an OLMo 3 model, which is not supported");
        ModelConfig c = commonGgufConfig(file, "olmo2");
        c.queryKeyNorm = QueryKeyNorm::AllHeads;
        return c;
    };
    TensorNames n = llamaHuggingFaceNames();
    n.attentionNorm = n.mlpNorm = {};
    n.attentionOutputNorm = "model.layers.{}.post_attention_layernorm.weight";
    n.mlpOutputNorm = "model.layers.{}.post_feedforward_layernorm.weight";
    n.queryNorm = "model.layers.{}.self_attn.q_norm.weight";
    n.keyNorm = "model.layers.{}.self_attn.k_norm.weight";
    f.huggingFaceNames = {n};
    n = llamaGgufNames();
    n.attentionNorm = n.mlpNorm = {};
    n.attentionOutputNorm = "blk.{}.post_attention_norm.weight";
    n.mlpOutputNorm = "blk.{}.post_ffw_norm.weight";
    n.queryNorm = "blk.{}.attn_q_norm.weight";
    n.keyNorm = "blk.{}.attn_k_norm.weight";
    f.ggufNames = n;
    return f;
}

}
