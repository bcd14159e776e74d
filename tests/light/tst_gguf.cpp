#include "core/io/gguf.h"
#include "tests/support/refusal.h"

#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>

using namespace tiller;

namespace {

constexpr quint32 s_u8 = 0, s_i16 = 3, s_u32 = 4, s_i32 = 5, s_f32 = 6, s_bool = 7, s_string = 8, s_array = 9,
                  s_u64 = 10, s_i64 = 11, s_f64 = 12;

/// Writes a GGUF file piece by piece, right or wrong.
struct Gguf {
    QByteArray bytes;

    explicit Gguf(qint64 tensors = 0, qint64 keys = 0, quint32 version = 3)
    {
        bytes = "GGUF";
        put(version).put(tensors).put(keys);
    }

    template <typename T>
    Gguf& put(T value)
    {
        bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
        return *this;
    }

    Gguf& string(const QByteArray& text)
    {
        put<quint64>(quint64(text.size()));
        bytes += text;
        return *this;
    }

    Gguf& key(const QByteArray& name, quint32 type) { return string(name).put(type); }

    Gguf& tensor(
        const QByteArray& name, const std::vector<qint64>& innermostFirst, qint32 type, quint64 offset)
    {
        string(name).put<quint32>(quint32(innermostFirst.size()));
        for (const qint64 dimension : innermostFirst)
            put(dimension);
        return put(type).put(offset);
    }

    Gguf& data(qsizetype size, qsizetype alignment = 32)
    {
        bytes.append((alignment - bytes.size() % alignment) % alignment, '\0');
        bytes.append(size, '\1');
        return *this;
    }

    operator QByteArray() const { return bytes; }
};

/// One of everything: each kind of value, two tensors.
QByteArray sample()
{
    Gguf file(2, 9);
    file.key("u8", s_u8).put<quint8>(200).key("i64", s_i64).put<qint64>(-5'000'000'000);
    file.key("u64", s_u64).put<quint64>(1ull << 62).key("f32", s_f32).put(0.5f).key("f64", s_f64).put(0.1);
    file.key("yes", s_bool).put<quint8>(1).key("text", s_string).string("h\xC3\xA9");
    file.key("words", s_array).put(s_string).put<quint64>(2).string("a").string("");
    file.key("numbers", s_array).put(s_i16).put<quint64>(2).put<qint16>(-1).put<qint16>(2);
    file.tensor("first", {3, 2}, 0, 0).tensor("second", {32}, 8, 32);
    return file.data(32 + 34);
}

}

class TestGguf : public QObject {
    Q_OBJECT

private:
    QTemporaryDir m_folder;
    QString m_path = m_folder.filePath("model.gguf");

    GgufFile opened(const QByteArray& bytes) const { return GgufFile::open(test::writeFile(m_path, bytes)); }

