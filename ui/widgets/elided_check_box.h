#pragma once

#include <QCheckBox>

namespace tiller {

/// A check box whose text gives way: elided where it does not fit, whole in the accessible name. `&` is text.
class ElidedCheckBox : public QCheckBox {
    Q_OBJECT

public:
    explicit ElidedCheckBox(const QString& text, QWidget* parent = nullptr);

    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString m_whole;
};

}
