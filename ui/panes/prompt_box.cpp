#include "ui/panes/prompt_box.h"

#include "ui/theme/metrics.h"

#include <QKeyEvent>
#include <QTextBlock>
#include <QTextDocument>

#include <algorithm>

namespace tiller {

PromptBox::PromptBox(QWidget* parent)
    : QPlainTextEdit(parent)
{
    setObjectName(QStringLiteral("prompt"));
    setAccessibleName(tr("Prompt"));
    setPlaceholderText(tr("Write a prompt"));
    setTabChangesFocus(true);
    setFont(readingFont());
    document()->setDocumentMargin(px(7));
    connect(this, &QPlainTextEdit::textChanged, this, &PromptBox::fit);
    fit();
}

void PromptBox::keyPressEvent(QKeyEvent* event)
{
    const bool isReturn = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (isReturn && event->modifiers() == Qt::NoModifier)
        emit submitted();
    else
        QPlainTextEdit::keyPressEvent(event);
}

void PromptBox::fit()
{
    const int lines = std::clamp(document()->blockCount(), 1, 3);
    setVerticalScrollBarPolicy(document()->blockCount() > 3 ? Qt::ScrollBarAsNeeded : Qt::ScrollBarAlwaysOff);
    setFixedHeight(std::max(px(34), lines * fontMetrics().lineSpacing() + 2 * px(7) + 2));
}

}