    QString refusalOf(const QByteArray& bytes) const
    {
        const auto path = test::writeFile(m_path, bytes);
        return test::refusal([&] { GgufFile::open(path); });
    }

private slots:
    void readsEveryKindOfValue()
    {
        for (const quint32 version : {2u, 3u}) {
            QByteArray bytes = sample();
            bytes[4] = char(version);
            const GgufFile file = opened(bytes);
            QCOMPARE(file.getInt("u8"), std::optional<int64_t>(200));
            QCOMPARE(file.getInt("i64"), std::optional<int64_t>(-5'000'000'000));
            QCOMPARE(file.getInt("u64"), std::optional<int64_t>(1ll << 62));
            QCOMPARE(file.getFloat("f32"), std::optional<double>(0.5));
            QCOMPARE(file.getFloat("f64"), std::optional<double>(0.1));
            QCOMPARE(file.getFloat("u8"), std::optional<double>(200));
            QCOMPARE(file.getBool("yes"), std::optional<bool>(true));
            QCOMPARE(file.getString("text"), std::optional<std::string>("h\xC3\xA9"));
            QCOMPARE(*file.getStrings("words"), (std::vector<std::string>{"a", ""}));
            QCOMPARE(*file.getInts("numbers"), (std::vector<int64_t>{-1, 2}));
            QVERIFY(!file.getInt("none") && !file.getStrings("none") && !file.getFloats("none"));

            QCOMPARE(file.find("first")->shape, (std::vector<int64_t>{2, 3})); // outermost first
            QCOMPARE(file.find("first")->data.size(), size_t(24));
            QCOMPARE(file.find("second")->dtype, DType::Q8_0);
            QCOMPARE(file.find("second")->data.size(), size_t(34));
            QVERIFY(!file.find("third"));
        }
    }

    void refusesAValueOfAnotherType()
    {
        const GgufFile file = opened(sample());
        const auto check = [&](auto action, const char* reason) {
            const QString message = test::refusal(action);
            QVERIFY2(message.contains(m_path) && message.contains(reason), qPrintable(message));
        };
        check([&] { file.getInt("text"); }, "'text' is not an integer");
        check([&] { file.getInt("f32"); }, "'f32' is not an integer");
        check([&] { file.getFloat("yes"); }, "'yes' is not a number");
        check([&] { file.getBool("u8"); }, "'u8' is not a boolean");
        check([&] { file.getString("words"); }, "'words' is not a string");
        check([&] { file.getStrings("numbers"); }, "'numbers' is not an array of strings");
        check([&] { file.getInts("u8"); }, "'u8' is not an array of integers");
    }

    void readsControlVectorOfAnotherTool()
    {
        QFile expectedFile(TILLER_TEST_DATA "/vector_files/expected.json");
        QVERIFY(expectedFile.open(QIODevice::ReadOnly));
        const auto expected = nlohmann::json::parse(expectedFile.readAll().toStdString())["repeng.gguf"];
        const auto file = GgufFile::open(TILLER_TEST_DATA "/vector_files/repeng.gguf");
        QCOMPARE(file.getString("general.architecture"), std::optional<std::string>("controlvector"));
        QCOMPARE(file.getInt("controlvector.layer_count"), std::optional<int64_t>(3));
        QCOMPARE(file.tensors().size(), expected.size());
        for (const auto& [layer, values] : expected.items()) {
            const TensorView* tensor = file.find("direction." + layer);
            QVERIFY(tensor);
            std::vector<float> read(16);
            QCOMPARE(tensor->data.size(), sizeof(float) * 16);
            std::memcpy(read.data(), tensor->data.data(), tensor->data.size());
            QCOMPARE(read, values.get<std::vector<float>>());
        }
    }

    void readsMixedModel()
    {
        const std::filesystem::path folder = TILLER_TEST_DATA "/models/gguf/llama_mixed";
        QFile goldenFile(QString::fromStdString((folder / "golden.json").string()));
        QVERIFY(goldenFile.open(QIODevice::ReadOnly));
        const auto golden = nlohmann::json::parse(goldenFile.readAll().toStdString());
        const auto file = GgufFile::open(folder / "model.gguf");
        const auto types = golden["model"]["tensor_types"];
        QVERIFY(!types.empty());
        for (const auto& [name, type] : types.items()) {
            QVERIFY(file.find(name));
            QCOMPARE(std::string(info(file.find(name)->dtype).name), type.get<std::string>());
        }
    }

    void leavesOutTypesItCannotExpand()
    {
        const auto file = GgufFile::open(TILLER_TEST_DATA "/models/gguf/dequant/dequant.gguf");
        QVERIFY(file.find("Q6_K"));
        QCOMPARE(file.tensors().size(), size_t(15));
        const QString message = test::refusal([&] { file.find("IQ2_XS"); });
        QVERIFY2(message.contains("dequant.gguf") && message.contains("IQ2_XS, which is not supported"),
            qPrintable(message));
    }

    void checksOrderAfterATypeOfUnknownSize()
    {
        const auto build = [](quint64 offset, qsizetype size) -> QByteArray {
            return Gguf(2, 0).tensor("new", {128}, 41, 0).tensor("next", {8}, 0, offset).data(size);
        };
        const GgufFile file = opened(build(64, 96));
        QCOMPARE(file.find("next")->data.size(), size_t(32));
        QVERIFY(test::refusal([&] { file.find("new"); }).contains("Q1_0"));
        QVERIFY(refusalOf(build(65, 128)).contains("'next' has the offset 65, out of order or unaligned"));
        QVERIFY(refusalOf(build(64, 95)).contains("'next' ends beyond"));
        QVERIFY(refusalOf(build(~31ull, 95)).contains("'next' ends beyond"));
    }

    void respectsAlignment()
    {
        const auto build = [](quint64 offset) -> QByteArray {
            Gguf file(2, 1);
            file.key("general.alignment", s_u32).put<quint32>(256);
            return file.tensor("a", {1}, 0, 0).tensor("b", {1}, 0, offset).data(260, 256);
        };
        QCOMPARE(opened(build(256)).find("b")->data.size(), size_t(4));
        QVERIFY(refusalOf(build(32)).contains("'b' has the offset 32 where 256 is due"));
    }

    void acceptsOddButValid()
    {
        QVERIFY(opened(Gguf()).tensors().empty());
        QCOMPARE(opened(Gguf(1).tensor("scalar", {}, 0, 0).data(4)).find("scalar")->count(), 1);
        QVERIFY(opened(Gguf(0, 1).key("a", s_array).put(s_u8).put<quint64>(0)).getInts("a")->empty());
        QCOMPARE(opened(Gguf(1).tensor(QByteArray(63, 'n'), {1}, 0, 0).data(10)).tensors().size(), size_t(1));
    }

    void readsWhatItWrote()
    {
        const auto path = m_folder.filePath("written.gguf").toStdString();
        const std::vector<std::pair<std::string, GgufValue>> metadata{
            {"general.architecture", std::string("controlvector")},
            {"count", int64_t(3)},
            {"negative", int64_t(-3)},
            {"large", int64_t(1) << 40},
            {"real", 0.1},
            {"flag", true},
            {"ints", std::vector<int64_t>{-1, 1ll << 40}},
            {"reals", std::vector<double>{0.1, -2}},
            {"flags", std::vector<bool>{true, false}},
            {"texts", std::vector<std::string>{"x", "\xC3\xA9"}},
            {"nothing", std::vector<int64_t>{}},
        };
        writeGguf(path, metadata, {{"direction.1", {3}, {1, 2, 3}}, {"direction.2", {2, 2}, {4, 5, 6, 7}}});
        const auto file = GgufFile::open(path);
        QCOMPARE(file.metadata().size(), metadata.size());
        for (const auto& [key, value] : metadata)
            QVERIFY2(file.metadata().at(key) == value, key.c_str());
        QCOMPARE(file.find("direction.2")->shape, (std::vector<int64_t>{2, 2}));
        float last[4];
        std::memcpy(last, file.find("direction.2")->data.data(), sizeof last);
        QCOMPARE(last[3], 7.0f);
        // As repeng and llama.cpp write a count.
        const auto bytes = file.file().bytes();
        const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        QCOMPARE(text[text.find("count") + 5], char(s_u32));
    }

    void refusesToWrite()
    {
        const auto path = m_folder.filePath("unwritten.gguf").toStdString();
        const GgufTensorOut good{"a", {2}, {1, 2}};
        QVERIFY_EXCEPTION_THROWN(writeGguf(path, {}, {good, good}), Error);
        QVERIFY_EXCEPTION_THROWN(writeGguf(path, {}, {{"a", {3}, {1, 2}}}), Error);
        QVERIFY_EXCEPTION_THROWN(writeGguf(path, {}, {{"a", {0}, {}}}), Error);
        QVERIFY_EXCEPTION_THROWN(writeGguf(path, {}, {{std::string(64, 'a'), {1}, {1}}}), Error);
        QVERIFY_EXCEPTION_THROWN(writeGguf(path, {{"k", true}, {"k", false}}, {good}), Error);
        QVERIFY_EXCEPTION_THROWN(writeGguf(path, {{"general.alignment", int64_t(1)}}, {good}), Error);
        QVERIFY(!std::filesystem::exists(path));
    }

    void refuses_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("reason");
        const auto row = [](const char* name, const QByteArray& bytes, const char* reason) {
            QTest::newRow(name) << bytes << QString(reason);
        };
        const qint64 largest = std::numeric_limits<qint64>::max();

        row("empty", {}, "magic");
        row("29 magic", "FUGG" + QByteArray(Gguf()).mid(4), "is not a GGUF file");
        row("30 version 0", Gguf(0, 0, 0), "version 0");
        row("31 version 1", Gguf(0, 0, 1), "version 1");
        row("32 version 4", Gguf(0, 0, 4), "version 4");
        row("33 big-endian", Gguf(0, 0, 0x03000000), "big-endian");
        row("34 tensors -1", Gguf(-1, 0), "tensors, more than");
        row("35 keys -1", Gguf(0, -1), "metadata keys, more than");
        row("36 keys 2^60", Gguf(0, 1ll << 60).key("k", s_u8).put<quint8>(1).data(0, 43),
            "metadata keys, more than");
        row("37 key length 2^64-1", Gguf(0, 1).put(~0ull).put(0ull).put(0ull), "ends inside a metadata key");
        row("38 empty key", Gguf(0, 1).key("", s_u8).put(0ull), "key is empty");
        row("39 duplicate key", Gguf(0, 2).key("k", s_u32).put(1u).key("k", s_u32).put(2u),
            "'k' stands twice");
        row("40 type 13", Gguf(0, 1).key("k", 13).put(0ull), "'k' has the unknown type 13");
        row("41 array of arrays",
            Gguf(0, 1).key("k", s_array).put(s_array).put(1ull).put(s_u8).put(1ull).put(0ull),
            "array of arrays");
        row("42 array of an unknown type", Gguf(0, 1).key("k", s_array).put(99u).put(1ull << 60),
            "'k' has the unknown type 99");
        row("42 array of 2^60", Gguf(0, 1).key("k", s_array).put(s_u8).put(1ull << 60),
            "1152921504606846976 elements");
        row("42 strings of 2^60", Gguf(0, 1).key("k", s_array).put(s_string).put(1ull << 60), "elements");
        row("array beyond the file", Gguf(0, 1).key("k", s_array).put(s_u64).put(3ull).put(0ull).put(0ull),
            "ends inside k");
        row("43 alignment 0", Gguf(0, 1).key("general.alignment", s_u32).put(0u), "not a power of two");
        row("44 alignment 13", Gguf(0, 1).key("general.alignment", s_u32).put(13u), "not a power of two");
        row("45 alignment int32", Gguf(0, 1).key("general.alignment", s_i32).put(32u), "not of type uint32");
        row("46 name of 64", Gguf(1).tensor(QByteArray(64, 'n'), {1}, 0, 0).data(4),
            "64 bytes; ggml allows 63");
        row("47 duplicate tensor", Gguf(2).tensor("t", {8}, 0, 0).tensor("t", {8}, 0, 32).data(64),
            "'t' stands twice");
        row("47 duplicate unsupported", Gguf(2).tensor("t", {256}, 35, 0).tensor("t", {8}, 0, 96).data(128),
            "'t' stands twice");
        row("48 five dimensions", Gguf(1).tensor("t", {1, 1, 1, 1, 1}, 0, 0).data(4), "5 dimensions");
        row("48 2^32-1 dimensions", Gguf(1).string("t").put(~0u).data(40), "4294967295 dimensions");
        row("49 dimension -1", Gguf(1).tensor("t", {-1}, 0, 0).data(4), "dimension of -1");
        row("50 2^32 x 2^32", Gguf(1).tensor("t", {1ll << 32, 1ll << 32}, 0, 0).data(4), "too large");
        row("51 INT64_MAX x 2", Gguf(1).tensor("t", {largest, 2}, 24, 0).data(4), "too large");
        row("52 SIZE_MAX/4 floats", Gguf(1).tensor("t", {qint64(~0ull / 4)}, 0, 0).data(4), "ends beyond");
        row("52 bytes beyond 2^64", Gguf(1).tensor("t", {largest}, 0, 0).data(4), "too large");
        row("53 two of 2^63-64",
            Gguf(2).tensor("a", {largest - 63}, 24, 0).tensor("b", {largest - 63}, 24, 0).data(4),
            "'a' ends beyond");
        row("54 type 255", Gguf(1).tensor("t", {32}, 255, 0).data(64), "unknown type 255");
        row("54 type -1", Gguf(1).tensor("t", {32}, -1, 0).data(64), "unknown type -1");
        row("55 part of a block", Gguf(1).tensor("t", {33}, 8, 0).data(68),
            "rows of 33 values, not whole blocks of Q8_0");
        row("55 blocks across rows", Gguf(1).tensor("t", {16, 2}, 8, 0).data(34), "rows of 16 values");
        row("55 scalar of blocks", Gguf(1).tensor("t", {}, 8, 0).data(34), "rows of 1 values");
        row("56 offset 2^64-1", Gguf(1).tensor("t", {1}, 0, ~0ull).data(4),
            "offset 18446744073709551615 where 0");
        row("57 overlap", Gguf(2).tensor("a", {16}, 0, 0).tensor("b", {16}, 0, 32).data(128),
            "'b' has the offset 32 where 64");
        row("57 hole", Gguf(2).tensor("a", {8}, 0, 0).tensor("b", {8}, 0, 64).data(128),
            "'b' has the offset 64 where 32");
        row("58 a byte short", Gguf(1).tensor("t", {8}, 0, 0).data(31),
            "'t' ends beyond the end of the file");
        row("70 zero dimension", Gguf(1).tensor("t", {0}, 0, 0).data(4), "dimension of 0");
        row("boolean 2", Gguf(0, 1).key("k", s_bool).put<quint8>(2), "neither 0 nor 1");
        row("uint64 beyond int64", Gguf(0, 1).key("k", s_u64).put(~0ull), "above the range");
        row("string of 2^63", Gguf(0, 1).key("k", s_string).put(1ull << 63), "ends inside k");
        row("alignment beyond the file",
            Gguf(1, 1).key("general.alignment", s_u32).put(1u << 31).tensor("t", {1}, 0, 0).data(64),
            "ends beyond");
        row("hostile name", Gguf(1).tensor("a\x1B[31m\xFF", {-1}, 0, 0).data(4), "'a?[31m?'");
    }

    void refuses()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, reason);
        const QString message = refusalOf(bytes);
        QVERIFY2(message.contains(m_path) && message.contains(reason) && message.size() < 400,
            qPrintable(message));
    }

