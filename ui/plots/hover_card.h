#pragma once

#include <QFrame>

#include <vector>

namespace tiller {

struct HoverCardContent {
    struct Figure {
        QString name;
        QString value;
    };
    QString title; ///< "Layer 16, strength +2"
    QString aside; ///< right of the title: "push 0.55"
    std::vector<Figure> figures; ///< in two columns, row by row
    QString words; ///< first words of the text, at most three lines
    QString hint; ///< what a click does

    bool isEmpty() const { return title.isEmpty(); }
};

/// Small floating panel beside what the pointer is over: 282 wide, never under the pointer, no focus.
class HoverCard : public QFrame {
    Q_OBJECT

public:
    explicit HoverCard(QWidget* parent);

    /// Shows the card 8 px from `target` (in the parent window's coordinates), inside the window.
    void showBeside(const QRect& target, const HoverCardContent& content);
    const HoverCardContent& content() const { return m_content; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    int layOut(class QPainter* painter) const;

    HoverCardContent m_content;
};

}
