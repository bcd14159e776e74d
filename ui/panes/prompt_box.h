#pragma once

#include <QPlainTextEdit>

namespace tiller {

/// One line that grows to three. Return generates, Shift+Return breaks the line.
class PromptBox : public QPlainTextEdit {
    Q_OBJECT

public:
    explicit PromptBox(QWidget* parent = nullptr);

signals:
    void submitted();

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    void fit();
};

}
