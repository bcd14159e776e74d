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

ContrastText turns(std::vector<ChatMessage> messages)
{
    return {{}, std::move(messages)};
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
        QVERIFY(parse(R"({"question":"q","answer_matching_behavior":"p","answer_not_matching_behavior":"n"})",
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
        // A pair alone in its file is no unpaired list.
        const auto alone = parse(R"({"positive":[{"role":"user","content":"x"}],
            "negative":[{"role":"user","content":"y"}]})",
            ContrastFormat::Json);
        QVERIFY(
            alone.pairs == (std::vector<ContrastPair>{{turns({{"user", "x"}}), turns({{"user", "y"}}), {}}}));
        const auto unpaired = parse(
            R"({"positive":[[{"role":"user","content":"x"}],"a"],"negative":["b"]})", ContrastFormat::Json);
        QVERIFY(unpaired.labelled
            == (std::vector<LabelledExample>{{turns({{"user", "x"}}), 1}, {plain("a"), 1}, {plain("b"), 0}}));
    }

    void readsConversationsWithTheirOwnSystemTurns()
    {
        const ContrastText positive = turns({{"system", "s1"}, {"user", "u"}, {"assistant", "a1"}});
        const ContrastText negative = turns({{"system", "s2"}, {"user", "u"}, {"assistant", "a2"}});
        ContrastSet set;
        set.name = "set";
        set.pairs = {{positive, negative, {}}};
        QVERIFY(parse(toJson(set).c_str(), ContrastFormat::Json) == set);
        QVERIFY(parse(toCsv(set).c_str(), ContrastFormat::Csv) == set);
        set.pairs.clear();
        set.labelled = {{positive, 1}, {negative, 0}};
        QVERIFY(parse(toJson(set).c_str(), ContrastFormat::Json) == set);
        QVERIFY(parse(toCsv(set).c_str(), ContrastFormat::Csv) == set);
    }

    void systemPromptsBecomeTurns_data()
    {
        QTest::addColumn<int>("format");
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("JSON") << int(ContrastFormat::Json) << QByteArray(R"([
            {"prompt":"q","positive_system":"s1","positive":"p","negative_system":"s2","negative":"n"},
            {"positive_system":"s1","positive":[{"role":"user","content":"u"}],"negative":"n"},
            {"prompt":"q","positive_system":"s1","negative_system":"s2"},
            {"prompt":"q","positive_system":"s1","negative_system":"s2","negative":"n"},
            {"positive_system":"s1","negative":"n"},
            {"positive_system":"s1","positive":[{"role":"system","content":"s0"}],"negative":"n"}])");
        QTest::newRow("CSV")
            << int(ContrastFormat::Csv)
            << QByteArray("prompt,positive_system,Positive,Negative System,negative\n"
                          "q,s1,p,s2,n\n"
                          ",s1,\"[{\"\"role\"\":\"\"user\"\",\"\"content\"\":\"\"u\"\"}]\",,n\n"
                          "q,s1,,s2,\n"
                          "q,s1,,s2,n\n"
                          ",s1,,,n\n"
                          ",s1,\"[{\"\"role\"\":\"\"system\"\",\"\"content\"\":\"\"s0\"\"}]\",,n\n");
    }
    void systemPromptsBecomeTurns()
    {
        QFETCH(int, format);
        QFETCH(QByteArray, text);
        const auto parsed = parseContrastSet(text.toStdString(), ContrastFormat(format), "x");
        const std::vector<ContrastPair> expected{
            {turns({{"system", "s1"}, {"assistant", "p"}}), turns({{"system", "s2"}, {"assistant", "n"}}),
                plain("q")},
            {turns({{"system", "s1"}, {"user", "u"}}), plain("n"), {}},
            {turns({{"system", "s1"}}), turns({{"system", "s2"}}), plain("q")},
        };
        QVERIFY(parsed.set.pairs == expected);
        QCOMPARE(parsed.errors.size(), size_t(3));
        const int first = format == int(ContrastFormat::Csv) ? 5 : 4; // a header comes before
        QCOMPARE(parsed.errors[0].line, first);
        QCOMPARE(parsed.errors[0].reason, std::string("'positive' is missing or empty"));
        QCOMPARE(parsed.errors[1].reason, std::string("'positive' is missing or empty"));
        QVERIFY(parsed.errors[2].reason.find("second one") != std::string::npos);
    }

    void systemPromptsOfTheFileHoldForEveryPair()
    {
        const auto parsed = parseContrastSet(
            R"({"positive_system":"s1","negative_system":"s2",
                "pairs":[{"positive":"p","negative":"n","prompt":"q"},
                         {"positive":"p","negative":"n","negative_system":"s3"}]})",
            ContrastFormat::Json, "x");
        QVERIFY(parsed.errors.empty());
        const ContrastText first = turns({{"system", "s1"}, {"assistant", "p"}});
        QVERIFY(parsed.set.pairs
            == (std::vector<ContrastPair>{{first, turns({{"system", "s2"}, {"assistant", "n"}}), plain("q")},
                {first, turns({{"system", "s3"}, {"assistant", "n"}}), {}}}));
        for (const char* other :
            {R"("labelled":[{"text":"t","label":1}])", R"("positive":["p"],"negative":["n"])"}) {
            const std::string text = std::string(R"({"positive_system":"s1",)") + other + '}';
            try {
                parseContrastSet(text, ContrastFormat::Json, "x");
                QFAIL("no error");
            } catch (const Error& error) {
                QVERIFY2(QString::fromUtf8(error.what()).contains("go with 'pairs'"), error.what());
            }
        }
    }

    void itemsKnowTheirLines()
    {
        const auto parsed
            = parseContrastSet("positive,negative\np,\n\"two\nlines\",n\np3,n3\n", ContrastFormat::Csv, "x");
        QCOMPARE(parsed.lines, (std::vector<int>{3, 5}));
        QCOMPARE(parsed.unit, std::string("line"));
        const auto items = parseContrastSet(
            R"([{"positive":"p"},{"positive":"p","negative":"n"}])", ContrastFormat::Json, "x");
        QCOMPARE(items.lines, std::vector<int>{2});
        QCOMPARE(items.unit, std::string("item"));
    }

    void blankAnswersAndUnknownRolesAreNamed()
    {
        const auto parsed = parseContrastSet(
            R"([{"positive":" \n","negative":"n"},
                {"positive":[{"role":"martian","content":"p"}],"negative":"n"},
                {"positive":"p","negative":"n"}])",
            ContrastFormat::Json, "x");
        QCOMPARE(parsed.set.pairs.size(), size_t(1));
        QCOMPARE(parsed.errors.size(), size_t(2));
        QCOMPARE(parsed.errors[0].reason, std::string("'positive' is missing or empty"));
        QVERIFY(parsed.errors[1].reason.find("role 'martian'") != std::string::npos);
    }

    void aKeyThatStandsTwiceSpoilsItsItemAlone()
    {
        const auto parsed = parseContrastSet(
            R"([{"positive":"p","positive":"q","negative":"n"},{"positive":"p","negative":"n"}])",
            ContrastFormat::Json, "x");
        QVERIFY(parsed.set.pairs == std::vector{pair("p", "n")});
        QCOMPARE(parsed.errors.size(), size_t(1));
        QCOMPARE(parsed.errors[0].line, 1);
        QCOMPARE(parsed.errors[0].reason, std::string("the key 'positive' stands twice"));
        QVERIFY(refusal([] {
            parseContrastSet(
                R"([{"positive":[{"role":"user","role":"assistant","content":"p"}],"negative":"n"}])",
                ContrastFormat::Json, "x");
        }).contains("a chat turn: the key 'role' stands twice"));
    }

    void whatMeansNothingIsNamed()
    {
        const auto json = parseContrastSet(
            R"({"system":"You are one.","licence":"MIT","pairs":[{"id":1,"positive":"p","negative":"n"},
                {"id":2,"positive":"p","negative":"n"}]})",
            ContrastFormat::Json, "x");
        QCOMPARE(json.ignored, (std::vector<std::string>{"licence", "system", "id"}));
        const auto table = parseContrastSet("id,positive,negative\n1,p,n\n", ContrastFormat::Csv, "x");
        QCOMPARE(table.ignored, std::vector<std::string>{"id"});
    }

    void aSentenceIsNoPair()
    {
        QVERIFY(refusal([] {
            parsePastedPairs("Just some prose, with a comma\n");
        }).contains("one line without a tab"));
        QCOMPARE(parsePastedPairs("yes,no\nja,nein\n").set.pairs.size(), size_t(2));
        QCOMPARE(parsePastedPairs("\"yes\",no").set.pairs.size(), size_t(1));
    }

    void labelsMayBeWords()
    {
        const auto items
            = parseContrastSet(R"([{"text":"a","label":"positive"},{"text":"b","label":"negative"}])",
                ContrastFormat::Json, "x");
        QVERIFY(items.set.labelled == (std::vector<LabelledExample>{{plain("a"), 1}, {plain("b"), 0}}));
        const auto parsed
            = parseContrastSet("text,label\na,Positive\nb,negative\nc,formal\n", ContrastFormat::Csv, "x");
        QVERIFY(parsed.set.labelled == (std::vector<LabelledExample>{{plain("a"), 1}, {plain("b"), 0}}));
        QCOMPARE(parsed.errors.size(), size_t(1));
        QVERIFY(parsed.errors[0].reason.find("'formal'") != std::string::npos);
    }

    void aTableNeedsNoAnswersBesideSystemPrompts()
    {
        QVERIFY(parse("prompt\tpositive_system\tnegative_system\nq\ts1\ts2\n", ContrastFormat::Tsv).pairs
            == (std::vector<ContrastPair>{
                {turns({{"system", "s1"}}), turns({{"system", "s2"}}), plain("q")}}));
    }

    void readsMultipleChoice_data()
    {
        QTest::addColumn<int>("format");
        QTest::addColumn<QByteArray>("text");
        const char* item = R"item({"question":"q\n(A) x\n(B) y","answer_matching_behavior":"(A)",)item"
                           R"item("answer_not_matching_behavior":"(B)","label":"A"})item";
        const QByteArray list = R"item({"question":"q\n(A) x\n(B) y","answer_matching_behavior":["(A)"],)item"
                                R"item("answer_not_matching_behavior":["(B)"]})item";
        const char* header = "question,answer_matching_behavior,answer_not_matching_behavior\n";
        QTest::newRow("JSON list") << int(ContrastFormat::Json) << "[" + QByteArray(item) + "," + list + "]";
        QTest::newRow("JSONL") << int(ContrastFormat::JsonLines) << item + QByteArray("\n") + list;
        QTest::newRow("CSV") << int(ContrastFormat::Csv)
                             << header + QByteArray("\"q\n(A) x\n(B) y\",(A),(B)\n").repeated(2);
        QTest::newRow("TSV") << int(ContrastFormat::Tsv)
                             << QByteArray(header).replace(',', '\t')
                + QByteArray("\"q\n(A) x\n(B) y\"\t(A)\t(B)\n").repeated(2);
    }
    void readsMultipleChoice()
    {
        QFETCH(int, format);
        QFETCH(QByteArray, text);
        const auto item = pair("(A)", "(B)", "q\n(A) x\n(B) y");
        QVERIFY(parse(text.constData(), ContrastFormat(format)).pairs == (std::vector{item, item}));
    }

    void oneAnswerASideIsChosenByTheWriter()
    {
        const auto parsed = parseContrastSet(
            R"items([{"question":"q","answer_matching_behavior":" (A)","answer_not_matching_behavior":[" (B)"," (C)"]},
                {"question":"q","answer_matching_behavior":" (A)","answer_not_matching_behavior":" (B)"}])items",
            ContrastFormat::Json, "x");
        QVERIFY(parsed.set.pairs == std::vector{pair(" (A)", " (B)", "q")});
        QCOMPARE(parsed.errors.at(0).line, 1);
        QVERIFY(parsed.errors.at(0).reason.find("lists 2 answers") != std::string::npos);
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
        const auto reason = QString::fromStdString(parsed.errors[0].reason);
        QVERIFY2(reason.contains("JSON") && !reason.contains("at line"), qPrintable(reason));
        QCOMPARE(parsed.errors[1].line, 4);
        QCOMPARE(parsed.errors[1].reason, std::string("'negative' is missing or empty"));
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
        row("empty cells of a spreadsheet", "positive,negative,prompt,,\np,n,q,,,,\n,,,,\n,,,,\n");
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

    void readsUnpairedColumns()
    {
        const std::vector<LabelledExample> expected{
            {plain("a"), 1}, {plain("b"), 0}, {plain("c"), 1}, {plain("d"), 1}};
        QVERIFY(parse("positives,negatives\na,b\nc,\nd,\n", ContrastFormat::Csv).labelled == expected);
        // Without saying so, a pair that lacks a side is a bad row.
        const auto parsed = parseContrastSet("positive,negative\na,b\nc,\n,d\n", ContrastFormat::Csv, "x");
        QVERIFY(parsed.set.pairs == std::vector{pair("a", "b")});
        QCOMPARE(parsed.errors.size(), size_t(2));
        QCOMPARE(parsed.errors[0].line, 3);
        QCOMPARE(parsed.errors[0].reason, std::string("'negative' is missing or empty"));
        QCOMPARE(parsed.errors[1].reason, std::string("'positive' is missing or empty"));
    }

    void cellsHoldTurnsOrTextInBrackets()
    {
        const auto parsed
            = parseContrastSet("positive,negative\n[sighs],[]\n\"[{\"\"role\"\":\"\"user\"\"}]\",n\n"
                               "\"[{\"\"name\"\":1}]\",[1]\n",
                ContrastFormat::Csv, "x");
        QVERIFY(parsed.set.pairs == (std::vector{pair("[sighs]", "[]"), pair("[{\"name\":1}]", "[1]")}));
        QCOMPARE(parsed.errors.size(), size_t(1));
        QCOMPARE(parsed.errors[0].line, 3);
        QCOMPARE(parsed.errors[0].reason, std::string("chat turn 1 has no text 'content'"));
    }

    void countsPhysicalLines_data()
    {
        QTest::addColumn<QByteArray>("lineBreak");
        QTest::newRow("LF") << QByteArray("\n");
        QTest::newRow("CRLF") << QByteArray("\r\n");
        QTest::newRow("CR") << QByteArray("\r");
    }
    void countsPhysicalLines()
    {
        QFETCH(QByteArray, lineBreak);
        const QByteArray text = QByteArray("\npositive,negative\n\n" // 2
                                           "\"a\n\nb\",n\n" // 4-6
                                           "alone\n" // 7
                                           "\"two\nlines\",\n" // 8-9
                                           "\"open,n\n" // 10
                                           "p,n\n" // 11
                                           "\n,x") // 13
                                    .replace('\n', lineBreak);
        const auto parsed = parseContrastSet(text.toStdString(), ContrastFormat::Csv, "x");
        QCOMPARE(parsed.set.pairs.size(), size_t(2));
        std::vector<int> lines;
        for (const auto& error : parsed.errors)
            lines.push_back(error.line);
        QCOMPARE(lines, (std::vector<int>{7, 8, 10, 13}));
    }

    void leavesDisabledItemsIn_data()
    {
        QTest::addColumn<int>("format");
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("JSON") << int(ContrastFormat::Json)
                              << QByteArray(R"([{"positive":"a","negative":"b","enabled":false},
            {"positive":"c","negative":"d","enabled":true},{"positive":"e","negative":"f"},
            {"positive":"g","negative":"h","enabled":0}])");
        QTest::newRow("CSV") << int(ContrastFormat::Csv)
                             << QByteArray(
                                    "positive,negative,enabled\na,b,FALSE\nc,d,true\ne,f,\ng,h,maybe\n");
        QTest::newRow("TSV") << int(ContrastFormat::Tsv)
                             << QByteArray(
                                    "Enabled\tpositive\tnegative\nno\ta\tb\nYes\tc\td\n1\te\tf\n2\tg\th\n");
    }
    void leavesDisabledItemsIn()
    {
        QFETCH(int, format);
        QFETCH(QByteArray, text);
        const auto parsed = parseContrastSet(text.toStdString(), ContrastFormat(format), "x");
        std::vector expected{pair("a", "b"), pair("c", "d"), pair("e", "f")};
        expected[0].enabled = false;
        QVERIFY(parsed.set.pairs == expected);
        QCOMPARE(parsed.errors.size(), size_t(1));
        QCOMPARE(parsed.errors[0].reason, std::string("'enabled' must be true or false"));
        QVERIFY(parsed.set.enabledOnly().pairs == (std::vector{pair("c", "d"), pair("e", "f")}));
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
            {3, "'label' must be 1 or 0, or positive or negative, and is 'yes'"},
            {6, "'text' is missing or empty"},
            {7, "3 columns instead of 2"},
            {8, "text after a closing quote"},
            {9, "'label' must be 1 or 0, or positive or negative, and is ''"},
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

        // Spreadsheets that copy a row with a switch of its own.
        auto disabled = pair("p1", "n1");
        disabled.enabled = false;
        QVERIFY(parsePastedPairs("positive\tnegative\tenabled\np1\tn1\tFALSE").set.pairs
            == std::vector{disabled});

        const auto parsed = parsePastedPairs("a\tb\nalone\nc\td\te\tf\n");
        QVERIFY(parsed.set.pairs == std::vector{pair("a", "b")});
        QCOMPARE(parsed.errors.size(), size_t(2));
        QCOMPARE(parsed.errors[0].reason, std::string("'negative' is missing or empty"));
        QCOMPARE(parsed.errors[1].line, 3);
        QVERIFY_EXCEPTION_THROWN(parsePastedPairs(""), Error);
        QVERIFY_EXCEPTION_THROWN(parsePastedPairs("one column"), Error);
    }

    void readsPastedJson()
    {
        const std::vector one{pair("p", "n")};
        const std::string item = R"({"positive":"p","negative":"n"})";
        for (const std::string& text :
            {item, "[" + item + "]", "\xEF\xBB\xBF \n{\"pairs\":[" + item + "]}\n"}) {
            const auto parsed = parsePastedPairs(text);
            QVERIFY2(parsed.set.pairs == one, text.c_str());
            QCOMPARE(parsed.set.name, std::string());
        }
        QCOMPARE(parsePastedPairs(item + "\n" + item + "\n").set.pairs.size(), size_t(2));
        const char* turn = R"([{"role":"user","content":"x"}])";
        QVERIFY(parsePastedPairs(std::string(turn) + "\t" + turn).set.pairs
            == (std::vector<ContrastPair>{{turns({{"user", "x"}}), turns({{"user", "x"}}), {}}}));
        QVERIFY(parsePastedPairs("[sighs]\tyes").set.pairs == std::vector{pair("[sighs]", "yes")});
        for (const char* broken : {R"({"positive":"p")", "[\n\t{\"positive\":\"p\",\n\t\"negative\"}]"})
            QVERIFY(refusal([&] { parsePastedPairs(broken); }).contains("not valid JSON"));
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

    void survivesDisabled()
    {
        ContrastSet pairs = awkwardSet();
        pairs.pairs[2].enabled = false;
        ContrastSet labelled;
        labelled.labelled = {{plain("a"), 1}, {plain("b"), 0, false}};
        for (ContrastSet set : {pairs, labelled}) {
            QVERIFY(QString::fromStdString(toJson(set)).count("enabled") == 1);
            QVERIFY(toCsv(set).find("enabled") != std::string::npos);
            set.name = "set";
            set.positiveLabel = "positive"; // CSV has no place for names
            set.negativeLabel = "negative";
            QVERIFY(parse(toJson(set).c_str(), ContrastFormat::Json) == set);
            QVERIFY(parse(toCsv(set).c_str(), ContrastFormat::Csv) == set);
            const ContrastSet enabled = set.enabledOnly();
            QCOMPARE(enabled.size(), set.size() - 1);
            QCOMPARE(enabled.name, set.name);
            QVERIFY(toJson(enabled).find("enabled") == std::string::npos);
            QVERIFY(toCsv(enabled).find("enabled") == std::string::npos);
        }
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
        for (const char* name : {"f", "f.json", "f.jsonl"}) {
            const auto set = read(
                name, "{\"positive\":\"p\",\"negative\":\"n\"}\r\n{\"positive\":\"p\",\"negative\":\"n\"}");
            QCOMPARE(set.pairs.size(), size_t(2));
        }
        QVERIFY(read("g", "\xEF\xBB\xBF{\"positive\":\"p\",\"negative\":\"n\"}").pairs == expected);
        // The first line ends like an item and is none.
        QVERIFY(read("h.json", "{\"pairs\":[{\"positive\":\"p\",\"negative\":\"n\"}\n]}").pairs == expected);
    }

    void refuses_data()
    {
        QTest::addColumn<int>("format");
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("reason");
        const auto json = [](const char* name, const QByteArray& text, const char* reason) {
            QTest::newRow(name) << int(ContrastFormat::Json) << text << reason;
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
        json("missing side", R"({"pairs":[{"positive":"p"}]})", "at item 1: 'negative' is missing");
        json("empty side", R"({"pairs":[{"positive":"p","negative":""}]})", "'negative' is missing");
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
        json("key twice", R"({"pairs":[{"positive":"p","positive":"n"}]})", "'positive' stands twice");
        json("list twice", R"({"pairs":[],"pairs":[]})", "'pairs' stands twice");
        json("NUL", R"({"pairs":[{"positive":"p\u0000","negative":"n"}]})", "NUL character");
        json("NUL in a turn",
            R"({"pairs":[{"positive":[{"role":"user","content":"\u0000"}],"negative":"n"}]})",
            "NUL character");
        json("system is a number", R"({"pairs":[{"positive_system":1,"positive":"p","negative":"n"}]})",
            "'positive_system' must be text");
        json("enabled is text", R"({"pairs":[{"positive":"p","negative":"n","enabled":"no"}]})",
            "'enabled' must be true or false");
        json("numbers only", "[" + QByteArray("0,").repeated(100'000) + "0]", "at item 1: must be an object");
        csv("empty", "", "is empty");
        csv("only a header", "positive,negative\n", "holds no pairs");
        csv("no header", "a,b\nc,d\n", "names no columns");
        csv("one side", "positive,prompt\na,b\n", "names no columns");
        csv("UTF-16", QByteArray("\xFF\xFEp\0,\0", 6), "UTF-16");
        csv("UTF-16 without a mark", QByteArray("p\0o\0s\0", 6), "UTF-16");
        csv("column twice", "positive,negative,Positive\na,b,c\n", "second column for the same, 'Positive'");
        csv("prompt twice", "positive,negative,prompt,question\na,b,c,d\n", "second column");
        csv("two kinds", "positive,negative,text,label\na,b,c,1\n", "labelled examples");
        csv("only commas", "positive,negative\n" + QByteArray(1 << 24, ','), "more than 1000 columns");
        csv("header of commas", QByteArray(1 << 24, ','), "names no columns");
        csv("a million bad rows", "positive,negative\n" + QByteArray("x\n").repeated(1'000'000),
            "at line 2: 'negative'");
        csv("half a million quotes", "positive,negative\n" + QByteArray("x,\"y\n").repeated(500'000),
            "at line 2: text after");
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
        QTemporaryDir folder;
        QFile huge(folder.filePath("huge.csv"));
        QVERIFY(huge.open(QIODevice::WriteOnly) && huge.resize(65 << 20));
        QVERIFY(
            refusal([&] { readContrastSet(huge.fileName().toStdString()); }).contains("larger than 64 MiB"));
    }

    void veryManyBadRowsAreCounted()
    {
        std::string text = "positive,negative\np,n\n";
        for (int i = 0; i < 5000; ++i)
            text += "x\n";
        const auto parsed = parseContrastSet(text + "p,n\n", ContrastFormat::Csv, "x");
        QCOMPARE(parsed.set.pairs.size(), size_t(2));
        QCOMPARE(parsed.errors.size(), size_t(1001));
        QCOMPARE(parsed.errors.back().line, 1003);
        QVERIFY(parsed.errors.back().reason.find("4000") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TestContrastSet)
#include "tst_contrast_set.moc"
