#include "core/base/weight_arena.h"

#include <algorithm>
#include <new>
#include <sys/mman.h>

namespace tiller {

namespace {

constexpr size_t hugePage = size_t{2} << 20;
constexpr size_t smallestChunk = size_t{32} << 20; // only what is written to takes memory

size_t roundUp(size_t bytes, size_t unit)
{
    return (bytes + unit - 1) / unit * unit;
}

std::shared_ptr<std::byte> mapChunk(size_t size)
{
    const size_t mapped = size + hugePage; // to begin at a huge page
    void* start = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED)
        throw std::bad_alloc();
    const std::shared_ptr<void> mapping(start, [mapped](void* p) { munmap(p, mapped); });
    void* aligned = start;
    size_t space = mapped;
    std::align(hugePage, size, aligned, space);
#if defined(MADV_HUGEPAGE)
    madvise(aligned, size, MADV_HUGEPAGE); // advice: may be refused
#endif
    return {mapping, static_cast<std::byte*>(aligned)};
}

}

std::shared_ptr<std::byte> WeightArena::allocate(size_t bytes)
{
    const size_t needed = roundUp(bytes, 64) + 64;
    if (needed < bytes || needed > SIZE_MAX / 2)
        throw std::bad_alloc();
    if (m_used + needed > m_size) {
        m_size = std::max(roundUp(needed, hugePage), smallestChunk);
        m_chunk = mapChunk(m_size);
        m_used = 0;
    }
    std::shared_ptr<std::byte> memory(m_chunk, m_chunk.get() + m_used);
    m_used += needed;
    return memory;
}

}
