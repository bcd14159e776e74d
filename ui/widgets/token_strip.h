#pragma once

#include <QWidget>

#include <vector>

namespace tiller {

enum class TokenSide {
    Prompt, ///< plain
    Positive, ///< read tokens: amber chip, solid underline
    Negative, ///< read tokens: plum chip, double underline
};

struct StripToken {
    QString text;
    bool read = false; ///< taken by the read position
    QString toolTip; ///< for example the token's id
    bool head = false; ///< in a side's strip: before its answer
};

/// A text as wrapped token chips. Its height follows its width.
/// Left/Right move the current token, Home/End go to the ends, Esc clears it.
class TokenStrip : public QWidget {
    Q_OBJECT

public:
    explicit TokenStrip(QWidget* parent = nullptr);

    void setTokens(TokenSide side, std::vector<StripToken> tokens);
    TokenSide side() const { return m_side; }
    const std::vector<StripToken>& tokens() const { return m_tokens; }

    int currentToken() const { return m_current; }
    /// -1 for none.
    void setCurrentToken(int index);

    /// Chip of a token, in widget coordinates; null for a bad index.
    QRect tokenRect(int index) const;
    /// Token at a point, -1 for none.
    int tokenAt(const QPoint& point) const;

    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

signals:
    void tokenHovered(int index); ///< -1 when the pointer leaves
    void currentTokenChanged(int index);

protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    struct Layout {
        std::vector<QRect> chips;
        int height = 0;
    };
    Layout layOut(int width) const;
    void relayOut();
    void setHovered(int index);

    TokenSide m_side = TokenSide::Prompt;
    std::vector<StripToken> m_tokens;
    Layout m_layout;
    int m_current = -1;
    int m_hovered = -1;
};

}
