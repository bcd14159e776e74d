#include "core/io/blocks.h"

#include "core/base/error.h"

#include <array>
#include <bit>
#include <cstring>
#include <stdexcept>
#include <string>

// Block layouts and formulas: ggml-common.h and ggml-quants.c of github.com/ggml-org/ggml. The blocks are
// structs of bytes only, so that they may lie at any address.

namespace tiller {

namespace {

using Half = std::array<uint8_t, 2>;

float toFloat(const Half& half)
{
    return halfToFloat(std::bit_cast<uint16_t>(half));
}

struct Q4_0 {
    Half d;
    uint8_t qs[16];

    void expand(float* y) const
    {
        const float scale = toFloat(d);
        for (int j = 0; j < 16; ++j) {
            y[j] = static_cast<float>((qs[j] & 15) - 8) * scale;
            y[j + 16] = static_cast<float>((qs[j] >> 4) - 8) * scale;
        }
    }
};

struct Q4_1 {
    Half d, m;
    uint8_t qs[16];

    void expand(float* y) const
    {
        const float scale = toFloat(d);
        const float min = toFloat(m);
        for (int j = 0; j < 16; ++j) {
            y[j] = static_cast<float>(qs[j] & 15) * scale + min;
            y[j + 16] = static_cast<float>(qs[j] >> 4) * scale + min;
        }
    }
};

struct Q5_0 {
    Half d;
    std::array<uint8_t, 4> qh;
    uint8_t qs[16];

    void expand(float* y) const
    {
        const float scale = toFloat(d);
        const auto high = std::bit_cast<uint32_t>(qh);
        for (int j = 0; j < 16; ++j) {
            const int low5 = static_cast<int>((high >> j & 1) << 4) | (qs[j] & 15);
            const int high5 = static_cast<int>((high >> (j + 16) & 1) << 4) | (qs[j] >> 4);
            y[j] = static_cast<float>(low5 - 16) * scale;
            y[j + 16] = static_cast<float>(high5 - 16) * scale;
        }
    }
};

struct Q5_1 {
    Half d, m;
    std::array<uint8_t, 4> qh;
    uint8_t qs[16];

    void expand(float* y) const
    {
        const float scale = toFloat(d);
        const float min = toFloat(m);
        const auto high = std::bit_cast<uint32_t>(qh);
        for (int j = 0; j < 16; ++j) {
            const int low5 = static_cast<int>((high >> j & 1) << 4) | (qs[j] & 15);
            const int high5 = static_cast<int>((high >> (j + 16) & 1) << 4) | (qs[j] >> 4);
            y[j] = static_cast<float>(low5) * scale + min;
            y[j + 16] = static_cast<float>(high5) * scale + min;
        }
    }
};

struct Q8_0 {
    Half d;
    int8_t qs[32];

    void expand(float* y) const
    {
        const float scale = toFloat(d);
        for (int j = 0; j < 32; ++j)
            y[j] = static_cast<float>(qs[j]) * scale;
    }
};

struct Q2_K {
    uint8_t scales[16];
    uint8_t qs[64];
    Half d, dmin;

    void expand(float* y) const
    {
        const float scale = toFloat(d);
        const float min = toFloat(dmin);
        for (int group = 0; group < 16; ++group) {
            const float groupScale = scale * static_cast<float>(scales[group] & 15);
            const float groupMin = min * static_cast<float>(scales[group] >> 4);
            const uint8_t* q = qs + group / 8 * 32 + group % 2 * 16;
            const int shift = group % 8 / 2 * 2;
            for (int l = 0; l < 16; ++l)
                *y++ = groupScale * static_cast<float>(q[l] >> shift & 3) - groupMin;
        }
    }
};

struct Q3_K {
    uint8_t hmask[32];
    uint8_t qs[64];
    uint8_t scales[12];
    Half d;

    int scale(int group) const
    {
        const int low = scales[group % 8] >> (group < 8 ? 0 : 4) & 15;
        const int high = scales[8 + group % 4] >> (group / 4 * 2) & 3;
        return (low | high << 4) - 32;
    }

    void expand(float* y) const
    {
        const float all = toFloat(d);
        for (int group = 0; group < 16; ++group) {
            const float groupScale = all * static_cast<float>(scale(group));
            const int half = group % 2 * 16;
            const uint8_t* q = qs + group / 8 * 32 + half;
            const uint8_t* high = hmask + half;
            const int shift = group % 8 / 2 * 2;
            const int bit = group / 2;
            for (int l = 0; l < 16; ++l)
                *y++ = groupScale * static_cast<float>((q[l] >> shift & 3) - (high[l] >> bit & 1 ? 0 : 4));
        }
    }
};

/// Six-bit scales and minima of Q4_K and Q5_K, eight of each in twelve bytes.
struct ScalesAndMins {
    uint8_t packed[12];

