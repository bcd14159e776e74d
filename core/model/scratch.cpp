#include "core/model/scratch_internal.h"

#include <algorithm>
#include <vector>

namespace tiller {

namespace {

// The values of 64 rows and their logits.
constexpr size_t mostBytes = size_t{32} << 20;

// A view of a tensor holds its memory, not the tensor itself.
bool isFree(const at::Tensor& t)
{
    return t.use_count() == 1 && t.storage().use_count() == 1;
}

}

at::Tensor scratch(int64_t rows, int64_t width, at::ScalarType type)
{
    static thread_local std::vector<at::Tensor> kept;
    static thread_local size_t keptBytes = 0;
    const auto fitting = std::ranges::find_if(kept, [&](const at::Tensor& t) {
        return t.size(0) == rows && t.size(1) == width && t.scalar_type() == type && isFree(t);
    });
    if (fitting != kept.end())
        return *fitting;
    at::Tensor fresh = at::empty({rows, width}, type);
    if (fresh.nbytes() > mostBytes)
        return fresh;
    while (keptBytes + fresh.nbytes() > mostBytes) { // shapes have changed: the oldest that are free go
        const auto oldest = std::ranges::find_if(kept, isFree);
        if (oldest == kept.end())
            return fresh;
        keptBytes -= oldest->nbytes();
        kept.erase(oldest);
    }
    keptBytes += fresh.nbytes();
    kept.push_back(fresh);
    return fresh;
}

}
