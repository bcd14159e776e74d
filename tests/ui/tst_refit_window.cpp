#include "tests/ui/window_fixture.h"
#include "ui/panes/pair_table.h"
#include "ui/plots/cosine_map.h"
#include "ui/plots/layer_plot.h"
#include "ui/plots/pair_plot.h"
#include "ui/plots/scatter_plot.h"
#include "ui/state/contrast_commands.h"
#include "ui/widgets/message_bar.h"
#include "ui/widgets/token_strip.h"

#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QStandardPaths>

#include <numeric>

using namespace tiller;

// After an extraction everything follows the set: a dropped pair, an edited one, another method.
class RefitWindow : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    std::unique_ptr<WindowFixture> m_f;

    Workspace& workspace() { return m_f->workspace; }
    ContrastPairModel* pairs() { return workspace().contrast()->model(); }
    PairPlot* pairPlot() { return m_f->find<PairPlot>(QStringLiteral("pairPlot")); }

    bool isFittedTo(int items)
    {
        return workspace().extracted() && workspace().extracted()->bank.items == items
            && !workspace().isRunning(Task::Refit) && !workspace().isRunning(Task::Diagnose)
            && workspace().diagnostics()->resampled();
    }

    std::vector<float> direction()
    {
        return workspace().extracted()->vector.layers.at(workspace().diagnosticLayer()).values;
    }

    bool isReported(const QString& text)
    {
        for (const MessageBar* bar : m_f->window.findChildren<MessageBar*>())
            for (const QLabel* label : bar->findChildren<QLabel*>())
                if (bar->isVisible() && label->text().contains(text))
                    return true;
        return false;
    }