    float scale(int j) const
    {
        return static_cast<float>(j < 4 ? packed[j] & 63 : (packed[j + 4] & 15) | packed[j - 4] >> 6 << 4);
    }
    float min(int j) const
    {
        return static_cast<float>(j < 4 ? packed[j + 4] & 63 : packed[j + 4] >> 4 | packed[j] >> 6 << 4);
    }
};

struct Q4_K {
    Half d, dmin;
    ScalesAndMins scales;
    uint8_t qs[128];

    void expand(float* y) const
    {
        const float scale = toFloat(d);
        const float min = toFloat(dmin);
        for (int group = 0; group < 8; ++group) {
            const float groupScale = scale * scales.scale(group);
            const float groupMin = min * scales.min(group);
            const uint8_t* q = qs + group / 2 * 32;
            const int shift = group % 2 * 4;
            for (int l = 0; l < 32; ++l)
                *y++ = groupScale * static_cast<float>(q[l] >> shift & 15) - groupMin;
        }
    }
};

struct Q5_K {
    Half d, dmin;
    ScalesAndMins scales;
    uint8_t qh[32];
    uint8_t qs[128];

    void expand(float* y) const
    {
        const float scale = toFloat(d);
        const float min = toFloat(dmin);
        for (int group = 0; group < 8; ++group) {
            const float groupScale = scale * scales.scale(group);
            const float groupMin = min * scales.min(group);
            const uint8_t* q = qs + group / 2 * 32;
            const int shift = group % 2 * 4;
            for (int l = 0; l < 32; ++l)
                *y++ = groupScale * static_cast<float>((q[l] >> shift & 15) | (qh[l] >> group & 1) << 4)
                    - groupMin;
        }
    }
};

struct Q6_K {
    uint8_t ql[128];
    uint8_t qh[64];
    int8_t scales[16];
    Half d;

    void expand(float* y) const
    {
        const float all = toFloat(d);
        for (int group = 0; group < 16; ++group) {
            const float groupScale = all * static_cast<float>(scales[group]);
            const int quarter = group % 8 / 2; // of 32 values in a half of 128
            const uint8_t* low = ql + group / 8 * 64 + quarter % 2 * 32 + group % 2 * 16;
            const uint8_t* high = qh + group / 8 * 32 + group % 2 * 16;
            const int lowShift = quarter / 2 * 4;
            for (int l = 0; l < 16; ++l) {
                const int q = (low[l] >> lowShift & 15) | (high[l] >> (quarter * 2) & 3) << 4;
                *y++ = groupScale * static_cast<float>(q - 32);
            }
        }
    }
};

constexpr float s_iq4Values[16] = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

void expandIq4(const uint8_t* qs, float scale, float* y)
{
    for (int j = 0; j < 16; ++j) {
        y[j] = scale * s_iq4Values[qs[j] & 15];
        y[j + 16] = scale * s_iq4Values[qs[j] >> 4];
    }
}

struct IQ4_NL {
    Half d;
    uint8_t qs[16];

    void expand(float* y) const { expandIq4(qs, toFloat(d), y); }
};

struct IQ4_XS {
    Half d;
    std::array<uint8_t, 2> scalesHigh;
    uint8_t scalesLow[4];
    uint8_t qs[128];

    void expand(float* y) const
    {
        const float all = toFloat(d);
        const auto high = std::bit_cast<uint16_t>(scalesHigh);
        for (int group = 0; group < 8; ++group) {
            const int scale = (scalesLow[group / 2] >> (group % 2 * 4) & 15) | (high >> (group * 2) & 3) << 4;
            expandIq4(qs + group * 16, all * static_cast<float>(scale - 32), y + group * 32);
        }
    }
};

template <typename Block, DType type>
void expandBlocks(std::span<const std::byte> bytes, float* y)
{
    static_assert(alignof(Block) == 1);
    const DTypeInfo& layout = info(type);
    if (sizeof(Block) != layout.blockBytes)
        throw std::logic_error("block struct and table disagree");
    const auto* block = reinterpret_cast<const Block*>(bytes.data());
    for (const auto* end = block + bytes.size() / sizeof(Block); block != end;
         ++block, y += layout.blockValues)
        block->expand(y);
}

template <typename T, typename Convert>
void convert(std::span<const std::byte> bytes, std::span<float> values, Convert toValue)
{
    const std::byte* source = bytes.data();
    float* y = values.data();
    for (size_t i = 0, count = values.size(); i < count; ++i) {
        T stored;
        std::memcpy(&stored, source + i * sizeof(T), sizeof(T));
        y[i] = toValue(stored);
    }
}

template <typename T>
void castAll(std::span<const std::byte> bytes, std::span<float> values)
{
    convert<T>(bytes, values, [](T stored) { return static_cast<float>(stored); });
}

}

float halfToFloat(uint16_t bits)
{
    // Without branches, so that loops vectorise: both readings are computed and one is chosen.
    // From github.com/Maratyszcza/FP16, as ggml has it.
    const uint32_t wide = static_cast<uint32_t>(bits) << 16;
    const uint32_t sign = wide & 0x80000000u;
    const uint32_t twice = wide + wide;
    const float normal = std::bit_cast<float>((twice >> 4) + (0xE0u << 23)) * 0x1.0p-112f;
    const float subnormal = std::bit_cast<float>((twice >> 17) | (126u << 23)) - 0.5f;
    return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(twice < 1u << 27 ? subnormal : normal));
}

