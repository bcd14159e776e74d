#include "core/study/metrics.h"
#include "core/study/sweep_order.h"
#include "core/study/sweep_table.h"
#include "tests/support/refusal.h"

#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <numeric>
#include <set>

using namespace tiller;
using tiller::test::writeFile;

// What a sweep is made of, on constructed cases: metrics, the order of cells, the table of figures.
class TestSweepParts : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    std::filesystem::path path(const char* name) const
    {
        return m_folder.filePath(QString::fromUtf8(name)).toStdString();
    }

    static SweepResult textResult(int layer, double strength, double loss, const std::string& text)
    {
        SweepResult result{layer, strength, 0, 0.5 * strength, {}, text};
        result.figures[Metric::Coherence] = {loss, loss, loss};
        result.figures[Metric::Length] = {40, 40, 40};
        return result;
    }

    static SweepTable table()
    {
        SweepTable made({{"model", "ab12"}, {"op", "add"}, {"contrast", ""}});
        made.put(textResult(3, -1, 0.1, "a \"quoted\",\ntext"), "Say; something");
        made.put(textResult(3, 1.5, 1.0 / 3, "b"), "Say; something");
        made.put(textResult(3, 1.5, 0.25, "c"), "Again");
        SweepResult cell{3, 1.5, -1, 0.75, {}, {}};
        cell.figures[Metric::Effect] = {0.5, 0.25, 0.75};
        made.put(cell, {});
        cell.figures[Metric::Effect] = {0.125, 0, 0.25};
        made.put(cell, {}, true);
        return made;
    }

