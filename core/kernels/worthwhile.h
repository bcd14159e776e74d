#pragma once

#include <algorithm>
#include <cstdint>

namespace tiller::kernels {

/// Below this many touched elements a second thread costs more than it brings (measured).
constexpr int64_t worthwhile = 32 * 1024;

/// Rows of one share when each touches `elementsEach`.
inline int64_t grainFor(int64_t elementsEach)
{
    return std::max<int64_t>(1, worthwhile / std::max<int64_t>(1, elementsEach));
}

}
