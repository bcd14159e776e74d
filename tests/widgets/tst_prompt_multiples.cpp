#include "ui/plots/prompt_multiples.h"
#include "ui/theme/theme.h"

#include <QAccessible>
#include <QScrollArea>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QToolTip>

#include <cmath>
#include <numeric>

using namespace tiller;

/// Panels of prompt by strength, each over the layers.
class TestPromptMultiples : public QObject {
    Q_OBJECT

    using Place = PromptMultiples::Place;

private slots:
    void initTestCase()
    {
        qRegisterMetaType<CellIndex>();
        applyTheme(ThemeChoice::Light);
    }

    void init()
    {
        m_plot = std::make_unique<PromptMultiples>();
        m_plot->setGrid({QStringLiteral("Tell me about\nyour weekend."), QStringLiteral("<b>Hi</b>")},
            {3, 8, 14}, {-1, 0, 2});
        m_plot->setValueName(QStringLiteral("Read-back"));
        m_plot->setCollapseThreshold(1.0);
        m_plot->resize(900, 400);
        m_plot->show();
        m_plot->activateWindow();
        m_plot->setFocus();
        QVERIFY(QTest::qWaitForWindowExposed(m_plot.get()));
    }

    void placesAreFoundWhereTheyAre()
    {
        for (int prompt = 0; prompt < 2; ++prompt)
            for (int strength = 0; strength < 3; ++strength)
                for (int layer = 0; layer < 3; ++layer) {
                    const Place place{prompt, {layer, strength}};
                    QCOMPARE(m_plot->placeAt(m_plot->cellRect(place).center()), place);
                    QVERIFY(m_plot->panelRect(prompt, strength).contains(m_plot->cellRect(place)));
                }
        QCOMPARE(m_plot->placeAt(QPoint(4, 4)).prompt, -1);
        QVERIFY(m_plot->panelRect(0, 0).right() < m_plot->panelRect(0, 1).left());
        QVERIFY(m_plot->panelRect(0, 0).bottom() < m_plot->panelRect(1, 0).top());
        QVERIFY(m_plot->panelRect(2, 0).isEmpty());
        QVERIFY(!m_plot->contains({2, {0, 0}}) && !m_plot->contains({0, {3, 0}}) && !m_plot->contains({}));
    }

    void barsStandOnZero()
    {
        m_plot->setValueRange(-1, 1);
        m_plot->setColorScale(ColorMap::AmberPlum, 1);
        m_plot->setCell(0, {1, 2}, 1, 0);
        m_plot->setCell(0, {1, 0}, -1, 0);
        const QRect up = m_plot->cellRect({0, {1, 2}});
        const QRect down = m_plot->cellRect({0, {1, 0}});
        QTRY_COMPARE(colorAt(up.center() - QPoint(0, up.height() / 4)), QColor(0x74, 0x4C, 0x00));
        QCOMPARE(colorAt(up.center() + QPoint(0, up.height() / 4)), colors().base);
        QCOMPARE(colorAt(down.center() + QPoint(0, down.height() / 4)), QColor(0x5E, 0x10, 0x49));
        m_plot->setValueRange(-4, 4); // a quarter of the height now
        QTRY_COMPARE(colorAt(up.center() - QPoint(0, up.height() / 4)), colors().base);
        applyTheme(ThemeChoice::Dark);
        QTRY_COMPARE(colorAt(up.center() - QPoint(0, up.height() / 16)), QColor(0xFB, 0xE2, 0x9A));
        applyTheme(ThemeChoice::Light);
    }

    void collapsedLayersAreHatched()
    {
        const auto inks = [this](const Place& place) {
            const QRect column = m_plot->cellRect(place).adjusted(2, 4, -2, -4);
            const QImage image = m_plot->grab(column).toImage();
            int count = 0;
            for (int y = 0; y < image.height() / 4; ++y) // above any bar
                for (int x = 0; x < image.width(); ++x)
                    count += image.pixelColor(x, y) != colors().base ? 1 : 0;
            return count;
        };
        m_plot->setCell(0, {0, 1}, 0.1, 0.9);
        m_plot->setCell(0, {1, 1}, 0.1, 1.1);
        QTRY_VERIFY(inks({0, {1, 1}}) > 20);
        QCOMPARE(inks({0, {0, 1}}), 0);
        m_plot->setCollapseThreshold({});
        QTRY_COMPARE(inks({0, {1, 1}}), 0);
    }

