#include "core/model/families/common.h"

#include "core/base/error.h"

#include <cmath>
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

std::string stringOr(const nlohmann::json& config, const char* key, const char* fallback)
{
    const auto* value = present(config, key);
    if (!value)
        return fallback;
    if (!value->is_string())
        throw Error(std::string("config.json: \"") + key + "\" is not a text");
    return value->get<std::string>();
}

Activation activationNamed(const std::string& name)
{
    if (name == "silu" || name == "swish")
        return Activation::Silu;
    if (name == "gelu")
        return Activation::Gelu;
    if (name == "gelu_new" || name == "gelu_pytorch_tanh" || name == "gelu_fast")
        return Activation::GeluTanh;
    if (name == "relu")
        return Activation::Relu;
    throw Error("config.json asks for the activation \"" + name + "\", which is not known");
}

// Everything that is one a layer is sized here, after the number was checked.
void setLayers(ModelConfig& c, int64_t layers)
{
    constexpr int64_t most = 1024;
    if (layers < 1 || layers > most)
        throw Error("The model's number of layers is " + std::to_string(layers) + ", which is out of range");
    c.layers = static_cast<int>(layers);
    c.blocks.resize(static_cast<size_t>(layers));
}

std::vector<float> factors(const nlohmann::json& scaling, const char* key)
{
    const auto* list = present(scaling, key);
    if (!list || !list->is_array())
        throw Error(std::string("config.json: the longrope scaling has no list \"") + key + "\"");
    std::vector<float> values;
    for (const auto& v : *list) {
        if (!v.is_number() || !(v.get<double>() > 0))
            throw Error(
                std::string("config.json: \"") + key + "\" holds something else than positive numbers");
        values.push_back(v.get<float>());
    }
    return values;
}

// LongRoPE (Ding et al. 2024), as transformers reads it.
void readLongRope(RopeConfig& rope, const nlohmann::json& config, const nlohmann::json& scaling)
{
    const int context = rope.originalContext;
    rope.originalContext = intOr(config, "original_max_position_embeddings",
        intOr(scaling, "original_max_position_embeddings", context));
    if (present(config, "original_max_position_embeddings") && rope.originalContext > 0)
        rope.factor = static_cast<double>(context) / rope.originalContext;
    rope.divisors = factors(scaling, "short_factor");
    rope.longDivisors = factors(scaling, "long_factor");
    if (!rope.attentionFactor)
        rope.attentionFactor = rope.factor <= 1
            ? 1.0
            : std::sqrt(1 + std::log(rope.factor) / std::log(std::max(2, rope.originalContext)));
}

