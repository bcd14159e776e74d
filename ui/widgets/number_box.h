#pragma once

#include <QDoubleSpinBox>

namespace tiller {

/// Spin box that writes U+2212 for minus and takes either sign; the wheel turns it only when focused.
class NumberBox : public QDoubleSpinBox {
    Q_OBJECT

public:
    explicit NumberBox(QWidget* parent = nullptr);

    QString textFromValue(double value) const override;
    double valueFromText(const QString& text) const override;
    QValidator::State validate(QString& text, int& position) const override;

protected:
    void wheelEvent(QWheelEvent* event) override;
};

}
