#pragma once

#include <QByteArray>
#include <QImage>
#include <QSize>
#include <QString>

#include <functional>

class QCPPainter;

namespace tiller {

/// A picture that can be put on any device, at 96 dpi.
struct PlotFigure {
    QSize size;
    QString title; ///< of the document, not painted
    QString description;
    std::function<void(QCPPainter&)> paint;
};

/// Twice the size.
QImage imageOf(const PlotFigure& figure);
QByteArray svgOf(const PlotFigure& figure);

/// Writes .png (twice the size), .pdf or .svg. Returns what went wrong, empty if nothing.
QString writeFigure(const PlotFigure& figure, const QString& fileName);
/// Writes the bytes, all or none. Returns what went wrong, empty if nothing.
QString writeFile(const QByteArray& content, const QString& fileName);

}
