#include "core/steer/read_position.h"
#include "tests/support/refusal.h"

#include <QTest>

using namespace tiller;
using tiller::test::refusal;

Q_DECLARE_METATYPE(std::vector<int>)

namespace {

// Eight tokens, the head being the first five: special, "user", text, text, special | text, text, special.
const RenderedText s_text{{1, 2, 3, 4, 5, 6, 7, 8}, 5, {true, true, false, false, true, false, false, true}};
const RenderedText s_oneToken{{1}, 0, {false}};

}

class TestReadPosition : public QObject {
    Q_OBJECT

private slots:
    void suggestsWhatTheSetCallsFor()
    {
        const auto set = [](const char* prompt, const char* answer) {
            ContrastSet made;
            made.pairs.push_back({{answer, {}}, {answer, {}}, {prompt, {}}});
            return made;
        };
        QCOMPARE(toString(suggestedReadPosition(set("q", "yes"), "caa")), std::string("completion"));
        QCOMPARE(toString(suggestedReadPosition(set("", "yes"), "mean_difference")), std::string("mean"));
        QCOMPARE(toString(suggestedReadPosition(set("q", "(A)"), "caa")), std::string("index:-2"));
        QCOMPARE(toString(suggestedReadPosition(set("q", "(A)"), "whitened")), std::string("completion"));
        ContrastSet labelled;
        labelled.labelled.push_back({{"text", {}}, 1});
        QCOMPARE(toString(suggestedReadPosition(labelled, "logistic")), std::string("mean"));
        labelled.labelled.push_back({{{}, {{"user", "q"}, {"assistant", "a"}}}, 0});
        QCOMPARE(toString(suggestedReadPosition(labelled, "logistic")), std::string("completion"));
    }

    void reads_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<std::vector<int>>("positions");
        const auto row
            = [](const char* name, std::vector<int> positions) { QTest::newRow(name) << name << positions; };
        row("last", {7});
        row("first", {0});
        row("mean", {1, 2, 3, 4, 5, 6, 7});
        row("mean_text", {2, 3, 5, 6});
        row("completion", {5, 6, 7});
        row("last:1", {7});
        row("last:3", {5, 6, 7});
        row("last:8", {0, 1, 2, 3, 4, 5, 6, 7});
        row("index:0", {0});
        row("index:4", {4});
        row("index:-2", {6});
        row("index:-8", {0});
    }
    void reads()
    {
        QFETCH(QString, name);
        QFETCH(std::vector<int>, positions);
        const ReadPosition position = parseReadPosition(name.toStdString());
        QCOMPARE(position.positions(s_text), positions);
        QCOMPARE(QString::fromStdString(toString(position)), name);
    }

    void answerLetters_data()
    {
        QTest::addColumn<QStringList>("answers");
        QTest::addColumn<QString>("position");
        const auto row = [](QStringList answers, const char* position) {
            QTest::newRow(qPrintable(answers.join('|'))) << answers << position;
        };
        row({"(A)", "(B)", "(B)", "(A)"}, "index:-2");
        row({" (A)", "(B)"}, "index:-2");
        row({"A)", "B)"}, "index:-2");
        row({"A", "B", " B", "a"}, "last");
        row({"(A", "(B"}, "last");
        row({"(A)", "B"}, "");
        row({"(A)", "(B) "}, "");
        row({"(A)", "(B) because"}, "");
        row({"(A)", ""}, "");
        row({"(AB)", "(B)"}, "");
        row({"()", "()"}, "");
        row({"Yes", "No"}, "");
        row({"(1)", "(2)"}, "");
        row({}, "");
    }
    void answerLetters()
    {
        QFETCH(QStringList, answers);
        QFETCH(QString, position);
        const auto text = [](const QString& answer) { return ContrastText{answer.toStdString(), {}}; };
        const auto turns = [](const QString& answer) {
            return ContrastText{{}, {{"user", "q"}, {"assistant", answer.toStdString()}}};
        };
        ContrastSet pairs;
        ContrastSet chats;
        ContrastSet labelled;
        for (qsizetype i = 0; i < answers.size(); i += 2) {
            pairs.pairs.push_back({text(answers[i]), text(answers[i + 1]), text("q")});
            chats.pairs.push_back({turns(answers[i]), turns(answers[i + 1]), {}});
            labelled.labelled.push_back({turns(answers[i]), 1});
            labelled.labelled.push_back({turns(answers[i + 1]), 0});
        }
        for (const ContrastSet& set : {pairs, chats, labelled}) {
            const auto found = answerLetterPosition(set);
            QCOMPARE(QString::fromStdString(found ? toString(*found) : ""), position);
        }
    }

    void aTurnThatIsNoAnswerHasNoLetter()
    {
        ContrastSet set;
        set.labelled = {{{{}, {{"user", "(A)"}}}, 1}};
        QVERIFY(!answerLetterPosition(set));
    }

    void aTextWithoutHeadIsAllCompletion()
    {
        const RenderedText text{{1, 2, 3}, 0, {false, false, false}};
        QCOMPARE(parseReadPosition("completion").positions(text), (std::vector<int>{0, 1, 2}));
    }

    void refusesPositionsThatDoNotExist_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<bool>("oneToken");
        QTest::addColumn<QString>("reason");
        QTest::newRow("mean of one token") << "mean" << true << "leaves out the first token";
        QTest::newRow("mean_text of one token") << "mean_text" << true << "leaves out the first";
        QTest::newRow("too many last") << "last:9" << false << "text of 8 tokens";
        QTest::newRow("last:2 of one") << "last:2" << true << "text of 1 token";
        QTest::newRow("index beyond") << "index:8" << false << "does not exist";
        QTest::newRow("index before") << "index:-9" << false << "does not exist";
        QTest::newRow("extreme index") << "index:-2147483648" << false << "does not exist";
    }
    void refusesPositionsThatDoNotExist()
    {
        QFETCH(QString, name);
        QFETCH(bool, oneToken);
        QFETCH(QString, reason);
        const auto position = parseReadPosition(name.toStdString());
        const QString message = refusal([&] { position.positions(oneToken ? s_oneToken : s_text); });
        QVERIFY2(message.contains(reason) && message.contains(name), qPrintable(message));
    }

    void refusesATextWithoutCompletion()
    {
        RenderedText text = s_text;
        text.headLength = 8;
        const QString message = refusal([&] { parseReadPosition("completion").positions(text); });
        QVERIFY2(message.contains("'completion'") && message.contains("no completion"), qPrintable(message));
    }

    void refusesOnlyTemplateTokens()
    {
        const RenderedText text{{1, 2, 3}, 0, {false, true, true}};
        const QString message = refusal([&] { parseReadPosition("mean_text").positions(text); });
        QVERIFY2(message.contains("special"), qPrintable(message));
    }

    void refusesOtherNames()
    {
        for (const char* name : {"", "Last", "mean ", "last:", "last:0", "last:-1", "last:x", "last:1.5",
                 "index:", "index:1x", "middle", "index:99999999999"})
            QVERIFY_EXCEPTION_THROWN(parseReadPosition(name), Error);
    }
};

QTEST_GUILESS_MAIN(TestReadPosition)
#include "tst_read_position.moc"
