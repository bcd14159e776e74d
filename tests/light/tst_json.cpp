#include "core/io/json.h"
#include "tests/support/refusal.h"

#include <QTemporaryDir>
#include <QTest>
#include <nlohmann/json.hpp>

using namespace tiller;

class TestJson : public QObject {
    Q_OBJECT

private slots:
    void buildsWhatTheLibraryBuilds()
    {
        const std::string text
            = R"({"a":[1,-2,3.5,true,null,"x",[],{}],"b":{"c":{"d":[[1],[2,[3]]]}},"é":"\ud83d\ude00",
            "big":18446744073709551615})";
        QVERIFY(parseJson(text, "x") == nlohmann::json::parse(text));
        QVERIFY(parseJson(" 7 ", "x") == 7);
    }

    void keepsTheLastDuplicateUnlessAskedOtherwise()
    {
        const auto parsed = parseJson(R"({"a":{"x":1},"a":{"y":2}})", "x");
        QVERIFY(parsed == nlohmann::json::parse(R"({"a":{"y":2}})"));
        QVERIFY_EXCEPTION_THROWN(parseJson(R"({"a":1,"a":1})", "x", DuplicateKeys::Refuse), Error);
        QVERIFY(parseJson(R"({"a":1,"b":{"a":1}})", "x", DuplicateKeys::Refuse).size() == 2);
    }

    void allows64Levels()
    {
        const auto nested
            = [](int depth) { return std::string(size_t(depth), '[') + std::string(size_t(depth), ']'); };
        QVERIFY(parseJson(nested(64), "x").is_array());
        QVERIFY_EXCEPTION_THROWN(parseJson(nested(65), "x"), Error);
    }

    void refuses_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("reason");
        QTest::newRow("empty") << QByteArray("") << "line 1";
        QTest::newRow("position") << QByteArray("{\n \"a\": }") << "line 2, column 7";
        QTest::newRow("byte order mark") << QByteArray("\xEF\xBB\xBF{}") << "byte order mark";
        QTest::newRow("NUL") << QByteArray("[1,\0 2]", 7) << "line 1";
        QTest::newRow("lone surrogate") << QByteArray(R"(["\ud800"])") << "surrogate";
        QTest::newRow("bad UTF-8") << QByteArray("[\"\xC3(\"]") << "UTF-8";
        QTest::newRow("1e400") << QByteArray("[1e400]") << "number overflow";
        QTest::newRow("two values") << QByteArray("1 2") << "line 1";
        QTest::newRow("NaN") << QByteArray("[NaN]") << "line 1";
        QTest::newRow("huge token") << "[" + QByteArray(10'000'000, 'x') << "line 1";
        QTest::newRow("depth") << QByteArray(1'000'000, '[') << "64 levels";
    }

    void refuses()
    {
        QFETCH(QByteArray, text);
        QFETCH(QString, reason);
        const QString message = test::refusal([&] { parseJson(text.toStdString(), "/some/file.json"); });
        QVERIFY2(message.startsWith("/some/file.json: ") && message.contains(reason) && message.size() < 300,
            qPrintable(message));
    }

    void readsFiles()
    {
        QTemporaryDir folder;
        const auto path = test::writeFile(folder.filePath("a.json"), "{\"a\":1}");
        QVERIFY(readJson(path)["a"] == 1);
        const QString missing = test::refusal([&] { readJson(path.parent_path() / "none.json"); });
        QVERIFY2(missing.contains("none.json: cannot be read"), qPrintable(missing));
    }
};

QTEST_GUILESS_MAIN(TestJson)
#include "tst_json.moc"
