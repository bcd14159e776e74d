#include "core/base/cancel.h"
#include "core/base/threads.h"

#include <QTest>
#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace tiller;

class TestThreads : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { QCOMPARE(setThreadCount(3), 3); }

    void everyIndexOnce_data()
    {
        QTest::addColumn<int>("count");
        QTest::addColumn<int>("grain");
        for (const int count : {0, 1, 2, 7, 1000, 4097})
            for (const int grain : {1, 3, 5000})
                QTest::addRow("%d by %d", count, grain) << count << grain;
    }

    void everyIndexOnce()
    {
        QFETCH(int, count);
        QFETCH(int, grain);
        for (int repeat = 0; repeat < 200; ++repeat) {
            std::vector<std::atomic<int>> seen(static_cast<size_t>(count));
            parallelFor(count, grain, [&](int64_t begin, int64_t end) {
                for (int64_t i = begin; i < end; ++i)
                    ++seen[static_cast<size_t>(i)];
            });
            for (const auto& n : seen)
                QCOMPARE(n.load(), 1);
        }
    }

    void nestedAndConcurrentLoopsFinish()
    {
        std::atomic<int64_t> sum{0};
        const auto loops = [&] {
            for (int repeat = 0; repeat < 100; ++repeat)
                parallelFor(10, 1, [&](int64_t begin, int64_t end) {
                    for (int64_t i = begin; i < end; ++i)
                        parallelFor(10, 1, [&](int64_t b, int64_t e) { sum += e - b; });
                });
        };
        std::thread other(loops);
        loops();
        other.join();
        QCOMPARE(sum.load(), int64_t(2 * 100 * 100));
    }

    // The caller falls asleep after its own piece at about the moment at which the other's ends.
    void aLoopEndsWhoeverIsLast()
    {
        const auto caller = std::this_thread::get_id();
        for (int repeat = 0; repeat < 30000; ++repeat) {
            const auto busy = std::chrono::nanoseconds(50000 + repeat % 300 * 100);
            parallelFor(2, 1, [&](int64_t, int64_t) {
                if (std::this_thread::get_id() == caller)
                    return;
                const auto until = std::chrono::steady_clock::now() + busy;
                while (std::chrono::steady_clock::now() < until) { }
            });
        }
    }

    void anExceptionReachesTheCaller()
    {
        std::atomic<int64_t> seen{0};
        const auto failing = [&] {
            parallelFor(12, 1, [&](int64_t begin, int64_t end) {
                seen += end - begin;
                if (begin <= 3 && 3 < end)
                    throw std::runtime_error("piece");
            });
        };
        QVERIFY_THROWS_EXCEPTION(std::runtime_error, failing());
        QCOMPARE(seen.load(), 12);
        parallelFor(12, 1, [&](int64_t begin, int64_t end) { seen += end - begin; }); // the pool still works
        QCOMPARE(seen.load(), 24);
    }
};

QTEST_APPLESS_MAIN(TestThreads)
#include "tst_threads.moc"
