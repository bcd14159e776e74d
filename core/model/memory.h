#pragma once

#include "core/io/checkpoint.h"
#include "core/model/config.h"
#include "core/model/model.h"

#include <cstdint>
#include <string>

namespace tiller {

/// What computing with a model takes of the main memory, told by headers alone: all tensors of the file (all
/// experts of a mixture among them) and the keys and values of one row.
struct MemoryEstimate {
    uint64_t weights = 0; ///< numbers, not bytes
    uint64_t packed = 0; ///< bytes of the weights for ComputeType::Packed
    bool isQuantised = false; ///< most of the file's bytes are quantised blocks
    uint64_t cache = 0; ///< numbers for `context` positions
    int context = 0; ///< 2048, or the model's own where that is less

    /// On the CPU, where float16 is computed in float32.
    uint64_t bytes(ComputeType type) const;
};

/// Whether most of a file's bytes are quantised blocks.
bool isQuantised(const Checkpoint& checkpoint);

MemoryEstimate estimateMemory(const Checkpoint& checkpoint, const ModelConfig& config);

/// Bytes that programs can still take without swapping: the kernel's estimate, or what the limit of a
/// container leaves. 0: the system does not say.
uint64_t availableMemory();

/// Throws Error with the figures when a model does not fit into `available` bytes; the remedy names the
/// smaller dtypes that would. Accepts everything when `available` is 0.
void refuseIfTooLarge(
    const std::string& model, const MemoryEstimate& estimate, ComputeType type, uint64_t available);
void refuseIfTooLarge(const Checkpoint& checkpoint, const ModelConfig& config, ComputeType type);

}