    // Case 59: at every structure boundary, and everywhere else.
    void refusesEveryTruncation()
    {
        const QByteArray bytes = sample();
        for (qsizetype size = 0; size < bytes.size(); ++size) {
            const QString message = refusalOf(bytes.first(size));
            QVERIFY2(message.contains(m_path),
                qPrintable(QString("%1 of %2 bytes: %3").arg(size).arg(bytes.size()).arg(message)));
        }
    }

    void survivesDamage()
    {
        const QByteArray bytes = sample();
        const auto header = int(bytes.size() - 66);
        QRandomGenerator random(2);
        int refused = 0;
        for (int i = 0; i < 5000; ++i) {
            QByteArray damaged = bytes;
            for (int k = random.bounded(1, 4); k > 0; --k)
                damaged[random.bounded(header)] = char(random.bounded(256));
            const auto path = test::writeFile(m_path, damaged);
            try {
                const auto file = GgufFile::open(path);
                for (const TensorView& tensor : file.tensors())
                    QCOMPARE(
                        tensor.data.size() / info(tensor.dtype).blockBytes * info(tensor.dtype).blockValues,
                        size_t(tensor.count()));
            } catch (const Error&) {
                ++refused;
            }
        }
        QVERIFY(refused > 2000);
    }
};

QTEST_GUILESS_MAIN(TestGguf)
#include "tst_gguf.moc"