    void textNamesEverything()
    {
        m_plot->setCell(0, {2, 2}, 0.684, 0.41);
        QCOMPARE(m_plot->text({0, {2, 2}}),
            QStringLiteral("“Tell me about your weekend.”\nLayer 14, strength +2\nRead-back +0.68, loss 0.41 "
                           "nats/token"));
        m_plot->setCell(0, {2, 2}, 0.684, 1.2);
        QVERIFY(m_plot->text({0, {2, 2}}).endsWith(QStringLiteral("loss 1.20 nats/token, collapsed")));
        QVERIFY(m_plot->text({0, {1, 2}}).endsWith(QStringLiteral("Read-back unmeasured")));
        QVERIFY(m_plot->text({7, {1, 2}}).isEmpty());
        QHelpEvent help(QEvent::ToolTip, m_plot->cellRect({1, {0, 0}}).center(), QPoint());
        QApplication::sendEvent(m_plot.get(), &help);
        QVERIFY(QToolTip::text().contains(QStringLiteral("&lt;b&gt;Hi"))); // a prompt is no HTML
        QToolTip::hideText();
    }

    void pointerHoversClicksAndActivates()
    {
        QSignalSpy clicked(m_plot.get(), &PromptMultiples::cellClicked);
        QSignalSpy activated(m_plot.get(), &PromptMultiples::cellActivated);
        const QPoint point = m_plot->cellRect({1, {2, 0}}).center();
        QMouseEvent move(
            QEvent::MouseMove, point, m_plot->mapToGlobal(QPointF(point)), Qt::NoButton, Qt::NoButton, {});
        QApplication::sendEvent(m_plot.get(), &move);
        QCOMPARE(m_plot->cursor(), (Place{1, {2, 0}}));
        QTest::mouseClick(m_plot.get(), Qt::LeftButton, {}, point);
        QCOMPARE(clicked.size(), 1);
        QCOMPARE(clicked[0][0].toInt(), 1);
        QCOMPARE(clicked[0][1].value<CellIndex>(), (CellIndex{2, 0}));
        QCOMPARE(m_plot->selected(), (Place{1, {2, 0}}));
        QTest::mouseDClick(m_plot.get(), Qt::LeftButton, {}, point);
        QCOMPARE(activated.size(), 1);
        QTest::mouseClick(m_plot.get(), Qt::LeftButton, {}, QPoint(4, 4));
        QCOMPARE(clicked.size(), 1);
        m_plot->setSelected(0, {9, 9});
        QCOMPARE(m_plot->selected(), Place());
    }

    void selectionIsFramed()
    {
        const QPoint edge = m_plot->panelRect(1, 1).topLeft() - QPoint(1, 1);
        QVERIFY(colorAt(edge) != colors().steered);
        m_plot->setSelected(1, {0, 1});
        QTRY_COMPARE(colorAt(edge), colors().steered);
    }

    void keysWalkThePanels()
    {
        QSignalSpy clicked(m_plot.get(), &PromptMultiples::cellClicked);
        QSignalSpy activated(m_plot.get(), &PromptMultiples::cellActivated);
        const auto press = [this](int key, Qt::KeyboardModifiers modifiers = {}) {
            QTest::keyClick(m_plot.get(), Qt::Key(key), modifiers);
            return m_plot->cursor();
        };
        m_plot->setSelected(0, {2, 0});
        QCOMPARE(press(Qt::Key_Right), (Place{0, {0, 1}})); // on into the next panel
        QCOMPARE(press(Qt::Key_Left), (Place{0, {2, 0}}));
        QCOMPARE(press(Qt::Key_Down), (Place{1, {2, 0}}));
        QCOMPARE(press(Qt::Key_Down), (Place{1, {2, 0}}));
        QCOMPARE(press(Qt::Key_Right, Qt::ControlModifier), (Place{1, {2, 1}}));
        QVERIFY(m_plot->accessibleDescription().startsWith(
            QStringLiteral("“<b>Hi</b>”, Layer 14, strength 0, Read-back")));
        press(Qt::Key_Return);
        QCOMPARE(clicked.size(), 1);
        QCOMPARE(m_plot->selected(), (Place{1, {2, 1}}));
        press(Qt::Key_Return, Qt::ControlModifier);
        press(Qt::Key_Return, Qt::ShiftModifier);
        QCOMPARE(activated.size(), 2);
        QCOMPARE(press(Qt::Key_End), (Place{1, {2, 2}}));
        QCOMPARE(press(Qt::Key_Right), (Place{1, {2, 2}}));
        QCOMPARE(press(Qt::Key_PageUp), (Place{0, {2, 2}}));
        QCOMPARE(press(Qt::Key_Home), (Place{0, {0, 0}}));
    }