void readYarn(RopeConfig& rope, const nlohmann::json& scaling)
{
    rope.scaling = RopeConfig::Scaling::Yarn;
    rope.originalContext = intOr(scaling, "original_max_position_embeddings", rope.originalContext);
    rope.betaFast = numberOr(scaling, "beta_fast", 32.0);
    rope.betaSlow = numberOr(scaling, "beta_slow", 1.0);
    rope.wholeDimensions = flagOr(scaling, "truncate", true);
    const double scale = numberOr(scaling, "mscale", 0);
    const double scaleAll = numberOr(scaling, "mscale_all_dim", 0);
    const auto magnitude
        = [&](double s) { return rope.factor <= 1 ? 1 : 0.1 * s * std::log(rope.factor) + 1; };
    if (!rope.attentionFactor && scale != 0 && scaleAll != 0)
        rope.attentionFactor = magnitude(scale) / magnitude(scaleAll);
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

int intOr(const nlohmann::json& config, const char* key, int fallback)
{
    return present(config, key) ? checkedInt(requiredInt(config, key), key) : fallback;
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

bool flagOr(const nlohmann::json& config, const char* key, bool fallback)
{
    const auto* value = present(config, key);
    if (!value)
        return fallback;
    if (!value->is_boolean())
        throw Error(std::string("config.json: \"") + key + "\" is neither true nor false");
    return value->get<bool>();
}

nlohmann::json withDefaults(nlohmann::json config, const nlohmann::json& defaults)
{
    for (const auto& [key, value] : defaults.items())
        if (!config.contains(key))
            config[key] = value;
    return config;
}

RopeConfig ropeFromHuggingFace(
    const nlohmann::json& config, int contextLength, int headDim, const char* layerType)
{
    const nlohmann::json* fields = present(config, "rope_parameters");
    if (fields && layerType && present(*fields, layerType))
        fields = present(*fields, layerType);
    const nlohmann::json* scaling = fields ? fields : present(config, "rope_scaling");
    if (scaling && !scaling->is_object())
        throw Error("config.json: the rope parameters are not an object");

    RopeConfig rope;
    rope.originalContext = contextLength;
    rope.theta = numberOr(config, "rope_theta", numberOr(config, "rotary_emb_base", 10000.0));
    double share = numberOr(config, "partial_rotary_factor", numberOr(config, "rotary_pct", 1.0));
    if (fields) {
        rope.theta = numberOr(*fields, "rope_theta", rope.theta);
        share = numberOr(*fields, "partial_rotary_factor", share);
    }
    if (!(share > 0 && share <= 1))
        throw Error("config.json: the rotated share of a head is " + std::to_string(share));
    rope.dimensions = static_cast<int>(headDim * share);
    if (scaling) {
        const std::string type
            = stringOr(*scaling, "rope_type", stringOr(*scaling, "type", "default").c_str());
        rope.factor = numberOr(*scaling, "factor", 1.0);
        if (present(*scaling, "attention_factor"))
            rope.attentionFactor = numberOr(*scaling, "attention_factor", 1.0);
        const bool scales = type == "linear" || type == "dynamic" || type == "yarn" || type == "llama3";
        if (scales && !present(*scaling, "factor"))
            throw Error("config.json: the rope scaling \"" + type + "\" has no factor");
        if (type == "linear") {
            rope.scaling = RopeConfig::Scaling::Linear;
        } else if (type == "dynamic") {
            rope.scaling = RopeConfig::Scaling::DynamicNtk;
        } else if (type == "yarn") {
            readYarn(rope, *scaling);
        } else if (type == "llama3") {
            rope.scaling = RopeConfig::Scaling::Llama3;
            rope.originalContext = intOr(*scaling, "original_max_position_embeddings", contextLength);
            rope.lowFrequencyFactor = numberOr(*scaling, "low_freq_factor", 1.0);
            rope.highFrequencyFactor = numberOr(*scaling, "high_freq_factor", 4.0);
        } else if (type == "longrope" || type == "su") {
            readLongRope(rope, config, *scaling);
        } else if (type != "default") {
            throw Error("config.json asks for the rope scaling \"" + type + "\", which is not known");
        }
    }
    if (!(rope.factor > 0) || !(rope.theta > 0))
        throw Error("config.json: the rope factor and rope_theta must be positive");
    return rope;
}

ModelConfig commonHuggingFaceConfig(const nlohmann::json& config)
{
    ModelConfig c;
    setLayers(c, requiredInt(config, "num_hidden_layers"));
    c.hidden = checkedInt(requiredInt(config, "hidden_size"), "hidden_size");
    c.heads = checkedInt(requiredInt(config, "num_attention_heads"), "num_attention_heads");
    c.kvHeads = intOr(config, "num_key_value_heads", c.heads);
    c.headDim = intOr(config, "head_dim", c.heads > 0 ? c.hidden / c.heads : 0);
    c.intermediate = checkedInt(requiredInt(config, "intermediate_size"), "intermediate_size");
    c.vocabulary = checkedInt(requiredInt(config, "vocab_size"), "vocab_size");
    c.contextLength = intOr(config, "max_position_embeddings", 2048);
    c.normEpsilon = numberOr(config, "rms_norm_eps", numberOr(config, "layer_norm_eps", 1e-6));
    c.tiedEmbeddings = flagOr(config, "tie_word_embeddings", false);
    c.activation = activationNamed(
        stringOr(config, "hidden_activation", stringOr(config, "hidden_act", "silu").c_str()));
    c.ropes = {ropeFromHuggingFace(config, c.contextLength, c.headDim)};
    return c;
}

void setSlidingWindows(ModelConfig& c, const nlohmann::json& config, bool (*slides)(int block))
{
    const int window = intOr(config, "sliding_window", 0);
    const auto* types = present(config, "layer_types");
    if (types && (!types->is_array() || types->size() != c.blocks.size()))
        throw Error("config.json: \"layer_types\" is not a list of " + std::to_string(c.layers) + " types");
    for (size_t i = 0; i < c.blocks.size(); ++i) {
        bool slide = slides(static_cast<int>(i));
        if (types) {
            const auto& type = (*types)[i];
            slide = type == "sliding_attention";
            if (!slide && type != "full_attention")
                throw Error(
                    "config.json asks for layers of the type " + type.dump() + ", which is not known");
        }
        c.blocks[i].slidingWindow = slide ? window : 0;
    }
}

namespace {

// What llama.cpp can ask of a decoder and this one does not do.
void refuseUnknownSettings(const GgufFile& file, std::string_view prefix)
{
    const std::string where = file.path().filename().string();
    const std::string p(prefix);
    if (!file.getBool(p + ".attention.causal").value_or(true)
        || file.getInt(p + ".pooling_type").value_or(0) != 0)
        throw Error(where + " is a model for embeddings (" + p + ".attention.causal, " + p + ".pooling_type)",
            "Tiller generates text: open a model that does.");
    for (const char* key :
        {"attention.clamp_kqv", "attention.max_alibi_bias", "attention.scale", "logit_scale",
            "residual_scale", "embedding_scale", "expert_weights_scale", "expert_shared_count"})
        if (const auto value = file.getFloat(p + "." + key); value && *value != 0 && *value != 1)
            throw Error(where + " sets " + p + "." + key + ", which is not supported");
}

}

double ggufFloatOr(const GgufFile& file, std::string_view prefix, const char* key, double fallback)
{
    return file.getFloat(std::string(prefix) + "." + key).value_or(fallback);
}

int ggufIntOr(const GgufFile& file, std::string_view prefix, const char* key, int fallback)
{
    const std::string name = std::string(prefix) + "." + key;
    return checkedInt(file.getInt(name).value_or(fallback), name);
}

ModelConfig commonGgufConfig(const GgufFile& file, std::string_view prefix)
{
    const auto required = [&](const char* key) {
        const std::string name = std::string(prefix) + "." + key;
        const auto value = file.getInt(name);
        if (!value)
            throw Error(file.path().filename().string() + " has no metadata key \"" + name + "\"");
        return *value;
    };
    refuseUnknownSettings(file, prefix);
    ModelConfig c;
    setLayers(c, required("block_count"));
    c.hidden = checkedInt(required("embedding_length"), "embedding_length");
    c.heads = checkedInt(required("attention.head_count"), "attention.head_count");
    c.kvHeads = ggufIntOr(file, prefix, "attention.head_count_kv", c.heads);
    c.headDim = ggufIntOr(file, prefix, "attention.key_length", c.heads > 0 ? c.hidden / c.heads : 0);
    if (const int valueDim = ggufIntOr(file, prefix, "attention.value_length", c.headDim);
        valueDim != c.headDim)
        throw Error(file.path().filename().string() + " has values of width " + std::to_string(valueDim)
            + " beside keys of width " + std::to_string(c.headDim) + ", which is not supported");
    c.intermediate = checkedInt(required("feed_forward_length"), "feed_forward_length");
    c.contextLength = ggufIntOr(file, prefix, "context_length", 2048);
    c.normEpsilon = ggufFloatOr(file, prefix, "attention.layer_norm_rms_epsilon",
        ggufFloatOr(file, prefix, "attention.layer_norm_epsilon", 1e-5));
    c.experts.count = ggufIntOr(file, prefix, "expert_count", 0);
    c.experts.perToken = ggufIntOr(file, prefix, "expert_used_count", 0);
    c.experts.intermediate = ggufIntOr(file, prefix, "expert_feed_forward_length", c.intermediate);
    for (BlockConfig& b : c.blocks)
        b.sparse = c.experts.count > 0;

    RopeConfig rope;
    rope.theta = ggufFloatOr(file, prefix, "rope.freq_base", 10000.0);
    rope.dimensions = ggufIntOr(file, prefix, "rope.dimension_count", 0);
    rope.originalContext = ggufIntOr(file, prefix, "rope.scaling.original_context_length", c.contextLength);
    rope.factor = ggufFloatOr(
        file, prefix, "rope.scaling.factor", ggufFloatOr(file, prefix, "rope.scale_linear", 1.0));
    const std::string type = file.getString(std::string(prefix) + ".rope.scaling.type")
                                 .value_or(rope.factor != 1.0 ? "linear" : "none");
    if (type == "linear")
        rope.scaling = RopeConfig::Scaling::Linear;
    else if (type == "yarn")
        rope.scaling = RopeConfig::Scaling::Yarn;
    else if (type != "none" && type != "longrope")
        throw Error(file.path().filename().string() + " asks for the rope scaling \"" + type
            + "\", which is not known");
    if (const double magnitude = ggufFloatOr(file, prefix, "rope.scaling.attn_factor", 0); magnitude > 0)
        rope.attentionFactor
            = magnitude * (type == "yarn" && rope.factor > 1 ? 0.1 * std::log(rope.factor) + 1 : 1);
    c.ropes = {rope};
    return c;
}

}
