#include "ui/plots/plot_figure.h"

#include "ui/plots/plot_style.h"

#include <QBuffer>
#include <QCoreApplication>
#include <QPageSize>
#include <QPdfWriter>
#include <QSaveFile>
#include <QSvgGenerator>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

constexpr int figureDpi = 96;
constexpr double pointsPerPixel = 72.0 / figureDpi;
constexpr int pngScale = 2;

QString failure(const QString& fileName, const QString& reason)
{
    return QCoreApplication::translate("tiller::Plot", "Cannot write %1: %2").arg(fileName, reason);
}

void paintVectors(QPaintDevice& device, const PlotFigure& figure)
{
    QCPPainter painter;
    painter.begin(&device);
    painter.setMode(QCPPainter::pmVectorized);
    painter.setMode(QCPPainter::pmNoCaching);
    figure.paint(painter);
    painter.end();
}

QByteArray pngOf(const PlotFigure& figure)
{
    QBuffer buffer;
    buffer.open(QIODevice::WriteOnly);
    imageOf(figure).save(&buffer, "PNG");
    return buffer.data();
}

QByteArray pdfOf(const PlotFigure& figure)
{
    QBuffer buffer;
    buffer.open(QIODevice::WriteOnly);
    QPdfWriter pdf(&buffer);
    pdf.setPageSize(
        QPageSize(QSizeF(figure.size) * pointsPerPixel, QPageSize::Point, QString(), QPageSize::ExactMatch));
    pdf.setPageMargins(QMarginsF());
    pdf.setResolution(figureDpi);
    pdf.setTitle(figure.title);
    paintVectors(pdf, figure);
    return buffer.data();
}

}

QImage imageOf(const PlotFigure& figure)
{
    QImage image(figure.size * pngScale, QImage::Format_RGB32);
    image.setDevicePixelRatio(pngScale);
    QCPPainter painter;
    painter.begin(&image);
    painter.setMode(QCPPainter::pmNoCaching);
    figure.paint(painter);
    painter.end();
    return image;
}

QByteArray svgOf(const PlotFigure& figure)
{
    QBuffer buffer;
    buffer.open(QIODevice::WriteOnly);
    QSvgGenerator svg;
    svg.setOutputDevice(&buffer);
    svg.setSize(figure.size);
    svg.setViewBox(QRect(QPoint(), figure.size));
    svg.setResolution(figureDpi);
    svg.setTitle(figure.title);
    svg.setDescription(figure.description);
    paintVectors(svg, figure);
    return buffer.data();
}

QString writeFigure(const PlotFigure& figure, const QString& fileName)
{
    const QString kind = QFileInfo(fileName).suffix().toLower();
    if (kind == u"png"_s)
        return writeFile(pngOf(figure), fileName);
    if (kind == u"pdf"_s)
        return writeFile(pdfOf(figure), fileName);
    if (kind == u"svg"_s)
        return writeFile(svgOf(figure), fileName);
    return failure(
        fileName, QCoreApplication::translate("tiller::Plot", "the name must end in .png, .pdf or .svg"));
}

QString writeFile(const QByteArray& content, const QString& fileName)
{
    QSaveFile file(fileName);
    if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size() || !file.commit())
        return failure(fileName, file.errorString());
    return {};
}

}
