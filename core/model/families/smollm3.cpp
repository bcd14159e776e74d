#include "core/model/families/common.h"
#include "core/model/families/families_internal.h"

#include "core/base/error.h"

namespace tiller {

namespace {

void leaveOutRopes(ModelConfig& c, int interval)
{
    for (int i = interval - 1; i < c.layers; i += interval)
        c.blocks[static_cast<size_t>(i)].rope = noRope;
}

ModelConfig fromHuggingFace(const nlohmann::json& given)
{
    const auto config = withDefaults(
        given, {{"tie_word_embeddings", true}, {"rope_theta", 2e6}, {"num_key_value_heads", 4}});
    ModelConfig c = commonHuggingFaceConfig(config);
    const auto rotates = config.value("no_rope_layers", nlohmann::json());
    if (rotates.is_null()) {
        leaveOutRopes(c, std::max(1, intOr(config, "no_rope_layer_interval", 4)));
    } else {
        if (!rotates.is_array() || rotates.size() != c.blocks.size())
            throw Error(
                "config.json: \"no_rope_layers\" is not a list of " + std::to_string(c.layers) + " numbers");
        for (size_t i = 0; i < c.blocks.size(); ++i)
            c.blocks[i].rope = rotates[i] == 0 ? noRope : 0; // the name says the opposite of the values
    }
    if (flagOr(config, "use_sliding_window", false)) {
        setSlidingWindows(c, config, [](int) { return true; });
        if (!config.contains("layer_types"))
            for (BlockConfig& b : c.blocks)
                b.slidingWindow = b.rope == noRope ? b.slidingWindow : 0;
    }
    return c;
}

}

/// SmolLM 3: Llama in which every fourth block has no positions (Yang et al. 2025).
Family smolLm3Family()
{
    Family f = llamaFamily();
    f.name = "smollm3";
    f.modelTypes = {"smollm3"};
    f.ggufArchitectures = {"smollm3"};
    f.fromHuggingFace = fromHuggingFace;
    f.fromGguf = [](const GgufFile& file) {
        ModelConfig c = commonGgufConfig(file, "smollm3");
        leaveOutRopes(c, 4);
        return c;
    };
    return f;
}

}
