#pragma once

#include "core/io/gguf.h"
#include "core/io/json.h"
#include "core/io/safetensors.h"

#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string_view>
#include <vector>

namespace tiller {

/// A model on disk: a Hugging Face folder (config.json with model.safetensors or shards and index) or one
/// GGUF file. Sniffs by content, never by extension alone. Immutable; any thread.
class Checkpoint {
public:
    enum class Format { HuggingFace, Gguf };

    /// Throws Error naming what is missing or wrong, with the remedy. Reads headers only.
    static std::shared_ptr<const Checkpoint> open(const std::filesystem::path& path);
    virtual ~Checkpoint() = default;

    virtual Format format() const = 0;
    virtual const std::filesystem::path& path() const = 0;
    /// Null when absent; Error when it is of a type that cannot be expanded.
    virtual const TensorView* find(std::string_view name) const = 0;
    virtual std::vector<const TensorView*> tensors() const = 0;
    virtual const nlohmann::json& config() const = 0; ///< config.json; an empty object for GGUF
    virtual const GgufFile* gguf() const = 0; ///< null for a folder

    /// Throws Error when a file was truncated since open(): reading its mapping would be a bus error.
    /// Call before a long read.
    virtual void checkIntact() const = 0;

    /// Gives back the memory of what was read; reading it again is possible at any time.
    virtual void releasePages() const = 0;

    uint64_t tensorBytes() const;
    virtual uint64_t fileBytes() const = 0; ///< of the files with weights, as they lie on the disk
};

}
