#include "core/tokenizer/utf8_stream.h"

#include <QTest>

using namespace tiller;

class TestUtf8Stream : public QObject {
    Q_OBJECT

private slots:
    void sanitizes_data();
    void sanitizes();
    void charactersArriveWhole();
    void invalidBytesAreReportedAtOnce();
    void anyCutGivesTheSameText();
    void canBeUsedAgain();
};

// Expectations: Python's bytes.decode("utf-8", "replace").
void TestUtf8Stream::sanitizes_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("text");
    const QString r(QChar(0xFFFD));
    QTest::newRow("empty") << QByteArray() << QString();
    QTest::newRow("valid") << QByteArray("a\xC3\xA9\xE4\xB8\x96\xF0\x9F\x98\x80z")
                           << QString::fromUtf8("aé世😀z");
    QTest::newRow("zero byte") << QByteArray("a\0b", 3) << QString("a") + QChar(0) + "b";
    QTest::newRow("lone continuation") << QByteArray("a\x80z") << "a" + r + "z";
    QTest::newRow("two continuations") << QByteArray("\x80\xBF") << r + r;
    QTest::newRow("cut two") << QByteArray("\xC3") << r;
    QTest::newRow("cut three of four") << QByteArray("\xF0\x9F\x98") << r;
    QTest::newRow("cut four, then ASCII") << QByteArray("\xF0\x9F\x98q") << r + "q";
    QTest::newRow("cut, then a character") << QByteArray("\xE4\xB8\xC3\xA9") << r + QString::fromUtf8("é");
    QTest::newRow("overlong slash") << QByteArray("\xC0\xAF") << r + r;
    QTest::newRow("overlong of three") << QByteArray("\xE0\x80\xAF") << r + r + r;
    QTest::newRow("overlong of four") << QByteArray("\xF0\x80\x80\xAF") << r + r + r + r;
    QTest::newRow("surrogate") << QByteArray("\xED\xA0\x80") << r + r + r;
    QTest::newRow("beyond U+10FFFF") << QByteArray("\xF4\x90\x80\x80") << r + r + r + r;
    QTest::newRow("no lead") << QByteArray("\xFF\xFE\xF5") << r + r + r;
    QTest::newRow("last character") << QByteArray("\xF4\x8F\xBF\xBF")
                                    << QString::fromUtf8("\xF4\x8F\xBF\xBF");
}

void TestUtf8Stream::sanitizes()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QString, text);
    QCOMPARE(QByteArray::fromStdString(sanitizeUtf8(bytes.toStdString())), text.toUtf8());
}

void TestUtf8Stream::charactersArriveWhole()
{
    Utf8Stream stream;
    QCOMPARE(stream.feed("a\xF0\x9F"), std::string("a"));
    QCOMPARE(stream.feed("\x98"), std::string());
    QCOMPARE(stream.feed("\x80!"), std::string("\xF0\x9F\x98\x80!"));
    QCOMPARE(stream.finish(), std::string());
}

void TestUtf8Stream::invalidBytesAreReportedAtOnce()
{
    Utf8Stream stream;
    QCOMPARE(stream.feed("\xE4"), std::string());
    QCOMPARE(stream.feed("x"), std::string("\uFFFDx"));
    QCOMPARE(stream.feed("\xF5"), std::string("\uFFFD"));
}

void TestUtf8Stream::anyCutGivesTheSameText()
{
    const std::string bytes = "a\xC3\xA9\xE4\xB8\xF0\x9F\x98\x80\xED\xA0\x80\xF4\x90\xC3\xE2\x82\xAC\xF0\x9F";
    const std::string whole = sanitizeUtf8(bytes);
    for (size_t first = 0; first <= bytes.size(); ++first) {
        for (size_t second = first; second <= bytes.size(); ++second) {
            Utf8Stream stream;
            std::string text = stream.feed(bytes.substr(0, first));
            text += stream.feed(bytes.substr(first, second - first));
            text += stream.feed(bytes.substr(second));
            text += stream.finish();
            QCOMPARE(text, whole);
        }
    }
}

void TestUtf8Stream::canBeUsedAgain()
{
    Utf8Stream stream;
    stream.feed("\xE4\xB8");
    QCOMPARE(stream.finish(), std::string("\uFFFD"));
    QCOMPARE(stream.finish(), std::string());
    QCOMPARE(stream.feed("\x96"), std::string("\uFFFD"));
}

QTEST_APPLESS_MAIN(TestUtf8Stream)
#include "tst_utf8_stream.moc"
