#pragma once

#include "ui/plots/plot.h"

namespace tiller {

class AxisLabels;

/// A matrix of cosines in square cells, row 0 on top, coloured from -1 to 1; usually a vector's layers
/// against each other.
///
/// Arrows move the cell at the cursor; a click or Return opens it.
class CosineMap : public Plot {
    Q_OBJECT

public:
    struct Cell {
        int row = -1;
        int column = -1;

        bool isValid() const { return row >= 0 && column >= 0; }
        bool operator==(const Cell&) const = default;
    };

    explicit CosineMap(QWidget* parent = nullptr);

    /// Layers, ascending, against each other: `cosines[i * n + j]` is that of layers[i] and layers[j]; NaN
    /// leaves a hole.
    void setLayers(std::vector<int> layers, std::vector<double> cosines);
    /// Named things against others: `cosines[row * columns + column]`.
    void setMatrix(std::vector<QString> rows, std::vector<QString> columns, std::vector<double> cosines);

    /// Bold on both axes; -1 for none.
    int currentLayer() const { return m_current; }
    void setCurrentLayer(int layer);

    Cell cellAt(const QPoint& point) const;
    /// In the widget.
    QRect cellRect(Cell cell) const;
    /// "layer 8 · layer 14: 0.83"
    QString cellText(Cell cell) const;
    Cell cursor() const { return m_cursor; }

    PlotTable table() const override;

    QSize sizeHint() const override;

signals:
    void layerClicked(int layer); ///< the column's layer
    void cellClicked(int row, int column);

protected:
    void restyle() override;
    void layOut(const QSize& room) override;
    QSize plotSizeInFigure() const override;
    QString textAt(const QPoint& point) const override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    int rowCount() const { return int(m_rows.size()); }
    int columnCount() const { return int(m_columns.size()); }
    bool contains(Cell cell) const;
    double valueAt(Cell cell) const;
    QRect inPlot(Cell cell) const;
    void fill(std::vector<QString> rows, std::vector<QString> columns, std::vector<double> cosines);
    void setCursorCell(Cell cell);
    void open(Cell cell);
    void paintCells(QCPPainter& painter) const;
    void paintCursor(QCPPainter& painter) const;
    void paintScale(QCPPainter& painter) const;

    AxisLabels* m_rowLabels;
    AxisLabels* m_columnLabels;
    std::vector<QString> m_rows;
    std::vector<QString> m_columns;
    std::vector<double> m_cosines;
    std::vector<int> m_layers; ///< empty for a matrix of named things
    int m_firstPlace = 0; ///< coordinate of the first row and column
    int m_current = -1;
    Cell m_cursor;
};

}