private slots:
    void initTestCase()
    {
        prepareWindowTests(m_folder);
        m_f = std::make_unique<WindowFixture>();
        openDefaultModel(*m_f);
        QTRY_VERIFY_WITH_TIMEOUT(workspace().model(), modelTimeout);
        QTest::mouseClick(m_f->find<QPushButton>(QStringLiteral("extract")), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(isFittedTo(28), modelTimeout);
        QCOMPARE(workspace().library()->rowCount(), 1);
    }

    void plotsShowTheExtraction()
    {
        QCOMPARE(pairPlot()->pairs().size(), size_t(28));
        QVERIFY(!std::isnan(pairPlot()->pairs()[4].cosineWithout));
        const auto* layers = m_f->find<LayerPlot>(QStringLiteral("layerPlot"));
        QCOMPARE(layers->recommendedLayer(), workspace().diagnostics()->recommendation.layer);
        QVERIFY(std::ranges::any_of(layers->series(), [](const LayerSeries& s) { return !s.low.empty(); }));
        auto* scatter = m_f->find<ScatterPlot>(QStringLiteral("scatterPlot"));
        QTRY_COMPARE(scatter->pairs().size(), size_t(28));
        m_f->find<QComboBox>(QStringLiteral("activationView"))->setCurrentIndex(2);
        QVERIFY(m_f->find<CosineMap>(QStringLiteral("cosineMap"))->isVisible());
        m_f->find<QComboBox>(QStringLiteral("activationView"))->setCurrentIndex(0);
    }

    void droppingInThePlotRefits()
    {
        const auto before = direction();
        const PlottedPair pair = pairPlot()->pairs()[4];
        QTest::mouseClick(
            pairPlot(), Qt::LeftButton, {}, pairPlot()->markPosition(pair, pair.positive).toPoint());
        auto* table = m_f->find<PairTable>(QStringLiteral("pairs"));
        QCOMPARE(table->currentRow(), 4);
        QTest::keyClick(pairPlot(), Qt::Key_Delete);
        QVERIFY(!pairs()->isEnabled(4));
        QTRY_VERIFY_WITH_TIMEOUT(isFittedTo(27), modelTimeout);
        QVERIFY(direction() != before);
        QCOMPARE(pairPlot()->pairs().size(), size_t(28));
        QVERIFY(pairPlot()->pairs()[4].dropped);
        QVERIFY(std::isnan(pairPlot()->pairs()[4].cosineWithout));
        QCOMPARE(workspace().pairProjections(4).size(), size_t(30));
        // It is the same vector, mended.
        QCOMPARE(workspace().library()->rowCount(), 1);
        QCOMPARE(workspace().library()->entry(0).vector->pairs, 27);
        QVERIFY(isReported(QStringLiteral("Pair 5 dropped")));

        workspace().contrast()->undoStack()->undo();
        QTRY_VERIFY_WITH_TIMEOUT(isFittedTo(28), modelTimeout);
        QCOMPARE(direction(), before);
        QVERIFY(!isReported(QStringLiteral("Pair 5 dropped")));
    }

    void anEditRefits()
    {
        const auto before = direction();
        workspace().contrast()->editCell(
            0, ContrastPairModel::Positive, QStringLiteral("The meeting was most productive."));
        QVERIFY(!pairs()->bankItem(0));
        QTRY_VERIFY_WITH_TIMEOUT(
            isFittedTo(28) && pairs()->bankItem(0) && direction() != before, modelTimeout);
        // What is being written waits, the others do not.
        workspace().contrast()->editCell(0, ContrastPairModel::Positive, QString());
        QTRY_VERIFY_WITH_TIMEOUT(isFittedTo(27), modelTimeout);
        QVERIFY(!pairs()->bankItem(0));
        QCOMPARE(pairPlot()->pairs().front().row, 1);
        workspace().contrast()->setEnabled({3}, false);
        QTRY_VERIFY_WITH_TIMEOUT(isFittedTo(26), modelTimeout);
        workspace().contrast()->undoStack()->undo();
        workspace().contrast()->undoStack()->undo();
        workspace().contrast()->undoStack()->undo();
        QTRY_COMPARE_WITH_TIMEOUT(direction(), before, modelTimeout);
    }

    void movedRowsKeepTheirFigures()
    {
        const auto first = workspace().pairProjections(0);
        workspace().contrast()->moveRows({0}, 5);
        QCOMPARE(workspace().pairProjections(4).size(), first.size());
        QTRY_VERIFY_WITH_TIMEOUT(isFittedTo(28) && workspace().extracted()->rows.size() == 28, modelTimeout);
        workspace().contrast()->undoStack()->undo();
        QTRY_VERIFY_WITH_TIMEOUT(isFittedTo(28), modelTimeout);
    }

    void anotherMethodIsAnotherVector()
    {
        auto* method = m_f->find<QComboBox>(QStringLiteral("method"));
        method->setCurrentIndex(method->findData(QStringLiteral("pca_center")));
        QTRY_COMPARE_WITH_TIMEOUT(workspace().library()->rowCount(), 2, modelTimeout);
        QCOMPARE(workspace().extracted()->vector.method, std::string("pca_center"));
        method->setCurrentIndex(method->findData(QStringLiteral("mean_difference")));
        QTRY_COMPARE_WITH_TIMEOUT(
            workspace().extracted()->vector.method, std::string("mean_difference"), modelTimeout);
        QCOMPARE(workspace().library()->rowCount(), 2);
    }

    // The selected row has kept its number, not its texts.
    void anotherSetShowsItsOwnPair()
    {
        m_f->find<PairTable>(QStringLiteral("pairs"))->showRow(0);
        auto* tokens = m_f->find<TokenStrip>(QStringLiteral("positiveTokens"));
        QTRY_VERIFY_WITH_TIMEOUT(
            !tokens->tokens().empty() && tokens->tokens()[0].text == u"The", modelTimeout);
        QVERIFY(workspace().contrast()->openBundled(QStringLiteral("sentiment")).ok());
        QVERIFY(!workspace().extracted());
        QTRY_VERIFY_WITH_TIMEOUT(
            !tokens->tokens().empty() && tokens->tokens()[0].text != u"The", modelTimeout);
        QVERIFY(workspace().contrast()->openBundled(QStringLiteral("formality")).ok());
        QTest::mouseClick(m_f->find<QPushButton>(QStringLiteral("extract")), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(isFittedTo(28), modelTimeout);
    }

    // The figures are those of the tokens that the form names and the pair panel underlines.
    void anotherReadPositionIsFollowed()
    {
        auto* read = m_f->find<QComboBox>(QStringLiteral("readPosition"));
        const int before = read->currentIndex();
        const int vectors = workspace().library()->rowCount();
        read->setCurrentIndex(read->findData(int(ReadPosition::Kind::Last)));
        QTRY_COMPARE_WITH_TIMEOUT(
            workspace().extracted()->vector.readPosition, std::string("last"), modelTimeout);
        QCOMPARE(workspace().library()->rowCount(), vectors + 1); // another vector
        read->setCurrentIndex(before);
        QTRY_COMPARE_WITH_TIMEOUT(
            workspace().extracted()->vector.readPosition, std::string("completion"), modelTimeout);
        QCOMPARE(workspace().library()->rowCount(), vectors + 1);

        auto* layers = m_f->find<QLineEdit>(QStringLiteral("extractionLayers"));
        layers->setFocus();
        layers->setText(QStringLiteral("10-1"));
        layers->setText(QStringLiteral("10"));
        QTest::qWait(50);
        QCOMPARE(workspace().extracted()->bank.layers.size(), size_t(30)); // still being written
        layers->setText(QStringLiteral("10-12"));
        QTest::keyClick(layers, Qt::Key_Return);
        QTRY_COMPARE_WITH_TIMEOUT(workspace().extracted()->bank.layers.size(), size_t(3), modelTimeout);
        layers->setText(QStringLiteral("all"));
        QTest::keyClick(layers, Qt::Key_Return);
        QTRY_VERIFY_WITH_TIMEOUT(
            isFittedTo(28) && workspace().extracted()->bank.layers.size() == 30, modelTimeout);
    }

    // Letters of A/B items are read by CAA, and nothing else is read there.
    void theReadPositionFollowsTheSet()
    {
        auto* method = m_f->find<QComboBox>(QStringLiteral("method"));
        QVERIFY(workspace().contrast()->openBundled(QStringLiteral("sycophancy")).ok());
        method->setCurrentIndex(method->findData(QStringLiteral("caa")));
        QCOMPARE(toString(workspace().extraction().read), std::string("index:-2"));
        QVERIFY(workspace().contrast()->openBundled(QStringLiteral("formality")).ok());
        QCOMPARE(toString(workspace().extraction().read), std::string("completion"));
        method->setCurrentIndex(method->findData(QStringLiteral("mean_difference")));
        QTest::mouseClick(m_f->find<QPushButton>(QStringLiteral("extract")), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(isFittedTo(28), modelTimeout);
    }

    void nothingLeftToFitIsSaid()
    {
        std::vector<int> all(28);
        std::iota(all.begin(), all.end(), 0);
        workspace().contrast()->setEnabled(all, false);
        QTRY_VERIFY_WITH_TIMEOUT(isReported(QStringLiteral("Every pair is dropped")), modelTimeout);
        workspace().contrast()->undoStack()->undo();
        QVERIFY(!isReported(QStringLiteral("Every pair is dropped")));
        QTRY_VERIFY_WITH_TIMEOUT(isFittedTo(28), modelTimeout);
    }

    void hoveringGivesWhatNoCurveShows()
    {
        QTRY_VERIFY_WITH_TIMEOUT(workspace().diagnostics()->resampled(), modelTimeout);
        const auto* plot = m_f->find<LayerPlot>(QStringLiteral("layerPlot"));
        for (const char* figure : {"accuracy 1.00", "four-fold AUC", "p of shuffled labels 0.0", "mean |h|"})
            QVERIFY2(plot->figures(14).contains(QString::fromUtf8(figure)), qPrintable(plot->figures(14)));
        QVERIFY(plot->table().front().contains(QStringLiteral("accuracy")));
    }

    void extractingAgainIsTheSameVector()
    {
        const int vectors = workspace().library()->rowCount();
        QTest::mouseClick(m_f->find<QPushButton>(QStringLiteral("extract")), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(isFittedTo(28), modelTimeout);
        QCOMPARE(workspace().library()->rowCount(), vectors);
    }

    // Each side shows the system prompt that it is read with.
    void headsThatDifferAreShown()
    {
        const auto turns = [](const char* system, const char* answer) {
            return ContrastText{{}, {{"system", system}, {"assistant", answer}}};
        };
        const ContrastPair pair{
            turns("You are kind.", "Gladly."), turns("You are rude.", "Go away."), {"Help me?", {}}, true};
        workspace().contrast()->undoStack()->push(
            new InsertPairs(pairs(), 0, {pair}, QStringLiteral("insert")));
        m_f->find<PairTable>(QStringLiteral("pairs"))->showRow(0);
        const auto textOf = [&](const char* name) {
            QString text;
            for (const StripToken& token : m_f->find<TokenStrip>(QLatin1String(name))->tokens())
                text += token.text;
            return text;
        };
        QTRY_VERIFY_WITH_TIMEOUT(textOf("positiveTokens").contains(QStringLiteral("kind.")), modelTimeout);
        QVERIFY(textOf("positiveTokens").contains(QStringLiteral("Help me?")));
        QVERIFY(textOf("positiveTokens").endsWith(QStringLiteral("Gladly.")));
        QVERIFY(textOf("negativeTokens").contains(QStringLiteral("rude.")));
        QVERIFY(textOf("promptTokens").endsWith(QStringLiteral("You are")));
        const auto& tokens = m_f->find<TokenStrip>(QStringLiteral("positiveTokens"))->tokens();
        QVERIFY(tokens.front().head && !tokens.front().read);
        QVERIFY(!tokens.back().head && tokens.back().read);
        workspace().contrast()->undoStack()->undo();
        QTRY_VERIFY_WITH_TIMEOUT(isFittedTo(28), modelTimeout);
    }

    void escapeClearsTheFilter()
    {
        auto* filter = m_f->find<QLineEdit>(QStringLiteral("filterPairs"));
        filter->setFocus();
        QTest::keyClicks(filter, QStringLiteral("meeting"));
        QVERIFY(m_f->find<PairTable>(QStringLiteral("pairs"))->model()->rowCount() < 28);
        QTest::keyClick(filter, Qt::Key_Escape);
        QVERIFY(filter->text().isEmpty());
        QCOMPARE(m_f->find<PairTable>(QStringLiteral("pairs"))->model()->rowCount(), 28);
    }

    void whatIsLeftOutIsSaid()
    {
        workspace().contrast()->editCell(
            2, ContrastPairModel::Negative, QStringLiteral("word ").repeated(10'000));
        QTest::mouseClick(m_f->find<QPushButton>(QStringLiteral("extract")), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(isReported(QStringLiteral("Pair 3, casual: the text has")), modelTimeout);
        QTRY_VERIFY_WITH_TIMEOUT(isFittedTo(27), modelTimeout);
        QTRY_VERIFY_WITH_TIMEOUT(!pairs()->errorOf(2).isEmpty(), modelTimeout);
        workspace().contrast()->undoStack()->undo();
        QTRY_VERIFY_WITH_TIMEOUT(isFittedTo(28), modelTimeout);
    }

    // A vector in the mix is the one that was mended.
    void theMixerFollows()
    {
        QTRY_VERIFY_WITH_TIMEOUT(isFittedTo(28), modelTimeout);
        workspace().addToMixer(workspace().currentVector());
        workspace().contrast()->setEnabled({1, 2}, false);
        QTRY_VERIFY_WITH_TIMEOUT(isFittedTo(26), modelTimeout);
        QCOMPARE(workspace().mixer()->strip(0).vector->pairs, 26);
        workspace().contrast()->undoStack()->undo();
        QTRY_COMPARE_WITH_TIMEOUT(workspace().mixer()->strip(0).vector->pairs, 28, modelTimeout);
    }
};

QTEST_MAIN(RefitWindow)
#include "tst_refit_window.moc"
