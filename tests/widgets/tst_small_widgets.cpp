#include "ui/theme/icons.h"
#include "ui/theme/numbers.h"
#include "ui/theme/theme.h"
#include "ui/widgets/dialogs.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/message_bar.h"
#include "ui/widgets/number_box.h"
#include "ui/widgets/section_header.h"
#include "ui/widgets/token_strip.h"
#include "ui/widgets/visible_token.h"

#include <QDockWidget>
#include <QLineEdit>
#include <QMainWindow>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>

using namespace tiller;

namespace {

std::vector<StripToken> readTokens(std::initializer_list<const char*> texts)
{
    std::vector<StripToken> tokens;
    for (const char* text : texts)
        tokens.push_back({QString::fromUtf8(text), true, {}});
    return tokens;
}

}

class TestSmallWidgets : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { applyTheme(ThemeChoice::Light); }

    void numbers_data()
    {
        QTest::addColumn<QString>("shown");
        QTest::addColumn<QString>("expected");
        QTest::newRow("minus") << number(-1.5, 2) << QStringLiteral("−1.50");
        QTest::newRow("no negative zero") << number(-0.001, 2) << QStringLiteral("0.00");
        QTest::newRow("not a number") << number(qQNaN(), 2) << QStringLiteral("–");
        QTest::newRow("infinite") << number(-qInf(), 2) << QStringLiteral("−∞");
        QTest::newRow("plus") << signedNumber(0.68, 2) << QStringLiteral("+0.68");
        QTest::newRow("no plus on zero") << signedNumber(0.001, 2) << QStringLiteral("0.00");
        QTest::newRow("strength") << strengthText(2) << QStringLiteral("+2");
        QTest::newRow("half") << strengthText(-0.5) << QStringLiteral("−0.5");
        QTest::newRow("ten") << strengthText(10) << QStringLiteral("+10");
        QTest::newRow("zero") << strengthText(0) << QStringLiteral("0");
    }
    void numbers()
    {
        QFETCH(QString, shown);
        QFETCH(QString, expected);
        QCOMPARE(shown, expected);
    }

    void tokensAreVisible()
    {
        QCOMPARE(visibleToken(QStringLiteral(" a\n\tb\r")), QStringLiteral(" a↵⇥b⏎"));
        QCOMPARE(visibleToken(QString()), QStringLiteral("∅"));
        QCOMPARE(visibleToken(QString(QChar(0))), QStringLiteral("␀"));
    }

    void stripWrapsAndSelects()
    {
        TokenStrip strip;
        strip.setTokens(
            TokenSide::Positive, readTokens({"Conditions", " are", " presently", " over", "cast", "\n"}));
        strip.resize(150, strip.heightForWidth(150));
        strip.show();
        QVERIFY(strip.heightForWidth(150) > strip.heightForWidth(1000));
        QVERIFY(strip.tokenRect(5).right() < 150);
        for (int i = 0; i < 6; ++i)
            QCOMPARE(strip.tokenAt(strip.tokenRect(i).center()), i);
        QSignalSpy current(&strip, &TokenStrip::currentTokenChanged);
        QTest::mouseClick(&strip, Qt::LeftButton, {}, strip.tokenRect(2).center());
        QTest::keyClick(&strip, Qt::Key_Right);
        QTest::keyClick(&strip, Qt::Key_End);
        QTest::keyClick(&strip, Qt::Key_Escape);
        QCOMPARE(current.size(), 4);
        QCOMPARE(current[0][0].toInt(), 2);
        QCOMPARE(current[1][0].toInt(), 3);
        QCOMPARE(current[2][0].toInt(), 5);
        QCOMPARE(current[3][0].toInt(), -1);
    }

    /// Never colour alone: the two sides must differ in the shape of the underline.
    void stripSidesDifferInShape()
    {
        const auto inkRows = [](TokenSide side, const QColor& ink) {
            TokenStrip strip;
            strip.setTokens(side, readTokens({"word"}));
            strip.resize(200, 30);
            const QImage image = strip.grab().toImage();
            QList<int> rows;
            for (int y = 0; y < image.height(); ++y) {
                if (image.pixelColor(strip.tokenRect(0).left(), y) == ink)
                    rows.append(strip.tokenRect(0).bottom() - y);
            }
            return rows;
        };
        QCOMPARE(inkRows(TokenSide::Positive, colors().positive), QList<int>({1, 0}));
        QCOMPARE(inkRows(TokenSide::Negative, colors().negative), QList<int>({2, 0}));
        QCOMPARE(inkRows(TokenSide::Prompt, colors().positive), QList<int>());
    }

    void messageBarOpensActsAndCloses()
    {
        QWidget panel;
        auto* bar = new MessageBar(&panel);
        auto* edit = new QLineEdit(&panel);
        panel.show();
        QVERIFY(!bar->isVisible());
        bar->showMessage(MessageKind::Error, QStringLiteral("a.pt: no tensor."),
            QStringLiteral("Pick another."), QStringLiteral("Open"));
        QVERIFY(bar->isVisible());
        QCOMPARE(bar->text(), QStringLiteral("a.pt: no tensor. Pick another."));
        QSignalSpy acted(bar, &MessageBar::actionTriggered);
        QSignalSpy closed(bar, &MessageBar::closed);
        QTest::mouseClick(bar->findChild<QPushButton*>(QStringLiteral("messageAction")), Qt::LeftButton);
        QCOMPARE(acted.size(), 1);
        QTest::keyClick(edit, Qt::Key_Escape); // reaches the panel, since a line edit leaves Esc alone
        QVERIFY(!bar->isVisible());
        bar->showMessage(MessageKind::Info, QStringLiteral("Done."));
        QVERIFY(!bar->findChild<QPushButton*>(QStringLiteral("messageAction"))->isVisible());
        QTest::mouseClick(bar->findChild<QToolButton*>(QStringLiteral("messageClose")), Qt::LeftButton);
        QCOMPARE(closed.size(), 2);
    }

    void dialogsAnswerFromTheQueue()
    {
        Dialogs::setNextFileName(QStringLiteral("/a"));
        Dialogs::setNextFileName(QStringLiteral("/b"));
        QCOMPARE(Dialogs::getOpenFileName(nullptr, {}), QStringLiteral("/a"));
        QCOMPARE(Dialogs::getSaveFileName(nullptr, {}), QStringLiteral("/b"));
        Dialogs::setNextAnswer(Dialogs::Answer::Discard);
        QCOMPARE(Dialogs::confirm(nullptr, {}, {}, {}), Dialogs::Answer::Discard);
    }

    void numberBoxSpeaksUnicode()
    {
        NumberBox box;
        box.setRange(-10, 10);
        box.setValue(-1.5);
        QCOMPARE(box.text(), QStringLiteral("−1.50"));
        for (const char* typed : {"-2.25", "−2.25"}) {
            box.setValue(0);
            box.findChild<QLineEdit*>()->setText(QString::fromUtf8(typed));
            box.interpretText();
            QCOMPARE(box.value(), -2.25);
        }
    }

    void dockTitleFollowsItsDock()
    {
        QMainWindow window;
        auto* dock = new QDockWidget(QStringLiteral("Model"));
        auto* bar = new DockTitleBar(dock);
        dock->setTitleBarWidget(bar);
        window.addDockWidget(Qt::RightDockWidgetArea, dock);
        window.show();
        QCOMPARE(bar->title(), QStringLiteral("Model"));
        QCOMPARE(bar->height(), 24);
        dock->setWindowTitle(QStringLiteral("Library"));
        QCOMPARE(bar->title(), QStringLiteral("Library"));
        QTest::mouseClick(bar->findChild<QToolButton*>(QStringLiteral("dockClose")), Qt::LeftButton);
        QVERIFY(!dock->isVisible());
    }

    void labelsElide()
    {
        ElidedLabel label(QStringLiteral("a rather long text"));
        label.resize(label.sizeHint());
        QVERIFY(!label.isElided());
        label.resize(30, 20);
        QVERIFY(label.isElided());
        QVERIFY(label.minimumSizeHint().width() < label.sizeHint().width());
    }

    void iconsTakeTheThemeWhenPainted()
    {
        const QIcon open = icon(QStringLiteral("open"));
        QVERIFY(!open.isNull());
        QVERIFY(icon(QStringLiteral("no-such-icon")).isNull());
        const auto strongest = [](const QPixmap& pixmap) {
            QColor found(0, 0, 0, 0);
            const QImage image = pixmap.toImage().convertToFormat(QImage::Format_ARGB32);
            for (int y = 0; y < image.height(); ++y) {
                for (int x = 0; x < image.width(); ++x) {
                    if (image.pixelColor(x, y).alpha() > found.alpha())
                        found = image.pixelColor(x, y);
                }
            }
            return found;
        };
        const auto isNear = [](const QColor& a, const QColor& b) {
            return std::abs(a.red() - b.red()) < 8 && std::abs(a.green() - b.green()) < 8
                && std::abs(a.blue() - b.blue()) < 8;
        };
        QVERIFY(isNear(strongest(open.pixmap(16)), lightColors().text));
        QVERIFY(isNear(strongest(open.pixmap(QSize(16, 16), QIcon::Disabled)), lightColors().disabled));
        applyTheme(ThemeChoice::Dark);
        QVERIFY(isNear(strongest(open.pixmap(16)), darkColors().text));
        applyTheme(ThemeChoice::Light);
    }
};

QTEST_MAIN(TestSmallWidgets)
#include "tst_small_widgets.moc"