    void cursorScrollsIntoView()
    {
        QScrollArea area;
        auto* plot = new PromptMultiples;
        QStringList prompts;
        for (int i = 0; i < 50; ++i)
            prompts += QStringLiteral("Prompt %1").arg(i);
        std::vector<int> layers(40);
        std::iota(layers.begin(), layers.end(), 0);
        std::vector<double> strengths(25);
        std::iota(strengths.begin(), strengths.end(), -12);
        plot->setGrid(prompts, layers, strengths);
        area.setWidget(plot);
        area.setWidgetResizable(true);
        area.resize(700, 400);
        area.show();
        QVERIFY(QTest::qWaitForWindowExposed(&area));
        QVERIFY(plot->height() > 1500 && plot->width() > 1300);
        QVERIFY(plot->panelRect(0, 0).width() >= 56 && plot->panelRect(0, 0).height() >= 34);
        plot->setFocus();
        QTest::keyClick(plot, Qt::Key_PageDown);
        QTest::keyClick(plot, Qt::Key_PageDown);
        QTest::keyClick(plot, Qt::Key_End);
        const QRect panel = plot->panelRect(49, 24).translated(plot->pos());
        QVERIFY(area.viewport()->rect().contains(panel));
    }

    void tableHasARowAFigure()
    {
        m_plot->setCell(1, {2, 0}, -0.5, 0.25);
        const PlotTable table = m_plot->table();
        QCOMPARE(table.size(), size_t(1 + 2 * 3 * 3));
        QCOMPARE(table[0],
            (QStringList{QStringLiteral("prompt"), QStringLiteral("strength"), QStringLiteral("layer"),
                QStringLiteral("Read-back"), QStringLiteral("loss")}));
        QCOMPARE(table[1 + 9 + 2],
            (QStringList{QStringLiteral("<b>Hi</b>"), QStringLiteral("-1"), QStringLiteral("14"),
                QStringLiteral("-0.5"), QStringLiteral("0.25")}));
        QCOMPARE(table[1].mid(3), (QStringList{QString(), QString()}));
    }

    void figuresHaveLegendAndCaption()
    {
        m_plot->setColorScaleText({ColorMap::AmberPlum, QStringLiteral("Read-back"), QStringLiteral("casual"),
            QStringLiteral("formal"), QStringLiteral("loss 1")});
        m_plot->setCaption(QStringLiteral("The caption"));
        m_plot->setCell(0, {1, 2}, 1, 0);
        applyTheme(ThemeChoice::Dark);
        QTemporaryDir folder;
        const QString name = folder.filePath(QStringLiteral("prompts.svg"));
        QCOMPARE(m_plot->exportTo(name), QString());
        applyTheme(ThemeChoice::Light);
        QFile file(name);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray content = file.readAll();
        for (const char* part : {"The caption", "formal", "collapsed beyond loss 1", "#744c00"})
            QVERIFY2(content.contains(part), part);
        QVERIFY(!content.contains("#fbe29a"));
    }

    void emptyWithoutPrompts()
    {
        m_plot->setGrid({}, {1, 2}, {0, 1});
        QVERIFY(m_plot->isEmpty());
        QCOMPARE(m_plot->table().size(), size_t(1));
        m_plot->setCell(0, {0, 0}, 1, 1);
        QVERIFY(std::isnan(m_plot->value(0, {0, 0})));
        QCOMPARE(m_plot->placeAt(QPoint(300, 100)).prompt, -1);
        QTest::keyClick(m_plot.get(), Qt::Key_Right);
        QTest::keyClick(m_plot.get(), Qt::Key_Return);
        m_plot->setGrid({QStringLiteral("one")}, {7}, {1});
        QVERIFY(!m_plot->isEmpty());
        QVERIFY(m_plot->minimumSizeHint().width() <= m_plot->sizeHint().width());
        QTest::keyClick(m_plot.get(), Qt::Key_Right);
        QCOMPARE(m_plot->cursor(), (Place{0, {0, 0}}));
    }

private:
    QColor colorAt(const QPoint& point) const { return m_plot->grab().toImage().pixelColor(point); }

    std::unique_ptr<PromptMultiples> m_plot;
};

QTEST_MAIN(TestPromptMultiples)
#include "tst_prompt_multiples.moc"
