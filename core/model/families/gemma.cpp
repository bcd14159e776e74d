#include "core/model/families/common.h"
#include "core/model/families/families_internal.h"

#include "core/base/error.h"

#include <cmath>

namespace tiller {

namespace {

const nlohmann::json gemmaDefaults{{"tie_word_embeddings", true}, {"head_dim", 256},
    {"hidden_activation", "gelu_pytorch_tanh"}, {"sliding_window", 4096}, {"query_pre_attn_scalar", 256},
    {"attn_logit_softcapping", 50.0}, {"final_logit_softcapping", 30.0}};

// Embeddings are scaled, and the activation is gelu's tanh form whatever older files name.
void applyGemmaForm(ModelConfig& c)
{
    c.embeddingScale = std::sqrt(static_cast<double>(c.hidden));
    c.activation = Activation::GeluTanh;
}

ModelConfig gemmaGgufConfig(const GgufFile& file, const char* prefix)
{
    ModelConfig c = commonGgufConfig(file, prefix);
    applyGemmaForm(c);
    c.attentionSoftCap = ggufFloatOr(file, prefix, "attn_logit_softcapping", 0);
    c.logitSoftCap = ggufFloatOr(file, prefix, "final_logit_softcapping", 0);
    return c;
}

double attentionScale(const nlohmann::json& config)
{
    const double width = numberOr(config, "query_pre_attn_scalar", 256);
    if (!(width > 0))
        throw Error("config.json: \"query_pre_attn_scalar\" is not positive");
    return 1 / std::sqrt(width);
}

void setGgufWindows(ModelConfig& c, const GgufFile& file, const char* prefix, int period)
{
    const int window = ggufIntOr(file, prefix, "attention.sliding_window", 0);
    for (int i = 0; i < c.layers; ++i)
        c.blocks[static_cast<size_t>(i)].slidingWindow = (i + 1) % period != 0 ? window : 0;
}

// The metadata has no attention scale; llama.cpp knows the models in which it is not 1 / sqrt(headDim) by
// their depth.
void setGgufAttentionScale(ModelConfig& c, int layersOf27B)
{
    if (c.layers == layersOf27B)
        c.attentionScale = 1 / std::sqrt(static_cast<double>(c.hidden) / c.heads);
}

TensorNames gemmaHuggingFaceNames(const std::string& prefix = "model.")
{
    TensorNames n = llamaHuggingFaceNames(prefix);
    n.normOffset = 1;
    return n;
}

TensorNames gemma2HuggingFaceNames(const std::string& prefix = "model.")
{
    TensorNames n = gemmaHuggingFaceNames(prefix);
    n.attentionOutputNorm = prefix + "layers.{}.post_attention_layernorm.weight";
    n.mlpNorm = prefix + "layers.{}.pre_feedforward_layernorm.weight";
    n.mlpOutputNorm = prefix + "layers.{}.post_feedforward_layernorm.weight";
    return n;
}

TensorNames gemma2GgufNames()
{
    TensorNames n = llamaGgufNames();
    n.attentionOutputNorm = "blk.{}.post_attention_norm.weight";
    n.mlpOutputNorm = "blk.{}.post_ffw_norm.weight";
    return n;
}

TensorNames gemma3HuggingFaceNames(const std::string& prefix, const std::string& head)
{
    TensorNames n = gemma2HuggingFaceNames(prefix);
    n.head = head;
    n.queryNorm = prefix + "layers.{}.self_attn.q_norm.weight";
    n.keyNorm = prefix + "layers.{}.self_attn.k_norm.weight";
    return n;
}

// Layers with a window rotate with a base of their own, without the scaling of the others.
void useLocalRope(ModelConfig& c, RopeConfig local)
{
    local.dimensions = c.ropes[0].dimensions;
    c.ropes.push_back(local);
    for (BlockConfig& b : c.blocks)
        b.rope = b.slidingWindow > 0 ? 1 : 0;
}

ModelConfig gemma3FromHuggingFace(const nlohmann::json& given)
{
    // Models that also see images keep the decoder's fields in text_config.
    const nlohmann::json& text = given.contains("text_config") ? given["text_config"] : given;
    const auto config = withDefaults(text,
        withDefaults({{"vocab_size", 262208}, {"hidden_size", 2304}, {"intermediate_size", 9216},
                         {"num_hidden_layers", 26}, {"num_attention_heads", 8}, {"num_key_value_heads", 4},
                         {"max_position_embeddings", 131072}, {"rope_theta", 1e6},
                         {"attn_logit_softcapping", nullptr}, {"final_logit_softcapping", nullptr}},
            gemmaDefaults));
    if (flagOr(config, "use_bidirectional_attention", false))
        throw Error("config.json asks for attention in both directions (use_bidirectional_attention)",
            "Tiller generates text: open a model that does.");
    ModelConfig c = commonHuggingFaceConfig(config);
    applyGemmaForm(c);
    c.attentionScale = attentionScale(config);
    c.logitSoftCap = numberOr(config, "final_logit_softcapping", 0);
    c.queryKeyNorm = QueryKeyNorm::EachHead;
    setSlidingWindows(c, config, [](int) { return true; });
    if (!config.contains("layer_types")) {
        const int period = std::max(
            1, intOr(config, "sliding_window_pattern", intOr(config, "_sliding_window_pattern", 6)));
        for (int i = period - 1; i < c.layers; i += period)
            c.blocks[static_cast<size_t>(i)].slidingWindow = 0;
    }
    c.ropes = {ropeFromHuggingFace(config, c.contextLength, c.headDim, "full_attention")};
    RopeConfig local;
    local.theta = numberOr(config, "rope_local_base_freq", 10000.0);
    if (config.contains("rope_parameters"))
        local = ropeFromHuggingFace(config, c.contextLength, c.headDim, "sliding_attention");
    useLocalRope(c, local);
    return c;
}

}

/// Gemma 1: Llama with scaled embeddings and norm weights stored less one.
Family gemmaFamily()
{
    Family f;
    f.name = "gemma";
    f.modelTypes = {"gemma"};
    f.ggufArchitectures = {"gemma"};
    f.fromHuggingFace = [](const nlohmann::json& config) {
        ModelConfig c = commonHuggingFaceConfig(withDefaults(config, gemmaDefaults));
        applyGemmaForm(c);
        return c;
    };
    f.fromGguf = [](const GgufFile& file) { return gemmaGgufConfig(file, "gemma"); };
    f.huggingFaceNames = {gemmaHuggingFaceNames()};
    f.ggufNames = llamaGgufNames();
    return f;
}

/// Gemma 2: four norms a block, soft caps, a window in every other layer.
Family gemma2Family()
{
    Family f;
    f.name = "gemma2";
    f.modelTypes = {"gemma2"};
    f.ggufArchitectures = {"gemma2"};
    f.fromHuggingFace = [](const nlohmann::json& given) {
        const auto config = withDefaults(given, gemmaDefaults);
        ModelConfig c = commonHuggingFaceConfig(config);
        applyGemmaForm(c);
        c.attentionScale = attentionScale(config);
        c.attentionSoftCap = numberOr(config, "attn_logit_softcapping", 0);
        c.logitSoftCap = numberOr(config, "final_logit_softcapping", 0);
        setSlidingWindows(c, config, [](int block) { return block % 2 == 0; });
        return c;
    };
    f.fromGguf = [](const GgufFile& file) {
        ModelConfig c = gemmaGgufConfig(file, "gemma2");
        setGgufWindows(c, file, "gemma2", 2);
        setGgufAttentionScale(c, 46);
        return c;
    };
    f.huggingFaceNames = {gemma2HuggingFaceNames()};
    f.ggufNames = gemma2GgufNames();
    return f;
}

/// Gemma 3, text only or the decoder of a model that also sees images: norms on q and k, five layers with a
/// window for one without.
Family gemma3Family()
{
    Family f;
    f.name = "gemma3";
    f.modelTypes = {"gemma3_text", "gemma3"};
    f.ggufArchitectures = {"gemma3"};
    f.fromHuggingFace = gemma3FromHuggingFace;
    f.fromGguf = [](const GgufFile& file) {
        ModelConfig c = gemmaGgufConfig(file, "gemma3");
        c.queryKeyNorm = QueryKeyNorm::EachHead;
        setGgufWindows(c, file, "gemma3", 6);
        setGgufAttentionScale(c, 62);
        RopeConfig local;
        local.theta = ggufFloatOr(file, "gemma3", "rope.freq_base_swa", 10000.0);
        useLocalRope(c, local);
        return c;
    };
    f.huggingFaceNames = {gemma3HuggingFaceNames("model.", "lm_head.weight"),
        gemma3HuggingFaceNames("model.language_model.", "lm_head.weight"),
        gemma3HuggingFaceNames("language_model.model.", "language_model.lm_head.weight")};
    f.ggufNames = gemma2GgufNames();
    f.ggufNames.queryNorm = "blk.{}.attn_q_norm.weight";
    f.ggufNames.keyNorm = "blk.{}.attn_k_norm.weight";
    return f;
}

}
