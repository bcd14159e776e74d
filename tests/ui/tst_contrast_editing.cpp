// Writing a contrast set: table, clipboard, undo, files.
#include "ui/panes/pair_table.h"
#include "ui/state/contrast_document.h"
#include "ui/theme/theme.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QLineEdit>
#include <QSet>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace tiller;

class ContrastEditing : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { applyTheme(ThemeChoice::Light); }

    void bundledSetsOpen_data()
    {
        QTest::addColumn<QString>("name");
        for (const QString& name : ContrastDocument::bundledSets())
            QTest::newRow(qPrintable(name)) << name;
    }

    void bundledSetsOpen()
    {
        QFETCH(QString, name);
        ContrastDocument document;
        QVERIFY(document.openBundled(name).ok());
        QCOMPARE(document.name(), name);
        QCOMPARE(document.model()->firstIncomplete(), -1);
        const ContrastSet set = document.model()->toSet();
        QVERIFY(set.size() >= 16);
        QVERIFY(set.positiveLabel != "positive" || name == QLatin1String("sentiment"));
        QSet<QString> prompts;
        for (int row = 0; row < document.model()->rowCount(); ++row)
            prompts << document.model()->index(row, ContrastPairModel::Prompt).data(Qt::EditRole).toString();
        QCOMPARE(prompts.size(), document.model()->rowCount());
    }

    void theLettersOfSycophancyAreBalanced()
    {
        ContrastDocument document;
        QVERIFY(document.openBundled(QStringLiteral("sycophancy")).ok());
        int first = 0;
        for (int row = 0; row < document.model()->rowCount(); ++row)
            first += document.model()->index(row, ContrastPairModel::Positive).data(Qt::EditRole).toString()
                == QLatin1String("(A)");
        QCOMPARE(2 * first, document.model()->rowCount());
    }

    void everyEditCanBeUndoneAndRedone()
    {
        ContrastDocument document;
        QVERIFY(document.openBundled(QStringLiteral("formality")).ok());
        const ContrastSet before = document.model()->toSet();
        document.addPair(2);
        document.editCell(2, ContrastPairModel::Positive, QStringLiteral("Indeed."));
        document.editCell(2, ContrastPairModel::Negative, QStringLiteral("Yep."));
        document.removeRows({0, 5, 6});
        int added = 0;
        QVERIFY(document.paste(QStringLiteral("one\tuno\tcount\ntwo\tdos\tcount\n"), 1, &added).ok());
        QCOMPARE(added, 2);
        const ContrastSet after = document.model()->toSet();
        QVERIFY(document.isModified());
        QCOMPARE(after.pairs.size(), before.pairs.size());

        while (document.undoStack()->canUndo())
            document.undoStack()->undo();
        QCOMPARE(document.model()->toSet(), before);
        QVERIFY(!document.isModified());
        while (document.undoStack()->canRedo())
            document.undoStack()->redo();
        QCOMPARE(document.model()->toSet(), after);
    }

    void filesRoundTrip_data()
    {
        QTest::addColumn<QString>("name");
        QTest::newRow("json") << QStringLiteral("set.json");
        QTest::newRow("csv") << QStringLiteral("set.csv");
    }

    void filesRoundTrip()
    {
        QFETCH(QString, name);
        QTemporaryDir folder;
        ContrastDocument document;
        QVERIFY(document.openBundled(QStringLiteral("formality")).ok());
        document.editCell(
            0, ContrastPairModel::Positive, QStringLiteral("Quoted \"text\", with a comma\nand a line"));
        const QString path = folder.filePath(name);
        QVERIFY(document.save(path).ok());
        QVERIFY(!document.isModified());

        ContrastDocument read;
        QString skipped;
        QVERIFY(read.open(path, &skipped).ok());
        QVERIFY2(skipped.isEmpty(), qPrintable(skipped));
        QCOMPARE(read.model()->pairs(), document.model()->pairs());
        QCOMPARE(read.path(), path);
    }

    void aBadFileIsRefusedAndTheSetStays()
    {
        QTemporaryDir folder;
        QFile file(folder.filePath(QStringLiteral("bad.json")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("{\"pairs\": [");
        file.close();
        ContrastDocument document;
        QVERIFY(document.openBundled(QStringLiteral("formality")).ok());
        const int rows = document.model()->rowCount();
        const Attempt opened = document.open(file.fileName(), nullptr);
        QCOMPARE(opened.outcome, Outcome::Failed);
        QVERIFY2(opened.failure.cause.contains(QStringLiteral("bad.json")), qPrintable(opened.failure.cause));
        QCOMPARE(document.model()->rowCount(), rows);
    }

    void pastingIntoTheTable()
    {
        ContrastDocument document;
        QVERIFY(document.openBundled(QStringLiteral("formality")).ok());
        PairTable table(&document);
        table.resize(800, 500);
        table.show();
        table.showRow(0);
        QSignalSpy failures(&table, &PairTable::pasteFailed);
        const int rows = document.model()->rowCount();

        QGuiApplication::clipboard()->setText(
            QStringLiteral("Positive\tNegative\nGood day.\tHi!\nFarewell.\tBye!\n"));
        QTest::keyClick(&table, Qt::Key_V, Qt::ControlModifier);
        QCOMPARE(document.model()->rowCount(), rows + 2);
        QCOMPARE(document.model()->pair(1).positive.text, std::string("Good day."));
        QCOMPARE(document.model()->pair(2).negative.text, std::string("Bye!"));
        QCOMPARE(table.currentRow(), 1);

        QTest::keyClick(&table, Qt::Key_Delete);
        QCOMPARE(document.model()->rowCount(), rows + 1);
        document.undoStack()->undo();
        document.undoStack()->undo();
        QCOMPARE(document.model()->rowCount(), rows);

        QGuiApplication::clipboard()->clear();
        QTest::keyClick(&table, Qt::Key_V, Qt::ControlModifier);
        QCOMPARE(failures.count(), 1);
        QCOMPARE(document.model()->rowCount(), rows);
    }

    void editingACellByHand()
    {
        ContrastDocument document;
        QVERIFY(document.openBundled(QStringLiteral("formality")).ok());
        PairTable table(&document);
        table.resize(800, 500);
        table.show();
        table.showRow(3);
        table.edit(table.currentIndex());
        auto* editor = table.findChild<QLineEdit*>();
        QVERIFY(editor);
        QTest::keyClick(editor, Qt::Key_A, Qt::ControlModifier);
        QTest::keyClicks(editor, QStringLiteral("Rewritten"));
        QTest::keyClick(editor, Qt::Key_Return);
        QTRY_COMPARE(document.model()->pair(3).positive.text, std::string("Rewritten"));
        QVERIFY(document.undoStack()->canUndo());
        document.undoStack()->undo();
        QVERIFY(document.model()->pair(3).positive.text != "Rewritten");
    }

    void filteringKeepsTheRightRows()
    {
        ContrastDocument document;
        document.startNew();
        document.editCell(0, ContrastPairModel::Positive, QStringLiteral("alpha"));
        document.addPair(1);
        document.editCell(1, ContrastPairModel::Positive, QStringLiteral("beta"));
        PairTable table(&document);
        table.setFilter(QStringLiteral("BET"));
        QCOMPARE(table.model()->rowCount(), 1);
        table.setCurrentIndex(table.model()->index(0, 1));
        QCOMPARE(table.currentRow(), 1);
        table.removeSelected();
        QCOMPARE(document.model()->rowCount(), 1);
        QCOMPARE(document.model()->pair(0).positive.text, std::string("alpha"));
    }
};

QTEST_MAIN(ContrastEditing)
#include "tst_contrast_editing.moc"
