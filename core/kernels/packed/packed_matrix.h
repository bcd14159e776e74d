#pragma once

#include "core/base/weight_arena.h"
#include "core/kernels/packed/layout.h"

#include <cstddef>
#include <memory>
#include <span>

namespace tiller::kernels {

/// A matrix [outputs, inputs] whose quantised blocks were reordered for multiplication (layout.h), in about
/// the size they have in a file. Filled row by row once, const afterwards.
class PackedMatrix {
public:
    /// Whether this type has kernels and `inputs` is a multiple of its block.
    static bool supports(DType type, int64_t inputs);

    /// Zeros. `type` must be supported.
    PackedMatrix(DType type, int64_t outputs, int64_t inputs, WeightArena& arena);

    /// Takes a row as a file stores it: inputs / block values blocks. Different panels of rows from different
    /// threads are fine, rows of one panel are not.
    void setRow(int64_t row, std::span<const std::byte> blocks);
    /// The row in float32, bit for bit as toFloat32() expands the stored one.
    void expandRow(int64_t row, float* values) const;

    DType type() const { return m_type; }
    int64_t outputs() const { return m_outputs; }
    int64_t inputs() const { return m_inputs; }
    int64_t panels() const { return (m_outputs + panelRows - 1) / panelRows; }
    const std::byte* panel(int64_t index) const { return m_data.get() + index * m_panelBytes; }
    size_t bytes() const { return static_cast<size_t>(panels() * m_panelBytes); }

private:
    DType m_type;
    int64_t m_outputs;
    int64_t m_inputs;
    int64_t m_panelBytes;
    std::shared_ptr<std::byte> m_data;
};

/// float32 -> Q8_0 blocks, as ggml quantises them: scale max |x| / 127, halves rounded away from zero.
/// values.size() is a multiple of 32; `blocks` holds 34 bytes for each.
void quantiseQ8(std::span<const float> values, std::span<std::byte> blocks);

}
