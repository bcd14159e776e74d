#pragma once

#include <filesystem>

namespace tiller {

/// $XDG_DATA_HOME/tiller or ~/.local/share/tiller: models, vectors, sessions. Not created here.
std::filesystem::path userDataFolder();

/// Where packaging/run.sh puts the default model. TILLER_DEFAULT_MODEL names another file.
std::filesystem::path defaultModelPath();

/// Turns the word `default` into the default model's path; the folder of a repository in the Hugging Face
/// cache, or its name ORG/NAME where no file is called so, into its snapshot. Everything else stays as it is.
std::filesystem::path resolveModelArgument(const std::filesystem::path& argument);

}
