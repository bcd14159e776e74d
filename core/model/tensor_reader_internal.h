#pragma once

#include "core/base/cancel.h"
#include "core/base/weight_arena.h"
#include "core/io/checkpoint.h"
#include "core/model/weights_internal.h"

#include <functional>
#include <string>
#include <vector>

namespace tiller {

/// Where rows of a weight come from: all or some rows of a stored tensor.
struct RowSource {
    std::string name; ///< of the tensor, ending in ".weight"; its bias is read with it where there is one
    std::vector<int64_t> shape; ///< as stored: [out, in], [in, out] if inputMajor, or [experts, out, in]
    int64_t rows = 0;
    std::function<int64_t(int64_t)> storedRow; ///< row r of the weight -> of the stored tensor; empty: r
    bool inputMajor = false;
};

/// Turns stored tensors into those of the model: expands, reorders, moves to the device. Where nothing of
/// this is needed the result is the mapped file itself. Errors name file, tensor and reason.
class TensorReader {
public:
    /// `storage` is the type whose rounding the values keep, `compute` the one they are held in; `packed`:
    /// matrices are kept in blocks, see ComputeType::Packed. Throws Cancelled from the midst of a tensor.
    TensorReader(const Checkpoint& checkpoint, at::ScalarType storage, at::ScalarType compute,
        at::Device device, bool packed = false, CancelToken cancel = {});

    bool has(const std::string& name) const { return m_checkpoint.find(name) != nullptr; }

    /// The sources one below the other.
    LinearPtr linear(const std::vector<RowSource>& sources);
    /// The same, never rounded to blocks: for small matrices that decide much.
    LinearPtr exactLinear(const std::vector<RowSource>& sources);
    /// Vectors of tokens, and unless `head` is null the same matrix as the head of the model.
    EmbeddingPtr embedding(const RowSource& source, LinearPtr* head);
    /// A float32 vector (or small matrix, flattened) on the device, with `offset` added.
    at::Tensor vector(const std::string& name, const std::vector<int64_t>& shape, double offset = 0) const;

    bool hasMapped() const { return m_mapped; }

private:
    const TensorView& required(const std::string& name, const std::vector<int64_t>& shape) const;
    at::Tensor matrix(const RowSource& source);
    LinearPtr packedLinear(const std::vector<RowSource>& sources);
    at::Tensor room(int64_t rows, int64_t columns);
    at::Tensor mapped(const RowSource& source, const TensorView& view) const;
    void fill(at::Tensor& target, int64_t firstRow, const RowSource& source, const TensorView& view) const;
    void store(const std::vector<float>& row, at::Tensor& target, int64_t offset) const;
    at::Tensor bias(const std::vector<RowSource>& sources) const;

    const Checkpoint& m_checkpoint;
    at::ScalarType m_storage;
    at::ScalarType m_compute;
    at::Device m_device;
    bool m_packed;
    CancelToken m_cancel;
    WeightArena m_arena;
    bool m_mapped = false;
};

}
