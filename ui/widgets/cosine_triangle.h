#pragma once

#include <QWidget>

#include <vector>

namespace tiller {

/// Cosines between things in a row each: a triangle of coloured figures beside their names.
class CosineTriangle : public QWidget {
    Q_OBJECT

public:
    explicit CosineTriangle(QWidget* parent = nullptr);

    /// `cells[i]`: of row i with each row before it; NaN where there is none. `tips` likewise.
    void setCells(QStringList names, std::vector<std::vector<double>> cells, std::vector<QStringList> tips);
    const std::vector<std::vector<double>>& cells() const { return m_cells; }

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    QRect cellRect(int row, int column) const;
    int nameWidth() const;

    QStringList m_names;
    std::vector<std::vector<double>> m_cells;
    std::vector<QStringList> m_tips;
};

}
