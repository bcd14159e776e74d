#include "cli/measure.h"

#include "core/base/threads.h"
#include "core/base/weight_arena.h"

#include <algorithm>
#include <atomic>
#include <fstream>
#include <memory>
#include <numeric>
#include <span>
#include <string>

namespace tiller::cli {

ProcessMemory processMemory()
{
    ProcessMemory memory;
    std::ifstream status("/proc/self/status");
    std::string line;
    while (std::getline(status, line)) {
        const auto kilobytes = [&] { return uint64_t{1024} * std::stoull(line.substr(line.find(':') + 1)); };
        if (line.starts_with("VmRSS:"))
            memory.resident = kilobytes();
        if (line.starts_with("VmHWM:"))
            memory.peak = kilobytes();
    }
    return memory;
}

double memoryReadBandwidth()
{
    constexpr int64_t bytes = 256 << 20;
    constexpr int passes = 5;
    // As weights lie; written to once, because pages that never were are one and the same.
    const std::shared_ptr<std::byte> memory = WeightArena().allocate(static_cast<size_t>(bytes));
    const std::span buffer(
        reinterpret_cast<uint64_t*>(memory.get()), static_cast<size_t>(bytes) / sizeof(uint64_t));
    std::ranges::fill(buffer, uint64_t{1});
    std::atomic<uint64_t> sum = 0; // keeps the reads from being optimised away
    double best = 0;
    for (int pass = 0; pass < passes; ++pass) {
        const Stopwatch watch;
        parallelFor(static_cast<int64_t>(buffer.size()), 1 << 20, [&](int64_t begin, int64_t end) {
            sum += std::accumulate(buffer.begin() + begin, buffer.begin() + end, uint64_t{0});
        });
        best = std::max(best, static_cast<double>(bytes) / watch.seconds());
    }
    return sum > 0 ? best : 0;
}

}
