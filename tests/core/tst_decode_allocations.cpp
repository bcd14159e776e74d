#include "core/base/paths.h"
#include "core/engine.h"

#include <QTest>
#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<int64_t> s_allocations{0};

void* counted(std::size_t bytes)
{
    ++s_allocations;
    if (void* memory = std::malloc(bytes))
        return memory;
    throw std::bad_alloc();
}

}

void* operator new(std::size_t bytes)
{
    return counted(bytes);
}

void* operator new[](std::size_t bytes)
{
    return counted(bytes);
}

void operator delete(void* memory) noexcept
{
    std::free(memory);
}

void operator delete[](void* memory) noexcept
{
    std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept
{
    std::free(memory);
}

void operator delete[](void* memory, std::size_t) noexcept
{
    std::free(memory);
}

using namespace tiller;

// A decode step takes no memory from the heap, whatever its rows and plans: counted in every library of the
// process. The pages of the cache, taken every 32 tokens, and strings and lists that grow by doubling are
// what is left.
class TestDecodeAllocations : public QObject {
    Q_OBJECT

    std::shared_ptr<const Engine> m_engine;

private slots:
    void initTestCase() { m_engine = Engine::open(defaultModelPath(), {}, {}); }

    void stepsTakeNoMemory_data()
    {
        QTest::addColumn<int>("rows");
        QTest::addColumn<double>("temperature");
        for (const int rows : {1, 2, 8}) {
            QTest::addRow("%d rows, greedy", rows) << rows << 0.0;
            QTest::addRow("%d rows, sampled", rows) << rows << 0.8;
        }
    }

    void stepsTakeNoMemory()
    {
        QFETCH(int, rows);
        QFETCH(double, temperature);
        const auto hidden = static_cast<size_t>(m_engine->info().hidden);
        const auto direction = std::make_shared<const std::vector<float>>(hidden, 0.5f);
        const Renderer renderer = m_engine->renderer();
        GenerateRequest request;
        for (int r = 0; r < rows; ++r) {
            request.prompts.push_back(renderer.renderPrompt({"Describe the weather.", {}}));
            Plan plan;
            for (const Op op : {Op::Add, Op::AddKeepNorm, Op::Ablate, Op::Clamp, Op::Rotate})
                if (r > 0)
                    plan.edits.push_back({12, op, direction, 0.1f * static_cast<float>(r), {}, {}});
            request.plans.push_back(std::move(plan));
        }
        request.probes.push_back({14, std::vector<float>(hidden, 1.0f)});
        request.sampling.maxNewTokens = 60;
        request.sampling.temperature = temperature;
        request.sampling.topP = 0.95;
        request.sampling.topK = 50;
        request.sampling.repetitionPenalty = 1.1;
        request.sampling.ignoreEos = true;

        std::vector<int64_t> taken;
        taken.reserve(100);
        int64_t before = 0;
        generate(m_engine->model(), m_engine->tokenizer(), request,
            [&](const std::vector<TokenEvent>&) {
                taken.push_back(s_allocations - before);
                before = s_allocations;
            },
            {});
        QCOMPARE(taken.size(), size_t(60));
        std::sort(taken.begin(), taken.end());
        QCOMPARE(taken[taken.size() / 2], int64_t(0));
    }
};

QTEST_GUILESS_MAIN(TestDecodeAllocations)
#include "tst_decode_allocations.moc"
