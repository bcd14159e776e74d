#pragma once

#include "core/base/cancel.h"

#include <filesystem>
#include <string>
#include <vector>

namespace tiller {

/// A model that is on this machine already.
struct InstalledModel {
    std::string title; ///< "ORG/NAME", with the file's name where it is a GGUF file; else the file's name
    std::filesystem::path path; ///< what to open
    bool isCached = false; ///< in the Hugging Face cache, else in Tiller's own models folder
    std::string problem; ///< why it cannot be opened; empty when headers raise no doubt

    bool operator==(const InstalledModel&) const = default;
};

/// Folders with config.json and weights, and GGUF files, in Tiller's models folder and in the Hugging Face
/// cache, by title. Reads headers, no weights. Throws Cancelled.
std::vector<InstalledModel> installedModels(const CancelToken& cancel);

}
