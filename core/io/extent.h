#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace tiller {

/// Overflow-safe sums and products for sizes read from a file.
inline std::optional<uint64_t> checkedAdd(uint64_t a, uint64_t b)
{
    uint64_t sum = 0;
    return __builtin_add_overflow(a, b, &sum) ? std::nullopt : std::optional(sum);
}

inline std::optional<uint64_t> checkedMul(uint64_t a, uint64_t b)
{
    uint64_t product = 0;
    return __builtin_mul_overflow(a, b, &product) ? std::nullopt : std::optional(product);
}

/// Number of values of a shape; nullopt when a dimension is negative or the product exceeds int64.
inline std::optional<uint64_t> checkedCount(std::span<const int64_t> shape)
{
    int64_t count = 1;
    for (const int64_t dimension : shape)
        if (dimension < 0 || __builtin_mul_overflow(count, dimension, &count))
            return std::nullopt;
    return static_cast<uint64_t>(count);
}

}
