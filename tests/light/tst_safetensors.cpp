#include "core/io/safetensors.h"
#include "tests/support/refusal.h"

#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>
#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>

using namespace tiller;

namespace {

QByteArray number(quint64 value)
{
    return QByteArray(reinterpret_cast<const char*>(&value), sizeof value);
}

QByteArray file(const QByteArray& header, qsizetype dataBytes)
{
    return number(quint64(header.size())) + header + QByteArray(dataBytes, '\1');
}

std::vector<float> floats(const TensorView& tensor)
{
    std::vector<float> values(tensor.data.size() / sizeof(float));
    std::memcpy(values.data(), tensor.data.data(), tensor.data.size());
    return values;
}

}

class TestSafetensors : public QObject {
    Q_OBJECT

private:
    QTemporaryDir m_folder;
    QString m_path = m_folder.filePath("weights.safetensors");

    QString refusalOf(const QByteArray& bytes) const
    {
        const auto path = test::writeFile(m_path, bytes);
        return test::refusal([&] { SafetensorsFile::open(path); });
    }

    SafetensorsFile opened(const QByteArray& bytes) const
    {
        return SafetensorsFile::open(test::writeFile(m_path, bytes));
    }

private slots:
    void readsFileOfAnotherTool()
    {
        QFile expectedFile(TILLER_TEST_DATA "/vector_files/expected.json");
        QVERIFY(expectedFile.open(QIODevice::ReadOnly));
        const auto expected
            = nlohmann::json::parse(expectedFile.readAll().toStdString())["profile.safetensors"];

        const auto profile = SafetensorsFile::open(TILLER_TEST_DATA "/vector_files/profile.safetensors");
        QCOMPARE(profile.tensors().size(), size_t(2));
        for (const auto& [name, values] : expected.items()) {
            const TensorView* tensor = profile.find(name);
            QVERIFY(tensor);
            QCOMPARE(tensor->dtype, DType::F32);
            QCOMPARE(tensor->shape, std::vector<int64_t>{16});
            QCOMPARE(floats(*tensor), values.get<std::vector<float>>());
        }
        QVERIFY(!profile.find("layer_1"));
    }

    void readsBfloat16Model()
    {
        const auto model = SafetensorsFile::open(TILLER_TEST_DATA "/models/mistral_bf16/model.safetensors");
        const TensorView* norm = model.find("model.norm.weight");
        QVERIFY(norm);
        QCOMPARE(norm->dtype, DType::BF16);
        QCOMPARE(norm->data.size(), size_t(norm->count()) * 2);
        QCOMPARE(model.metadata().at("format"), std::string("pt"));
    }

    void readsWhatItWrote()
    {
        const std::vector<float> matrix{1, 2, 3, 4, 5, 6};
        const std::vector<int64_t> ids{-1, 1LL << 40};
        const auto path = m_folder.filePath("written.safetensors").toStdString();
        writeSafetensors(path,
            {{"z", DType::F32, {2, 3}, std::as_bytes(std::span(matrix))},
                {"a", DType::I64, {2}, std::as_bytes(std::span(ids))}, {"none", DType::F16, {0, 4}, {}}},
            {{"made by", "Tiller \xC3\xA9"}});

        const auto read = SafetensorsFile::open(path);
        QCOMPARE(read.metadata().at("made by"), std::string("Tiller \xC3\xA9"));
        QCOMPARE(read.tensors().size(), size_t(3));
        QCOMPARE(read.tensors().front().name, std::string("z")); // in the order given
        QCOMPARE(read.find("z")->shape, (std::vector<int64_t>{2, 3}));
        QCOMPARE(floats(*read.find("z")), matrix);
        QCOMPARE(std::memcmp(read.find("a")->data.data(), ids.data(), 16), 0);
        QCOMPARE(read.find("none")->count(), 0);
        const auto start = read.find("z")->data.data() - read.file().bytes().data();
        QCOMPARE(start % 64, 0);
    }

