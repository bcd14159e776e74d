#pragma once

#include <cstddef>
#include <memory>

namespace tiller {

/// Memory for the weights of one model, in the system's huge pages where it grants them: every step streams
/// all of it, and the processor looks ahead no further than the end of a page (4 to 8 % of a decode step,
/// measured). One thread.
class WeightArena {
public:
    /// Zeros, aligned to 64 bytes and followed by 64 more. Throws std::bad_alloc.
    std::shared_ptr<std::byte> allocate(size_t bytes);

private:
    std::shared_ptr<std::byte> m_chunk;
    size_t m_size = 0;
    size_t m_used = 0;
};

}
