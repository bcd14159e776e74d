#pragma once

#include "ui/plots/plot.h"

#include <vector>

namespace tiller {

class AxisLabels;

/// One token of a text that two distributions were asked for.
struct RibbonToken {
    QString text;
    double gap = 0; ///< log-probability steered minus unsteered, nats
    double kl = 0; ///< of the two distributions at this place, nats
};

/// A text's tokens side by side: filled bars upward where steering made the token likelier, outlined ones
/// downward where it made it less likely, ▼ where the two rows part. Hovering gives the figures; a click or
/// Left/Right choose a token.
class Ribbon : public Plot {
    Q_OBJECT

public:
    explicit Ribbon(QWidget* parent = nullptr);

    void setTokens(std::vector<RibbonToken> tokens);
    const std::vector<RibbonToken>& tokens() const { return m_tokens; }
    /// -1: none.
    void setFirstDifference(int token);
    int currentToken() const { return m_current; }
    void setCurrentToken(int token);

    int tokenAt(const QPoint& point) const;
    QString figures(int token) const;

    std::vector<LegendEntry> legend() const override;
    PlotTable table() const override;

signals:
    void tokenClicked(int token);

protected:
    void restyle() override;
    QString textAt(const QPoint& point) const override;
    void mousePressEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    void choose(int token);
    void paintBars(QCPPainter& painter) const;
    QRectF barOf(int token) const;

    AxisLabels* m_labels;
    std::vector<RibbonToken> m_tokens;
    double m_largest = 0.5; ///< gap, what the axis shows
    int m_firstDifference = -1;
    int m_current = -1;
};

}
