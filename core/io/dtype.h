#pragma once

#include <cstdint>
#include <string_view>

namespace tiller {

/// Element or block type of a stored tensor. Quantised types keep several values in one block.
enum class DType {
    F64,
    F32,
    F16,
    BF16,
    I64,
    I32,
    I16,
    I8,
    U8,
    Bool,
    Q4_0,
    Q4_1,
    Q5_0,
    Q5_1,
    Q8_0,
    Q2_K,
    Q3_K,
    Q4_K,
    Q5_K,
    Q6_K,
    IQ4_NL,
    IQ4_XS,
};

struct DTypeInfo {
    std::string_view name; ///< as the user reads it: "F32", "Q4_1"
    uint32_t blockValues; ///< values in one block, 1 for plain types
    uint32_t blockBytes;
};

const DTypeInfo& info(DType type);

inline bool isQuantised(DType type)
{
    return type >= DType::Q4_0;
}

}
