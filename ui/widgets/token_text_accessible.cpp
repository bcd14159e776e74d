#include "ui/widgets/token_text_accessible.h"

#include "ui/widgets/token_text_view.h"

#include <QAccessibleWidget>
#include <QScrollBar>

namespace tiller {

namespace {

class TokenTextInterface : public QAccessibleWidget, public QAccessibleTextInterface {
public:
    explicit TokenTextInterface(TokenTextView* view)
        : QAccessibleWidget(view, QAccessible::EditableText)
    {
    }

    void* interface_cast(QAccessible::InterfaceType type) override
    {
        if (type == QAccessible::TextInterface)
            return static_cast<QAccessibleTextInterface*>(this);
        return QAccessibleWidget::interface_cast(type);
    }

    QAccessible::State state() const override
    {
        QAccessible::State state = QAccessibleWidget::state();
        state.readOnly = true;
        state.multiLine = true;
        state.selectableText = true;
        return state;
    }

    QString text(QAccessible::Text kind) const override
    {
        return kind == QAccessible::Value ? view()->text() : QAccessibleWidget::text(kind);
    }

    void selection(int index, int* begin, int* end) const override
    {
        const bool selected = index == 0 && view()->hasSelection();
        *begin = selected ? view()->selectionStart() : 0;
        *end = selected ? view()->selectionEnd() : 0;
    }
    int selectionCount() const override { return view()->hasSelection() ? 1 : 0; }
    void addSelection(int begin, int end) override { view()->setSelection(begin, end); }
    void removeSelection(int) override
    {
        view()->setSelection(view()->selectionEnd(), view()->selectionEnd());
    }
    void setSelection(int, int begin, int end) override { view()->setSelection(begin, end); }

    int cursorPosition() const override { return view()->selectionEnd(); }
    void setCursorPosition(int position) override { view()->setSelection(position, position); }
    QString text(int begin, int end) const override { return view()->text().mid(begin, end - begin); }
    int characterCount() const override { return int(view()->text().size()); }

    QRect characterRect(int offset) const override
    {
        const QRect rect = view()->characterRect(offset);
        return {view()->viewport()->mapToGlobal(rect.topLeft()), rect.size()};
    }
    int offsetAtPoint(const QPoint& point) const override
    {
        return view()->positionAt(view()->viewport()->mapFromGlobal(point));
    }
    void scrollToSubstring(int begin, int) override
    {
        QScrollBar* bar = view()->verticalScrollBar();
        bar->setValue(bar->value() + view()->characterRect(begin).top());
    }
    QString attributes(int, int* begin, int* end) const override
    {
        *begin = 0;
        *end = characterCount();
        return {};
    }

private:
    TokenTextView* view() const { return static_cast<TokenTextView*>(widget()); }
};

QAccessibleInterface* makeInterface(const QString&, QObject* object)
{
    auto* view = qobject_cast<TokenTextView*>(object);
    return view ? new TokenTextInterface(view) : nullptr;
}

}

void installTokenTextAccessibility()
{
    static const bool installed = (QAccessible::installFactory(makeInterface), true);
    Q_UNUSED(installed)
}

}
