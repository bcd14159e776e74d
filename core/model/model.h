#pragma once

#include "core/base/progress.h"
#include "core/io/checkpoint.h"
#include "core/model/compute_type.h"
#include "core/model/config.h"

#include <memory>
#include <string>

namespace tiller {

struct LoadOptions {
    /// "f32", "bf16", "f16", "q8" (packed) or "auto": on a CPU packed for quantised files, else bf16 where
    /// the processor multiplies it, else f32.
    std::string dtype = "auto";
    std::string device = "cpu"; ///< "cpu", "cuda" or "cuda:n"
};

/// A loaded model: weights and shape, const after loading, shared by any number of runs. Torch stays
/// behind the pointer. Any thread may hold one; it computes on the thread that runs it.
class Model {
public:
    /// Reads all weights. Throws Error (file, tensor, reason; memory that would not fit, before reading)
    /// and Cancelled.
    static std::shared_ptr<const Model> load(
        std::shared_ptr<const Checkpoint> checkpoint, const LoadOptions& options, const Job& job);
    ~Model();

    const ModelConfig& config() const;
    ComputeType computeType() const;
    std::string device() const; ///< "cpu", "cuda:0"
    uint64_t weightBytes() const; ///< as held in memory
    /// Names these weights: 16 hex digits, a hash (FNV-1a) over name, shape and samples of every tensor.
    /// Vectors carry it, since they fit this model alone.
    const std::string& fingerprint() const;
    const Checkpoint& checkpoint() const;

    struct Weights; ///< core/model/weights_internal.h
    const Weights& weights() const;

private:
    Model();
    struct Data;
    std::unique_ptr<Data> m_data;
};

}
