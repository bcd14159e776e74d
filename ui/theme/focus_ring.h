#pragma once

#include <QFocusFrame>
#include <QObject>
#include <QPointer>

namespace tiller {

/// Puts the focus ring around the control that keyboard focus has reached. Views and custom-painted widgets
/// draw theirs inside themselves (see showsFocusRing).
class FocusRing : public QObject {
    Q_OBJECT

public:
    explicit FocusRing(QObject* parent);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void follow(QWidget* focused);

    QPointer<QFocusFrame> m_frame;
};

}
