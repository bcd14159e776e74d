#pragma once

#include "ui/theme/colors.h"

#include <QAbstractScrollArea>
#include <QTextLayout>
#include <QTimer>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace tiller {

/// Read-only flowing text made of tokens: what a row generates, as it arrives.
///
/// append() costs the same however long the text is: only the last line is laid out again, at most 30 times a
/// second. The view follows the end only while the reader is at the end.
///
/// Click or arrows choose the current token (framed); dragging, Shift with arrows and Ctrl+A select text;
/// Ctrl+C copies; Esc clears selection and current token.
class TokenTextView : public QAbstractScrollArea {
    Q_OBJECT

public:
    explicit TokenTextView(QWidget* parent = nullptr);
    ~TokenTextView() override;

    void clear();
    /// Adds a token, whole UTF-8 as the engine's stream gives it (may be empty while a character is
    /// incomplete). `tint`: -1..1, already scaled by the 95th percentile of the unsteered row; nothing below
    /// |0.12| shows.
    int append(const QString& text, std::optional<double> tint = {});
    void setTint(int index, std::optional<double> tint);
    /// Replaces the tints of tokens 0..n-1.
    void setTints(const std::vector<std::optional<double>>& tints);

    int tokenCount() const { return int(m_tokens.size()); }
    QString tokenText(int index) const;
    QString text() const { return m_text; }

    /// Framed token; -1 for none.
    int currentToken() const { return m_current; }
    void setCurrentToken(int index);
    /// Small triangle above the token where the rows part; -1 for none.
    void setFirstDifference(int index);
    /// The first so many tokens were given, not chosen: drawn in the secondary colour.
    void setBegun(int tokens);
    /// What a token's tool tip says; empty: none.
    void setToolTips(std::function<QString(int token)> toolTips);

    /// Shows the caret block after the last token, in `color`.
    void setStreaming(bool streaming);
    /// Whether a reader at the end stays there as text comes; without it a text is shown from its beginning.
    void setFollowing(bool following) { m_following = following; }
    void setCaretColor(ColorToken color);
    /// Shown, in secondary colour, while there is no token.
    void setPlaceholderText(const QString& text);

    QString selectedText() const;
    bool hasSelection() const { return m_anchor != m_cursor; }

    /// Token at a point of the viewport; -1 for none.
    int tokenAt(const QPoint& point) const;
    /// First part of the token in viewport coordinates (a wrapped token has several).
    QRect tokenRect(int index) const;
    bool isAtEnd() const;

    /// Character positions, for accessibility.
    int positionAt(const QPoint& point) const;
    QRect characterRect(int position) const;
    int selectionStart() const { return std::min(m_anchor, m_cursor); }
    int selectionEnd() const { return std::max(m_anchor, m_cursor); }
    void setSelection(int anchor, int cursor);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

public slots:
    void copy() const;
    void selectAll();

signals:
    void tokenHovered(int index); ///< -1 when none
    void tokenClicked(int index);
    void currentTokenChanged(int index); ///< by click or keys
    void selectionChanged();

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    bool viewportEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    struct Token {
        int begin;
        int end;
        std::optional<double> tint;
    };
    /// One visual line: characters [begin, end), a trailing line feed excluded from the layout.
    struct Line {
        int begin;
        int end;
        std::unique_ptr<QTextLayout> layout;
    };

    void ensureLayout() const;
    void appendParagraph(int begin, int end) const;
    void invalidateLayout();
    void flush();
    void updateScrollBar();
    double textWidth() const;
    int lineHeight() const;
    int lineOf(int position) const;
    int lineAt(double y) const;
    int tokenOf(int position) const;
    /// Viewport position of a line's top left.
    QPointF lineTop(int line) const;
    /// Characters [begin, end) as far as they are on the line, without white space at their beginning.
    QRectF partRect(int line, int begin, int end) const;

    void walk(int token, bool extend);
    int tokenBelow(int lines) const;
    void scrollTo(int token);
    void choose(int token);
    void setHovered(int index);

    void paintTints(QPainter& painter, int line) const;
    void paintFrame(QPainter& painter) const;
    void paintCaret(QPainter& painter) const;
    void paintFirstDifference(QPainter& painter) const;

    QString m_text;
    std::vector<Token> m_tokens;
    mutable std::vector<Line> m_lines;
    mutable int m_laidOut = 0; ///< characters covered by m_lines
    mutable double m_layoutWidth = -1;

    QTimer m_flush;
    bool m_streaming = false;
    bool m_following = true;
    bool m_followEnd = true;
    ColorToken m_caretColor = &Colors::steered;
    QString m_placeholder;
    int m_firstDifference = -1;
    int m_begun = 0;
    std::function<QString(int)> m_toolTips;
    int m_current = -1;
    int m_hovered = -1;
    int m_anchor = 0;
    int m_cursor = 0;
    bool m_pressed = false;
    QPoint m_pressPoint;
};

}
