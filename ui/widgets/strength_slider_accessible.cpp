#include "ui/widgets/strength_slider_accessible.h"

#include "ui/theme/numbers.h"
#include "ui/widgets/strength_slider.h"

#include <QAccessibleWidget>

#include <algorithm>

namespace tiller {

namespace {

class StrengthSliderInterface : public QAccessibleWidget, public QAccessibleValueInterface {
public:
    explicit StrengthSliderInterface(StrengthSlider* slider)
        : QAccessibleWidget(slider, QAccessible::Slider)
    {
    }

    void* interface_cast(QAccessible::InterfaceType type) override
    {
        if (type == QAccessible::ValueInterface)
            return static_cast<QAccessibleValueInterface*>(this);
        return QAccessibleWidget::interface_cast(type);
    }

    QString text(QAccessible::Text kind) const override
    {
        if (kind != QAccessible::Value)
            return QAccessibleWidget::text(kind);
        const QString value = number(slider()->value(), 2);
        return slider()->isPastCollapse() ? StrengthSlider::tr("%1, past collapse").arg(value) : value;
    }

    QVariant currentValue() const override { return slider()->value(); }
    void setCurrentValue(const QVariant& value) override
    {
        slider()->setValue(std::clamp(value.toDouble(), -slider()->maximum(), slider()->maximum()));
    }
    QVariant maximumValue() const override { return slider()->maximum(); }
    QVariant minimumValue() const override { return -slider()->maximum(); }
    QVariant minimumStepSize() const override { return 0.01; }

private:
    StrengthSlider* slider() const { return static_cast<StrengthSlider*>(widget()); }
};

QAccessibleInterface* makeInterface(const QString&, QObject* object)
{
    auto* slider = qobject_cast<StrengthSlider*>(object);
    return slider ? new StrengthSliderInterface(slider) : nullptr;
}

}

void installStrengthSliderAccessibility()
{
    static const bool installed = (QAccessible::installFactory(makeInterface), true);
    Q_UNUSED(installed)
}

}
