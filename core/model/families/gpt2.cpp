#include "core/model/families/common.h"
#include "core/model/families/families_internal.h"

#include "core/base/error.h"

namespace tiller {

namespace {

ModelConfig gpt2Form(ModelConfig c)
{
    c.norm = NormKind::Layer;
    c.learnedPositions = true;
    c.gatedMlp = false;
    for (BlockConfig& b : c.blocks)
        b.rope = noRope;
    return c;
}

// GPT-2's configuration has words of its own for the common fields.
nlohmann::json inCommonWords(const nlohmann::json& config)
{
    nlohmann::json c = withDefaults(config, {{"tie_word_embeddings", true}, {"layer_norm_epsilon", 1e-5}});
    c["num_hidden_layers"] = requiredInt(config, "n_layer");
    c["hidden_size"] = requiredInt(config, "n_embd");
    c["num_attention_heads"] = requiredInt(config, "n_head");
    c["max_position_embeddings"] = intOr(config, "n_positions", 1024);
    c["intermediate_size"] = config.value("n_inner", nlohmann::json()).is_null()
        ? 4 * requiredInt(config, "n_embd")
        : requiredInt(config, "n_inner");
    c["layer_norm_eps"] = c["layer_norm_epsilon"];
    c["hidden_act"] = config.value("activation_function", "gelu_new");
    return c;
}

TensorNames names(const std::string& prefix)
{
    const std::string block = prefix + "h.{}.";
    TensorNames n;
    n.embedding = prefix + "wte.weight";
    n.positions = prefix + "wpe.weight";
    n.finalNorm = prefix + "ln_f.weight";
    n.head = "lm_head.weight";
    n.attentionNorm = block + "ln_1.weight";
    n.queryKeyValue = block + "attn.c_attn.weight";
    n.attentionOutput = block + "attn.c_proj.weight";
    n.mlpNorm = block + "ln_2.weight";
    n.up = block + "mlp.c_fc.weight";
    n.down = block + "mlp.c_proj.weight";
    n.inputMajor = true;
    return n;
}

}

/// GPT-2: learned positions, layer norms, biases, a plain MLP.
Family gpt2Family()
{
    Family f;
    f.name = "gpt2";
    f.modelTypes = {"gpt2"};
    f.ggufArchitectures = {"gpt2"};
    f.fromHuggingFace = [](const nlohmann::json& config) {
        if (!flagOr(config, "scale_attn_weights", true)
            || flagOr(config, "scale_attn_by_inverse_layer_idx", false))
            throw Error("config.json scales attention in a way of its own, which is not supported");
        return gpt2Form(commonHuggingFaceConfig(inCommonWords(config)));
    };
    f.fromGguf = [](const GgufFile& file) {
        ModelConfig c = gpt2Form(commonGgufConfig(file, "gpt2"));
        c.activation = Activation::GeluTanh;
        return c;
    };
    f.huggingFaceNames = {names("transformer."), names("")};
    TensorNames n = llamaGgufNames();
    n.positions = "position_embd.weight";
    n.query = n.key = n.value = n.gate = {};
    n.queryKeyValue = "blk.{}.attn_qkv.weight";
    f.ggufNames = n;
    return f;
}

}
