#include "core/model/families/common.h"

#include "core/base/error.h"

#include <limits>
#include <string>

namespace tiller {

namespace {

int checkedInt(int64_t value, const std::string& what)
{
    if (value < 0 || value > std::numeric_limits<int>::max())
        throw Error("The model's " + what + " is " + std::to_string(value) + ", which is out of range");
    return static_cast<int>(value);
}

const nlohmann::json* present(const nlohmann::json& object, const char* key)
{
    const auto it = object.find(key);
    return it == object.end() || it->is_null() ? nullptr : &*it;
}

Activation activationNamed(const std::string& name)
{
    if (name == "silu" || name == "swish")
        return Activation::Silu;
    if (name == "gelu")
        return Activation::Gelu;
    if (name == "gelu_new" || name == "gelu_pytorch_tanh" || name == "gelu_fast")
        return Activation::GeluTanh;
    throw Error("config.json asks for the activation \"" + name + "\", which is not known");
}

}

int64_t requiredInt(const nlohmann::json& config, const char* key)
{
    const auto* value = present(config, key);
    if (!value)
        throw Error(std::string("config.json has no \"") + key + "\"");
    if (!value->is_number_integer())
        throw Error(std::string("config.json: \"") + key + "\" is not a whole number");
    return value->get<int64_t>();
}

double numberOr(const nlohmann::json& config, const char* key, double fallback)
{
    const auto* value = present(config, key);
    if (!value)
        return fallback;
    if (!value->is_number())
        throw Error(std::string("config.json: \"") + key + "\" is not a number");
    return value->get<double>();
}

RopeConfig ropeFromHuggingFace(const nlohmann::json& config, int contextLength)
{
    RopeConfig rope;
    rope.theta = numberOr(config, "rope_theta", 10000.0);
    rope.originalContext = contextLength;
    const auto* scaling = present(config, "rope_scaling");
    if (!scaling)
        return rope;
    if (!scaling->is_object())
        throw Error("config.json: \"rope_scaling\" is not an object");
    const std::string type = scaling->value("rope_type", scaling->value("type", std::string("default")));
    rope.factor = numberOr(*scaling, "factor", 1.0);
    const auto original
        = static_cast<int64_t>(numberOr(*scaling, "original_max_position_embeddings", contextLength));
    if (type == "default") {
        rope.scaling = RopeConfig::Scaling::None;
    } else if (type == "linear") {
        rope.scaling = RopeConfig::Scaling::Linear;
    } else if (type == "dynamic") {
        rope.scaling = RopeConfig::Scaling::DynamicNtk;
    } else if (type == "yarn") {
        rope.scaling = RopeConfig::Scaling::Yarn;
        rope.originalContext = checkedInt(original, "rope_scaling.original_max_position_embeddings");
        rope.betaFast = numberOr(*scaling, "beta_fast", 32.0);
        rope.betaSlow = numberOr(*scaling, "beta_slow", 1.0);
        if (present(*scaling, "attention_factor"))
            rope.attentionFactor = numberOr(*scaling, "attention_factor", 1.0);
    } else if (type == "llama3") {
        rope.scaling = RopeConfig::Scaling::Llama3;
        rope.originalContext = checkedInt(original, "rope_scaling.original_max_position_embeddings");
        rope.lowFrequencyFactor = numberOr(*scaling, "low_freq_factor", 1.0);
        rope.highFrequencyFactor = numberOr(*scaling, "high_freq_factor", 4.0);
    } else {
        throw Error("config.json asks for the rope scaling \"" + type + "\", which is not known");
    }
    if (!(rope.factor > 0) || !(rope.theta > 0))
        throw Error("config.json: the rope factor and rope_theta must be positive");
    return rope;
}

ModelConfig commonHuggingFaceConfig(const nlohmann::json& config)
{
    ModelConfig c;
    c.layers = checkedInt(requiredInt(config, "num_hidden_layers"), "num_hidden_layers");
    c.hidden = checkedInt(requiredInt(config, "hidden_size"), "hidden_size");
    c.heads = checkedInt(requiredInt(config, "num_attention_heads"), "num_attention_heads");
    c.kvHeads = present(config, "num_key_value_heads")
        ? checkedInt(requiredInt(config, "num_key_value_heads"), "num_key_value_heads")
        : c.heads;
    c.headDim = present(config, "head_dim") ? checkedInt(requiredInt(config, "head_dim"), "head_dim")
                                            : (c.heads > 0 ? c.hidden / c.heads : 0);
    c.intermediate = checkedInt(requiredInt(config, "intermediate_size"), "intermediate_size");
    c.vocabulary = checkedInt(requiredInt(config, "vocab_size"), "vocab_size");
    c.contextLength = static_cast<int>(numberOr(config, "max_position_embeddings", 2048));
    c.normEpsilon = numberOr(config, "rms_norm_eps", 1e-6);
    c.tiedEmbeddings = config.value("tie_word_embeddings", false);
    c.activation = activationNamed(config.value("hidden_act", std::string("silu")));
    c.rope = ropeFromHuggingFace(config, c.contextLength);
    return c;
}

ModelConfig commonGgufConfig(const GgufFile& file, std::string_view prefix)
{
    const auto key = [&](const char* name) { return std::string(prefix) + "." + name; };
    const auto required = [&](const char* name) {
        const auto value = file.getInt(key(name));
        if (!value)
            throw Error(file.path().filename().string() + " has no metadata key \"" + key(name) + "\"");
        return checkedInt(*value, key(name));
    };
    ModelConfig c;
    c.layers = required("block_count");
    c.hidden = required("embedding_length");
    c.heads = required("attention.head_count");
    c.kvHeads = checkedInt(
        file.getInt(key("attention.head_count_kv")).value_or(c.heads), key("attention.head_count_kv"));
    c.headDim
        = checkedInt(file.getInt(key("attention.key_length")).value_or(c.heads > 0 ? c.hidden / c.heads : 0),
            key("attention.key_length"));
    c.intermediate = required("feed_forward_length");
    c.contextLength = checkedInt(file.getInt(key("context_length")).value_or(2048), key("context_length"));
    c.normEpsilon = file.getFloat(key("attention.layer_norm_rms_epsilon")).value_or(1e-5);
    c.rope.theta = file.getFloat(key("rope.freq_base")).value_or(10000.0);
    c.rope.dimensions
        = checkedInt(file.getInt(key("rope.dimension_count")).value_or(0), key("rope.dimension_count"));
    c.rope.originalContext = c.contextLength;
    const std::string scaling = file.getString(key("rope.scaling.type")).value_or("none");
    if (scaling == "linear" || scaling == "yarn") {
        c.rope.scaling = scaling == "linear" ? RopeConfig::Scaling::Linear : RopeConfig::Scaling::Yarn;
        c.rope.factor = file.getFloat(key("rope.scaling.factor")).value_or(1.0);
        c.rope.originalContext
            = checkedInt(file.getInt(key("rope.scaling.original_context_length")).value_or(c.contextLength),
                key("rope.scaling"));
    } else if (scaling != "none") {
        throw Error(file.path().filename().string() + " asks for the rope scaling \"" + scaling
            + "\", which is not known");
    }
    return c;
}

}
