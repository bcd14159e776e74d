// The window itself: keys, sizes, names for screen readers, what disabled actions say.
#include "tests/ui/window_fixture.h"

#include "ui/panes/contrast_pane.h"
#include "ui/panes/steer_pane.h"

#include <QAccessible>
#include <QAction>
#include <QLineEdit>
#include <QMenu>
#include <QToolButton>

using namespace tiller;

namespace {

/// A strip and a library entry, so that every kind of control is there.
void fill(Workspace& workspace)
{
    auto vector = std::make_shared<SteeringVector>();
    vector->name = "formality";
    vector->positiveLabel = "formal";
    vector->negativeLabel = "casual";
    vector->layers[12].values.assign(8, 0.5f);
    workspace.library()->add({QStringLiteral("formality"), vector, 12, {}, false, {}});
    workspace.setCurrentVector(0);
    workspace.addToMixer(0);
}

QString described(const QWidget* widget)
{
    QStringList chain;
    for (const QWidget* w = widget; w; w = w->parentWidget())
        chain << QStringLiteral("%1(%2)").arg(
            QString::fromLatin1(w->metaObject()->className()), w->objectName());
    return chain.mid(0, 4).join(QStringLiteral(" < "));
}

}

class WindowTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { prepareWindowTests(m_folder); }

    void everyControlHasAName()
    {
        WindowFixture f;
        fill(f.workspace);
        QStringList nameless;
        for (const auto perspective : {Perspective::Contrast, Perspective::Layers, Perspective::Steer}) {
            f.window.setPerspective(perspective);
            for (QWidget* widget : f.window.findChildren<QWidget*>()) {
                if (!widget->isVisible() || !(widget->focusPolicy() & Qt::TabFocus) || widget->focusProxy())
                    continue;
                const QAccessibleInterface* accessible = QAccessible::queryAccessibleInterface(widget);
                if (!accessible || accessible->text(QAccessible::Name).trimmed().isEmpty())
                    nameless << described(widget);
            }
        }
        QVERIFY2(nameless.isEmpty(), qPrintable(nameless.join(u'\n')));
    }

    void theWindowFits_data()
    {
        QTest::addColumn<QSize>("size");
        QTest::newRow("1280x720") << QSize(1280, 720);
        QTest::newRow("1350x800") << QSize(1350, 800);
        QTest::newRow("1440x900") << QSize(1440, 900);
        QTest::newRow("1920x1080") << QSize(1920, 1080);
    }

    void theWindowFits()
    {
        QFETCH(QSize, size);
        WindowFixture f;
        fill(f.workspace);
        f.window.resize(size);
        QCoreApplication::processEvents();
        for (const auto perspective : {Perspective::Contrast, Perspective::Layers, Perspective::Steer}) {
            f.window.setPerspective(perspective);
            QCoreApplication::processEvents();
            QCOMPARE(f.window.size(), size);
            const QSize least = f.window.minimumSizeHint();
            QVERIFY2(least.width() <= size.width() && least.height() <= size.height(),
                qPrintable(QStringLiteral("needs %1x%2").arg(least.width()).arg(least.height())));
            // No button's words are cut.
            for (const QAbstractButton* button : f.window.findChildren<QAbstractButton*>())
                if (button->isVisible() && !button->text().isEmpty()
                    && !qobject_cast<const QToolButton*>(button))
                    QVERIFY2(
                        button->width() >= button->minimumSizeHint().width(), qPrintable(button->text()));
        }
    }

    void keys()
    {
        WindowFixture f;
        fill(f.workspace);
        f.window.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&f.window));
        QTest::keyClick(&f.window, Qt::Key_3, Qt::ControlModifier);
        QCOMPARE(f.window.perspective(), Perspective::Steer);
        QTest::keyClick(&f.window, Qt::Key_2, Qt::ControlModifier);
        QCOMPARE(f.window.perspective(), Perspective::Layers);
        QTest::keyClick(&f.window, Qt::Key_1, Qt::ControlModifier);
        QCOMPARE(f.window.perspective(), Perspective::Contrast);
        QTest::keyClick(&f.window, Qt::Key_L, Qt::ControlModifier);
        QCOMPARE(f.window.perspective(), Perspective::Steer);
        QVERIFY(f.find<QLineEdit>(QStringLiteral("mixExpression"))->hasFocus());
        QTest::keyClick(&f.window, Qt::Key_F6);
        QVERIFY(!f.find<QLineEdit>(QStringLiteral("mixExpression"))->hasFocus());
    }

    void disabledActionsSayWhy()
    {
        WindowFixture f;
        for (const char* name : {"extractAction", "mapAction", "generateAction", "stop", "exportVectorAction",
                 "exportMixAction"}) {
            const auto* action = f.find<QAction>(QString::fromLatin1(name));
            QVERIFY2(action, name);
            QVERIFY2(!action->isEnabled(), name);
            QVERIFY2(action->toolTip().endsWith(u'.'), qPrintable(action->toolTip()));
        }
    }

    void themesChangeAtRunTime()
    {
        WindowFixture f;
        f.find<QAction>(QStringLiteral("theme-dark"))->trigger();
        QVERIFY(isDarkTheme());
        QTRY_VERIFY(f.window.palette().color(QPalette::Window).lightness() < 128);
        f.find<QAction>(QStringLiteral("theme-light"))->trigger();
        QVERIFY(!isDarkTheme());
        QTRY_VERIFY(f.window.palette().color(QPalette::Window).lightness() > 128);
    }

    void strengths_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QList<double>>("values");
        QTest::newRow("range") << QStringLiteral("−2 to 2 step 1") << QList<double>{-2, -1, 0, 1, 2};
        QTest::newRow("symmetric") << QStringLiteral("±1 step 0.5") << QList<double>{-1, -0.5, 0, 0.5, 1};
        QTest::newRow("list") << QStringLiteral("3, -1, 3,0") << QList<double>{-1, 0, 3};
        QTest::newRow("words") << QStringLiteral("a lot") << QList<double>{};
        QTest::newRow("no step") << QStringLiteral("0 to 1 step 0") << QList<double>{};
        QTest::newRow("too many") << QStringLiteral("0 to 1000000 step 0.001") << QList<double>{};
        QTest::newRow("none") << QStringLiteral(" ") << QList<double>{};
    }

    void strengths()
    {
        QFETCH(QString, text);
        QFETCH(QList<double>, values);
        std::vector<double> parsed;
        const Attempt attempted = attempt([&] { parsed = parseStrengths(text); });
        QCOMPARE(attempted.ok(), !values.isEmpty());
        QCOMPARE(QList<double>(parsed.begin(), parsed.end()), values);
    }

private:
    QTemporaryDir m_folder;
};

QTEST_MAIN(WindowTest)
#include "tst_window.moc"
