// Writing a contrast set: table, clipboard, undo, files.
#include "ui/panes/pair_editor.h"
#include "ui/panes/pair_table.h"
#include "ui/state/contrast_document.h"
#include "ui/theme/theme.h"

#include <QAbstractItemModelTester>
#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QDropEvent>
#include <QHeaderView>
#include <QMenu>
#include <QMimeData>
#include <QSet>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace tiller;

namespace {

/// A set of pairs a/A, b/B and so on, and its table as it stands in the window, with both models watched.
struct Editing {
    explicit Editing(const std::string& letters = "abcdef")
        : table(&document)
        , tester(document.model(), QAbstractItemModelTester::FailureReportingMode::QtTest)
        , filterTester(table.model(), QAbstractItemModelTester::FailureReportingMode::QtTest)
    {
        QTemporaryDir folder;
        ContrastSet set;
        for (const char letter : letters) {
            ContrastPair pair;
            pair.positive.text = std::string(1, letter);
            pair.negative.text = std::string(1, char(letter - 'a' + 'A'));
            pair.prompt.text = "prompt of " + pair.positive.text;
            set.pairs.push_back(pair);
        }
        QFile file(folder.filePath(QStringLiteral("letters.json")));
        if (file.open(QIODevice::WriteOnly))
            file.write(toJson(set).c_str());
        file.close();
        document.open(file.fileName(), nullptr);
        table.resize(800, 300);
        table.show();
        table.activateWindow();
        table.setFocus();
        (void)QTest::qWaitForWindowActive(&table);
    }

    QString letters() const
    {
        QString all;
        for (const ContrastPair& pair : document.model()->pairs())
            all += QString::fromStdString(pair.positive.text);
        return all;
    }

    QString lettersShown() const
    {
        QString all;
        for (int row = 0; row < table.model()->rowCount(); ++row)
            all += table.model()->index(row, ContrastPairModel::Positive).data().toString();
        return all;
    }

    QString json() const { return QString::fromStdString(toJson(document.model()->toSet())); }

    void select(const std::vector<int>& rows)
    {
        table.clearSelection();
        for (const int row : rows)
            table.selectionModel()->setCurrentIndex(table.model()->index(row, ContrastPairModel::Positive),
                QItemSelectionModel::Select | QItemSelectionModel::Rows);
    }