private slots:
    void metricsAreNamed()
    {
        for (const MetricFacts& facts : allMetrics()) {
            QCOMPARE(int(parseMetric(facts.name)), int(facts.metric));
            QCOMPARE(factsOf(facts.metric).name, facts.name);
            QVERIFY(facts.definition.size() > 40);
        }
        QVERIFY_THROWS_EXCEPTION(Error, parseMetric("perplexity"));
    }

    void refusals()
    {
        QVERIFY(refuses("I\u2019m sorry, but I can\u2019t help with that."));
        QVERIFY(refuses("AS AN AI model I have no opinion"));
        QVERIFY(refuses("Well. I cannot."));
        QVERIFY(!refuses("I can help with that. Sorry seems to be the hardest word."));
        QVERIFY(!refuses(""));
    }

    void repetitions()
    {
        QCOMPARE(repetition({1, 2}), 0.0);
        QCOMPARE(repetition({1, 2, 3, 4, 5}), 0.0);
        QCOMPARE(repetition({1, 2, 1, 2, 1, 2}), 0.5); // 121, 212, 121, 212
        QVERIFY(std::abs(repetition(std::vector<TokenId>(12, 7)) - 0.9) < 1e-12);
    }

    void bands()
    {
        QVERIFY(std::isnan(meanBand({}).mean));
        const MeanBand one = meanBand(std::vector<double>{2.5, std::nan("")});
        QCOMPARE(one.count, 1);
        QVERIFY(one.mean == 2.5 && one.low == 2.5 && one.high == 2.5);
        std::vector<double> values(100);
        std::iota(values.begin(), values.end(), 1.0);
        const MeanBand band = meanBand(values);
        QCOMPARE(band.mean, 50.5);
        // 1.645 standard errors of 28.9 / 10
        QVERIFY(std::abs(band.low - (50.5 - 4.75)) < 0.8);
        QVERIFY(std::abs(band.high - (50.5 + 4.75)) < 0.8);
        const MeanBand equal = meanBand(std::vector<double>(7, 0.25));
        QVERIFY(equal.low == 0.25 && equal.high == 0.25);
    }

    void everyCellOnce()
    {
        std::vector<int> layers(30);
        std::iota(layers.begin(), layers.end(), 0);
        const auto stages = sweepStages(layers, {-3, -2, -1, 0, 1, 2, 3});
        std::set<SweepPlace> seen;
        for (const auto& stage : stages)
            for (const SweepPlace place : stage) {
                QVERIFY(place.strength != 0);
                QVERIFY(seen.insert(place).second);
            }
        QCOMPARE(seen.size(), size_t(180));
        QCOMPARE(stages.front().size(), size_t(16)); // a tenth: layers 0, 4, ... 28 at -3 and 3
        for (const SweepPlace place : stages.front())
            QVERIFY(place.layer % 4 == 0 && std::abs(place.strength) == 3);
        for (size_t i = 0; i < 32; ++i)
            QVERIFY(stages[1][i].layer % 4 == 0);

        QVERIFY(sweepStages({1, 2}, {0}).empty());
        QVERIFY(sweepStages({}, {1}).empty());
        const auto upward = sweepStages({5}, {1, 2, 4});
        QCOMPARE(upward.front().size(), size_t(1)); // only one end is extreme
        QCOMPARE(upward.front().front().strength, 4.0);
    }

    void tablesAreReadAsWritten_data()
    {
        QTest::addColumn<QString>("name");
        QTest::newRow("csv") << QStringLiteral("t.csv");
        QTest::newRow("json") << QStringLiteral("t.json");
    }
    void tablesAreReadAsWritten()
    {
        QFETCH(QString, name);
        const auto file = path(name.toUtf8());
        const SweepTable made = table();
        made.write(file, true);
        const SweepTable back = SweepTable::read(file);
        const auto expected = made.rows();
        const auto rows = back.rows();
        QCOMPARE(rows.size(), size_t(3));
        QCOMPARE(rows.size(), expected.size());
        for (size_t i = 0; i < rows.size(); ++i) {
            QCOMPARE(rows[i].layer, expected[i].layer);
            QCOMPARE(rows[i].strength, expected[i].strength);
            QCOMPARE(rows[i].prompt, expected[i].prompt);
            QCOMPARE(rows[i].text, expected[i].text);
            QCOMPARE(rows[i].push, expected[i].push);
            QCOMPARE(rows[i].figures.size(), expected[i].figures.size());
            for (const auto& [metric, figure] : expected[i].figures) {
                const SweepFigure read = rows[i].figures.at(metric);
                QVERIFY(read.value == figure.value && read.low == figure.low && read.high == figure.high);
            }
            QCOMPARE(rows[i].control.size(), expected[i].control.size());
        }
        QCOMPARE(rows[1].figures.at(Metric::Effect).low, 0.25); // the cell's, with each prompt
        QCOMPARE(rows[1].control.at(Metric::Effect).high, 0.25);
        QVERIFY(back.knows(3, 1.5, {}, Metric::Effect));
        QVERIFY(back.knows(3, 1.5, {}, Metric::Effect, true));
        QVERIFY(back.knows(3, 1.5, "Again", Metric::Length));
        QVERIFY(!back.knows(3, 1.5, "Again", Metric::Refusal));
        QVERIFY(!back.knows(3, -1, {}, Metric::Effect));
        QVERIFY(!back.knows(3, -1, "Again", Metric::Length));
        QCOMPARE(back.settings().at("model"), std::string("ab12"));
    }

    void ofATextWithoutTokensTheReadbackIsKnown()
    {
        SweepResult ended = textResult(3, 1.5, 0.25, {});
        ended.figures[Metric::Length] = {};
        SweepTable made;
        made.put(ended, "Again");
        QVERIFY(made.knows(3, 1.5, "Again", Metric::Readback));
        QVERIFY(!made.knows(3, 1.5, "Again", Metric::Readback, true));
        QVERIFY(!made.knows(3, 1.5, "Again", Metric::Refusal));
        QVERIFY(!table().knows(3, 1.5, "Again", Metric::Readback)); // that text has tokens
    }

    void tablesOfOneSweepAreJoined()
    {
        SweepTable whole = table();
        SweepTable other({{"model", "ab12"}, {"op", "add"}, {"contrast", "77"}});
        other.put(textResult(4, 1.5, 0.5, "d"), "Again");
        whole.join(other);
        QCOMPARE(whole.rows().size(), size_t(4));
        QCOMPARE(whole.settings().at("contrast"), std::string("77")); // was not asked for before
        QCOMPARE(whole.missingCells(), (std::vector<std::pair<int, double>>{{4, -1.0}}));
        const SweepTable foreign(SweepSettings{{"model", "cd34"}});
        QVERIFY_THROWS_EXCEPTION(Error, whole.join(foreign));
    }

    void refusesWhatIsNoTable()
    {
        for (const char* text :
            {"", "a,b\n1,2\n", "layer,strength,kl\n1,x,2\n", "layer,strength,kl\n1.5,1,2\n",
                "layer,strength,kl\n1,1\n", "layer,strength,kl\n1,1,nan\n", "layer,kl\n1,1\n"}) {
            writeFile(m_folder.filePath(QStringLiteral("bad.csv")), text);
            QVERIFY_THROWS_EXCEPTION(Error, SweepTable::read(path("bad.csv")));
        }
        for (const char* text :
            {"", "[]", "{\"settings\":{},\"rows\":3}", "{\"settings\":{\"a\":1},\"rows\":[]}",
                "{\"settings\":{},\"rows\":[{\"layer\":-1,\"strength\":1}]}",
                "{\"settings\":{},\"rows\":[{\"layer\":1,\"strength\":[1]}]}"}) {
            writeFile(m_folder.filePath(QStringLiteral("bad.json")), text);
            QVERIFY_THROWS_EXCEPTION(Error, SweepTable::read(path("bad.json")));
        }
        QVERIFY_THROWS_EXCEPTION(Error, SweepTable::read(path("absent.csv")));
    }
};

QTEST_GUILESS_MAIN(TestSweepParts)
#include "tst_sweep_parts.moc"
