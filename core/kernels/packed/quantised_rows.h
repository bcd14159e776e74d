#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tiller::kernels {

/// Inputs of a product in 8 bits: in every chunk of 32 of a row, x = scale * value with scale = max |x| /
/// 127. Rows lie in tiles of up to mostTileRows, each chunk of all of a tile's rows side by side, as a
/// product reads them. Buffers are kept from one set() to the next.
class QuantisedRows {
public:
    static constexpr int64_t mostTileRows = 8;

    /// What one chunk of one row adds to the products besides its values.
    struct Factors {
        float scale = 0;
        float scaledSum = 0; ///< scale * sum of the values
        int32_t lowSum = 0; ///< minus the sum of the values of inputs 0 to 15
        int32_t highSum = 0; ///< minus that of inputs 16 to 31
    };

    /// x [rows, inputs], inputs a multiple of 32. On the workers where it is worth it.
    void set(const float* x, int64_t rows, int64_t inputs);

    int64_t rows() const { return m_rows; }
    int64_t inputs() const { return m_inputs; }
    int64_t chunks() const { return m_inputs / 32; }
    int64_t tiles() const { return (m_rows + m_tileRows - 1) / m_tileRows; }
    int64_t firstRow(int64_t tile) const { return tile * m_tileRows; }
    int64_t rowsOf(int64_t tile) const { return tile + 1 < tiles() ? m_tileRows : m_rows - firstRow(tile); }

    /// [chunks, rows of the tile, 32]
    const int8_t* values(int64_t tile) const { return m_values.data() + firstRow(tile) * m_inputs; }
    /// [chunks, rows of the tile]
    const Factors* factors(int64_t tile) const { return m_factors.data() + firstRow(tile) * chunks(); }

    // The same by row, for what is not in a hurry.
    const int8_t* values(int64_t row, int64_t chunk) const
    {
        return values(row / m_tileRows) + at(row, chunk) * 32;
    }
    const Factors& factors(int64_t row, int64_t chunk) const
    {
        return factors(row / m_tileRows)[at(row, chunk)];
    }

private:
    int64_t at(int64_t row, int64_t chunk) const
    {
        return chunk * rowsOf(row / m_tileRows) + row % m_tileRows;
    }

    int64_t m_rows = 0;
    int64_t m_inputs = 0;
    int64_t m_tileRows = 1;
    std::vector<int8_t> m_values;
    std::vector<Factors> m_factors;
};

}
