#include "core/io/gguf.h"
#include "core/kernels/packed/packed_product.h"
#include "tests/support/goldens.h"

#include <QTest>
#include <random>

using namespace tiller;
using namespace tiller::kernels;

namespace {

// Blocks of every type, filled at random by gguf-py: data/models/README.md.
const GgufFile& blocks()
{
    static const GgufFile file = GgufFile::open(goldens::data("models/gguf/dequant/dequant.gguf"));
    return file;
}

struct Sample {
    DType type;
    int64_t outputs = 0;
    int64_t inputs = 0;
    std::vector<std::byte> rows;
    std::vector<float> expanded; ///< by toFloat32

    size_t rowBytes() const { return rows.size() / static_cast<size_t>(outputs); }
    std::span<const std::byte> row(int64_t r) const
    {
        return std::span(rows).subspan(static_cast<size_t>(r) * rowBytes(), rowBytes());
    }
};

// The 8 stored rows of 256 values, shuffled into a matrix of another shape.
Sample sampleOf(const QString& type, int64_t outputs, int64_t inputs)
{
    const TensorView* t = blocks().find(type.toStdString());
    Sample s;
    s.type = t->dtype;
    s.outputs = outputs;
    s.inputs = inputs;
    const size_t block = info(t->dtype).blockBytes;
    const size_t stored = t->data.size() / block;
    const size_t count = static_cast<size_t>(outputs * inputs) / info(t->dtype).blockValues;
    std::mt19937 random(7);
    for (size_t i = 0; i < count; ++i) {
        const auto from = t->data.subspan(random() % stored * block, block);
        s.rows.insert(s.rows.end(), from.begin(), from.end());
    }
    s.expanded.resize(static_cast<size_t>(outputs * inputs));
    toFloat32(s.type, s.rows, s.expanded);
    return s;
}

PackedMatrix packed(const Sample& s)
{
    WeightArena arena;
    PackedMatrix m(s.type, s.outputs, s.inputs, arena);
    for (int64_t r = 0; r < s.outputs; ++r)
        m.setRow(r, s.row(r));
    return m;
}

std::vector<float> inputsOf(int64_t rows, int64_t inputs)
{
    std::mt19937 random(11);
    std::normal_distribution<float> normal;
    std::vector<float> x(static_cast<size_t>(rows * inputs));
    for (float& v : x)
        v = normal(random);
    return x;
}

void addTypes()
{
    QTest::addColumn<QString>("type");
    for (const char* type : {"Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K"})
        QTest::newRow(type) << QString::fromLatin1(type);
}

}

class TestPackedProduct : public QObject {
    Q_OBJECT

private slots:
    void packingLosesNothing_data() { addTypes(); }
    void packingLosesNothing()
    {
        QFETCH(QString, type);
        const Sample s = sampleOf(type, 21, 512); // no whole number of panels
        const PackedMatrix m = packed(s);
        std::vector<float> row(512);
        for (int64_t r = 0; r < s.outputs; ++r) {
            m.expandRow(r, row.data());
            for (size_t i = 0; i < row.size(); ++i)
                QCOMPARE(row[i], s.expanded[static_cast<size_t>(r) * row.size() + i]);
        }
        const double growth = static_cast<double>(m.bytes()) / 32 * 21 / static_cast<double>(s.rows.size());
        QVERIFY2(growth < 1.04, qPrintable(QString::number(growth)));
    }

