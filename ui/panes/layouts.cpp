#include "ui/panes/layouts.h"

#include "ui/theme/icons.h"
#include "ui/theme/theme.h"

#include <QEvent>

namespace tiller {

namespace {

/// A label whose colour follows the theme.
class SecondaryLabel : public QLabel {
public:
    explicit SecondaryLabel(const QString& text)
        : QLabel(text)
    {
        // Else a label on a pane of the base colour would take the text colour.
        setForegroundRole(QPalette::WindowText);
        recolor();
    }

protected:
    void changeEvent(QEvent* event) override
    {
        QLabel::changeEvent(event);
        if (event->type() == QEvent::ApplicationPaletteChange)
            recolor();
    }

private:
    void recolor()
    {
        QPalette own;
        own.setColor(QPalette::WindowText, colors().secondary);
        own.setColor(QPalette::Disabled, QPalette::WindowText, colors().disabled);
        setPalette(own);
    }
};

}

QLabel* fieldLabel(const QString& text, QWidget* buddy)
{
    auto* label = new SecondaryLabel(text);
    label->setFont(smallFont());
    if (buddy) {
        label->setBuddy(buddy);
        if (buddy->accessibleName().isEmpty())
            buddy->setAccessibleName(text);
    }
    return label;
}

QToolButton* barButton(const QString& name, const QString& text, const QString& toolTip)
{
    auto* button = new QToolButton;
    button->setIcon(icon(name));
    button->setText(text);
    button->setToolButtonStyle(text.isEmpty() ? Qt::ToolButtonIconOnly : Qt::ToolButtonTextBesideIcon);
    button->setAutoRaise(true);
    button->setFocusPolicy(Qt::TabFocus);
    button->setToolTip(toolTip);
    button->setAccessibleName(text.isEmpty() ? toolTip : text);
    return button;
}

QFrame* separatorLine(Qt::Orientation orientation)
{
    auto* line = new QFrame;
    line->setFrameShape(orientation == Qt::Horizontal ? QFrame::HLine : QFrame::VLine);
    line->setFrameShadow(QFrame::Plain);
    line->setForegroundRole(QPalette::Midlight);
    return line;
}

}
