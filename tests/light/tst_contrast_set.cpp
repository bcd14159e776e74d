#include "core/steer/contrast_set.h"
#include "tests/support/refusal.h"

#include <QTemporaryDir>
#include <QTest>

using namespace tiller;
using tiller::test::refusal;
using tiller::test::writeFile;

namespace {

ContrastText plain(std::string text)
{
    return {std::move(text), {}};
}

ContrastPair pair(std::string positive, std::string negative, std::string prompt = {})
{
    return {plain(std::move(positive)), plain(std::move(negative)), plain(std::move(prompt))};
}

ContrastSet parse(const char* text, ContrastFormat format)
{
    const auto parsed = parseContrastSet(text, format, "set");
    if (!parsed.errors.empty())
        throw Error(parsed.errors.front().reason);
    return parsed.set;
}

// What files have to survive: quotes, line breaks, formulas, apostrophes, spaces at the ends, other scripts,
// turns.
ContrastSet awkwardSet()
{
    ContrastSet set;
    set.name = "awkward \"set\"";
    set.positiveLabel = "förmlich";
    set.negativeLabel = "lässig";
    set.pairs = {
        pair("a,b", "c\"d\"", "e\nf\r\ng"),
        pair("=1+2", "'=1+2", "-x"),
        pair(" spaces ", "\ttab\t", "@home"),
        pair("東京 🙂", "[not turns]", ""),
        pair("'", "''", "semi;colon"),
        {plain("yes"), {{}, {{"user", "a \"q\""}, {"assistant", "b,\nc"}}},
            {{}, {{"system", ""}, {"user", "p"}}}},
    };
    return set;
}

}

class TestContrastSet : public QObject {
    Q_OBJECT

private slots:
    void readsTheDefaultModelsPairs()
    {
        const auto parsed = readContrastSet(TILLER_TEST_DATA "/smollm2/pairs.json");
        QVERIFY(parsed.errors.empty());
        QCOMPARE(parsed.set.pairs.size(), size_t(16));
        QCOMPARE(parsed.set.name, std::string("formality"));
        QCOMPARE(parsed.set.positiveLabel, std::string("formal"));
        QCOMPARE(parsed.set.negativeLabel, std::string("casual"));
        QVERIFY(parsed.set.pairs[4]
            == pair("Conditions are presently overcast, with intermittent precipitation anticipated "
                    "throughout the afternoon.",
                "It's kinda gloomy and it'll prob rain on and off later.", "Describe the weather."));
    }

    void readsEveryJsonForm()
    {
        const std::vector<ContrastPair> one{pair("p", "n", "q")};
        QVERIFY(
            parse(R"({"pairs":[{"prompt":"q","positive":"p","negative":"n"}]})", ContrastFormat::Json).pairs
            == one);
        QVERIFY(
            parse(R"([{"prompt":"q","positive":"p","negative":"n"}])", ContrastFormat::Json).pairs == one);
        QVERIFY(parse(R"({"prompt":"q","positive":"p","negative":"n"})", ContrastFormat::Json).pairs == one);
        QVERIFY(
            parse(R"([{"question":"q","answer_matching_behavior":"p","answer_not_matching_behavior":"n"}])",
                ContrastFormat::Json)
                .pairs
            == one);
        QVERIFY(parse("\xEF\xBB\xBF{\"pairs\":[{\"prompt\":null,\"positive\":\"p\",\"negative\":\"n\"}]}",
                    ContrastFormat::Json)
                    .pairs
            == std::vector{pair("p", "n")});

        const std::vector<LabelledExample> labelled{{plain("a"), 1}, {plain("b"), 1}, {plain("c"), 0}};
        QVERIFY(
            parse(R"({"labelled":[{"text":"a","label":1},{"text":"b","label":1},{"text":"c","label":0}]})",
                ContrastFormat::Json)
                .labelled
            == labelled);
        QVERIFY(
            parse(R"({"positive":["a","b"],"negative":["c"]})", ContrastFormat::Json).labelled == labelled);
    }

