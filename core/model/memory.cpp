#include "core/model/memory.h"

#include "core/base/error.h"
#include "core/kernels/packed/packed_matrix.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <limits>
#include <utility>

namespace tiller {

namespace fs = std::filesystem;

namespace {

constexpr uint64_t s_unlimited = std::numeric_limits<uint64_t>::max();

uint64_t saturatingProduct(uint64_t a, uint64_t b)
{
    return b != 0 && a > s_unlimited / b ? s_unlimited : a * b;
}

uint64_t saturatingSum(uint64_t a, uint64_t b)
{
    return a > s_unlimited - b ? s_unlimited : a + b;
}

/// The number behind `key` in a file of lines "key number unit".
uint64_t numberIn(const fs::path& path, std::string_view key)
{
    std::ifstream file(path);
    std::string name;
    uint64_t value = 0;
    std::string rest;
    while (file >> name >> value && std::getline(file, rest))
        if (name == key)
            return value;
    return 0;
}

/// What the limits of this process's control groups (version 2) leave; pages of files count as free.
uint64_t leftInControlGroups()
{
    const fs::path root = "/sys/fs/cgroup";
    std::ifstream own("/proc/self/cgroup");
    std::string line;
    uint64_t left = s_unlimited;
    while (std::getline(own, line)) {
        constexpr std::string_view version2 = "0::/";
        if (!line.starts_with(version2))
            continue;
        fs::path group = root / line.substr(version2.size());
        for (;; group = group.parent_path()) {
            uint64_t limit = 0;
            uint64_t used = 0;
            if (std::ifstream(group / "memory.max") >> limit
                && std::ifstream(group / "memory.current") >> used) {
                const uint64_t files = numberIn(group / "memory.stat", "inactive_file");
                const uint64_t held = used - std::min(used, files);
                left = std::min(left, limit - std::min(limit, held));
            }
            if (group == root || !group.has_relative_path())
                break;
        }
    }
    return left;
}

std::string gibibytes(uint64_t bytes)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.*f GiB", bytes < (uint64_t{1} << 30) ? 2 : 1,
        static_cast<double>(bytes) / (1 << 30));
    return text;
}

constexpr std::array s_choices = {std::pair(ComputeType::F32, "f32"), std::pair(ComputeType::BF16, "bf16"),
    std::pair(ComputeType::Packed, "q8")};

// As kernels/packed holds it; vectors and what has no blocks stay float32.
uint64_t packedBytes(const TensorView& tensor)
{
    const auto count = static_cast<uint64_t>(tensor.count());
    const int64_t inputs = tensor.shape.empty() ? 1 : tensor.shape.back();
    if (tensor.shape.size() < 2)
        return saturatingProduct(count, 4);
    if (kernels::PackedMatrix::supports(tensor.dtype, inputs))
        return tensor.data.size();
    return kernels::PackedMatrix::supports(DType::Q8_0, inputs) ? saturatingProduct(count / 32, 34)
                                                                : saturatingProduct(count, 4);
}

}

uint64_t MemoryEstimate::bytes(ComputeType type) const
{
    if (type == ComputeType::Packed)
        return saturatingSum(packed, saturatingProduct(cache, 2));
    return saturatingProduct(saturatingSum(weights, cache), type == ComputeType::BF16 ? 2 : 4);
}

bool isQuantised(const Checkpoint& checkpoint)
{
    uint64_t blocks = 0;
    for (const TensorView* tensor : checkpoint.tensors())
        if (isQuantised(tensor->dtype))
            blocks += tensor->data.size();
    return blocks > checkpoint.tensorBytes() / 2;
}

MemoryEstimate estimateMemory(const Checkpoint& checkpoint, const ModelConfig& config)
{
    constexpr int sensibleContext = 2048;
    MemoryEstimate estimate;
    for (const TensorView* tensor : checkpoint.tensors()) {
        estimate.weights = saturatingSum(estimate.weights, static_cast<uint64_t>(tensor->count()));
        estimate.packed = saturatingSum(estimate.packed, packedBytes(*tensor));
    }
    estimate.isQuantised = isQuantised(checkpoint);
    estimate.context = std::min(sensibleContext, config.contextLength);
    estimate.cache = 2; // keys and values
    for (const int factor : {config.layers, config.kvHeads, config.headDim, estimate.context})
        estimate.cache = saturatingProduct(estimate.cache, static_cast<uint64_t>(std::max(0, factor)));
    return estimate;
}

uint64_t availableMemory()
{
    constexpr uint64_t kibi = 1024;
    const uint64_t machine = numberIn("/proc/meminfo", "MemAvailable:") * kibi;
    return machine == 0 ? 0 : std::min(machine, leftInControlGroups());
}

void refuseIfTooLarge(
    const std::string& model, const MemoryEstimate& estimate, ComputeType type, uint64_t available)
{
    const uint64_t needed = estimate.bytes(type);
    if (available == 0 || needed <= available)
        return;
    std::string fitting;
    std::string tooLarge;
    for (const auto& [smaller, name] : s_choices) {
        const uint64_t bytes = estimate.bytes(smaller);
        if (bytes >= needed)
            continue;
        std::string& list = bytes <= available ? fitting : tooLarge;
        list += (list.empty() ? "" : ", ") + std::string(name) + " (" + gibibytes(bytes) + ")";
    }
    throw Error(model + " needs " + gibibytes(needed) + " of memory as " + toString(type) + ", and "
            + gibibytes(available) + " are free",
        !fitting.empty()        ? "Choose the dtype " + fitting + ", or open a smaller model."
            : !tooLarge.empty() ? "No dtype fits, not even " + tooLarge + ": open a smaller model."
                                : "No smaller dtype is there: open a smaller model.");
}

void refuseIfTooLarge(const Checkpoint& checkpoint, const ModelConfig& config, ComputeType type)
{
    refuseIfTooLarge(config.name, estimateMemory(checkpoint, config), type, availableMemory());
}

}
