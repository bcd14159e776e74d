#pragma once

#include "ui/plots/legend_entries.h"
#include "ui/plots/plot_table.h"
#include "ui/theme/colors.h"

#include <QWidget>

class QCPPainter;
class QCustomPlot;

namespace tiller {

struct PlotFigure;

/// What our plots have in common: a plot inside a focus ring, a text while there is nothing to show, figures
/// under the pointer, an accessible description of the item at the cursor, and the way out of the window as
/// figure or table.
///
/// The context menu (right button, Menu key, Shift+F10) exports and copies both; see also exportButton().
class Plot : public QWidget {
    Q_OBJECT

public:
    explicit Plot(QWidget* parent = nullptr);

    /// Shown while there is nothing to plot.
    void setPlaceholderText(const QString& text);
    QString placeholderText() const { return m_placeholder; }
    bool isEmpty() const;

    /// Text under an exported figure.
    void setCaption(const QString& caption);
    /// What save dialogs suggest: a path without its suffix.
    void setExportName(const QString& path);
    QString exportName() const { return m_exportName; }

    virtual std::vector<LegendEntry> legend() const { return {}; }
    virtual PlotTable table() const = 0;
    QString toCsv() const { return csvOf(table()); }

    /// Plot, legend and caption in light colours, as .png (twice the size), .pdf or .svg. Returns what went
    /// wrong, empty when nothing did.
    QString exportTo(const QString& fileName);
    /// The table as CSV. Returns what went wrong, empty when nothing did.
    QString exportData(const QString& fileName) const;
    QImage figureImage();
    void copyFigure();
    void copyData() const;
    /// Size of the figure at 96 dpi.
    QSize figureSize() const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

signals:
    void exported(const QString& fileName);
    void exportFailed(const QString& problem); ///< what exportTo or exportData returned to the menu

protected:
    /// Colours, fonts and margins, by inks(): after a change of theme, and before and after a figure.
    virtual void restyle() = 0;
    /// Fits what depends on the room that the plot has.
    virtual void layOut(const QSize& room);
    /// What the tool tip shows; empty for none.
    virtual QString textAt(const QPoint& point) const;
    /// Room for the plot in a figure, without legend and caption.
    virtual QSize plotSizeInFigure() const;
    /// The legend above a figure.
    virtual QSize legendSizeInFigure() const;
    virtual void drawLegendInFigure(QPainter& painter, const QPoint& topLeft) const;

    const Colors& inks() const;
    bool hasDarkInks() const;
    /// While a figure is painted: marks of pointer and keyboard stay away.
    bool isPaintingFigure() const { return m_paintingFigure; }

    void setEmpty(bool empty);
    void replotSoon();
    /// Describes the item at the cursor to screen readers; lines become clauses.
    void announce(QString text);
    void showTip(const QPoint& point, const QString& text);

    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void changeEvent(QEvent* event) override;

    QCustomPlot* const m_plot; ///< hidden while empty

private:
    struct FigureParts;
    FigureParts figureParts() const;
    PlotFigure figure();
    void paintFigure(QCPPainter& painter);
    void setPaintingFigure(bool painting);

    QString m_placeholder;
    QString m_caption;
    QString m_exportName;
    bool m_paintingFigure = false;
};

}