    void readsChatTurns()
    {
        const auto set = parse(R"({"pairs":[{"prompt":[{"role":"user","content":"q"}],"positive":"p",
            "negative":[{"role":"user","content":"x"},{"role":"assistant","content":"y"}]}]})",
            ContrastFormat::Json);
        QVERIFY(set.pairs[0].prompt.turns == (std::vector<ChatMessage>{{"user", "q"}}));
        QVERIFY(set.pairs[0].negative.turns == (std::vector<ChatMessage>{{"user", "x"}, {"assistant", "y"}}));
        QVERIFY(set.pairs[0].prompt.text.empty());
    }

    void readsJsonLines()
    {
        const auto parsed = parseContrastSet(
            "{\"positive\":\"p\",\"negative\":\"n\"}\r\n\n{broken\n{\"positive\":\"p2\"}\n"
            "{\"text\":\"t\",\"label\":1}\n{\"positive\":\"p3\",\"negative\":\"n3\",\"prompt\":\"q\"}",
            ContrastFormat::JsonLines, "x");
        QVERIFY(parsed.set.pairs == (std::vector{pair("p", "n"), pair("p3", "n3", "q")}));
        QCOMPARE(parsed.errors.size(), size_t(3));
        QCOMPARE(parsed.errors[0].line, 3);
        QVERIFY(QString::fromStdString(parsed.errors[0].reason).contains("JSON"));
        QCOMPARE(parsed.errors[1].line, 4);
        QCOMPARE(parsed.errors[1].reason, std::string("'negative' is missing"));
        QCOMPARE(parsed.errors[2].line, 5);
        QCOMPARE(parsed.errors[2].reason, std::string("a labelled example among pairs"));
    }

    void readsCsv_data()
    {
        QTest::addColumn<QByteArray>("text");
        const auto row = [](const char* name, const char* text) { QTest::newRow(name) << QByteArray(text); };
        row("plain", "positive,negative,prompt\np,n,q\n");
        row("byte order mark and CRLF", "\xEF\xBB\xBFpositive,negative,prompt\r\np,n,q\r\n");
        row("old Mac", "positive,negative,prompt\rp,n,q");
        row("quoted", "\"positive\",\"negative\",\"prompt\"\n\"p\",\"n\",\"q\"");
        row("other order and case", " Prompt , Negative , POSITIVE \nq,n,p\n");
        row("semicolons", "positive;negative;prompt\np;n;q\n");
        row("blank lines", "\n\npositive,negative,prompt\n\np,n,q\n\n");
        row("column nobody asked for", "id,positive,negative,question\n7,p,n,q\n");
    }
    void readsCsv()
    {
        QFETCH(QByteArray, text);
        QVERIFY(parse(text.constData(), ContrastFormat::Csv).pairs == std::vector{pair("p", "n", "q")});
    }

    void readsQuotedCells()
    {
        const auto set
            = parse("positive,negative\n\"a, \"\"b\"\"\r\nc\",\"\nn\"\nx,y\n", ContrastFormat::Csv);
        QVERIFY(set.pairs == (std::vector{pair("a, \"b\"\r\nc", "\nn"), pair("x", "y")}));
    }

    void namesBadRowsAndKeepsGoodOnes()
    {
        const auto parsed = parseContrastSet("text,label\n"
                                             "good,1\n" // 2
                                             "label is word,yes\n" // 3
                                             "\"two\nlines\",0\n" // 4-5
                                             ",1\n" // 6
                                             "a,1,extra\n" // 7
                                             "\"x\"y,1\n" // 8
                                             "only text\n" // 9
                                             "latin \xE9,1\n" // 10
                                             "last,0\n",
            ContrastFormat::Csv, "x");
        QVERIFY(parsed.set.labelled
            == (std::vector<LabelledExample>{
                {plain("good"), 1}, {plain("two\nlines"), 0}, {plain("last"), 0}}));
        std::map<int, std::string> errors;
        for (const auto& error : parsed.errors)
            errors[error.line] = error.reason;
        const std::map<int, std::string> expected{
            {3, "'label' must be 1 or 0"},
            {6, "'text' is missing"},
            {7, "3 columns instead of 2"},
            {8, "text after a closing quote"},
            {9, "'label' must be 1 or 0"},
            {10, "not UTF-8 text"},
        };
        QVERIFY(errors == expected);
    }

    void aQuoteNeverClosedLosesOnlyItsRow()
    {
        const auto parsed = parseContrastSet("positive,negative\na,\"b\nc,d\n", ContrastFormat::Csv, "x");
        QVERIFY(parsed.set.pairs == std::vector{pair("c", "d")});
        QCOMPARE(parsed.errors.size(), size_t(1));
        QCOMPARE(parsed.errors[0].line, 2);
        QVERIFY(QString::fromStdString(parsed.errors[0].reason).contains("never closed"));
    }

    void readsPastedLines()
    {
        const std::vector expected{pair("p1", "n1", "q1"), pair("p2", "n2")};
        QVERIFY(parsePastedPairs("p1\tn1\tq1\np2\tn2\n").set.pairs == expected);
        QVERIFY(parsePastedPairs("positive\tnegative\tprompt\r\np1\tn1\tq1\r\np2\tn2").set.pairs == expected);
        QVERIFY(parsePastedPairs("p1,n1,q1\np2,n2").set.pairs == expected);
        QVERIFY(parsePastedPairs("prompt\tpositive\tnegative\nq1\tp1\tn1\n\tp2\tn2").set.pairs == expected);
        // A spreadsheet quotes a cell that holds a line break or a tab, and nothing else.
        QVERIFY(parsePastedPairs("\"a\nb\"\t\"c\"\"d\n\"\n\"Hi,\" he said.\tHello\n").set.pairs
            == (std::vector{pair("a\nb", "c\"d\n"), pair("\"Hi,\" he said.", "Hello")}));
        QVERIFY(parsePastedPairs("'-ism\t-x").set.pairs == std::vector{pair("'-ism", "-x")});

        const auto parsed = parsePastedPairs("a\tb\nalone\nc\td\te\tf\n");
        QVERIFY(parsed.set.pairs == std::vector{pair("a", "b")});
        QCOMPARE(parsed.errors.size(), size_t(2));
        QCOMPARE(parsed.errors[0].reason, std::string("'negative' is missing"));
        QCOMPARE(parsed.errors[1].line, 3);
        QVERIFY_EXCEPTION_THROWN(parsePastedPairs(""), Error);
        QVERIFY_EXCEPTION_THROWN(parsePastedPairs("one column"), Error);
    }

    void survivesJsonAndCsv()
    {
        const ContrastSet set = awkwardSet();
        QVERIFY(parse(toJson(set).c_str(), ContrastFormat::Json) == set);
        QVERIFY(parse(toCsv(set).c_str(), ContrastFormat::Csv).pairs == set.pairs);

        ContrastSet labelled;
        labelled.name = "set";
        labelled.labelled = {{plain("+1"), 1}, {plain("no\n"), 0}, {{{}, {{"user", "u"}}}, 0}};
        QVERIFY(parse(toJson(labelled).c_str(), ContrastFormat::Json) == labelled);
        QVERIFY(parse(toCsv(labelled).c_str(), ContrastFormat::Csv).labelled == labelled.labelled);
    }

    void writesNoFormulas()
    {
        for (const std::string start : {"=", "+", "-", "@", "\t", "\r"}) {
            ContrastSet set;
            set.pairs = {pair(start + "x", "n")};
            const std::string line = toCsv(set).substr(toCsv(set).find('\n') + 1);
            QVERIFY2(line.starts_with("'") || line.starts_with("\"'"), line.c_str());
        }
    }

    void choosesTheFormatByExtensionElseByContent()
    {
        QTemporaryDir folder;
        const auto read = [&](const char* name, const char* text) {
            return readContrastSet(writeFile(folder.filePath(name), text)).set;
        };
        const std::vector expected{pair("p", "n")};
        const char* item = R"({"positive":"p","negative":"n"})";
        for (const auto& [name, text] :
            std::initializer_list<std::pair<const char*, const char*>>{{"a.json", item}, {"a.JSONL", item},
                {"a.csv", "positive,negative\np,n"}, {"a.tsv", "positive\tnegative\np\tn"},
                {"b.txt", "\n {\"pairs\":[{\"positive\":\"p\",\n\"negative\":\"n\"}]}"},
                {"c", "positive\tnegative\np\tn"}, {"d", "positive,negative\np,n"},
                {"e", "{\"positive\":\"p\",\"negative\":\"n\"}\n\n"}}) {
            const auto set = read(name, text);
            QVERIFY2(set.pairs == expected, name);
            QCOMPARE(set.name, std::string(1, name[0]));
        }
        QCOMPARE(read("f", "{\"positive\":\"p\",\"negative\":\"n\"}\n{\"positive\":\"p\",\"negative\":\"n\"}")
                     .pairs.size(),
            size_t(2));
    }

    void refuses_data()
    {
        QTest::addColumn<int>("format");
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("reason");
        const auto json = [](const char* name, const char* text, const char* reason) {
            QTest::newRow(name) << int(ContrastFormat::Json) << QByteArray(text) << reason;
        };
        const auto csv = [](const char* name, const QByteArray& text, const char* reason) {
            QTest::newRow(name) << int(ContrastFormat::Csv) << text << reason;
        };
        json("empty file", "", "not valid JSON");
        json("open", "{\"pairs\":[", "not valid JSON");
        json("number", "7", "must be an object or a list");
        json("nothing in it", "{}", "none of 'pairs', 'labelled'");
        json("no pairs", R"({"pairs":[]})", "holds no pairs");
        json("pairs not a list", R"({"pairs":{"a":1}})", "'pairs' must be a list");
        json("two kinds", R"({"pairs":[],"labelled":[]})", "more than one of");
        json("name not text", R"({"name":7,"pairs":[]})", "'name' must be text");
        json("missing side", R"({"pairs":[{"positive":"p"}]})", "at 1: 'negative' is missing");
        json("empty side", R"({"pairs":[{"positive":"p","negative":""}]})", "'negative' is empty");
        json("side is a number", R"({"pairs":[{"positive":1,"negative":"n"}]})",
            "'positive' must be text or a list of chat turns");
        json("prompt is a number", R"({"pairs":[{"positive":"p","negative":"n","prompt":1}]})",
            "'prompt' must be text");
        json("no turns", R"({"pairs":[{"positive":[],"negative":"n"}]})",
            "'positive': chat turns must be a list that is not empty");
        json("turn without content", R"({"pairs":[{"positive":[{"role":"user"}],"negative":"n"}]})",
            "chat turn 1 has no text 'content'");
        json("turn is text", R"({"pairs":[{"positive":["hi"],"negative":"n"}]})",
            "chat turn 1 has no text 'role'");
        json("item is text", R"({"pairs":["p"]})", "must be an object");
        json("label 2", R"({"labelled":[{"text":"t","label":2}]})", "'label' must be 1 or 0");
        json("label true", R"({"labelled":[{"text":"t","label":true}]})", "'label' must be 1 or 0");
        json("label 1.0", R"({"labelled":[{"text":"t","label":1.0}]})", "'label' must be 1 or 0");
        json("no label", R"({"labelled":[{"text":"t"}]})", "'label' must be 1 or 0");
        json("one list only", R"({"positive":["a"]})", "'positive': chat turn 1");
        json("surrogate", R"({"pairs":[{"positive":"\ud800","negative":"n"}]})", "not valid JSON");
        json("deep", QByteArray(100'000, '[').constData(), "nested deeper");
        csv("empty", "", "is empty");
        csv("only a header", "positive,negative\n", "holds no pairs");
        csv("no header", "a,b\nc,d\n", "names no columns");
        csv("one side", "positive,prompt\na,b\n", "names no columns");
        csv("UTF-16", QByteArray("\xFF\xFEp\0,\0", 6), "UTF-16");
        csv("NUL in a cell", QByteArray("positive,negative\na\0b,c\n", 24), "NUL character");
    }
    void refuses()
    {
        QFETCH(int, format);
        QFETCH(QByteArray, text);
        QFETCH(QString, reason);
        const QString message = refusal([&] {
            parseContrastSet({text.constData(), size_t(text.size())}, ContrastFormat(format), "my set");
        });
        QVERIFY2(message.contains(reason) && message.contains("my set"), qPrintable(message));
    }

    void refusesWhatIsNoFile()
    {
        QVERIFY(refusal([] { readContrastSet("/nowhere/at/all.json"); }).contains("/nowhere/at/all.json"));
        QVERIFY(refusal([] { readContrastSet("/dev/zero"); }).contains("regular file"));
        QVERIFY(refusal([] { readContrastSet("/tmp"); }).contains("folder"));
    }
};

QTEST_GUILESS_MAIN(TestContrastSet)
#include "tst_contrast_set.moc"
