#pragma once

#include "core/model/families/family.h"

namespace tiller {

/// Names that most later architectures took over from Llama. `prefix` stands before "layers.".
TensorNames llamaHuggingFaceNames(const std::string& prefix = "model.");
/// The same in GGUF, for converters that keep the order of q and k rows.
TensorNames llamaGgufNames();

/// One line a family in registry.cpp.
Family llamaFamily();
Family mistralFamily();
Family mixtralFamily();
Family qwen2Family();
Family qwen3Family();
Family qwen3MoeFamily();
Family gemmaFamily();
Family gemma2Family();
Family gemma3Family();
Family phiFamily();
Family phi3Family();
Family gpt2Family();
Family gptNeoxFamily();
Family olmo2Family();
Family smolLm3Family();
Family stableLmFamily();

}
