#include "ui/theme/theme.h"
#include "ui/widgets/token_text_view.h"

#include <QAccessible>
#include <QClipboard>
#include <QElapsedTimer>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>

using namespace tiller;

class TestTokenTextView : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { applyTheme(ThemeChoice::Light); }

    void init()
    {
        m_view = std::make_unique<TokenTextView>();
        m_view->resize(360, 200);
        m_view->show();
        m_view->activateWindow();
        m_view->setFocus();
        QVERIFY(QTest::qWaitForWindowExposed(m_view.get()));
    }

    void textIsTheTokens()
    {
        QCOMPARE(m_view->append(QStringLiteral("I")), 0);
        QCOMPARE(m_view->append(QStringLiteral(" am")), 1);
        QCOMPARE(m_view->append(QString()), 2); // half a character
        QCOMPARE(m_view->append(QStringLiteral(" é")), 3);
        QCOMPARE(m_view->text(), QStringLiteral("I am é"));
        QCOMPARE(m_view->tokenText(1), QStringLiteral(" am"));
        QCOMPARE(m_view->tokenText(2), QString());
        QCOMPARE(m_view->tokenText(7), QString());
    }

    /// Laying out what arrives piece by piece must end where laying it all out at once does.
    void incrementalLayoutEqualsWhole()
    {
        const QString words
            = QStringLiteral("I'm a dedi cated well-being 1,234.5 of-all/living beings; overall\n\nquality "
                             "averyverylongwordthatneedsmorethanonelineforitselfbecauseithasnospaces end");
        TokenTextView whole;
        whole.resize(m_view->size());
        for (TokenTextView* view : {&whole, m_view.get()})
            view->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
        std::vector<QString> pieces;
        for (int round = 0; round < 6; ++round) {
            for (int i = 0; i < words.size(); i += 3)
                pieces.push_back(words.mid(i, 3));
            pieces.push_back(QStringLiteral("\n"));
        }
        for (const QString& piece : pieces) {
            m_view->append(piece);
            m_view->tokenRect(m_view->tokenCount() - 1); // lays out
            whole.append(piece);
        }
        whole.show();
        whole.verticalScrollBar()->setValue(0);
        whole.tokenRect(0);
        QTRY_VERIFY(whole.verticalScrollBar()->maximum() > 0);
        QTRY_COMPARE(m_view->verticalScrollBar()->maximum(), whole.verticalScrollBar()->maximum());
        m_view->verticalScrollBar()->setValue(0);
        whole.verticalScrollBar()->setValue(0);
        for (int i = 0; i < m_view->tokenCount(); ++i)
            QCOMPARE(m_view->tokenRect(i), whole.tokenRect(i));
    }

    void everyTokenIsFoundWhereItIs()
    {
        fill(40);
        m_view->resize(360, 600);
        for (int i = 0; i < m_view->tokenCount(); ++i)
            QCOMPARE(m_view->tokenAt(m_view->tokenRect(i).center()), i);
        QCOMPARE(m_view->tokenAt(QPoint(2, 2)), -1);
    }

    void clickChoosesAndReports()
    {
        fill(20);
        QSignalSpy clicked(m_view.get(), &TokenTextView::tokenClicked);
        QSignalSpy current(m_view.get(), &TokenTextView::currentTokenChanged);
        QTest::mouseClick(m_view->viewport(), Qt::LeftButton, {}, m_view->tokenRect(3).center());
        QCOMPARE(clicked.size(), 1);
        QCOMPARE(clicked[0][0].toInt(), 3);
        QCOMPARE(m_view->currentToken(), 3);
        QTest::keyClick(m_view.get(), Qt::Key_Right);
        QTest::keyClick(m_view.get(), Qt::Key_Right);
        QTest::keyClick(m_view.get(), Qt::Key_Left);
        QCOMPARE(m_view->currentToken(), 4);
        QCOMPARE(current.last()[0].toInt(), 4);
        QTest::keyClick(m_view.get(), Qt::Key_Escape);
        QCOMPARE(m_view->currentToken(), -1);
    }

    void downKeepsThePlaceInTheLine()
    {
        fill(60);
        m_view->resize(360, 600);
        m_view->setCurrentToken(2);
        const QRect before = m_view->tokenRect(2);
        QTest::keyClick(m_view.get(), Qt::Key_Down);
        const QRect after = m_view->tokenRect(m_view->currentToken());
        QVERIFY(after.top() > before.top());
        QVERIFY(after.left() <= before.center().x() + 8 && after.right() >= before.center().x() - 8);
    }

    void hoverReportsTokens()
    {
        fill(20);
        QSignalSpy hovered(m_view.get(), &TokenTextView::tokenHovered);
        QTest::mouseMove(m_view->viewport(), m_view->tokenRect(2).center());
        QTRY_VERIFY(!hovered.isEmpty());
        QCOMPARE(hovered.last()[0].toInt(), 2);
        QEvent leave(QEvent::Leave);
        QApplication::sendEvent(m_view->viewport(), &leave);
        QCOMPARE(hovered.last()[0].toInt(), -1);
    }

    void selectionByKeysIsCopied()
    {
        for (const char* piece : {"one", " two", " three", " four"})
            m_view->append(QString::fromLatin1(piece));
        m_view->setCurrentToken(1);
        QTest::keyClick(m_view.get(), Qt::Key_Right, Qt::ShiftModifier);
        QTest::keyClick(m_view.get(), Qt::Key_Right, Qt::ShiftModifier);
        QCOMPARE(m_view->selectedText(), QStringLiteral(" two three four"));
        QTest::keyClick(m_view.get(), Qt::Key_C, Qt::ControlModifier);
        QCOMPARE(QApplication::clipboard()->text(), QStringLiteral(" two three four"));
        QTest::keyClick(m_view.get(), Qt::Key_A, Qt::ControlModifier);
        QCOMPARE(m_view->selectedText(), QStringLiteral("one two three four"));
    }

    void selectionByMouse()
    {
        for (const char* piece : {"one", " two", " three"})
            m_view->append(QString::fromLatin1(piece));
        QSignalSpy clicked(m_view.get(), &TokenTextView::tokenClicked);
        const QPoint from(m_view->characterRect(0).left(), m_view->characterRect(0).center().y());
        const QPoint to(m_view->characterRect(7).left(), from.y());
        QTest::mousePress(m_view->viewport(), Qt::LeftButton, {}, from);
        QTest::mouseMove(m_view->viewport(), to);
        QTest::mouseRelease(m_view->viewport(), Qt::LeftButton, {}, to);
        QCOMPARE(m_view->selectedText(), QStringLiteral("one two"));
        QCOMPARE(clicked.size(), 0);
    }

    void followsOnlyAReaderAtTheEnd()
    {
        fill(400);
        QScrollBar* bar = m_view->verticalScrollBar();
        QTRY_VERIFY(bar->maximum() > 0);
        QTRY_COMPARE(bar->value(), bar->maximum());
        bar->setValue(10);
        const int before = bar->maximum();
        fill(400);
        QTRY_VERIFY(bar->maximum() > before);
        QCOMPARE(bar->value(), 10);
        bar->setValue(bar->maximum());
        const int middle = bar->maximum();
        fill(400);
        QTRY_VERIFY(bar->maximum() > middle);
        QCOMPARE(bar->value(), bar->maximum());
    }

    void tintsFollowTheRules()
    {
        m_view->append(QStringLiteral("faint"), 0.11);
        m_view->append(QStringLiteral(" strong"), 5.0);
        m_view->append(QStringLiteral(" weak"), -0.2);
        QTest::qWait(60);
        const QImage image = m_view->viewport()->grab().toImage();
        const auto at = [&](int token, int fromBottom) {
            const QRect rect = m_view->tokenRect(token);
            return image.pixelColor(rect.center().x(), rect.bottom() - fromBottom);
        };
        QCOMPARE(image.pixelColor(m_view->tokenRect(0).topLeft() + QPoint(1, 1)), colors().base);
        QCOMPARE(at(1, 0), colors().positive); // 2 px, solid
        QCOMPARE(at(1, 1), colors().positive);
        QVERIFY(at(2, 1) != colors().negative); // 1 px, dotted
        const QRect weak = m_view->tokenRect(2);
        int dots = 0;
        for (int x = weak.left(); x <= weak.right(); ++x)
            dots += image.pixelColor(x, weak.bottom()) == colors().negative;
        QVERIFY2(std::abs(dots - weak.width() / 2) <= 2, qPrintable(QString::number(dots)));
    }

    void repaintsAreCoalesced()
    {
        class Counter : public QObject {
        public:
            int paints = 0;
            bool eventFilter(QObject*, QEvent* event) override
            {
                paints += event->type() == QEvent::Paint;
                return false;
            }
        } counter;
        m_view->viewport()->installEventFilter(&counter);
        QElapsedTimer clock;
        clock.start();
        while (clock.elapsed() < 500) {
            m_view->append(QStringLiteral(" word"));
            QTest::qWait(2);
        }
        const double seconds = double(clock.elapsed()) / 1000;
        QVERIFY(counter.paints >= 2);
        QVERIFY2(counter.paints <= 30 * seconds + 2, qPrintable(QString::number(counter.paints)));
    }

    void twoThousandTokensStayCheap()
    {
        fill(2000);
        m_view->tokenRect(1999);
        QElapsedTimer clock;
        clock.start();
        for (int i = 0; i < 200; ++i) {
            m_view->append(QStringLiteral(" more"));
            m_view->tokenRect(m_view->tokenCount() - 1); // lays out, as a repaint would
        }
        const double each = double(clock.nsecsElapsed()) / 200e6;
        qInfo("%.3f ms a token", each);
        QVERIFY(each < 3);
    }

    void clearForgetsEverything()
    {
        fill(50);
        m_view->setCurrentToken(4);
        m_view->selectAll();
        m_view->clear();
        QCOMPARE(m_view->tokenCount(), 0);
        QCOMPARE(m_view->text(), QString());
        QCOMPARE(m_view->currentToken(), -1);
        QVERIFY(!m_view->hasSelection());
        QCOMPARE(m_view->tokenAt(QPoint(20, 20)), -1);
        QTest::keyClick(m_view.get(), Qt::Key_Right);
        QTest::keyClick(m_view.get(), Qt::Key_Down);
        QCOMPARE(m_view->currentToken(), -1);
    }

    void screenReadersSeeTheText()
    {
        m_view->append(QStringLiteral("hello"));
        QAccessibleInterface* interface = QAccessible::queryAccessibleInterface(m_view.get());
        QVERIFY(interface && interface->textInterface());
        QCOMPARE(interface->textInterface()->characterCount(), 5);
        QCOMPARE(interface->textInterface()->text(1, 3), QStringLiteral("el"));
        QVERIFY(interface->state().readOnly);
    }

private:
    void fill(int count)
    {
        const char* words[]
            = {" dedicated", " and", " a", " compassionate", " human", " being", ",", " of", " life", "."};
        for (int i = 0; i < count; ++i)
            m_view->append(QString::fromLatin1(words[i % 10]), 0.3);
    }

    std::unique_ptr<TokenTextView> m_view;
};

QTEST_MAIN(TestTokenTextView)
#include "tst_token_text_view.moc"