    // Every path computes the same products of the same 8-bit inputs.
    void pathsAgree_data() { addTypes(); }
    void pathsAgree()
    {
        QFETCH(QString, type);
        for (const int64_t rows : {1, 2, 3, 4, 5, 6, 7, 8, 9, 19}) {
            const Sample s = sampleOf(type, 53, 768);
            const PackedMatrix m = packed(s);
            const auto x = inputsOf(rows, s.inputs);
            QuantisedRows q;
            q.set(x.data(), rows, s.inputs);
            const auto bias = inputsOf(1, s.outputs);

            std::vector<double> expected(static_cast<size_t>(rows * s.outputs));
            double largest = 0;
            for (int64_t r = 0; r < rows; ++r)
                for (int64_t o = 0; o < s.outputs; ++o) {
                    double sum = static_cast<double>(bias[static_cast<size_t>(o)]);
                    for (int64_t i = 0; i < s.inputs; ++i)
                        sum += static_cast<double>(s.expanded[static_cast<size_t>(o * s.inputs + i)])
                            * static_cast<double>(q.factors(r, i / 32).scale) * q.values(r, i / 32)[i % 32];
                    expected[static_cast<size_t>(r * s.outputs + o)] = sum;
                    largest = std::max(largest, std::abs(sum));
                }
            for (const auto path : {PackedPath::Portable, PackedPath::Avx2, PackedPath::Avx512Vnni}) {
                if (!isAvailable(path))
                    continue;
                const int64_t stride = s.outputs + 3;
                std::vector<float> y(static_cast<size_t>(rows * stride), -1.0f);
                multiplyPacked(path, m, q, bias.data(), y.data(), stride);
                for (int64_t r = 0; r < rows; ++r) {
                    for (int64_t o = 0; o < s.outputs; ++o) {
                        const auto got = static_cast<double>(y[static_cast<size_t>(r * stride + o)]);
                        const double e = expected[static_cast<size_t>(r * s.outputs + o)];
                        QVERIFY2(std::abs(got - e) < 2e-6 * largest,
                            qPrintable(QStringLiteral("path %1 rows %2 row %3 output %4: %5 for %6")
                                           .arg(int(path))
                                           .arg(rows)
                                           .arg(r)
                                           .arg(o)
                                           .arg(got)
                                           .arg(e)));
                    }
                    for (int64_t o = s.outputs; o < stride; ++o)
                        QCOMPARE(y[static_cast<size_t>(r * stride + o)], -1.0f); // not touched
                }
            }
        }
    }

    void inputsKeepEightBits()
    {
        auto x = inputsOf(3, 96);
        std::fill(x.begin() + 32, x.begin() + 64, 0.0f); // a chunk of zeros has no scale
        QuantisedRows q;
        q.set(x.data(), 3, 96);
        for (int64_t r = 0; r < 3; ++r) {
            for (int64_t c = 0; c < 3; ++c) {
                const auto& f = q.factors(r, c);
                float most = 0;
                int32_t sums[2] = {};
                for (int64_t i = 32 * c; i < 32 * c + 32; ++i) {
                    const float value = x[static_cast<size_t>(r * 96 + i)];
                    most = std::max(most, std::abs(value));
                    sums[i % 32 / 16] += q.values(r, c)[i % 32];
                    QVERIFY(std::abs(f.scale * static_cast<float>(q.values(r, c)[i % 32]) - value)
                        <= f.scale * 0.501f);
                }
                QCOMPARE(f.scale, most / 127.0f);
                QCOMPARE(f.lowSum, -sums[0]);
                QCOMPARE(f.highSum, -sums[1]);
                QCOMPARE(f.scaledSum, f.scale * static_cast<float>(sums[0] + sums[1]));
            }
        }
    }

    void eightBitBlocksOfFloats()
    {
        const auto x = inputsOf(1, 64);
        std::vector<std::byte> stored(68);
        quantiseQ8(x, stored);
        std::vector<float> back(64);
        toFloat32(DType::Q8_0, stored, back);
        QVERIFY(goldens::deviation(back.data(), x.data(), 64) < 0.5 / 127 * 1.01);
    }

    void whatIsNotSupported()
    {
        QVERIFY(!PackedMatrix::supports(DType::F32, 256));
        QVERIFY(!PackedMatrix::supports(DType::Q4_1, 48));
        QVERIFY(!PackedMatrix::supports(DType::Q4_K, 576));
        QVERIFY(PackedMatrix::supports(DType::Q4_1, 576));
    }
};

QTEST_APPLESS_MAIN(TestPackedProduct)
#include "tst_packed_product.moc"