uint16_t floatToHalf(float value)
{
    const auto bits = std::bit_cast<uint32_t>(value);
    const uint32_t sign = bits >> 16 & 0x8000u;
    uint32_t magnitude = bits & 0x7FFFFFFFu;
    if (magnitude > 0x7F800000u)
        magnitude = 0x7E00u; // NaN
    else if (magnitude >= 0x477FF000u)
        magnitude = 0x7C00u; // 65520 and above round to infinity
    else if (magnitude < 0x38800000u)
        // Below 2^-14: the unit in the last place of 0.5 is the half subnormal's unit, so the sum rounds for
        // us.
        magnitude = std::bit_cast<uint32_t>(std::bit_cast<float>(magnitude) + 0.5f) - 0x3F000000u;
    else
        magnitude = (magnitude - (112u << 23) + 0xFFFu + (magnitude >> 13 & 1)) >> 13;
    return static_cast<uint16_t>(sign | magnitude);
}

float bfloat16ToFloat(uint16_t bits)
{
    return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

uint16_t floatToBfloat16(float value)
{
    const auto bits = std::bit_cast<uint32_t>(value);
    if ((bits & 0x7FFFFFFFu) > 0x7F800000u)
        return static_cast<uint16_t>(bits >> 16 | 0x40u); // keep a NaN whose payload sits in the low half
    return static_cast<uint16_t>((bits + 0x7FFFu + (bits >> 16 & 1)) >> 16);
}

void toFloat32(DType type, std::span<const std::byte> bytes, std::span<float> values)
{
    const DTypeInfo& layout = info(type);
    if (values.size() % layout.blockValues != 0
        || values.size() / layout.blockValues != bytes.size() / layout.blockBytes
        || bytes.size() % layout.blockBytes != 0)
        throw Error(std::to_string(bytes.size()) + " bytes of " + std::string(layout.name) + " are not "
            + std::to_string(values.size()) + " values");
    if (values.empty())
        return;

    switch (type) {
    case DType::F64:
        return castAll<double>(bytes, values);
    case DType::F32:
        std::memcpy(values.data(), bytes.data(), bytes.size());
        return;
    case DType::F16:
        return convert<uint16_t>(bytes, values, [](uint16_t stored) { return halfToFloat(stored); });
    case DType::BF16:
        return convert<uint16_t>(bytes, values, [](uint16_t stored) { return bfloat16ToFloat(stored); });
    case DType::I64:
        return castAll<int64_t>(bytes, values);
    case DType::I32:
        return castAll<int32_t>(bytes, values);
    case DType::I16:
        return castAll<int16_t>(bytes, values);
    case DType::I8:
        return castAll<int8_t>(bytes, values);
    case DType::U8:
        return castAll<uint8_t>(bytes, values);
    case DType::Bool:
        return convert<uint8_t>(bytes, values, [](uint8_t stored) { return stored ? 1.0f : 0.0f; });
    case DType::Q4_0:
        return expandBlocks<Q4_0, DType::Q4_0>(bytes, values.data());
    case DType::Q4_1:
        return expandBlocks<Q4_1, DType::Q4_1>(bytes, values.data());
    case DType::Q5_0:
        return expandBlocks<Q5_0, DType::Q5_0>(bytes, values.data());
    case DType::Q5_1:
        return expandBlocks<Q5_1, DType::Q5_1>(bytes, values.data());
    case DType::Q8_0:
        return expandBlocks<Q8_0, DType::Q8_0>(bytes, values.data());
    case DType::Q2_K:
        return expandBlocks<Q2_K, DType::Q2_K>(bytes, values.data());
    case DType::Q3_K:
        return expandBlocks<Q3_K, DType::Q3_K>(bytes, values.data());
    case DType::Q4_K:
        return expandBlocks<Q4_K, DType::Q4_K>(bytes, values.data());
    case DType::Q5_K:
        return expandBlocks<Q5_K, DType::Q5_K>(bytes, values.data());
    case DType::Q6_K:
        return expandBlocks<Q6_K, DType::Q6_K>(bytes, values.data());
    case DType::IQ4_NL:
        return expandBlocks<IQ4_NL, DType::IQ4_NL>(bytes, values.data());
    case DType::IQ4_XS:
        return expandBlocks<IQ4_XS, DType::IQ4_XS>(bytes, values.data());
    }
}

}
