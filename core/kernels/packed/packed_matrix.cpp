#include "core/kernels/packed/packed_matrix.h"

#include "core/io/blocks.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace tiller::kernels {

namespace {

// One stored block (32 or 256 values) taken apart.
struct Quants {
    uint8_t values[256]; ///< offset included: never negative
    uint8_t scales[16]; ///< K-quants: of each 32 inputs, Q6_K (signed) of each 16
    uint8_t minima[8];
    uint16_t scale = 0; ///< float16
    uint16_t minimum = 0;
};

uint16_t half(const uint8_t* p)
{
    uint16_t bits;
    std::memcpy(&bits, p, sizeof bits);
    return bits;
}

void splitNibbles(const uint8_t* stored, uint8_t* low, uint8_t* high, int count)
{
    for (int i = 0; i < count; ++i) {
        low[i] = stored[i] & 15;
        high[i] = stored[i] >> 4;
    }
}

void addFifthBits(const uint8_t* stored, uint8_t* values)
{
    uint32_t bits;
    std::memcpy(&bits, stored, sizeof bits);
    for (int i = 0; i < 32; ++i)
        values[i] = static_cast<uint8_t>(values[i] | ((bits >> i & 1) << 4));
}

// Eight scales and minima of six bits each in twelve bytes.
void splitScales(const uint8_t* stored, Quants& q)
{
    for (int j = 0; j < 8; ++j) {
        if (j < 4) {
            q.scales[j] = stored[j] & 63;
            q.minima[j] = stored[j + 4] & 63;
        } else {
            q.scales[j] = static_cast<uint8_t>((stored[j + 4] & 15) | (stored[j - 4] >> 6 << 4));
            q.minima[j] = static_cast<uint8_t>((stored[j + 4] >> 4) | (stored[j] >> 6 << 4));
        }
    }
}

void splitQ6K(const uint8_t* b, Quants& q)
{
    for (int n = 0; n < 2; ++n) {
        const uint8_t* low = b + 64 * n;
        const uint8_t* high = b + 128 + 32 * n;
        uint8_t* v = q.values + 128 * n;
        for (int l = 0; l < 32; ++l) {
            v[l] = static_cast<uint8_t>((low[l] & 15) | ((high[l] & 3) << 4));
            v[l + 32] = static_cast<uint8_t>((low[l + 32] & 15) | ((high[l] >> 2 & 3) << 4));
            v[l + 64] = static_cast<uint8_t>((low[l] >> 4) | ((high[l] >> 4 & 3) << 4));
            v[l + 96] = static_cast<uint8_t>((low[l + 32] >> 4) | ((high[l] >> 6) << 4));
        }
    }
    std::memcpy(q.scales, b + 192, 16);
    q.scale = half(b + 208);
}

Quants takeApart(DType type, const uint8_t* b)
{
    Quants q; // what the type does not have stays unset: clearing it would take longer than the rest
    switch (type) {
    case DType::Q4_0:
        q.scale = half(b);
        splitNibbles(b + 2, q.values, q.values + 16, 16);
        break;
    case DType::Q4_1:
        q.scale = half(b);
        q.minimum = half(b + 2);
        splitNibbles(b + 4, q.values, q.values + 16, 16);
        break;
    case DType::Q5_0:
        q.scale = half(b);
        splitNibbles(b + 6, q.values, q.values + 16, 16);
        addFifthBits(b + 2, q.values);
        break;
    case DType::Q5_1:
        q.scale = half(b);
        q.minimum = half(b + 2);
        splitNibbles(b + 8, q.values, q.values + 16, 16);
        addFifthBits(b + 4, q.values);
        break;
    case DType::Q8_0:
        q.scale = half(b);
        for (int i = 0; i < 32; ++i)
            q.values[i] = b[2 + i] ^ 0x80;
        break;
    case DType::Q4_K:
    case DType::Q5_K: {
        q.scale = half(b);
        q.minimum = half(b + 2);
        splitScales(b + 4, q);
        const bool five = type == DType::Q5_K;
        for (int j = 0; j < 4; ++j)
            splitNibbles(b + (five ? 48 : 16) + 32 * j, q.values + 64 * j, q.values + 64 * j + 32, 32);
        for (int i = 0; five && i < 256; ++i)
            q.values[i] = static_cast<uint8_t>(q.values[i] | ((b[16 + i % 32] >> (i / 32) & 1) << 4));
        break;
    }
    case DType::Q6_K:
        splitQ6K(b, q);
        break;
    default:
        break;
    }
    return q;
}

// Where the quant of input i (in its chunk) and row r lies, in bytes of a step-major plane.
size_t placeOf(int64_t step, int64_t row, int64_t input)
{
    return static_cast<size_t>(step * 64 + row * 4 + input % 4);
}

// A row's 32 quants go to its place in every step, four at a time. The bytes of four bits are those that ggml
// stores for 32 inputs. Other rows have bits in the same bytes of the masks.
void putQuants(const Layout& l, uint8_t* chunk, int64_t row, const uint8_t* values)
{
    const auto put = [row](uint8_t* plane, int64_t step, const uint8_t* four) {
        std::memcpy(plane + placeOf(step, row, 0), four, 4);
    };
    if (l.bits == 8) {
        for (int64_t step = 0; step < 8; ++step)
            put(chunk, step, values + 4 * step);
        return;
    }
    uint8_t both[16];
    for (int64_t i = 0; i < 16; ++i)
        both[i] = static_cast<uint8_t>((values[i] & 15) | values[i + 16] << 4);
    for (int64_t step = 0; step < 4; ++step)
        put(chunk, step, both + 4 * step);
    uint8_t* high = chunk + l.highAt;
    if (l.bits == 5) {
        for (int64_t step = 0; step < 8; ++step) {
            const uint8_t* v = values + 4 * step;
            const int four = v[0] >> 4 | v[1] >> 4 << 1 | v[2] >> 4 << 2 | v[3] >> 4 << 3;
            uint8_t& mask = high[step * 8 + row / 2];
            mask = static_cast<uint8_t>(mask | four << 4 * (row % 2));
        }
    } else if (l.bits == 6) {
        for (int64_t half = 0; half < 2; ++half) {
            uint8_t four[4];
            for (int64_t i = 0; i < 4; ++i) {
                const uint8_t* v = values + 16 * half + i;
                four[i] = static_cast<uint8_t>(v[0] >> 4 | v[4] >> 4 << 2 | v[8] >> 4 << 4 | v[12] >> 4 << 6);
            }
            put(high, half, four);
        }
    }
}

uint8_t getQuant(const Layout& l, const uint8_t* chunk, int64_t row, int64_t input)
{
    const int64_t step = input / 4;
    if (l.bits == 8)
        return chunk[placeOf(step, row, input)];
    const auto low = static_cast<uint8_t>(chunk[placeOf(step % 4, row, input)] >> (step < 4 ? 0 : 4) & 15);
    const uint8_t* high = chunk + l.highAt;
    if (l.bits == 5) {
        const int64_t bit = row * 4 + input % 4;
        return static_cast<uint8_t>(low | (high[step * 8 + bit / 8] >> bit % 8 & 1) << 4);
    }
    if (l.bits == 6)
        return static_cast<uint8_t>(low | (high[placeOf(step / 4, row, input)] >> 2 * (step % 4) & 3) << 4);
    return low;
}

}

