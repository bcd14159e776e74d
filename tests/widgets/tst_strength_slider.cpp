#include "ui/theme/theme.h"
#include "ui/widgets/strength_slider.h"

#include <QAccessible>
#include <QSignalSpy>
#include <QTest>
#include <QWheelEvent>

#include <cmath>

using namespace tiller;

namespace {

/// Loss |s|^2 / 4: exceeds one nat beyond strength 2.
std::vector<LossSample> quadraticLoss()
{
    std::vector<LossSample> samples;
    for (double s = -4; s <= 4; s += 1)
        samples.push_back({s, s * s / 4});
    return samples;
}

}

class TestStrengthSlider : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { applyTheme(ThemeChoice::Light); }

    void init()
    {
        m_slider = std::make_unique<StrengthSlider>();
        m_slider->resize(350, 34); // groove of 300 px, from 25 to 325
        m_slider->show();
        m_slider->activateWindow();
        m_slider->setFocus();
        QVERIFY(QTest::qWaitForWindowExposed(m_slider.get()));
    }

    void mappingIsFinerAroundZero_data()
    {
        QTest::addColumn<double>("position");
        QTest::addColumn<double>("strength");
        QTest::newRow("zero") << 0.0 << 0.0;
        QTest::newRow("half") << 0.5 << 4 * std::pow(0.5, 1.6);
        QTest::newRow("minus half") << -0.5 << -4 * std::pow(0.5, 1.6);
        QTest::newRow("end") << 1.0 << 4.0;
        QTest::newRow("beyond") << -1.5 << -4.0;
    }
    void mappingIsFinerAroundZero()
    {
        QFETCH(double, position);
        QFETCH(double, strength);
        QCOMPARE(StrengthSlider::strengthAt(position, 4), strength);
        if (std::abs(position) <= 1)
            QVERIFY(std::abs(StrengthSlider::positionOf(strength, 4) - position) < 1e-12);
    }

    void thumbNeverLeavesTheWidget()
    {
        for (const double value : {-9.0, -4.0, 0.0, 4.0, 9.0}) {
            m_slider->setValue(value);
            QCOMPARE(m_slider->value(), value);
            QVERIFY(QRectF(m_slider->rect()).contains(m_slider->thumbRect()));
            QCOMPARE(m_slider->thumbRect().size(), QSizeF(44, 22));
        }
    }

    void keysStep()
    {
        QTest::keyClick(m_slider.get(), Qt::Key_Right);
        QCOMPARE(m_slider->value(), 0.05);
        QTest::keyClick(m_slider.get(), Qt::Key_Right, Qt::ShiftModifier);
        QCOMPARE(m_slider->value(), 0.06);
        QTest::keyClick(m_slider.get(), Qt::Key_PageUp);
        QCOMPARE(m_slider->value(), 0.56);
        QTest::keyClick(m_slider.get(), Qt::Key_0);
        QCOMPARE(m_slider->value(), 0.0);
        QTest::keyClick(m_slider.get(), Qt::Key_Home);
        QCOMPARE(m_slider->value(), -4.0);
        QTest::keyClick(m_slider.get(), Qt::Key_Left);
        QCOMPARE(m_slider->value(), -4.0);
    }

    void everyKeyStepEndsAnEdit()
    {
        QSignalSpy changed(m_slider.get(), &StrengthSlider::valueChanged);
        QSignalSpy finished(m_slider.get(), &StrengthSlider::editingFinished);
        QTest::keyClick(m_slider.get(), Qt::Key_Left);
        QCOMPARE(changed.size(), 1);
        QCOMPARE(changed[0][0].toDouble(), -0.05);
        QCOMPARE(finished.size(), 1);
    }

    void draggingReportsOnTheWayAndFinishesOnce()
    {
        QSignalSpy changed(m_slider.get(), &StrengthSlider::valueChanged);
        QSignalSpy finished(m_slider.get(), &StrengthSlider::editingFinished);
        QTest::mousePress(m_slider.get(), Qt::LeftButton, {}, QPoint(175, 17));
        for (int x = 185; x <= 250; x += 5)
            QTest::mouseMove(m_slider.get(), QPoint(x, 17));
        QCOMPARE(finished.size(), 0);
        QTest::mouseRelease(m_slider.get(), Qt::LeftButton, {}, QPoint(250, 17));
        QVERIFY(changed.size() > 10);
        QCOMPARE(finished.size(), 1);
        QVERIFY(std::abs(m_slider->value() - StrengthSlider::strengthAt(0.5, 4)) < 0.01);
    }

    void dragSticksAtZero()
    {
        m_slider->setValue(1);
        const QPoint thumb = m_slider->thumbRect().center().toPoint();
        QTest::mousePress(m_slider.get(), Qt::LeftButton, {}, thumb);
        QTest::mouseMove(m_slider.get(), QPoint(177, 17));
        QCOMPARE(m_slider->value(), 0.0);
        QTest::mouseMove(m_slider.get(), QPoint(190, 17));
        QVERIFY(m_slider->value() > 0);
        QTest::mouseRelease(m_slider.get(), Qt::LeftButton, {}, QPoint(190, 17));
    }

    void shiftDragIsTenTimesFiner()
    {
        m_slider->setValue(1);
        const QPointF thumb = m_slider->thumbRect().center();
        QMouseEvent press(QEvent::MouseButtonPress, thumb, m_slider->mapToGlobal(thumb), Qt::LeftButton,
            Qt::LeftButton, Qt::ShiftModifier);
        QApplication::sendEvent(m_slider.get(), &press);
        const QPointF moved = thumb + QPointF(30, 0);
        QMouseEvent move(QEvent::MouseMove, moved, m_slider->mapToGlobal(moved), Qt::NoButton, Qt::LeftButton,
            Qt::ShiftModifier);
        QApplication::sendEvent(m_slider.get(), &move);
        const double expected = StrengthSlider::strengthAt(StrengthSlider::positionOf(1, 4) + 3 / 150.0, 4);
        QVERIFY2(
            std::abs(m_slider->value() - expected) < 0.011, qPrintable(QString::number(m_slider->value())));
    }

    void doubleClickResets()
    {
        m_slider->setValue(2);
        QTest::mouseDClick(m_slider.get(), Qt::LeftButton, {}, m_slider->thumbRect().center().toPoint());
        QCOMPARE(m_slider->value(), 0.0);
    }

    void wheelTurnsOnlyWhenFocused()
    {
        const auto turn = [this] {
            QWheelEvent wheel(QPointF(100, 17), m_slider->mapToGlobal(QPointF(100, 17)), QPoint(),
                QPoint(0, 120), Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
            QApplication::sendEvent(m_slider.get(), &wheel);
        };
        turn();
        QCOMPARE(m_slider->value(), 0.05);
        m_slider->clearFocus();
        turn();
        QCOMPARE(m_slider->value(), 0.05);
    }

    void collapseIsWhereTheLossCrosses()
    {
        QCOMPARE(collapsePoint({}, 1, 1), std::optional<double>());
        QCOMPARE(collapsePoint({{1, 0.5}, {2, 1.5}}, 1, 1), std::optional<double>(1.5));
        QCOMPARE(
            collapsePoint({{-2, 4}, {1, 0.5}}, -1, 1), std::optional<double>(-0.5)); // zero strength: no loss
        QCOMPARE(collapsePoint({{1, 0.5}, {2, 0.9}}, 1, 1), std::optional<double>());

        m_slider->setMeasurements(quadraticLoss());
        QVERIFY(m_slider->positiveCollapse().has_value());
        QCOMPARE(*m_slider->positiveCollapse(), 2.0);
        QCOMPARE(*m_slider->negativeCollapse(), -2.0);
        m_slider->setValue(1.9);
        QVERIFY(!m_slider->isPastCollapse());
        m_slider->setValue(-2.1);
        QVERIFY(m_slider->isPastCollapse());
    }

    void trackTakesEmberAtMeasuredLoss()
    {
        m_slider->setMeasurements({{-4, 3}, {4, 3}}, 3);
        m_slider->setCollapseThreshold(10); // no hatch
        const QImage image = m_slider->grab().toImage();
        const QColor end = image.pixelColor(322, 17);
        QVERIFY2(end.red() < 0x80 && end.green() < 0x20, qPrintable(end.name())); // the last stop, 67000D
        m_slider->setMeasurements({});
        QCOMPARE(m_slider->grab().toImage().pixelColor(300, 17), colors().line);
    }

    void screenReadersSeeARange()
    {
        m_slider->setValue(-1.5);
        QAccessibleInterface* interface = QAccessible::queryAccessibleInterface(m_slider.get());
        QVERIFY(interface);
        QCOMPARE(interface->role(), QAccessible::Slider);
        QVERIFY(interface->valueInterface());
        QCOMPARE(interface->valueInterface()->currentValue().toDouble(), -1.5);
        QCOMPARE(interface->valueInterface()->minimumValue().toDouble(), -4.0);
        QCOMPARE(interface->text(QAccessible::Value), QStringLiteral("−1.50"));
        interface->valueInterface()->setCurrentValue(3);
        QCOMPARE(m_slider->value(), 3.0);
    }

private:
    std::unique_ptr<StrengthSlider> m_slider;
};

QTEST_MAIN(TestStrengthSlider)
#include "tst_strength_slider.moc"
