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
// changes.
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

/// One split loop. Threads claim pieces until none are left; the job outlives the last thread that looks at
/// it.
struct Loop {
    int64_t count = 0;
    int64_t pieces = 0;
    const std::function<void(int64_t, int64_t)>* body = nullptr;
    std::atomic<int64_t> claimed{0};
    std::atomic<int64_t> finished{0};
    std::atomic<uint32_t> done{0};
    std::mutex failureMutex;
    std::exception_ptr failure;

    void runPiece(int64_t piece)
    {
        try {
            (*body)(count * piece / pieces, count * (piece + 1) / pieces);
        } catch (...) {
            const std::lock_guard lock(failureMutex);
            failure = std::current_exception();
        }
    }

    void work()
    {
        for (;;) {
            const int64_t piece = claimed.fetch_add(1, std::memory_order_relaxed);
            if (piece >= pieces)
                return;
            runPiece(piece);
            if (finished.fetch_add(1, std::memory_order_acq_rel) + 1 == pieces) {
                done.store(1, std::memory_order_release);
                done.notify_all();
            }
        }
    }
};

thread_local bool t_insideLoop = false;

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
        wake();
        for (std::thread& t : m_threads)
            t.join();
    }

    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    bool tryRun(int64_t count, int64_t pieces, const std::function<void(int64_t, int64_t)>& body)
    {
        const std::unique_lock busy(m_busy, std::try_to_lock);
        if (!busy)
            return false;
        const auto loop = std::make_shared<Loop>();
        loop->count = count;
        loop->pieces = pieces;
        loop->body = &body;
        m_loop.store(loop);
        wake();
        t_insideLoop = true;
        loop->work();
        t_insideLoop = false;
        waitWhile(loop->done, 0);
        m_loop.store(nullptr);
        if (loop->failure)
            std::rethrow_exception(loop->failure);
        return true;
    }

private:
    void wake()
    {
        m_turn.fetch_add(1, std::memory_order_release);
        m_turn.notify_all();
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
            if (const auto loop = m_loop.load())
                loop->work();
        }
    }

    std::mutex m_busy;
    std::atomic<std::shared_ptr<Loop>> m_loop;
    std::atomic<uint32_t> m_turn{0};
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

void parallelFor(int64_t count, int64_t grain, const std::function<void(int64_t, int64_t)>& body)
{
    if (count <= 0)
        return;
    // Several pieces a thread even out what a busy machine takes away from one of them.
    constexpr int64_t piecesEach = 4;
    const int64_t smallest = std::max<int64_t>(grain, 1);
    const int64_t pieces = std::min(threadCount() * piecesEach, (count + smallest - 1) / smallest);
    if (pieces <= 1 || s_threads <= 1 || t_insideLoop || !s_pool->tryRun(count, pieces, body))
        body(0, count);
}

}
