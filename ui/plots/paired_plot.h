#pragma once

#include "ui/plots/plot.h"

#include <QPointF>

namespace tiller {

/// A plot of a contrast set's rows, one of which is selected. A click or the arrow keys select; Del asks to
/// drop the row from the fit, or to take it back. A row is a pair, or a text where the set has no pairs.
class PairedPlot : public Plot {
    Q_OBJECT

public:
    explicit PairedPlot(QWidget* parent = nullptr);

    void setPoleNames(const QString& positive, const QString& negative);
    const QString& positiveName() const { return m_positiveName; }
    const QString& negativeName() const { return m_negativeName; }
    /// False where the two texts of a row have nothing in common: no line joins them.
    void setJoined(bool joined);
    bool isJoined() const { return m_joined; }

    /// 0-based row of the set; -1 for none. Emits nothing.
    int selectedRow() const { return m_selected; }
    void setSelectedRow(int row);

    /// Row at a point of the widget, -1 for none.
    virtual int rowAt(const QPoint& point) const = 0;
    /// What the tool tip shows of a row, the title first: "Pair 5".
    virtual QString figures(int row) const = 0;

    std::vector<LegendEntry> legend() const override;

signals:
    void pairClicked(int row); ///< is selected now
    void pairDropRequested(int row);

protected:
    /// Rows in the order of the arrow keys.
    void setRows(std::vector<int> rows);
    /// Where the tip of a row reached by keyboard appears.
    virtual QPoint placeOf(int row) const = 0;
    /// "Pair 5", "Text 7, dropped".
    QString title(int row, bool dropped) const;
    QString textAt(const QPoint& point) const override;
    bool event(QEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    void choose(int row);
    void describe();

    std::vector<int> m_rows;
    QString m_positiveName;
    QString m_negativeName;
    bool m_joined = true;
    int m_selected = -1;
};

/// Decimals that give figures of this size three digits or so.
int decimalsFor(double largest);

}
