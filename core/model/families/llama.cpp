#include "core/model/families/common.h"
#include "core/model/families/families_internal.h"

namespace tiller {

TensorNames llamaHuggingFaceNames(const std::string& prefix)
{
    const std::string block = prefix + "layers.{}.";
    TensorNames n;
    n.embedding = prefix + "embed_tokens.weight";
    n.finalNorm = prefix + "norm.weight";
    n.head = "lm_head.weight";
    n.attentionNorm = block + "input_layernorm.weight";
    n.query = block + "self_attn.q_proj.weight";
    n.key = block + "self_attn.k_proj.weight";
    n.value = block + "self_attn.v_proj.weight";
    n.attentionOutput = block + "self_attn.o_proj.weight";
    n.mlpNorm = block + "post_attention_layernorm.weight";
    n.gate = block + "mlp.gate_proj.weight";
    n.up = block + "mlp.up_proj.weight";
    n.down = block + "mlp.down_proj.weight";
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
    return n;
}

/// Llama 1 to 3.x, and what shares its form: TinyLlama, SmolLM 1 and 2, Yi, DeepSeek's distilled models.
/// GGUF puts Mistral and Mixtral under this name too.
Family llamaFamily()
{
    Family f;
    f.name = "llama";
    f.modelTypes = {"llama"};
    f.ggufArchitectures = {"llama"};
    f.fromHuggingFace = [](const nlohmann::json& config) { return commonHuggingFaceConfig(config); };
    f.fromGguf = [](const GgufFile& file) { return commonGgufConfig(file, "llama"); };
    f.huggingFaceNames = {llamaHuggingFaceNames()};
    f.ggufNames = llamaGgufNames();
    f.ggufNames.interleavedQk = true;
    f.ggufNames.router = "blk.{}.ffn_gate_inp.weight";
    f.ggufNames.expertGate = "blk.{}.ffn_gate_exps.weight";
    f.ggufNames.expertUp = "blk.{}.ffn_up_exps.weight";
    f.ggufNames.expertDown = "blk.{}.ffn_down_exps.weight";
    return f;
}

}
