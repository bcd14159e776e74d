#include "ui/theme/focus_ring.h"

#include "ui/theme/theme.h"

#include <QAbstractButton>
#include <QAbstractSlider>
#include <QAbstractSpinBox>
#include <QApplication>
#include <QComboBox>
#include <QLineEdit>
#include <QScrollBar>
#include <QTimer>

namespace tiller {

namespace {

/// The control whose outline the ring follows: an edit inside a spin or combo box stands for the whole box.
QWidget* ringed(QWidget* focused)
{
    if (qobject_cast<QScrollBar*>(focused))
        return nullptr;
    if (qobject_cast<QLineEdit*>(focused)) {
        QWidget* parent = focused->parentWidget();
        if (qobject_cast<QAbstractSpinBox*>(parent) || qobject_cast<QComboBox*>(parent))
            return parent;
        return focused;
    }
    if (qobject_cast<QAbstractButton*>(focused) || qobject_cast<QComboBox*>(focused)
        || qobject_cast<QAbstractSpinBox*>(focused) || qobject_cast<QAbstractSlider*>(focused))
        return focused;
    return nullptr;
}

}

FocusRing::FocusRing(QObject* parent)
    : QObject(parent)
{
    connect(qApp, &QApplication::focusChanged, this, [this](QWidget*, QWidget* now) { follow(now); });
    qApp->installEventFilter(this);
}

bool FocusRing::eventFilter(QObject* watched, QEvent* event)
{
    // A click anywhere ends the ring, also on the control that has focus already.
    if (event->type() == QEvent::MouseButtonPress) {
        if (auto* widget = qobject_cast<QWidget*>(watched)) {
            widget->window()->setAttribute(Qt::WA_KeyboardFocusChange, false);
            follow(nullptr);
        }
    }
    return false;
}

void FocusRing::follow(QWidget* focused)
{
    QWidget* target = focused && showsFocusRing(focused) ? ringed(focused) : nullptr;
    if (!target) {
        if (m_frame)
            m_frame->setWidget(nullptr);
        return;
    }
    if (!m_frame)
        m_frame = new QFocusFrame(target);
    m_frame->setWidget(target);
}

}
