#pragma once

#include <cstdint>
#include <functional>

namespace tiller {

/// Sets the number of threads that compute, for the whole process; 0 takes the number of physical cores that
/// this process may use. Call once, in main(), before any model is opened. Returns the number set.
int setThreadCount(int threads);
int threadCount();

/// Splits [0, count) into contiguous pieces of at least `grain` (the last may be smaller) and runs them on
/// the caller and the workers. The caller takes pieces too, so a machine that is busy with other work slows
/// this down by its share and no more; waiting threads sleep after some microseconds instead of spinning.
/// What `body` throws is thrown again in the caller, after the other pieces. One parallelFor at a time:
/// inside a body, and while another thread is in one, it runs in the caller alone.
void parallelFor(int64_t count, int64_t grain, const std::function<void(int64_t begin, int64_t end)>& body);

}
