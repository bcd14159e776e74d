#pragma once

#include <QPlainTextEdit>

namespace tiller {

/// Editor of a cell's text: lies over the table, wider than the cell and as high as the text, so that long
/// texts are read whole while they are written.
///
/// Return accepts, Shift+Return breaks the line, Tab accepts and goes on to the next cell, Esc gives up.
class PairEditor : public QPlainTextEdit {
    Q_OBJECT

public:
    /// `view` is the viewport that it stays inside.
    explicit PairEditor(QWidget* view);

    void setCell(const QRect& cell);
    /// To the letter: toPlainText() would turn no-break spaces into spaces, which are other tokens.
    QString text() const;

signals:
    void accepted();
    void acceptedForNext();
    void acceptedForPrevious();
    void givenUp();

protected:
    void resizeEvent(QResizeEvent* event) override;
    bool event(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    bool focusNextPrevChild(bool) override { return false; } ///< Tab goes through the cells

private:
    void fit();

    QRect m_cell;
};

}
