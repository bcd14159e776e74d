#include "core/io/blocks.h"
#include "core/io/pt.h"
#include "core/io/zip.h"
#include "tests/support/refusal.h"

#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>
#include <nlohmann/json.hpp>

using namespace tiller;

namespace {

const std::filesystem::path s_folder = TILLER_TEST_DATA "/vector_files";

template <typename T>
QByteArray number(T value)
{
    return QByteArray(reinterpret_cast<const char*>(&value), sizeof value);
}

/// A zip file as torch writes it, with room for one mistake.
struct Entry {
    QByteArray name;
    QByteArray data = {};
    quint16 flags = 0;
    quint16 method = 0;
    quint32 crcError = 0;
    QByteArray localName = name;
    quint32 size = quint32(data.size()); // as the headers say
    quint32 storedSize = quint32(data.size());
};

QByteArray zip(const std::vector<Entry>& entries)
{
    QByteArray file, directory;
    for (const Entry& entry : entries) {
        const quint32 crc
            = crc32(std::as_bytes(std::span(entry.data.data(), size_t(entry.data.size())))) ^ entry.crcError;
        const QByteArray sizes = number(crc) + number(entry.storedSize) + number(entry.size);
        const QByteArray common = number(entry.flags) + number(entry.method) + number(0u) + sizes;
        directory += "PK\1\2" + number(0u) + common + number(quint16(entry.name.size()))
            + QByteArray(12, '\0') + number(quint32(file.size())) + entry.name;
        file += QByteArray("PK\3\4") + number(quint16(20)) + common + number(quint16(entry.localName.size()))
            + number(quint16(0)) + entry.localName + entry.data;
    }
    const quint16 count = quint16(entries.size());
    return file + directory + "PK\5\6" + number(0u) + number(count) + number(count)
        + number(quint32(directory.size())) + number(quint32(file.size())) + number(quint16(0));
}

QByteArray text(const QByteArray& string)
{
    return "X" + number(quint32(string.size())) + string;
}
QByteArray integer(qint64 value)
{
    return QByteArray("\x8A\x08") + number(value);
}

QByteArray storage(qint64 count, const QByteArray& key = "0", const QByteArray& type = "FloatStorage",
    const QByteArray& device = "cpu")
{
    return "(" + text("storage") + "ctorch\n" + type + "\n" + text(key) + text(device) + integer(count)
        + "tQ";
}

QByteArray tuple(const QList<qint64>& numbers)
{
    QByteArray pickle = "(";
    for (const qint64 value : numbers)
        pickle += integer(value);
    return pickle + "t";
}

const QByteArray s_hooks = "ccollections\nOrderedDict\n)R";

QByteArray tensor(
    const QByteArray& stored, qint64 offset, const QList<qint64>& size, const QList<qint64>& stride)
{
    return "ctorch._utils\n_rebuild_tensor_v2\n(" + stored + integer(offset) + tuple(size) + tuple(stride)
        + "\x89" + s_hooks + "tR";
}

const QByteArray s_good = tensor(storage(4), 0, {4}, {1});

QByteArray pickle(const QByteArray& body)
{
    return "\x80\x02" + body + ".";
}

/// The records of a file with four floats, 0 to 3.
std::vector<Entry> records(const QByteArray& body)
{
    const float values[] = {0, 1, 2, 3};
    return {{.name = "archive/data.pkl", .data = pickle(body)},
        {.name = "archive/data/0", .data = QByteArray(reinterpret_cast<const char*>(values), sizeof values)},
        {.name = "archive/version", .data = "3\n"}};
}

QByteArray pt(const QByteArray& body)
{
    return zip(records(body));
}

QByteArray withExtra(const Entry& extra)
{
    auto entries = records(s_good);
    entries.push_back(extra);
    return zip(entries);
}

template <typename Change>
QByteArray changed(size_t index, Change change)
{
    auto entries = records(s_good);
    change(entries[index]);
    return zip(entries);
}

}

