#include "core/model/families/common.h"
#include "core/model/families/families_internal.h"

namespace tiller {

/// StableLM: Llama with layer norms and partial rotation; the larger ones with attention beside the MLP and
/// norms on the heads of q and k.
Family stableLmFamily()
{
    Family f;
    f.name = "stablelm";
    f.modelTypes = {"stablelm", "stablelm_epoch"};
    f.ggufArchitectures = {"stablelm"};
    f.fromHuggingFace = [](const nlohmann::json& given) {
        const auto config = withDefaults(
            given, {{"layer_norm_eps", 1e-5}, {"partial_rotary_factor", 0.25}, {"num_key_value_heads", 32}});
        ModelConfig c = commonHuggingFaceConfig(config);
        c.norm = NormKind::Layer;
        c.parallelResidual = flagOr(config, "use_parallel_residual", false);
        if (flagOr(config, "qk_layernorm", false))
            c.queryKeyNorm = QueryKeyNorm::EachHead;
        return c;
    };
    f.fromGguf = [](const GgufFile& file) {
        ModelConfig c = commonGgufConfig(file, "stablelm");
        c.norm = NormKind::Layer;
        c.parallelResidual = file.getBool("stablelm.use_parallel_residual").value_or(false);
        for (const TensorView& t : file.tensors())
            if (t.name == "blk.0.attn_q_norm.weight")
                c.queryKeyNorm = QueryKeyNorm::EachHead;
        return c;
    };
    TensorNames n = llamaHuggingFaceNames();
    n.queryNorm = "model.layers.{}.self_attn.q_layernorm.norms.{e}.weight"; // {e}: the head
    n.keyNorm = "model.layers.{}.self_attn.k_layernorm.norms.{e}.weight";
    f.huggingFaceNames = {n};
    n = llamaGgufNames();
    n.queryNorm = "blk.{}.attn_q_norm.weight";
    n.keyNorm = "blk.{}.attn_k_norm.weight";
    f.ggufNames = n;
    return f;
}

}