bool PackedMatrix::supports(DType type, int64_t inputs)
{
    const Layout l = layoutOf(type);
    return l.bits > 0 && inputs > 0 && inputs % l.groupInputs == 0;
}

PackedMatrix::PackedMatrix(DType type, int64_t outputs, int64_t inputs, WeightArena& arena)
    : m_type(type)
    , m_outputs(outputs)
    , m_inputs(inputs)
    , m_panelBytes(inputs / layoutOf(type).groupInputs * layoutOf(type).groupBytes)
    , m_data(arena.allocate(bytes())) // kernels read vectors across the end of the last chunk
{
}

void PackedMatrix::setRow(int64_t row, std::span<const std::byte> blocks)
{
    const Layout l = layoutOf(m_type);
    const DTypeInfo& stored = info(m_type);
    const int64_t r = row % panelRows;
    auto* group = reinterpret_cast<uint8_t*>(m_data.get() + row / panelRows * m_panelBytes);
    const auto* block = reinterpret_cast<const uint8_t*>(blocks.data());
    for (int64_t g = 0; g < m_inputs / l.groupInputs; ++g) {
        const Quants q = takeApart(m_type, block);
        for (int64_t c = 0; c < l.groupInputs / chunkInputs; ++c) {
            uint8_t* chunk = group + c * l.chunkBytes;
            putQuants(l, chunk, r, q.values + c * chunkInputs);
            if (m_type == DType::Q6_K) {
                chunk[l.scaleAt + r] = q.scales[2 * c];
                chunk[l.minimumAt + r] = q.scales[2 * c + 1];
            } else if (l.isNested) {
                chunk[l.scaleAt + r] = q.scales[c];
                chunk[l.minimumAt + r] = q.minima[c];
            } else {
                std::memcpy(chunk + l.scaleAt + 2 * r, &q.scale, 2);
                if (l.hasMinimum)
                    std::memcpy(chunk + l.minimumAt + 2 * r, &q.minimum, 2);
            }
        }
        if (l.isNested)
            std::memcpy(group + l.groupScaleAt + 2 * r, &q.scale, 2);
        if (l.isNested && l.hasMinimum)
            std::memcpy(group + l.groupMinimumAt + 2 * r, &q.minimum, 2);
        group += l.groupBytes;
        block += stored.blockBytes;
    }
}