    void refusesToWrite_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<int>("dtype");
        QTest::addColumn<qint64>("rows");
        QTest::newRow("name twice") << "a" << int(DType::F32) << qint64(2);
        QTest::newRow("reserved name") << "__metadata__" << int(DType::F32) << qint64(2);
        QTest::newRow("wrong shape") << "b" << int(DType::F32) << qint64(3);
        QTest::newRow("negative shape") << "b" << int(DType::F32) << qint64(-2);
        QTest::newRow("quantised") << "b" << int(DType::Q4_0) << qint64(2);
    }

    void refusesToWrite()
    {
        QFETCH(QString, name);
        QFETCH(int, dtype);
        QFETCH(qint64, rows);
        const float values[2] = {1, 2};
        const NamedTensor good{"a", DType::F32, {2}, std::as_bytes(std::span(values))};
        const NamedTensor bad{name.toStdString(), DType(dtype), {rows}, good.data};
        const auto path = m_folder.filePath("unwritten.safetensors").toStdString();
        QVERIFY_EXCEPTION_THROWN(writeSafetensors(path, {good, bad}), Error);
        QVERIFY(!std::filesystem::exists(path));
    }

    void accepts_data()
    {
        QTest::addColumn<QByteArray>("header");
        QTest::addColumn<int>("bytes");
        QTest::addColumn<qint64>("count");
        QTest::newRow("zero dimension")
            << QByteArray(R"({"t":{"dtype":"F32","shape":[2,0],"data_offsets":[0,0]}})") << 0 << qint64(0);
        QTest::newRow("no dimension")
            << QByteArray(R"({"t":{"dtype":"F32","shape":[],"data_offsets":[0,4]}})") << 4 << qint64(1);
        QTest::newRow("padded header")
            << QByteArray(R"({"t":{"dtype":"I8","shape":[3],"data_offsets":[0,3]}}         )") << 3
            << qint64(3);
        QTest::newRow("space before the header")
            << QByteArray("  \n{\"t\":{\"dtype\":\"BOOL\",\"shape\":[3],\"data_offsets\":[0,3]}}") << 3
            << qint64(3);
        QTest::newRow("unknown extra field")
            << QByteArray(R"({"t":{"dtype":"U8","shape":[3],"data_offsets":[0,3],"note":1}})") << 3
            << qint64(3);
    }

    void accepts()
    {
        QFETCH(QByteArray, header);
        QFETCH(int, bytes);
        QFETCH(qint64, count);
        const auto read = opened(file(header, bytes));
        QVERIFY(read.find("t"));
        QCOMPARE(read.find("t")->count(), count);
        QCOMPARE(read.find("t")->data.size(), size_t(bytes));
    }

    void acceptsNaN()
    {
        const QByteArray nan("\x00\x00\xC0\x7F", 4);
        const QByteArray header = R"({"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
        QVERIFY(std::isnan(floats(*opened(number(quint64(header.size())) + header + nan).find("t")).front()));
    }

    void refuses_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("reason");
        const auto tensor
            = [](const QByteArray& shape, const QByteArray& offsets, const QByteArray& dtype = "\"F32\"") {
                  return "{\"dtype\":" + dtype + ",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}";
              };
        const auto one
            = [&](const QByteArray& shape, const QByteArray& offsets, const QByteArray& dtype = "\"F32\"") {
                  return "{\"t\":" + tensor(shape, offsets, dtype) + "}";
              };
        const auto two
            = [&](const QByteArray& a, const QByteArray& b) { return "{\"a\":" + a + ",\"b\":" + b + "}"; };

        QTest::newRow("1 empty") << QByteArray() << "size";
        QTest::newRow("2 seven bytes") << QByteArray(7, '\0') << "size";
        QTest::newRow("3 header of 2^63") << number(1ull << 63) + "{}"
                                          << "more than the format allows";
        QTest::newRow("4 header of 100000001") << number(100'000'001) + "{}"
                                               << "more than the format allows";
        QTest::newRow("5 header beyond the file") << number(50) + "{}"
                                                  << "ends inside the header";
        QTest::newRow("6 header not UTF-8") << file("{\"\xFF\xFE\":1}", 0) << "UTF-8";
        QTest::newRow("7 open brace") << file("{", 0) << "not valid JSON";
        QTest::newRow("8 top level array") << file("[]", 0) << "not a JSON object";
        QTest::newRow("8 top level null") << file("null", 0) << "not a JSON object";
        QTest::newRow("9 duplicate tensor")
            << file("{\"t\":" + tensor("[1]", "[0,4]") + ",\"t\":" + tensor("[1]", "[0,4]") + "}", 4)
            << "'t' stands twice";
        QTest::newRow("9 duplicate field")
            << file(R"({"t":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 4)
            << "'dtype' stands twice";
        QTest::newRow("10 overlap") << file(two(tensor("[2]", "[0,8]"), tensor("[1]", "[4,8]")), 8)
                                    << "'b' overlaps";
        QByteArray overlapping = "{";
        for (int i = 0; i < 10; ++i)
            overlapping += (i ? ",\"" : "\"") + QByteArray::number(i) + "\":" + tensor("[2]", "[0,8]");
        QTest::newRow("10 ten times the same") << file(overlapping + "}", 8) << "overlaps";
        QTest::newRow("11 hole") << file(two(tensor("[1]", "[0,4]"), tensor("[1]", "[8,12]")), 12)
                                 << "'b' leaves a hole";
        QTest::newRow("12 first offset 4") << file(one("[1]", "[4,8]"), 8) << "'t' leaves a hole";
        QTest::newRow("13 end before begin") << file(one("[1]", "[4,0]"), 4) << "data_offsets";
        QTest::newRow("14 trailing bytes") << file(one("[1]", "[0,4]"), 6) << "2 bytes after the last tensor";
        QTest::newRow("15 two bytes short") << file(one("[1]", "[0,4]"), 2) << "'t' ends beyond the end";
        QTest::newRow("16 shape 2 x 2^64-2")
            << file(one("[2,18446744073709551614]", "[0,4]"), 4) << "no valid size";
        QTest::newRow("17 shape 2 x 2^63-1")
            << file(one("[2,9223372036854775807]", "[0,4]"), 4) << "too large";
        QTest::newRow("17 bytes beyond 2^64")
            << file(one("[9223372036854775807]", "[0,4]"), 4) << "too large";
        QTest::newRow("18 shape and bytes differ")
            << file(one("[3]", "[0,4]"), 4) << "needs 12 bytes but has 4";
        QTest::newRow("19 unknown dtype") << file(one("[1]", "[0,4]", "\"F33\""), 4) << "'F33'";
        QTest::newRow("19 unsupported dtype") << file(one("[4]", "[0,4]", "\"F8_E4M3\""), 4) << "'F8_E4M3'";
        QTest::newRow("19 dtype a number") << file(one("[1]", "[0,4]", "7"), 4) << "not a string";
        QTest::newRow("20 negative dimension") << file(one("[-1]", "[0,4]"), 4) << "no valid size";
        QTest::newRow("21 dimension 1.5") << file(one("[1.5]", "[0,4]"), 4) << "no valid size";
        QTest::newRow("21 dimension 1e3") << file(one("[1e3]", "[0,4000]"), 4000) << "no valid size";
        QTest::newRow("22 metadata a number")
            << file(R"({"__metadata__":{"a":1}})", 0) << "'a' is not a string";
        QTest::newRow("22 metadata a string") << file(R"({"__metadata__":"a"})", 0) << "not an object";
        QTest::newRow("23 nesting") << file(QByteArray(100'000, '['), 0) << "nested deeper";
        QTest::newRow("23 nested objects")
            << file(QByteArray("{\"a\":").repeated(100'000), 0) << "nested deeper";
        QTest::newRow("shape missing")
            << file(R"({"t":{"dtype":"F32","data_offsets":[0,4]}})", 4) << "lacks shape";
        QTest::newRow("shape a number") << file(one("1", "[0,4]"), 4) << "not a list";
        QTest::newRow("three offsets") << file(one("[1]", "[0,4,8]"), 4) << "data_offsets";
        QTest::newRow("tensor a number") << file(R"({"t":1})", 0) << "not described";
        QTest::newRow("text after the header") << file("{}{}", 0) << "not valid JSON";
        QTest::newRow("number too large for a double")
            << file(one("[1e400]", "[0,4]"), 4) << "not valid JSON";
    }

    void refuses()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, reason);
        const QString message = refusalOf(bytes);
        QVERIFY2(message.contains(m_path) && message.contains(reason) && message.size() < 400,
            qPrintable(message));
    }

    void refusesEveryTruncation()
    {
        QFile whole(TILLER_TEST_DATA "/vector_files/profile.safetensors");
        QVERIFY(whole.open(QIODevice::ReadOnly));
        const QByteArray bytes = whole.readAll();
        for (qsizetype size = 0; size < bytes.size(); ++size) {
            const QString message = refusalOf(bytes.first(size));
            QVERIFY2(message.contains(m_path), qPrintable(message));
        }
    }

    // Any outcome is fine but one: touching memory that is not the file's.
    void survivesDamage()
    {
        QFile whole(TILLER_TEST_DATA "/vector_files/profile.safetensors");
        QVERIFY(whole.open(QIODevice::ReadOnly));
        const QByteArray bytes = whole.readAll();
        QRandomGenerator random(1);
        int refused = 0;
        for (int i = 0; i < 3000; ++i) {
            QByteArray damaged = bytes;
            for (int k = random.bounded(1, 4); k > 0; --k)
                damaged[random.bounded(200)] = char(random.bounded(256));
            const auto path = test::writeFile(m_path, damaged);
            try {
                const auto read = SafetensorsFile::open(path);
                for (const TensorView& tensor : read.tensors())
                    QCOMPARE(tensor.data.size(), size_t(tensor.count()) * info(tensor.dtype).blockBytes);
            } catch (const Error&) {
                ++refused;
            }
        }
        QVERIFY(refused > 1000);
    }
};

QTEST_GUILESS_MAIN(TestSafetensors)
#include "tst_safetensors.moc"
