#include "core/base/threads.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <fstream>
#include <memory>
#include <mutex>
#include <omp.h>
#include <sched.h>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace tiller {

namespace {

// Two hyper-threads of one core share its vector units: a worker each only adds waiting.
int physicalCores()
{
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        return 1;
    std::set<std::pair<int, int>> cores;
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (!CPU_ISSET(cpu, &allowed))
            continue;
        const std::string topology = "/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/";
        int package = 0;
        int core = cpu;
        std::ifstream(topology + "physical_package_id") >> package;
        if (std::ifstream file(topology + "core_id"); !(file >> core))
            core = cpu;
        cores.emplace(package, core);
    }
    return std::max(1, static_cast<int>(cores.size()));
}

void pause()
{
#if defined(__x86_64__)
    _mm_pause();
#else
    std::this_thread::yield();
#endif
}

// Polls for about as long as the pause between two products of a decode step, then sleeps until `value`
// changes. Who changes it must do so in sequential consistency: notify_all() looks for sleepers with a load
// that could otherwise come before the store, and miss one that has seen the old value.
void waitWhile(const std::atomic<uint32_t>& value, uint32_t old)
{
    using Clock = std::chrono::steady_clock;
    const auto until = Clock::now() + std::chrono::microseconds(60);
    do {
        for (int i = 0; i < 32; ++i) {
            if (value.load(std::memory_order_acquire) != old)
                return;
            pause();
        }
    } while (Clock::now() < until);
    value.wait(old, std::memory_order_acquire);
}

thread_local bool t_insideLoop = false;

/// Threads that share the pieces of one loop at a time with its caller.
class WorkerPool {
public:
    explicit WorkerPool(int workers)
    {
        for (int i = 0; i < workers; ++i)
            m_threads.emplace_back([this] { run(); });
    }

    ~WorkerPool()
    {
        m_stop.store(true);
        wake(m_turn.load() + 1);
        for (std::thread& t : m_threads)
            t.join();
    }

    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    bool tryRun(int64_t count, int64_t pieces, detail::LoopBody body)
    {
        const std::unique_lock busy(m_busy, std::try_to_lock);
        if (!busy)
            return false;
        const uint32_t turn = m_turn.load(std::memory_order_relaxed) + 1;
        m_count = count;
        m_pieces = pieces;
        m_body = body;
        m_unfinished.store(pieces, std::memory_order_relaxed);
        m_unclaimed.store(claimOf(turn, pieces), std::memory_order_release);
        wake(turn);
        t_insideLoop = true;
        work(turn);
        t_insideLoop = false;
        waitWhile(m_done, turn - 1);
        if (m_failure)
            std::rethrow_exception(std::exchange(m_failure, nullptr));
        return true;
    }

private:
    // A loop's number stands beside its unclaimed pieces: who comes late claims none of the next loop.
    static uint64_t claimOf(uint32_t turn, int64_t pieces)
    {
        return uint64_t{turn} << 32 | static_cast<uint32_t>(pieces);
    }

    void wake(uint32_t turn)
    {
        m_turn.store(turn);
        m_turn.notify_all();
    }

    void work(uint32_t turn)
    {
        // Large claims first and small ones last: little is left to wait for at the end.
        const auto shares = static_cast<uint32_t>(2 * (m_threads.size() + 1));
        uint64_t unclaimed = m_unclaimed.load(std::memory_order_acquire);
        while (unclaimed >> 32 == turn && static_cast<uint32_t>(unclaimed) > 0) {
            const auto left = static_cast<uint32_t>(unclaimed);
            const uint32_t claim = std::max(left / shares, uint32_t{1});
            if (!m_unclaimed.compare_exchange_weak(unclaimed, unclaimed - claim, std::memory_order_acq_rel))
                continue;
            // The loop stays as it is until these pieces are finished.
            runPieces(m_pieces - left, claim);
            if (m_unfinished.fetch_sub(claim, std::memory_order_acq_rel) == claim) {
                m_done.store(turn);
                m_done.notify_all();
            }
            unclaimed = m_unclaimed.load(std::memory_order_acquire);
        }
    }

    void runPieces(int64_t first, int64_t pieces)
    {
        try {
            m_body.call(m_body.body, m_count * first / m_pieces, m_count * (first + pieces) / m_pieces);
        } catch (...) {
            const std::lock_guard lock(m_failureMutex);
            m_failure = std::current_exception();
        }
    }

    void run()
    {
        // Libraries called from a piece must not start teams of their own.
        omp_set_num_threads(1);
        t_insideLoop = true;
        uint32_t turn = 0;
        while (!m_stop.load()) {
            waitWhile(m_turn, turn);
            turn = m_turn.load(std::memory_order_acquire);
            work(turn);
        }
    }

    std::mutex m_busy; ///< held by the caller of the loop that runs
    int64_t m_count = 0;
    int64_t m_pieces = 0;
    detail::LoopBody m_body{};
    std::mutex m_failureMutex;
    std::exception_ptr m_failure;
    alignas(64) std::atomic<uint64_t> m_unclaimed{0}; ///< claimOf()
    alignas(64) std::atomic<int64_t> m_unfinished{0};
    alignas(64) std::atomic<uint32_t> m_turn{0}; ///< number of the last loop begun
    alignas(64) std::atomic<uint32_t> m_done{0}; ///< number of the last loop finished
    std::atomic<bool> m_stop{false};
    std::vector<std::thread> m_threads;
};

int s_threads = 0;
std::unique_ptr<WorkerPool> s_pool;
std::once_flag s_once;

void startWorkers(int threads)
{
    s_threads = threads > 0 ? threads : physicalCores();
    if (s_threads > 1)
        s_pool = std::make_unique<WorkerPool>(s_threads - 1);
}

}

int setThreadCount(int threads)
{
    std::call_once(s_once, startWorkers, threads);
    return s_threads;
}

int threadCount()
{
    return setThreadCount(0);
}

int64_t detail::pieceCount(int64_t count, int64_t grain)
{
    // Many pieces a thread even out what a busy machine takes away from one of them.
    constexpr int64_t piecesEach = 16;
    const int64_t smallest = std::max<int64_t>(grain, 1);
    return std::min(threadCount() * piecesEach, (count + smallest - 1) / smallest);
}

bool detail::tryRunPieces(int64_t count, int64_t pieces, LoopBody body)
{
    return s_threads > 1 && !t_insideLoop && s_pool->tryRun(count, pieces, body);
}

}
