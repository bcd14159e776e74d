#pragma once

#include <string_view>

namespace tiller {

/// Whether two names may be of the same weights. One model is called differently by its hub page, its GGUF
/// file and its general.name, so only the first word of the last path component counts: it must stand in the
/// other name ("HuggingFaceTB/SmolLM2-135M-Instruct" and "Smollm2 135M 8k" agree, "mistralai/Mistral-7B" and
/// "Llama-2-7b" do not). A name that is empty agrees with all: where it matters, fingerprints decide.
bool modelNamesAgree(std::string_view a, std::string_view b);

}
