#pragma once

#include "ui/state/run_text.h"
#include "ui/theme/colors.h"

#include <QWidget>

class QPlainTextEdit;

namespace tiller {

class NumberLabel;
class ElidedLabel;
class TokenTextView;

/// One row's text: bar and header in the row's colour, the row's name written, figures in the foot.
class RowPane : public QWidget {
    Q_OBJECT

public:
    enum class Kind { Unsteered, Steered, Third };

    explicit RowPane(Kind kind, QWidget* parent = nullptr);

    void setTitle(const QString& title);
    /// Beside the name: "same prompt, same draws", "1.0 formal".
    void setNote(const QString& note);
    /// Turns of the chat before this answer, above it; empty: none.
    void setEarlier(const QString& turns);
    void setPlaceholderText(const QString& text);
    TokenTextView* view() { return m_view; }

    void clear();
    /// Shows the row, adding only what is new since the last call.
    void show(const RowText& row, const std::vector<std::optional<double>>& tints = {});
    void setStreaming(bool streaming);
    void setFigures(const QString& figures);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    ColorToken m_color;
    ColorToken m_ground;
    QWidget* m_header;
    ElidedLabel* m_title;
    ElidedLabel* m_note;
    QPlainTextEdit* m_earlier;
    TokenTextView* m_view;
    ElidedLabel* m_foot;
};

/// "35 tokens   ppl 6.1", and how it ended.
QString figuresOf(const RowText& row);

}
