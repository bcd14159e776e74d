#pragma once

#include "core/io/dtype.h"

#include <cstdint>

namespace tiller::kernels {

// Quantised rows repacked so that sixteen of them, a panel, are multiplied side by side.
//
// A panel is a sequence of groups (32 inputs, 256 for K-quants), a group of chunks of 32 inputs. A chunk:
//   quants   bytes [8 steps][16 rows][4 inputs]; step s holds inputs 4s .. 4s+3. Four-bit values lie two a
//   byte:
//            byte j of steps 0 to 3 has step s in its low and step s + 4 in its high half
//   high     5 bits: 8 masks of 64 bits, the fifth bits of each step's bytes; 6 bits: 128 bytes, of which
//   byte
//            j of the first half has the upper two bits of steps 0 to 3, of the second those of steps 4 to 7
//   scales   [16] float16 (and [16] float16 minima), or for K-quants bytes: [16] scales and [16] minima,
//            for Q6_K [16] signed scales of inputs 0 to 15 and [16] of 16 to 31
// K-quants have [16] float16 d and dmin (Q6_K: d) at the end of the group.
//
// A value is scale * (quant - offset) + minimum, the minimum of K-quants being -dmin * m.

constexpr int64_t panelRows = 16;
constexpr int64_t chunkInputs = 32;

struct Layout {
    int bits = 0; ///< of a quant
    int offset = 0; ///< subtracted from it
    bool hasMinimum = false;
    bool isNested = false; ///< K-quants: scales of chunks are integers times those of a group
    int64_t chunkBytes = 0;
    int64_t groupInputs = 0;
    int64_t groupBytes = 0;

    int64_t highAt = 0; ///< offsets in a chunk
    int64_t scaleAt = 0;
    int64_t minimumAt = 0; ///< for Q6_K the second scales
    int64_t groupScaleAt = 0; ///< offsets in a group
    int64_t groupMinimumAt = 0;
};

constexpr Layout layoutOf(DType type)
{
    Layout l;
    switch (type) {
    case DType::Q4_0:
        l.bits = 4;
        l.offset = 8;
        break;
    case DType::Q4_1:
        l.bits = 4;
        l.hasMinimum = true;
        break;
    case DType::Q5_0:
        l.bits = 5;
        l.offset = 16;
        break;
    case DType::Q5_1:
        l.bits = 5;
        l.hasMinimum = true;
        break;
    case DType::Q8_0:
        l.bits = 8;
        l.offset = 128;
        break;
    case DType::Q4_K:
        l.bits = 4;
        l.hasMinimum = l.isNested = true;
        break;
    case DType::Q5_K:
        l.bits = 5;
        l.hasMinimum = l.isNested = true;
        break;
    case DType::Q6_K:
        l.bits = 6;
        l.offset = 32;
        l.isNested = true;
        break;
    default:
        return l;
    }
    l.highAt = l.bits == 8 ? 512 : 256;
    l.scaleAt = l.highAt + (l.bits == 5 ? 64 : l.bits == 6 ? 128 : 0);
    const int64_t scaleBytes = panelRows * (l.isNested ? 1 : 2);
    l.minimumAt = l.scaleAt + scaleBytes;
    const bool two = l.hasMinimum || l.isNested;
    l.chunkBytes = l.scaleAt + scaleBytes * (two ? 2 : 1);
    l.groupInputs = l.isNested ? 256 : chunkInputs;
    l.groupScaleAt = l.groupInputs / chunkInputs * l.chunkBytes;
    l.groupMinimumAt = l.groupScaleAt + 2 * panelRows;
    l.groupBytes = l.groupScaleAt + (l.isNested ? 2 * panelRows * (l.hasMinimum ? 2 : 1) : 0);
    return l;
}

}
