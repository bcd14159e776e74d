#include "core/model/families/common.h"
#include "core/model/families/llama_internal.h"

namespace tiller {

/// Llama with a sliding window of attention. In GGUF it goes under llama's name.
Family mistralFamily()
{
    Family f = llamaFamily();
    f.name = "mistral";
    f.modelTypes = {"mistral"};
    f.ggufArchitectures = {};
    f.fromHuggingFace = [](const nlohmann::json& config) {
        ModelConfig c = commonHuggingFaceConfig(config);
        const auto window = static_cast<int>(numberOr(config, "sliding_window", 0));
        if (window > 0)
            c.slidingWindow.assign(static_cast<size_t>(c.layers), window);
        return c;
    };
    return f;
}

}
