#pragma once

#include <cstdint>

namespace tiller {

/// Sets the number of threads that compute, for the whole process; 0 takes the number of physical cores that
/// this process may use. Call once, in main(), before any model is opened. Returns the number set.
int setThreadCount(int threads);
int threadCount();

namespace detail {

/// A loop body without its type: no allocation for a loop, thousands of which make up a decode step.
struct LoopBody {
    const void* body;
    void (*call)(const void* body, int64_t begin, int64_t end);
};

/// How many pieces a loop is worth; at most 1: not worth splitting.
int64_t pieceCount(int64_t count, int64_t grain);
/// False, having done nothing, where the workers are busy with another loop or run this one.
bool tryRunPieces(int64_t count, int64_t pieces, LoopBody body);

}

/// Splits [0, count) into contiguous pieces of at least `grain` (the last may be smaller) and runs
/// body(begin, end) for each on the caller and the workers. The caller takes pieces too, so a machine that is
/// busy with other work slows this down by its share and no more; waiting threads sleep after some
/// microseconds instead of spinning. What `body` throws is thrown again in the caller, after the other
/// pieces. One parallelFor at a time: inside a body, and while another thread is in one, it runs in the
/// caller alone.
template <typename Body>
void parallelFor(int64_t count, int64_t grain, const Body& body)
{
    if (count <= 0)
        return;
    const int64_t pieces = detail::pieceCount(count, grain);
    const detail::LoopBody untyped{
        &body, [](const void* b, int64_t begin, int64_t end) { (*static_cast<const Body*>(b))(begin, end); }};
    if (pieces <= 1 || !detail::tryRunPieces(count, pieces, untyped))
        body(int64_t{0}, count);
}

}