void PackedMatrix::expandRow(int64_t row, float* values) const
{
    const Layout l = layoutOf(m_type);
    const int64_t r = row % panelRows;
    const auto* group = reinterpret_cast<const uint8_t*>(panel(row / panelRows));
    for (int64_t g = 0; g < m_inputs / l.groupInputs; ++g, group += l.groupBytes) {
        for (int64_t c = 0; c < l.groupInputs / chunkInputs; ++c) {
            const uint8_t* chunk = group + c * l.chunkBytes;
            for (int64_t i = 0; i < chunkInputs; ++i) {
                const auto q = static_cast<float>(getQuant(l, chunk, r, i) - l.offset);
                if (m_type == DType::Q6_K) {
                    const auto at = i < 16 ? l.scaleAt : l.minimumAt;
                    *values++ = halfToFloat(half(group + l.groupScaleAt + 2 * r))
                        * static_cast<float>(static_cast<int8_t>(chunk[at + r])) * q;
                } else if (l.isNested) {
                    const float d = halfToFloat(half(group + l.groupScaleAt + 2 * r))
                        * static_cast<float>(chunk[l.scaleAt + r]);
                    const float m = halfToFloat(half(group + l.groupMinimumAt + 2 * r))
                        * static_cast<float>(chunk[l.minimumAt + r]);
                    *values++ = d * q - m;
                } else {
                    const float d = halfToFloat(half(chunk + l.scaleAt + 2 * r));
                    *values++ = l.hasMinimum ? d * q + halfToFloat(half(chunk + l.minimumAt + 2 * r)) : d * q;
                }
            }
        }
    }
}

void quantiseQ8(std::span<const float> values, std::span<std::byte> blocks)
{
    std::byte* out = blocks.data();
    for (size_t b = 0; b < values.size(); b += 32, out += 34) {
        float most = 0;
        for (size_t i = 0; i < 32; ++i)
            most = std::max(most, std::abs(values[b + i]));
        const float scale = most / 127.0f;
        const float inverse = scale > 0 ? 1.0f / scale : 0.0f;
        const uint16_t bits = floatToHalf(scale);
        std::memcpy(out, &bits, 2);
        for (size_t i = 0; i < 32; ++i)
            out[2 + i] = static_cast<std::byte>(static_cast<int8_t>(std::lround(values[b + i] * inverse)));
    }
}

}
