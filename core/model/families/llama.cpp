#include "core/model/families/common.h"
#include "core/model/families/llama_internal.h"

namespace tiller {

TensorNames llamaHuggingFaceNames()
{
    TensorNames n;
    n.embedding = "model.embed_tokens.weight";
    n.finalNorm = "model.norm.weight";
    n.head = "lm_head.weight";
    n.attentionNorm = "model.layers.{}.input_layernorm.weight";
    n.query = "model.layers.{}.self_attn.q_proj.weight";
    n.key = "model.layers.{}.self_attn.k_proj.weight";
    n.value = "model.layers.{}.self_attn.v_proj.weight";
    n.attentionOutput = "model.layers.{}.self_attn.o_proj.weight";
    n.mlpNorm = "model.layers.{}.post_attention_layernorm.weight";
    n.gate = "model.layers.{}.mlp.gate_proj.weight";
    n.up = "model.layers.{}.mlp.up_proj.weight";
    n.down = "model.layers.{}.mlp.down_proj.weight";
    return n;
}

TensorNames llamaGgufNames()
{
    TensorNames n;
    n.embedding = "token_embd.weight";
    n.finalNorm = "output_norm.weight";
    n.head = "output.weight";
    n.attentionNorm = "blk.{}.attn_norm.weight";
    n.query = "blk.{}.attn_q.weight";
    n.key = "blk.{}.attn_k.weight";
    n.value = "blk.{}.attn_v.weight";
    n.attentionOutput = "blk.{}.attn_output.weight";
    n.mlpNorm = "blk.{}.ffn_norm.weight";
    n.gate = "blk.{}.ffn_gate.weight";
    n.up = "blk.{}.ffn_up.weight";
    n.down = "blk.{}.ffn_down.weight";
    n.ropeDivisors = "rope_freqs.weight";
    n.interleavedQk = true;
    return n;
}

Family llamaFamily()
{
    Family f;
    f.name = "llama";
    f.modelTypes = {"llama"};
    f.ggufArchitectures = {"llama"};
    f.fromHuggingFace = [](const nlohmann::json& config) { return commonHuggingFaceConfig(config); };
    f.fromGguf = [](const GgufFile& file) { return commonGgufConfig(file, "llama"); };
    f.huggingFaceNames = llamaHuggingFaceNames();
    f.ggufNames = llamaGgufNames();
    return f;
}

}