    /// What the mouse does when it drags the selected rows to before `place`.
    void drop(int place)
    {
        QModelIndexList chosen = table.selectionModel()->selectedRows();
        const std::unique_ptr<QMimeData> data(table.model()->mimeData(chosen));
        const int last = table.model()->rowCount() - 1;
        const int y = place > last ? table.rowViewportPosition(last) + table.rowHeight(last) + 5
                                   : table.rowViewportPosition(place) + 2;
        const QPoint at(50, y);
        QDragEnterEvent enter(at, Qt::MoveAction, data.get(), Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(table.viewport(), &enter);
        QVERIFY(enter.isAccepted());
        QDragMoveEvent move(at, Qt::MoveAction, data.get(), Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(table.viewport(), &move);
        QVERIFY(move.isAccepted());
        QDropEvent dropped(at, Qt::MoveAction, data.get(), Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(table.viewport(), &dropped);
        QVERIFY(dropped.isAccepted());
    }

    void key(int key, Qt::KeyboardModifiers modifiers = Qt::NoModifier)
    {
        QTest::keyClick(&table, Qt::Key(key), modifiers);
    }

    ContrastDocument document;
    PairTable table;
    QAbstractItemModelTester tester;
    QAbstractItemModelTester filterTester;
};

/// Undo gives the file of before back to the letter, redo that of after.
void checkUndoAndRedo(Editing& e, const QString& before, const QString& undoText)
{
    QUndoStack* stack = e.document.undoStack();
    QSignalSpy changes(&e.document, &ContrastDocument::contentsChanged);
    const QString after = e.json();
    QVERIFY(after != before);
    QCOMPARE(stack->count(), 1);
    QCOMPARE(stack->undoText(), undoText);
    stack->undo();
    QCOMPARE(e.json(), before);
    QVERIFY(changes.count() >= 1);
    QVERIFY(!e.document.isModified());
    changes.clear();
    stack->redo();
    QCOMPARE(e.json(), after);
    QVERIFY(changes.count() >= 1);
    stack->undo();
    QCOMPARE(e.json(), before);
}

}

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

    // A cell begins with what differs between the two sides; its answer is edited, or all turns as files hold
    // them.
    void chatTurnsAreEdited()
    {
        Editing e("ab");
        const auto turns = [](const char* system, const char* answer) {
            return ContrastText{{}, {{"system", system}, {"assistant", answer}}};
        };
        const QModelIndex cell = e.document.model()->index(0, ContrastPairModel::Positive);
        QVERIFY(cell.flags() & Qt::ItemIsEditable);
        const ContrastText kind = turns("Be kind.", "Gladly.");
        e.document.editCell(0, ContrastPairModel::Positive, QString::fromStdString(toCell(kind)));
        QVERIFY(e.document.model()->pair(0).positive == kind);
        QCOMPARE(cell.data().toString(), QStringLiteral("Gladly. | system: Be kind."));
        QCOMPARE(cell.data(Qt::EditRole).toString(), QStringLiteral("Gladly."));
        e.document.editCell(0, ContrastPairModel::Positive, QStringLiteral("With joy."));
        QVERIFY(e.document.model()->pair(0).positive == turns("Be kind.", "With joy."));
        e.document.undoStack()->undo();
        e.document.editCell(
            0, ContrastPairModel::Negative, QString::fromStdString(toCell(turns("Be rude.", "Gladly."))));
        QCOMPARE(cell.data().toString(), QStringLiteral("system: Be kind. | assistant: Gladly."));

        // Copied rows are the same when they are pasted.
        e.select({0});
        e.table.action(PairAction::Copy)->trigger();
        e.table.action(PairAction::Paste)->trigger();
        QVERIFY(e.document.model()->pair(1) == e.document.model()->pair(0));

        // All turns at once, and no second question beside the one among them.
        e.table.selectionModel()->setCurrentIndex(
            e.table.model()->index(0, ContrastPairModel::Positive), QItemSelectionModel::ClearAndSelect);
        e.key(Qt::Key_F2, Qt::ShiftModifier);
        auto* editor = e.table.findChild<PairEditor*>();
        QVERIFY(editor);
        QCOMPARE(editor->text(), QString::fromStdString(toCell(kind)));
        QTest::keyClick(editor, Qt::Key_Escape);
        const QModelIndex prompt = e.document.model()->index(0, ContrastPairModel::Prompt);
        QVERIFY(prompt.flags() & Qt::ItemIsEditable);
        e.document.editCell(0, ContrastPairModel::Prompt, QString());
        e.document.editCell(0, ContrastPairModel::Negative,
            QStringLiteral(R"([{"role":"user","content":"q"},{"role":"assistant","content":"a"}])"));
        QVERIFY(!(prompt.flags() & Qt::ItemIsEditable));
        e.document.undoStack()->undo();

        QSignalSpy refused(&e.document, &ContrastDocument::editRefused);
        for (const char* broken : {R"([{"role":"system"}])", R"([{"role":"system","content":"x"} Indeed.)"}) {
            e.document.editCell(0, ContrastPairModel::Positive, QLatin1String(broken));
            QVERIFY(e.document.model()->pair(0).positive == kind);
        }
        QCOMPARE(refused.count(), 2);
    }

    // A key of the window, as Extract, finds the text that is being written.
    void keysOfTheWindowAcceptTheText()
    {
        Editing e;
        e.select({1});
        e.key(Qt::Key_F2);
        auto* editor = e.table.findChild<PairEditor*>(QStringLiteral("pairEditor"));
        QVERIFY(editor);
        QTest::keyClicks(editor, QStringLiteral("written"));
        QKeyEvent control(QEvent::ShortcutOverride, Qt::Key_Control, Qt::ControlModifier);
        QApplication::sendEvent(editor, &control);
        QCOMPARE(e.document.model()->pair(1).positive.text, std::string("b"));
        QKeyEvent copy(QEvent::ShortcutOverride, Qt::Key_C, Qt::ControlModifier);
        QApplication::sendEvent(editor, &copy);
        QCOMPARE(e.document.model()->pair(1).positive.text, std::string("b"));
        QKeyEvent extract(QEvent::ShortcutOverride, Qt::Key_E, Qt::ControlModifier);
        QApplication::sendEvent(editor, &extract);
        QCOMPARE(e.document.model()->pair(1).positive.text, std::string("written"));
    }

    // Saving over a file must not lose the rows and fields that could not be read.
    void whatWasNotReadIsKnown()
    {
        QTemporaryDir folder;
        QFile file(folder.filePath(QStringLiteral("set.csv")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("id,positive,negative\n1,p,n\n2,p,\n");
        file.close();
        ContrastDocument document;
        QVERIFY(document.open(file.fileName(), nullptr).ok());
        QVERIFY2(document.notRead().contains(QStringLiteral("1 row")), qPrintable(document.notRead()));
        QVERIFY(document.notRead().contains(QStringLiteral("“id”")));
        QVERIFY(document.save(folder.filePath(QStringLiteral("other.csv"))).ok());
        QVERIFY(document.notRead().isEmpty());
        QVERIFY(document.openBundled(QStringLiteral("formality")).ok());
        QVERIFY(document.notRead().isEmpty());
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
        ContrastDocument::Pasted pasted;
        QVERIFY(document.paste(QStringLiteral("one\tuno\tcount\ntwo\tdos\tcount\n"), 1, &pasted).ok());
        QCOMPARE(pasted.count, 2);
        QCOMPARE(pasted.at, 1);
        QVERIFY(pasted.skipped.isEmpty());
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
        Editing e;
        e.select({0});
        QSignalSpy failures(&e.table, &PairTable::pasteFailed);
        QGuiApplication::clipboard()->setText(
            QStringLiteral("Positive\tNegative\nGood day.\tHi!\nFarewell.\tBye!\n"));
        e.key(Qt::Key_V, Qt::ControlModifier);
        QCOMPARE(e.document.model()->rowCount(), 8);
        QCOMPARE(e.document.model()->pair(1).positive.text, std::string("Good day."));
        QCOMPARE(e.document.model()->pair(2).negative.text, std::string("Bye!"));
        QCOMPARE(e.table.selectedRows(), (std::vector<int>{1, 2}));

        e.key(Qt::Key_Delete, Qt::ShiftModifier);
        QCOMPARE(e.letters(), QStringLiteral("abcdef"));
        QCOMPARE(e.table.currentRow(), 1);

        QGuiApplication::clipboard()->clear();
        e.key(Qt::Key_V, Qt::ControlModifier);
        QCOMPARE(failures.count(), 1);
        QCOMPARE(e.document.model()->rowCount(), 6);
    }

    void aBadLineIsNamedAndTheOthersArePasted()
    {
        Editing e;
        const QString before = e.json();
        e.select({1});
        QSignalSpy pasted(&e.table, &PairTable::pasted);
        QGuiApplication::clipboard()->setText(
            QStringLiteral("yes\tno\tfirst\n\tonly negative\naye\tnay\tthird\n"));
        e.key(Qt::Key_V, Qt::ControlModifier);
        QCOMPARE(pasted.count(), 1);
        QCOMPARE(pasted[0][0].toInt(), 2);
        const QString skipped = pasted[0][1].toString();
        QVERIFY2(skipped.contains(QStringLiteral("ine 2")), qPrintable(skipped));
        QVERIFY2(skipped.contains(QStringLiteral("positive")), qPrintable(skipped));
        QCOMPARE(e.letters(), QStringLiteral("abyesayecdef"));
        checkUndoAndRedo(e, before, QStringLiteral("paste 2 pairs"));
    }

    void aBlankRowGivesWayToWhatIsPasted()
    {
        ContrastDocument document;
        document.startNew();
        ContrastDocument::Pasted pasted;
        QVERIFY(document.paste(QStringLiteral("yes\tno\n"), 1, &pasted).ok());
        QCOMPARE(pasted.at, 0);
        QCOMPARE(document.model()->rowCount(), 1);
        QCOMPARE(document.model()->pair(0).positive.text, std::string("yes"));
        document.undoStack()->undo();
        QVERIFY(document.model()->pair(0).positive.empty());
    }

    void examplesArePastedIntoExamples()
    {
        QTemporaryDir folder;
        QFile file(folder.filePath(QStringLiteral("examples.csv")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("text,label\nfine,1\nbad,0\n");
        file.close();
        ContrastDocument document;
        QVERIFY(document.open(file.fileName(), nullptr).ok());
        ContrastDocument::Pasted pasted;
        QVERIFY(document.paste(QStringLiteral("text\tlabel\nworse\t0\n"), 2, &pasted).ok());
        QVERIFY(document.paste(QStringLiteral("up\tdown\n"), 3, &pasted).ok());
        QCOMPARE(pasted.count, 2);
        const ContrastSet set = document.model()->toSet();
        QCOMPARE(set.labelled.size(), size_t(5));
        QCOMPARE(set.labelled[2].label, 0);
        QCOMPARE(set.labelled[3].text.text, std::string("up"));

        ContrastDocument pairs;
        QVERIFY(pairs.openBundled(QStringLiteral("formality")).ok());
        QVERIFY(!pairs.paste(QStringLiteral("text\tlabel\nworse\t0\n"), 2, &pasted).ok());
        QVERIFY(!pairs.undoStack()->canUndo());
    }

    void editingACellByHand()
    {
        Editing e;
        const QString before = e.json();
        e.select({3});
        e.key(Qt::Key_F2);
        auto* editor = e.table.findChild<PairEditor*>(QStringLiteral("pairEditor"));
        QVERIFY(editor);
        QVERIFY(!editor->accessibleName().isEmpty());
        QTest::keyClicks(editor, QStringLiteral("Two"));
        QTest::keyClick(editor, Qt::Key_Return, Qt::ShiftModifier);
        QTest::keyClicks(editor, QStringLiteral("lines"));
        QTest::keyClick(editor, Qt::Key_Return);
        QCOMPARE(e.document.model()->pair(3).positive.text, std::string("Two\nlines"));
        checkUndoAndRedo(e, before, QStringLiteral("edit pair 4"));
    }

    void theEditorShowsLongTextsWhole()
    {
        Editing e;
        const QString text = QStringLiteral("A sentence that needs some room to be read. ").repeated(6);
        e.document.editCell(5, ContrastPairModel::Positive, text);
        e.select({5});
        e.key(Qt::Key_F2);
        auto* editor = e.table.findChild<PairEditor*>();
        QVERIFY(editor);
        const int lines = editor->height() / editor->fontMetrics().lineSpacing();
        QVERIFY2(lines >= 3 && lines <= 10, qPrintable(QString::number(lines)));
        QVERIFY(e.table.viewport()->rect().contains(editor->geometry()));
        QTest::keyClick(editor, Qt::Key_Escape);
        QCOMPARE(e.document.model()->pair(5).positive.text, text.toStdString());
    }

    void acceptingAnUntouchedTextChangesNothing()
    {
        Editing e;
        e.document.editCell(0, ContrastPairModel::Positive, QStringLiteral("no\u00a0break"));
        const int edits = e.document.undoStack()->count();
        e.select({0});
        e.key(Qt::Key_F2);
        auto* editor = e.table.findChild<PairEditor*>();
        QVERIFY(editor);
        QTest::keyClick(editor, Qt::Key_Return);
        QCOMPARE(e.document.undoStack()->count(), edits);
        e.key(Qt::Key_F2);
        editor = e.table.findChildren<PairEditor*>().last();
        editor->moveCursor(QTextCursor::End);
        QTest::keyClicks(editor, QStringLiteral("!"));
        QTest::keyClick(editor, Qt::Key_Return);
        QCOMPARE(QString::fromStdString(e.document.model()->pair(0).positive.text),
            QStringLiteral("no\u00a0break!"));
    }

    void duplicating()
    {
        Editing e;
        const QString before = e.json();
        e.select({1, 3});
        e.key(Qt::Key_D, Qt::ControlModifier);
        QCOMPARE(e.letters(), QStringLiteral("abcdbdef"));
        QCOMPARE(e.table.selectedRows(), (std::vector<int>{4, 5}));
        checkUndoAndRedo(e, before, QStringLiteral("duplicate 2 pairs"));
    }

    void swappingSides()
    {
        Editing e;
        const QString before = e.json();
        e.select({0, 2});
        e.key(Qt::Key_T, Qt::ControlModifier);
        QCOMPARE(e.letters(), QStringLiteral("AbCdef"));
        QCOMPARE(e.document.model()->pair(2).negative.text, std::string("c"));
        QCOMPARE(e.document.model()->pair(2).prompt.text, std::string("prompt of c"));
        checkUndoAndRedo(e, before, QStringLiteral("swap the sides of 2 pairs"));
    }

    void droppingAndUsingAgain_data()
    {
        QTest::addColumn<int>("key");
        QTest::newRow("Del") << int(Qt::Key_Delete);
        QTest::newRow("Space") << int(Qt::Key_Space);
    }

    void droppingAndUsingAgain()
    {
        QFETCH(int, key);
        Editing e;
        const QString before = e.json();
        QSignalSpy toggled(&e.document, &ContrastDocument::enabledChanged);
        e.select({2, 4});
        e.key(key);
        QCOMPARE(e.letters(), QStringLiteral("abcdef"));
        QCOMPARE(e.document.model()->enabledCount(), 4);
        QVERIFY(!e.document.model()->isEnabled(2));
        QCOMPARE(toggled.count(), 1);
        QCOMPARE(toggled[0][0].value<std::vector<int>>(), (std::vector<int>{2, 4}));
        QCOMPARE(e.table.selectedRows(), (std::vector<int>{2, 4}));
        checkUndoAndRedo(e, before, QStringLiteral("drop 2 pairs"));

        e.document.undoStack()->redo();
        e.select({2});
        e.key(key);
        QVERIFY(e.document.model()->isEnabled(2));
        QCOMPARE(e.document.undoStack()->undoText(), QStringLiteral("use pair 3 again"));
        e.select({2, 4}); // one of them is in use: the key drops both
        e.key(key);
        QCOMPARE(e.document.model()->enabledCount(), 4);
    }

    void deletingRowsThatDoNotTouch()
    {
        Editing e;
        const QString before = e.json();
        e.select({0, 2, 5});
        e.key(Qt::Key_Delete, Qt::ShiftModifier);
        QCOMPARE(e.letters(), QStringLiteral("bde"));
        checkUndoAndRedo(e, before, QStringLiteral("delete 3 pairs"));
    }

    void draggingRows_data()
    {
        QTest::addColumn<std::vector<int>>("rows");
        QTest::addColumn<int>("place");
        QTest::addColumn<QString>("after");
        QTest::addColumn<QString>("undo");
        QTest::newRow("down") << std::vector<int>{0} << 3 << QStringLiteral("bcadef")
                              << QStringLiteral("move pair 1");
        QTest::newRow("to the top") << std::vector<int>{4} << 0 << QStringLiteral("eabcdf")
                                    << QStringLiteral("move pair 5");
        QTest::newRow("several to the end")
            << std::vector<int>{0, 2, 3} << 6 << QStringLiteral("befacd") << QStringLiteral("move 3 pairs");
        QTest::newRow("around the place")
            << std::vector<int>{1, 5} << 3 << QStringLiteral("acbfde") << QStringLiteral("move 2 pairs");
    }

    void draggingRows()
    {
        QFETCH(std::vector<int>, rows);
        QFETCH(int, place);
        QFETCH(QString, after);
        QFETCH(QString, undo);
        Editing e;
        const QString before = e.json();
        e.select(rows);
        const QString current = e.table.currentIndex().data().toString();
        QSignalSpy currentRows(&e.table, &PairTable::currentRowChanged);
        e.drop(place);
        QCOMPARE(e.letters(), after);
        QCOMPARE(e.table.currentIndex().data().toString(), current);
        QCOMPARE(currentRows.last()[0].toInt(), int(after.indexOf(current)));
        QCOMPARE(e.table.selectedRows().size(), rows.size());
        checkUndoAndRedo(e, before, undo);
    }

    void droppingRowsWhereTheyAreIsNoEdit()
    {
        Editing e;
        e.select({2, 3});
        e.drop(2);
        e.drop(3);
        e.drop(4);
        QVERIFY(!e.document.undoStack()->canUndo());
    }

    void movingByKeys()
    {
        Editing e;
        const QString before = e.json();
        e.select({0, 1, 4});
        e.key(Qt::Key_Up, Qt::AltModifier);
        QCOMPARE(e.letters(), QStringLiteral("abcedf"));
        checkUndoAndRedo(e, before, QStringLiteral("move 3 pairs up"));
        e.select({0, 4, 5});
        e.key(Qt::Key_Down, Qt::AltModifier);
        QCOMPARE(e.letters(), QStringLiteral("bacdef"));
        QCOMPARE(e.table.selectedRows(), (std::vector<int>{1, 4, 5}));
        checkUndoAndRedo(e, before, QStringLiteral("move 3 pairs down"));
    }

    void rowsStayWhereTheyAreWhileSortedOrFiltered()
    {
        Editing e("fedcba");
        e.select({3});
        QAction* up = e.table.action(PairAction::MoveUp);
        QVERIFY(up->isEnabled());
        QHeaderView* header = e.table.horizontalHeader();
        const auto click = [&](int column) {
            QTest::mouseClick(header->viewport(), Qt::LeftButton, {},
                QPoint(header->sectionViewportPosition(column) + 12, header->height() / 2));
        };
        click(ContrastPairModel::Positive);
        QCOMPARE(e.lettersShown(), QStringLiteral("abcdef"));
        QVERIFY(!up->isEnabled());
        QVERIFY2(up->toolTip().contains(u'#'), qPrintable(up->toolTip()));
        click(ContrastPairModel::Positive);
        QCOMPARE(e.lettersShown(), QStringLiteral("fedcba"));
        QVERIFY(!up->isEnabled());
        click(ContrastPairModel::Positive); // the third click: as in the set
        QCOMPARE(e.lettersShown(), QStringLiteral("fedcba"));
        QVERIFY(up->isEnabled());
        e.table.setFilter(QStringLiteral("c"));
        QVERIFY(!up->isEnabled());
        QVERIFY2(up->toolTip().contains(QStringLiteral("filter")), qPrintable(up->toolTip()));
        e.key(Qt::Key_Up, Qt::AltModifier);
        QCOMPARE(e.letters(), QStringLiteral("fedcba"));
    }

    void aDragThatCannotMoveRowsSaysWhy()
    {
        Editing e;
        QSignalSpy refused(&e.table, &PairTable::moveRefused);
        e.table.sortByColumn(ContrastPairModel::Positive, Qt::DescendingOrder);
        const auto at = [&e](int row) { return QPoint(60, e.table.rowViewportPosition(row) + 5); };
        QWidget* viewport = e.table.viewport();
        QTest::mousePress(viewport, Qt::LeftButton, {}, at(0));
        for (const int row : {1, 2, 3}) {
            QMouseEvent move(QEvent::MouseMove, at(row), viewport->mapToGlobal(at(row)), Qt::NoButton,
                Qt::LeftButton, Qt::NoModifier);
            QApplication::sendEvent(viewport, &move);
        }
        QTest::mouseRelease(viewport, Qt::LeftButton, {}, at(3));
        QCOMPARE(refused.count(), 1);
        QVERIFY(refused[0][0].toString().contains(u'#'));
        e.table.showSetOrder();
        QCOMPARE(e.lettersShown(), e.letters());
    }

    void finding()
    {
        Editing e;
        e.document.editCell(1, ContrastPairModel::Negative, QStringLiteral("needle"));
        e.document.editCell(4, ContrastPairModel::Positive, QStringLiteral("a NEEDLE too"));
        e.document.editCell(4, ContrastPairModel::Prompt, QStringLiteral("needle again"));
        QSignalSpy wanted(&e.table, &PairTable::findRequested);
        e.select({0});
        e.key(Qt::Key_F3); // nothing is sought yet
        QCOMPARE(wanted.count(), 1);
        e.table.setFilter(QStringLiteral("needle"));
        QCOMPARE(e.table.model()->rowCount(), 2);
        const auto place = [&e] { return std::pair(e.table.currentRow(), e.table.currentIndex().column()); };
        using P = std::pair<int, int>;
        e.table.setCurrentIndex({});
        e.key(Qt::Key_F3);
        QCOMPARE(place(), P(1, ContrastPairModel::Negative));
        e.key(Qt::Key_F3);
        QCOMPARE(place(), P(4, ContrastPairModel::Positive));
        e.key(Qt::Key_F3);
        QCOMPARE(place(), P(4, ContrastPairModel::Prompt));
        e.key(Qt::Key_F3);
        QCOMPARE(place(), P(1, ContrastPairModel::Negative));
        e.key(Qt::Key_F3, Qt::ShiftModifier);
        QCOMPARE(place(), P(4, ContrastPairModel::Prompt));
        e.key(Qt::Key_F, Qt::ControlModifier);
        QCOMPARE(wanted.count(), 2);
    }

    void matchesAreMarked()
    {
        Editing e;
        const QString far = QStringLiteral("words that come long before ").repeated(5);
        e.document.editCell(0, ContrastPairModel::Positive, far + QStringLiteral("needle"));
        const auto marked = [&e] {
            const QImage picture = e.table.viewport()->grab().toImage();
            for (int y = 0; y < picture.height(); ++y)
                for (int x = 0; x < picture.width(); ++x)
                    if (picture.pixelColor(x, y) == colors().warningGround)
                        return true;
            return false;
        };
        QVERIFY(!marked());
        e.table.setFilter(QStringLiteral("needle"));
        e.table.setCurrentIndex({});
        QVERIFY(marked()); // although the cell is too narrow for what stands before it
    }

    void aRowOutOfSightTakesTheFilterAway()
    {
        Editing e;
        QSignalSpy cleared(&e.table, &PairTable::filterCleared);
        e.table.setFilter(QStringLiteral("prompt of c"));
        e.key(Qt::Key_Insert);
        QCOMPARE(cleared.count(), 1);
        QCOMPARE(e.table.model()->rowCount(), 7);
        QCOMPARE(e.table.currentRow(), 6);
        QVERIFY(e.table.findChild<PairEditor*>());
    }

    void everyActionSaysWhatItDoesAndItsKey()
    {
        Editing e;
        e.select({0});
        QMenu menu;
        e.table.addActionsTo(&menu);
        int seen = 0;
        for (const QAction* action : menu.actions()) {
            if (action->isSeparator())
                continue;
            ++seen;
            QVERIFY(!action->text().isEmpty());
            QVERIFY2(action->isEnabled(), qPrintable(action->text()));
            QVERIFY2(action->toolTip().contains(action->shortcut().toString(QKeySequence::NativeText)),
                qPrintable(action->toolTip()));
        }
        QCOMPARE(seen, int(PairAction::Count));
        e.table.clearSelection();
        QVERIFY(!e.table.action(PairAction::Drop)->isEnabled());
        QVERIFY(e.table.action(PairAction::Paste)->isEnabled());
    }

    void thousandsOfPairs()
    {
        Editing e;
        const QString before = e.json();
        QString rows;
        for (int i = 0; i < 5000; ++i)
            rows += QStringLiteral("positive %1\tnegative %1\tprompt %1\n").arg(i);
        QGuiApplication::clipboard()->setText(rows);
        QSignalSpy changes(e.document.model(), &QAbstractItemModel::dataChanged);
        e.select({5});
        e.key(Qt::Key_V, Qt::ControlModifier);
        QCOMPARE(e.document.model()->rowCount(), 5006);
        QVERIFY(changes.count() < 5);
        e.key(Qt::Key_Delete);
        QCOMPARE(e.document.model()->enabledCount(), 6);
        e.table.setFilter(QStringLiteral("7"));
        e.table.selectAll();
        e.key(Qt::Key_Delete, Qt::ShiftModifier);
        QCOMPARE(e.table.model()->rowCount(), 0);
        e.table.setFilter({});
        QVERIFY(e.document.model()->rowCount() > 2500);
        QVERIFY(changes.count() < 10);
        for (int i = 0; i < 3; ++i)
            e.document.undoStack()->undo();
        QCOMPARE(e.json(), before);
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
        table.deleteSelected();
        QCOMPARE(document.model()->rowCount(), 1);
        QCOMPARE(document.model()->pair(0).positive.text, std::string("alpha"));
    }
};

QTEST_MAIN(ContrastEditing)
#include "tst_contrast_editing.moc"
