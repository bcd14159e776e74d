#pragma once

#include <cstdint>

namespace tiller {

/// Numbers of the metadata value types in a GGUF file.
enum class GgufType : uint32_t {
    UInt8,
    Int8,
    UInt16,
    Int16,
    UInt32,
    Int32,
    Float32,
    Bool,
    String,
    Array,
    UInt64,
    Int64,
    Float64,
};

inline constexpr uint32_t ggufMagic = 0x46554747; // "GGUF"
inline constexpr uint32_t ggufDefaultAlignment = 32;
inline constexpr uint32_t ggufNameLimit = 64; // ggml's buffer, the closing NUL included
inline constexpr uint32_t ggufMaxDimensions = 4;

}
