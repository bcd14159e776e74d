#pragma once

#include <chrono>
#include <cstdint>

namespace tiller::cli {

class Stopwatch {
public:
    double seconds() const { return std::chrono::duration<double>(Clock::now() - m_start).count(); }

private:
    using Clock = std::chrono::steady_clock;
    Clock::time_point m_start = Clock::now();
};

struct ProcessMemory {
    uint64_t resident = 0; ///< bytes now
    uint64_t peak = 0; ///< bytes at most so far
};
ProcessMemory processMemory(); ///< from /proc/self/status

/// Bytes a second that all workers together read from a 256 MiB buffer, best of several passes.
double memoryReadBandwidth();

}
