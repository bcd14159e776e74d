#include "ui/plots/plot_style.h"

#include "ui/theme/metrics.h"

#include <QCoreApplication>
#include <QPageSize>
#include <QPdfWriter>
#include <QSaveFile>
#include <QSvgGenerator>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

/// "−" and tick marks as the window writes numbers.
class NumberTicker : public QCPAxisTicker {
protected:
    QString getTickLabel(double tick, const QLocale& locale, QChar format, int precision) override
    {
        return QCPAxisTicker::getTickLabel(tick, locale, format, precision).replace(u'-', u'\u2212');
    }
};

void paintOn(QPaintDevice& device, QCustomPlot& plot, const QSize& size)
{
    QCPPainter painter;
    painter.begin(&device);
    painter.setMode(QCPPainter::pmVectorized);
    painter.setMode(QCPPainter::pmNoCaching);
    plot.toPainter(&painter, size.width(), size.height());
    painter.end();
}

}

void styleAxisRect(QCPAxisRect& rect, const Colors& palette)
{
    rect.setBackground(palette.base);
    for (QCPAxis* axis : rect.axes()) {
        axis->setBasePen(QPen(palette.line));
        axis->setTickPen(Qt::NoPen);
        axis->setSubTickPen(Qt::NoPen);
        axis->setTickLabelColor(palette.secondary);
        axis->setTickLabelFont(plotFont());
        axis->setTickLabelPadding(px(5));
        axis->setLabelColor(palette.secondary);
        axis->setLabelFont(plotFont());
        axis->setLabelPadding(px(2));
        axis->setNumberFormat(u"g"_s);
        axis->setNumberPrecision(4);
        axis->grid()->setPen(QPen(palette.plotGrid));
        axis->grid()->setZeroLinePen(QPen(palette.line));
        axis->grid()->setSubGridVisible(false);
        if (!dynamic_cast<NumberTicker*>(axis->ticker().data()))
            axis->setTicker(QSharedPointer<NumberTicker>::create());
    }
}

QString writePlot(QCustomPlot& plot, const QString& fileName)
{
    const auto message = [&fileName](const QString& reason) {
        return QCoreApplication::translate("tiller::Plot", "Cannot write %1: %2").arg(fileName, reason);
    };
    const QSize size = plot.size();
    QSaveFile file(fileName);
    if (!file.open(QIODevice::WriteOnly))
        return message(file.errorString());

    const QString kind = QFileInfo(fileName).suffix().toLower();
    bool written = true;
    if (kind == u"png"_s) {
        written = plot.toPixmap(size.width(), size.height(), 2).save(&file, "PNG");
    } else if (kind == u"pdf"_s) {
        QPdfWriter pdf(&file);
        pdf.setPageSize(QPageSize(QSizeF(size) * 0.75, QPageSize::Point, QString(), QPageSize::ExactMatch));
        pdf.setPageMargins(QMarginsF());
        pdf.setResolution(96);
        pdf.setTitle(plot.window()->windowTitle());
        paintOn(pdf, plot, size);
    } else if (kind == u"svg"_s) {
        QSvgGenerator svg;
        svg.setOutputDevice(&file);
        svg.setSize(size);
        svg.setViewBox(QRect(QPoint(), size));
        svg.setResolution(96);
        paintOn(svg, plot, size);
    } else {
        file.cancelWriting();
        return message(
            QCoreApplication::translate("tiller::Plot", "the name must end in .png, .pdf or .svg"));
    }
    if (!written || !file.commit())
        return message(file.errorString());
    return {};
}

}