class TestPt : public QObject {
    Q_OBJECT

private:
    QTemporaryDir m_folder;
    QString m_path = m_folder.filePath("vector.pt");
    nlohmann::json m_expected;

    PtFile read(const QByteArray& bytes) const { return readPt(test::writeFile(m_path, bytes)); }

    QString refusalOf(const QByteArray& bytes) const
    {
        const auto path = test::writeFile(m_path, bytes);
        return test::refusal([&] { readPt(path); });
    }

private slots:
    void initTestCase()
    {
        QFile file(TILLER_TEST_DATA "/vector_files/expected.json");
        QVERIFY(file.open(QIODevice::ReadOnly));
        m_expected = nlohmann::json::parse(file.readAll().toStdString());
    }

    void readsFilesOfTorch_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("pointer"); // in expected.json
        QTest::addColumn<int>("dtype");
        QTest::newRow("float32") << "rotalabs_float32.pt"
                                 << "/rotalabs_float32/values" << int(DType::F32);
        QTest::newRow("float16") << "rotalabs_float16.pt"
                                 << "/rotalabs_float16/values" << int(DType::F16);
        QTest::newRow("bfloat16") << "rotalabs_bfloat16.pt"
                                  << "/rotalabs_bfloat16/values" << int(DType::BF16);
        QTest::newRow("set") << "rotalabs_set/layer_3.pt"
                             << "/rotalabs_set/3" << int(DType::F32);
        QTest::newRow("bare") << "vec_layer_13_Llama-2-7b-chat-hf.pt"
                              << "/caa_bare" << int(DType::F32);
        QTest::newRow("strided") << "strided_view.pt"
                                 << "/strided_view" << int(DType::F32);
    }

    void readsFilesOfTorch()
    {
        QFETCH(QString, file);
        QFETCH(QString, pointer);
        QFETCH(int, dtype);
        const PtFile pt = readPt(s_folder / file.toStdString());
        QCOMPARE(pt.tensors.size(), size_t(1));
        const auto& [name, tensor] = pt.tensors.front();
        QCOMPARE(name, std::string());
        QCOMPARE(tensor.storedAs, DType(dtype));
        QCOMPARE(tensor.value.shape, std::vector<int64_t>{16});
        const auto values
            = m_expected.at(nlohmann::json::json_pointer(pointer.toStdString())).get<std::vector<float>>();
        QCOMPARE(tensor.value.data, values);
    }

    void readsMatrixAndDictionary()
    {
        const PtFile row = readPt(s_folder / "row_1x16.pt");
        QCOMPARE(row.tensors.front().second.value.shape, (std::vector<int64_t>{1, 16}));
        const PtFile dictionary = readPt(s_folder / "dict.pt");
        QCOMPARE(dictionary.tensors.size(), size_t(1));
        QCOMPARE(dictionary.tensors.front().first, std::string("vector"));
        QCOMPARE(dictionary.tensors.front().second.value.data.size(), size_t(16));
        QCOMPARE(dictionary.scalars, (std::map<std::string, std::string>{{"layer", "4"}}));
    }

    void sendsOldFilesBackWithTheRemedy()
    {
        try {
            readPt(s_folder / "legacy_not_zip.pt");
            QFAIL("accepted");
        } catch (const Error& error) {
            QVERIFY(QString(error.what()).contains("legacy_not_zip.pt: is in torch's old format"));
            QVERIFY(QString::fromStdString(error.remedy())
                        .contains("save it again with torch.save of torch 1.6 or later"));
        }
    }

    void readsEveryForm_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QList<float>>("values");
        QTest::newRow("plain") << s_good << QList<float>{0, 1, 2, 3};
        QTest::newRow("99 another device")
            << tensor(storage(4, "0", "FloatStorage", "cuda:0"), 0, {4}, {1}) << QList<float>{0, 1, 2, 3};
        QTest::newRow("transposed") << tensor(storage(4), 0, {2, 2}, {1, 2}) << QList<float>{0, 2, 1, 3};
        QTest::newRow("offset and step") << tensor(storage(4), 1, {2}, {2}) << QList<float>{1, 3};
        QTest::newRow("expanded") << tensor(storage(4), 3, {2, 3}, {0, 0}) << QList<float>{3, 3, 3, 3, 3, 3};
        QTest::newRow("scalar") << tensor(storage(4), 2, {}, {}) << QList<float>{2};
        QTest::newRow("empty") << tensor(storage(4), 0, {2, 0}, {1, 1}) << QList<float>{};
        QTest::newRow("one long stride")
            << tensor(storage(4), 3, {1, 1}, {INT64_MAX, INT64_MAX}) << QList<float>{3};
        QTest::newRow("parameter") << "ctorch._utils\n_rebuild_parameter\n(" + s_good + "\x88" + s_hooks
                + "tR" << QList<float>{0, 1, 2, 3};
        QTest::newRow("int32") << tensor(storage(4, "0", "IntStorage"), 0, {1}, {1}) << QList<float>{0};
        QTest::newRow("bytes") << tensor(storage(16, "0", "ByteStorage"), 6, {2}, {1})
                               << QList<float>{128, 63};
    }

    void readsEveryForm()
    {
        QFETCH(QByteArray, body);
        QFETCH(QList<float>, values);
        const PtFile file = read(pt(body));
        QCOMPARE(file.tensors.size(), size_t(1));
        QCOMPARE(file.tensors.front().second.value.data, std::vector<float>(values.begin(), values.end()));
    }

    void readsDictionaries()
    {
        const QByteArray entries = text("v") + s_good + "q\7" + integer(12) + "h\7" + text("name")
            + text("h\xC3\xA9") + text("half") + "G" + QByteArray("\x3F\xE0\0\0\0\0\0\0", 8) + text("on")
            + "\x88" + text("none") + "N" + text("list") + "](K\1K\2e";
        const PtFile plain = read(pt("}(" + entries + "u"));
        QCOMPARE(plain.tensors.size(), size_t(2));
        QCOMPARE(plain.tensors[0].first, std::string("v"));
        QCOMPARE(plain.tensors[1].first, std::string("12"));
        QCOMPARE(plain.tensors[1].second.value.data, (std::vector<float>{0, 1, 2, 3}));
        QCOMPARE(plain.scalars,
            (std::map<std::string, std::string>{{"name", "h\xC3\xA9"}, {"half", "0.5"}, {"on", "true"}}));

        const PtFile stateDict
            = read(pt(s_hooks + text("v") + s_good + "s}" + text("_metadata") + s_hooks + "sb"));
        QCOMPARE(stateDict.tensors.size(), size_t(1));
    }

    // Shared storages are common; reading must not cost the whole storage for each view.
    void readsManyViewsOfALargeStorage()
    {
        QByteArray body = "}(";
        for (int i = 0; i < 2000; ++i)
            body += integer(i) + tensor(storage(8'000'000, "0", "ByteStorage"), i, {2}, {7'000'000});
        auto entries = records(body + "u");
        entries[1].data = QByteArray(8'000'000, '\7');
        entries[1].size = entries[1].storedSize = 8'000'000;
        const auto path = test::writeFile(m_path, zip(entries));
        QElapsedTimer timer;
        timer.start();
        const PtFile file = readPt(path);
        QVERIFY(timer.elapsed() < 3000);
        QCOMPARE(file.tensors.size(), size_t(2000));
        QCOMPARE(file.tensors.back().second.value.data, (std::vector<float>{7, 7}));
    }

    void readsWhatItWrote_data()
    {
        QTest::addColumn<int>("dtype");
        QTest::addColumn<QList<qint64>>("shape");
        for (const DType dtype : {DType::F32, DType::F16, DType::BF16}) {
            QTest::newRow(qPrintable(QString("%1 vector").arg(info(dtype).name.data())))
                << int(dtype) << QList<qint64>{300};
            QTest::newRow(qPrintable(QString("%1 rank 4").arg(info(dtype).name.data())))
                << int(dtype) << QList<qint64>{2, 1, 5, 30};
        }
        QTest::newRow("scalar") << int(DType::F32) << QList<qint64>{};
        QTest::newRow("large") << int(DType::F32) << QList<qint64>{70'000, 2};
    }

    void readsWhatItWrote()
    {
        QFETCH(int, dtype);
        QFETCH(QList<qint64>, shape);
        HostTensor tensor{{shape.begin(), shape.end()}, {}};
        size_t count = 1;
        for (const qint64 dimension : shape)
            count *= size_t(dimension);
        for (size_t i = 0; i < count; ++i)
            tensor.data.push_back(float(i % 200) - 100); // exact in bfloat16 too
        const auto path = m_path.toStdString();
        writePt(path, tensor, DType(dtype));
        const PtFile file = readPt(path);
        QCOMPARE(file.tensors.front().second.storedAs, DType(dtype));
        QCOMPARE(file.tensors.front().second.value.shape, tensor.shape);
        QCOMPARE(file.tensors.front().second.value.data, tensor.data);
    }

    // What torch's mmap=True relies on.
    void alignsEveryRecord()
    {
        const auto path = m_path.toStdString();
        writePt(path, {{3}, {1, 2, 3}});
        QFile file(m_path);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray bytes = file.readAll();
        const float values[] = {1, 2, 3};
        const qsizetype data
            = bytes.indexOf(QByteArray(reinterpret_cast<const char*>(values), sizeof values));
        QVERIFY(data > 0 && data % 64 == 0);
        QCOMPARE(bytes.indexOf("\x80\x02"
                               "ctorch")
                % 64,
            0);
        QVERIFY(bytes.indexOf("archive/data.pkl") < bytes.indexOf("archive/data/0"));
    }

    void refusesToWrite()
    {
        const auto path = m_folder.filePath("unwritten.pt").toStdString();
        QVERIFY_EXCEPTION_THROWN(writePt(path, {{3}, {1, 2}}), Error);
        QVERIFY_EXCEPTION_THROWN(writePt(path, {{-2}, {1, 2}}), Error);
        QVERIFY_EXCEPTION_THROWN(writePt(path, {{2}, {1, 2}}, DType::I64), Error);
        QVERIFY(!std::filesystem::exists(path));
    }

    void refuses_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("reason");
        const auto row = [](const char* name, const QByteArray& bytes, const char* reason) {
            QTest::newRow(name) << bytes << QString(reason);
        };
        const qint64 huge = 1ll << 40;
        const QByteArray good = pt(s_good);

        row("71 empty", {}, "is empty");
        row("72 PK only", "PK", "is not a .pt file");
        row("72 PK and zeros", QByteArray("PK\3\4") + QByteArray(50, '\0'), "no zip directory");
        row("73 no central directory", good.first(good.indexOf("PK\1\2")), "no zip directory");
        row("73 directory outside", QByteArray(good).replace(good.size() - 6, 4, number(~1u)),
            "outside the file");
        row("73 directory elsewhere", QByteArray(good).replace(good.size() - 6, 4, number(0u)),
            "damaged zip directory");
        row("73 zip64", QByteArray(good).replace(good.size() - 6, 4, number(~0u)), "beyond 4 GiB");
        row("74 no root folder", withExtra({.name = "data.pkl"}), "'data.pkl' is not inside a root folder");
        row("75 two roots", withExtra({.name = "other/x"}), "two root folders");
        row("76 duplicate data/0", withExtra({.name = "archive/data/0"}), "'archive/data/0' stands twice");
        row("77 duplicate data.pkl", withExtra({.name = "archive/data.pkl"}),
            "'archive/data.pkl' stands twice");
        row("78 two names", changed(1, [](Entry& e) { e.localName = "archive/data/1"; }),
            "two headers that disagree");
        row("79 encrypted", changed(1, [](Entry& e) { e.flags = 1; }), "'archive/data/0' is encrypted");
        row("80 wrong CRC", changed(1, [](Entry& e) { e.crcError = 1; }), "'archive/data/0' is damaged");
        row("80 wrong CRC of the pickle", changed(0, [](Entry& e) { e.crcError = 1; }),
            "'archive/data.pkl' is damaged");
        row("81 deflated",
            changed(1,
                [](Entry& e) {
                    e.method = 8;
                    e.size = 256'000'000;
                }),
            "is compressed");
        row("81 deflated, same size", changed(1, [](Entry& e) { e.method = 8; }), "is compressed");
        row("81 stored, sizes differ", changed(1, [](Entry& e) { e.size = 1; }), "is compressed");
        row("81 overlapping records", changed(1, [](Entry& e) { e.size = e.storedSize = 500; }),
            "more bytes than the file");
        row("82 name with ..", withExtra({.name = "archive/../x"}), "unsafe name");
        row("82 key with ..", pt(tensor(storage(4, "../data/0"), 0, {4}, {1})), "storage key '../data/0'");
        row("83 no version", zip({records(s_good)[0], records(s_good)[1]}), "without 'version'");
        row("83 version 99",
            changed(2,
                [](Entry& e) {
                    e.data = "99";
                    e.size = e.storedSize = 2;
                }),
            "format version '99'");
        row("83 version abc",
            changed(2,
                [](Entry& e) {
                    e.data = "abc";
                    e.size = e.storedSize = 3;
                }),
            "format version 'abc'");
        row("84 big-endian", withExtra({.name = "archive/byteorder", .data = "big"}), "byte order 'big'");
        row("84 pdp", withExtra({.name = "archive/byteorder", .data = "pdp"}), "byte order 'pdp'");
        row("85 TorchScript", withExtra({.name = "archive/constants.pkl"}), "TorchScript");
        row("86 os system", pt("cos\nsystem\n(" + text("echo hello") + "tR"),
            "asks for 'os system', which is not allowed");
        row("86 builtins", pt("cbuiltins\neval\n"), "'builtins eval'");
        row("86 endless global", pt("c" + QByteArray(100'000, 'x')), "ends inside a global's name");
        row("opcode of protocol 0", pt("(l"), "opcode 108, which is not allowed");
        row("87 stack underflow", pt("\x85"), "takes more than it put");
        row("87 nothing", pt(""), "takes more than it put");
        row("87 tuple without mark", pt("K\1t"), "lacks a mark");
        row("87 pop below the mark", pt("K\1(\x85"), "takes more than it put");
        row("88 dangling memo", pt("h\5"), "memo 5, which it never made");
        row("89 memo 2^32-1", pt("K\1r\xFF\xFF\xFF\xFF"), "memo number 4294967295");
        row("90 string of 2 GB", pt(QByteArray("X\xFF\xFF\xFF\x7F", 5)), "ends inside a string");
        row("91 item of a list", pt("]K\1K\2s"), "takes none");
        row("91 item of a tensor", pt(s_good + "K\1K\2s"), "takes none");
        row("91 append to a dictionary", pt("}K\1a"), "takes none");
        row("91 odd items", pt("}(K\1u"), "takes none");
        row("92 nested tuples", pt(")" + QByteArray(1'000'000, '\x85')), "more than 262144 pickled objects");
        row("93 list of itself", pt("]q\1h\1a"), "neither a tensor nor a dictionary");
        row("93 dictionary of itself", pt("}q\1" + text("x") + "h\1s"), "'x' a dictionary");
        row("94 protocol 4", changed(0, [](Entry& e) { e.data[1] = 4; }), "protocol 2");
        row("95 count and record differ", pt(tensor(storage(5), 0, {5}, {1})),
            "claims 5 values for a record of 16 bytes");
        row("95 type and record differ", pt(tensor(storage(4, "0", "DoubleStorage"), 0, {4}, {1})),
            "claims 4 values");
        row("96 count 2^40", pt(tensor(storage(huge), 0, {huge}, {1})), "claims 1099511627776 values");
        row("96 count wraps", pt(tensor(storage(qint64(1) << 62), 0, {4}, {1})),
            "claims 4611686018427387904 values");
        row("97 negative count", pt(tensor(storage(-4), 0, {4}, {1})), "claims -4 values");
        row("97 negative offset", pt(tensor(storage(4), -1, {4}, {1})), "malformed shape");
        row("97 negative stride", pt(tensor(storage(4), 3, {4}, {-1})), "no valid number");
        row("97 negative size", pt(tensor(storage(4), 0, {-4}, {1})), "no valid number");
        row("98 stride 0 x 2^40", pt(tensor(storage(4), 0, {huge}, {0})), "more values than the file holds");
        row("98 product wraps", pt(tensor(storage(4), 0, {1ll << 32, 1ll << 32}, {0, 0})), "too large");
        row("beyond the storage", pt(tensor(storage(4), 1, {4}, {1})), "reaches beyond its storage");
        row("stride wraps", pt(tensor(storage(4), 1, {3}, {INT64_MAX})), "reaches beyond its storage");
        row("fewer strides", pt(tensor(storage(4), 0, {2, 2}, {1})), "malformed shape");
        row("missing record", pt(tensor(storage(4, "1"), 0, {4}, {1})), "without 'data/1'");
        row("call of a storage", pt("ctorch\nFloatStorage\n)R"), "call that is not allowed");
        row("call with few arguments", pt("ctorch._utils\n_rebuild_tensor_v2\n)R"),
            "call that is not allowed");
        row("storage of numbers", pt("K\1Q"), "malformed storage");
        row("attributes of a tensor", pt(s_good + "}b"), "sets attributes");
        row("nested dictionary", pt("}" + text("inner") + "}s"), "'inner' a dictionary");
        row("key twice", pt("}(K\1K\2" + text("1") + "K\3u"), "key '1' twice");
        row("tuple as key", pt("})K\1s"), "neither text nor a whole number");
        row("bare number", pt("K\1"), "neither a tensor nor a dictionary");
        row("text not UTF-8", pt("}" + text("\xFF") + "K\1s"), "not UTF-8");
        row("something left over", pt("K\1" + s_good), "left over");
        row("number of 9 bytes", pt(QByteArray("\x8A\x09") + QByteArray(9, '\1')), "more than 64 bits");
        QByteArray bomb = "}(";
        for (int i = 0; i < 50; ++i)
            bomb += integer(i) + tensor(storage(4), 0, {1000}, {0});
        row("many views of little", pt(bomb + "u"), "more values than the file holds");
        row("not a zip", "hello world, this is text", "is not a .pt file");
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
        const QByteArray bytes = pt(s_good);
        for (qsizetype size = 0; size < bytes.size(); ++size) {
            const QString message = refusalOf(bytes.first(size));
            QVERIFY2(message.contains(m_path), qPrintable(message));
        }
    }

    // The checksum would stop nearly all of it: here the pickle is damaged first and then packed.
    void survivesDamage()
    {
        const QByteArray body = "}(" + text("v") + s_good + "q\7" + integer(12) + "h\7" + text("n") + "K\1u";
        QRandomGenerator random(3);
        int refused = 0;
        for (int i = 0; i < 5000; ++i) {
            auto entries = records(body);
            QByteArray& damaged = i % 2 ? entries[0].data : entries[2].data;
            for (int k = random.bounded(1, 4); k > 0; --k)
                damaged[random.bounded(int(damaged.size()))] = char(random.bounded(256));
            QByteArray bytes = zip(entries);
            if (i % 3 == 0)
                bytes[random.bounded(int(bytes.size()))] = char(random.bounded(256));
            const auto path = test::writeFile(m_path, bytes);
            try {
                for (const auto& [name, tensor] : readPt(path).tensors)
                    QVERIFY(tensor.value.data.size() <= size_t(bytes.size()));
            } catch (const Error&) {
                ++refused;
            }
        }
        QVERIFY(refused > 2000);
    }
};

QTEST_GUILESS_MAIN(TestPt)
#include "tst_pt.moc"
