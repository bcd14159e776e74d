#include "core/io/blocks.h"
#include "core/io/gguf.h"
#include "core/io/safetensors.h"
#include "tests/support/refusal.h"

#include <QTest>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

using namespace tiller;

namespace {

const std::filesystem::path s_folder = TILLER_TEST_DATA "/models/gguf/dequant";

bool sameBits(float a, float b)
{
    return std::bit_cast<uint32_t>(a) == std::bit_cast<uint32_t>(b) || (std::isnan(a) && std::isnan(b));
}

}

class TestBlocks : public QObject {
    Q_OBJECT

private slots:
    void expandsAsGgml_data()
    {
        QTest::addColumn<QString>("type");
        for (int type = static_cast<int>(DType::F32); type <= static_cast<int>(DType::IQ4_XS); ++type) {
            const auto dtype = static_cast<DType>(type);
            if (isQuantised(dtype) || dtype == DType::F32 || dtype == DType::F16 || dtype == DType::BF16) {
                const auto name
                    = QString::fromUtf8(info(dtype).name.data(), qsizetype(info(dtype).name.size()));
                QTest::newRow(qPrintable(name)) << name;
            }
        }
    }

    void expandsAsGgml()
    {
        QFETCH(QString, type);
        const auto stored = GgufFile::open(s_folder / "dequant.gguf");
        const auto expected = SafetensorsFile::open(s_folder / "dequant.safetensors");
        const TensorView* blocks = stored.find(type.toStdString());
        const TensorView* golden = expected.find(type.toStdString());
        QVERIFY(blocks && golden);
        QCOMPARE(blocks->shape, golden->shape);

        std::vector<float> values(size_t(blocks->count()));
        std::vector<float> wanted(size_t(golden->count()));
        toFloat32(blocks->dtype, blocks->data, values);
        std::memcpy(wanted.data(), golden->data.data(), golden->data.size());
        for (size_t i = 0; i < values.size(); ++i)
            QVERIFY2(sameBits(values[i], wanted[i]),
                qPrintable(QString("value %1: %2, not %3").arg(i).arg(values[i]).arg(wanted[i])));
    }

    void castsPlainTypes()
    {
        const auto cast = [](auto value, DType type) {
            float result = 0;
            toFloat32(type, std::as_bytes(std::span(&value, 1)), {&result, 1});
            return result;
        };
        QCOMPARE(cast(-1.5, DType::F64), -1.5f);
        QCOMPARE(cast(int64_t(-7), DType::I64), -7.0f);
        QCOMPARE(cast(int32_t(-70000), DType::I32), -70000.0f);
        QCOMPARE(cast(int16_t(-300), DType::I16), -300.0f);
        QCOMPARE(cast(int8_t(-128), DType::I8), -128.0f);
        QCOMPARE(cast(uint8_t(255), DType::U8), 255.0f);
        QCOMPARE(cast(uint8_t(2), DType::Bool), 1.0f);
        QCOMPARE(cast(uint8_t(0), DType::Bool), 0.0f);
    }

    void refusesWrongSizes_data()
    {
        QTest::addColumn<int>("bytes");
        QTest::addColumn<int>("values");
        QTest::newRow("part of a block") << 18 << 31;
        QTest::newRow("a byte short") << 17 << 32;
        QTest::newRow("a byte more") << 19 << 32;
        QTest::newRow("a block more") << 36 << 32;
        QTest::newRow("no bytes") << 0 << 32;
    }

    void refusesWrongSizes()
    {
        QFETCH(int, bytes);
        QFETCH(int, values);
        const std::vector<std::byte> stored(static_cast<size_t>(bytes));
        std::vector<float> out(static_cast<size_t>(values));
        QVERIFY_EXCEPTION_THROWN(toFloat32(DType::Q4_0, stored, out), Error);
    }

    void halfSurvivesTheRoundTrip()
    {
        for (uint32_t bits = 0; bits < 0x10000; ++bits) {
            const float value = halfToFloat(uint16_t(bits));
            if ((bits & 0x7FFF) > 0x7C00)
                QVERIFY(std::isnan(value) && std::isnan(halfToFloat(floatToHalf(value))));
            else
                QCOMPARE(floatToHalf(value), uint16_t(bits));
        }
        QCOMPARE(halfToFloat(0x3C00), 1.0f);
        QCOMPARE(halfToFloat(0xFBFF), -65504.0f);
        QCOMPARE(halfToFloat(0x0001), 0x1p-24f);
        QCOMPARE(halfToFloat(0x03FF), 1023 * 0x1p-24f);
    }

    void halfRoundsToNearestEven()
    {
        // Exactly between two neighbours the even one is taken; a hair beside it, the nearer one.
        for (uint32_t low = 0; low < 0x7BFF; ++low) {
            const float middle = (halfToFloat(uint16_t(low)) + halfToFloat(uint16_t(low + 1))) / 2;
            QCOMPARE(floatToHalf(middle), uint16_t(low + (low & 1)));
            QCOMPARE(floatToHalf(std::nextafter(middle, 0.0f)), uint16_t(low));
            QCOMPARE(floatToHalf(-std::nextafter(middle, 1e9f)), uint16_t(0x8000 + low + 1));
        }
        QCOMPARE(floatToHalf(65519.996f), uint16_t(0x7BFF));
        QCOMPARE(floatToHalf(65520.0f), uint16_t(0x7C00));
        QCOMPARE(floatToHalf(-std::numeric_limits<float>::max()), uint16_t(0xFC00));
        QCOMPARE(floatToHalf(std::numeric_limits<float>::denorm_min()), uint16_t(0));
    }

    void bfloat16RoundsToNearestEven()
    {
        for (uint32_t bits = 0; bits < 0x10000; ++bits) {
            const float value = bfloat16ToFloat(uint16_t(bits));
            if (std::isnan(value))
                QVERIFY(std::isnan(bfloat16ToFloat(floatToBfloat16(value))));
            else
                QCOMPARE(floatToBfloat16(value), uint16_t(bits));
        }
        QCOMPARE(floatToBfloat16(std::bit_cast<float>(0x3F808000u)), uint16_t(0x3F80)); // tie to even
        QCOMPARE(floatToBfloat16(std::bit_cast<float>(0x3F818000u)), uint16_t(0x3F82)); // tie to even
        QCOMPARE(floatToBfloat16(std::bit_cast<float>(0x3F808001u)), uint16_t(0x3F81));
        QCOMPARE(floatToBfloat16(std::numeric_limits<float>::max()), uint16_t(0x7F80));
        QVERIFY(std::isnan(bfloat16ToFloat(floatToBfloat16(std::bit_cast<float>(0x7F800001u)))));
    }

    void speed_data()
    {
        QTest::addColumn<int>("type");
        for (const DType type :
            {DType::F16, DType::BF16, DType::Q8_0, DType::Q4_0, DType::Q4_1, DType::Q4_K, DType::Q6_K})
            QTest::newRow(info(type).name.data()) << int(type);
    }

    // One run expands 4 MiB of floats.
    void speed()
    {
        QFETCH(int, type);
        const auto dtype = static_cast<DType>(type);
        std::vector<float> values(1 << 20);
        const std::vector<std::byte> stored(
            values.size() / info(dtype).blockValues * info(dtype).blockBytes, std::byte{0x35});
        QBENCHMARK
        {
            toFloat32(dtype, stored, values);
        }
        QVERIFY(values.front() != 0);
    }
};

QTEST_GUILESS_MAIN(TestBlocks)
#include "tst_blocks.moc"
