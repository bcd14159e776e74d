// What a model needs, told before it is loaded, and the refusal of one that does not fit.
#include "core/model/families/family.h"
#include "core/model/memory.h"
#include "tests/support/refusal.h"

#include <QTest>
#include <limits>

using namespace tiller;

namespace {

constexpr uint64_t s_gib = uint64_t{1} << 30;

/// 4 GiB as float32, 2 GiB as bfloat16, 1.06 GiB in 8 bits.
MemoryEstimate fourGibibytes()
{
    MemoryEstimate estimate;
    estimate.weights = s_gib - 1000;
    estimate.cache = 1000;
    estimate.packed = s_gib + s_gib / 16;
    return estimate;
}

QString refusal(ComputeType type, uint64_t available)
{
    QString remedy;
    const QString cause = test::refusal([&] {
        try {
            refuseIfTooLarge("acme/large", fourGibibytes(), type, available);
        } catch (const Error& error) {
            remedy = QString::fromStdString(error.remedy());
            throw;
        }
    });
    return remedy.isEmpty() ? cause : cause + " | " + remedy;
}

}

class TestMemory : public QObject {
    Q_OBJECT

private slots:
    void estimatesFromHeaders()
    {
        const auto checkpoint = Checkpoint::open(TILLER_TEST_DATA "/models/llama");
        const ModelConfig config = readConfig(*checkpoint);
        const MemoryEstimate estimate = estimateMemory(*checkpoint, config);
        // The file is float32 throughout.
        QCOMPARE(estimate.weights * 4, checkpoint->tensorBytes());
        QVERIFY(!estimate.isQuantised);
        QVERIFY(estimate.packed < checkpoint->tensorBytes());
        QCOMPARE(estimate.context, std::min(2048, config.contextLength));
        QCOMPARE(estimate.cache,
            uint64_t(2) * uint64_t(config.layers) * uint64_t(config.kvHeads) * uint64_t(config.headDim)
                * uint64_t(estimate.context));
        QCOMPARE(estimate.bytes(ComputeType::F32), 4 * (estimate.weights + estimate.cache));
        QCOMPARE(estimate.bytes(ComputeType::BF16), 2 * (estimate.weights + estimate.cache));
        QCOMPARE(estimate.bytes(ComputeType::F16), estimate.bytes(ComputeType::F32));
    }

    void countsExpandedBlocks()
    {
        const auto packed = Checkpoint::open(TILLER_TEST_DATA "/models/gguf/llama_q8_0/model.gguf");
        const MemoryEstimate estimate = estimateMemory(*packed, readConfig(*packed));
        QVERIFY(estimate.weights * 4 > packed->tensorBytes());
        QVERIFY(estimate.isQuantised);
        QCOMPARE(estimate.packed, packed->tensorBytes()); // its vectors are float32 already
    }

    void absurdSizesDoNotWrap()
    {
        MemoryEstimate estimate;
        estimate.weights = std::numeric_limits<uint64_t>::max() / 2;
        estimate.cache = estimate.weights + 1000;
        QCOMPARE(estimate.bytes(ComputeType::F32), std::numeric_limits<uint64_t>::max());
        ModelConfig config;
        config.layers = config.kvHeads = config.headDim = config.contextLength
            = std::numeric_limits<int>::max();
        const auto checkpoint = Checkpoint::open(TILLER_TEST_DATA "/models/llama");
        QVERIFY(estimateMemory(*checkpoint, config).bytes(ComputeType::BF16) > s_gib << 20);
    }

    void refusesWithFigures()
    {
        QCOMPARE(refusal(ComputeType::F32, 4 * s_gib), QString("accepted"));
        QCOMPARE(refusal(ComputeType::BF16, 2 * s_gib), QString("accepted"));
        QCOMPARE(refusal(ComputeType::F32, 0), QString("accepted")); // unknown
        QCOMPARE(refusal(ComputeType::F32, 3 * s_gib),
            QString("acme/large needs 4.0 GiB of memory as float32, and 3.0 GiB are free | "
                    "Choose the dtype bf16 (2.0 GiB), q8 (1.1 GiB), or open a smaller model."));
        QCOMPARE(refusal(ComputeType::F16, s_gib),
            QString("acme/large needs 4.0 GiB of memory as float16, and 1.0 GiB are free | "
                    "No dtype fits, not even bf16 (2.0 GiB), q8 (1.1 GiB): open a smaller model."));
        QCOMPARE(refusal(ComputeType::Packed, s_gib / 2),
            QString("acme/large needs 1.1 GiB of memory as packed, and 0.50 GiB are free | "
                    "No smaller dtype is there: open a smaller model."));
    }

    void asksTheSystem()
    {
        const uint64_t available = availableMemory();
        QVERIFY(available > s_gib / 64);
        QVERIFY(available < uint64_t(sysconf(_SC_PHYS_PAGES)) * uint64_t(sysconf(_SC_PAGESIZE)));
    }
};

QTEST_GUILESS_MAIN(TestMemory)
#include "tst_memory.moc"
