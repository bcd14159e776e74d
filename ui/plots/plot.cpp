#include "ui/plots/plot.h"

#include "ui/plots/plot_accessible.h"
#include "ui/plots/plot_export.h"
#include "ui/plots/plot_figure.h"
#include "ui/plots/plot_style.h"
#include "ui/theme/metrics.h"
#include "ui/theme/style.h"
#include "ui/theme/theme.h"

#include <QAccessible>
#include <QClipboard>
#include <QGuiApplication>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMimeData>
#include <QToolTip>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

constexpr double figurePadding = 12;
constexpr int longestPlainTip = 160; ///< characters

}

/// Places in an exported figure, from top to bottom.
struct Plot::FigureParts {
    QRect legend;
    QRect plot;
    QRect caption;
    QSize size;
};

Plot::Plot(QWidget* parent)
    : QWidget(parent)
    , m_plot(new QCustomPlot(this))
    , m_exportName(u"figure"_s)
{
    installPlotAccessibility();
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    m_plot->setAttribute(Qt::WA_TransparentForMouseEvents);
    m_plot->setFocusPolicy(Qt::NoFocus);
    addExportActions(this);
    setEmpty(true);
}

void Plot::setPlaceholderText(const QString& text)
{
    m_placeholder = text;
    update();
}

bool Plot::isEmpty() const
{
    return m_plot->isHidden();
}

void Plot::setEmpty(bool empty)
{
    m_plot->setVisible(!empty);
    for (QAction* action : actions())
        action->setEnabled(!empty);
    update();
}

void Plot::setCaption(const QString& caption)
{
    m_caption = caption;
}

void Plot::setExportName(const QString& path)
{
    m_exportName = path;
}

const Colors& Plot::inks() const
{
    return m_paintingFigure ? lightColors() : colors();
}

bool Plot::hasDarkInks() const
{
    return !m_paintingFigure && isDarkTheme();
}

void Plot::layOut(const QSize&) { }

QString Plot::textAt(const QPoint&) const
{
    return {};
}

QSize Plot::plotSizeInFigure() const
{
    return m_plot->size().expandedTo(QSize(px(440), px(220)));
}

QSize Plot::legendSizeInFigure() const
{
    const auto entries = legend();
    return entries.empty() ? QSize() : legendSize(entries);
}

void Plot::drawLegendInFigure(QPainter& painter, const QPoint& topLeft) const
{
    drawLegend(painter, topLeft, legend(), inks());
}

Plot::FigureParts Plot::figureParts() const
{
    const int padding = px(figurePadding);
    const QSize legend = legendSizeInFigure();
    const QSize plot = plotSizeInFigure();
    const int width = std::max(plot.width(), legend.width() + 2 * padding);
    FigureParts parts;
    int y = 0;
    if (!legend.isEmpty()) {
        parts.legend = QRect(QPoint(padding, padding), legend);
        y = parts.legend.bottom() + 1;
    }
    parts.plot = QRect(QPoint(0, y), plot);
    y = parts.plot.bottom() + 1;
    if (!m_caption.isEmpty()) {
        const QRect room(padding, y + px(4), width - 2 * padding, 10000);
        parts.caption
            = QFontMetrics(smallFont()).boundingRect(room, Qt::AlignLeft | Qt::TextWordWrap, m_caption);
        y = parts.caption.bottom() + 1 + padding;
    }
    parts.size = QSize(width, y);
    return parts;
}

QSize Plot::figureSize() const
{
    return figureParts().size;
}

void Plot::setPaintingFigure(bool painting)
{
    m_paintingFigure = painting;
    layOut(painting ? figureParts().plot.size() : m_plot->size());
    restyle();
}

void Plot::paintFigure(QCPPainter& painter)
{
    const FigureParts parts = figureParts();
    setPaintingFigure(true);
    painter.fillRect(QRect(QPoint(), parts.size), inks().base);
    painter.save();
    painter.translate(parts.plot.topLeft());
    m_plot->toPainter(&painter, parts.plot.width(), parts.plot.height());
    painter.restore();
    painter.setClipping(false);
    if (!parts.legend.isEmpty())
        drawLegendInFigure(painter, parts.legend.topLeft());
    painter.setFont(smallFont());
    painter.setPen(inks().secondary);
    painter.drawText(parts.caption, int(Qt::AlignLeft) | Qt::TextWordWrap | Qt::TextDontClip, m_caption);
    setPaintingFigure(false);
    replotSoon();
}

PlotFigure Plot::figure()
{
    return {figureSize(), accessibleName(), m_caption, [this](QCPPainter& painter) { paintFigure(painter); }};
}

QString Plot::exportTo(const QString& fileName)
{
    return isEmpty() ? tr("There is nothing to export yet.") : writeFigure(figure(), fileName);
}

QString Plot::exportData(const QString& fileName) const
{
    return isEmpty() ? tr("There is nothing to export yet.") : writeFile(toCsv().toUtf8(), fileName);
}

QImage Plot::figureImage()
{
    return imageOf(figure());
}

void Plot::copyFigure()
{
    auto* content = new QMimeData;
    content->setImageData(figureImage());
    content->setData(u"image/svg+xml"_s, svgOf(figure()));
    QGuiApplication::clipboard()->setMimeData(content);
}

void Plot::copyData() const
{
    auto* content = new QMimeData;
    content->setText(tabbedOf(table()));
    content->setData(u"text/csv"_s, toCsv().toUtf8());
    QGuiApplication::clipboard()->setMimeData(content);
}

QSize Plot::sizeHint() const
{
    return {px(420), px(180)};
}

QSize Plot::minimumSizeHint() const
{
    return {px(160), px(80)};
}

void Plot::replotSoon()
{
    m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void Plot::announce(QString text)
{
    text.replace(u'\n', u", "_s);
    if (text == accessibleDescription())
        return;
    setAccessibleDescription(text);
    QAccessibleEvent changed(this, QAccessible::DescriptionChanged);
    QAccessible::updateAccessibility(&changed);
}

void Plot::showTip(const QPoint& point, const QString& text)
{
    // A text of the user may look like HTML, and only HTML is broken into lines.
    const bool plain = text.size() <= longestPlainTip && !Qt::mightBeRichText(text);
    QToolTip::showText(mapToGlobal(point),
        plain ? text : u"<qt>"_s + text.toHtmlEscaped().replace(u'\n', u"<br>"_s) + u"</qt>"_s, this);
}

bool Plot::event(QEvent* event)
{
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const QPoint point = static_cast<QHelpEvent*>(event)->pos();
    const QString text = textAt(point);
    if (text.isEmpty())
        QToolTip::hideText();
    else
        showTip(point, text);
    return true;
}

void Plot::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), colors().base);
    if (isEmpty()) {
        painter.setPen(colors().secondary);
        painter.setFont(smallFont());
        painter.drawText(
            rect().adjusted(px(24), 0, -px(24), 0), Qt::AlignCenter | Qt::TextWordWrap, m_placeholder);
    }
    if (showsFocusRing(this))
        drawFocusRing(painter, rect());
}

void Plot::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    const int ring = 3; // the plot covers its ground, so the ring stands around it
    m_plot->setGeometry(rect().adjusted(ring, ring, -ring, -ring));
    layOut(m_plot->size());
    replotSoon(); // the plot has painted itself at once, as it was laid out before
}

/// A tip that is open follows the pointer at once.
void Plot::mouseMoveEvent(QMouseEvent* event)
{
    if (!QToolTip::isVisible())
        return;
    const QString text = textAt(event->position().toPoint());
    if (!text.isEmpty() && text != QToolTip::text())
        showTip(event->position().toPoint(), text);
}

void Plot::keyPressEvent(QKeyEvent* event)
{
    // The platform turns the Menu key into a context menu event, but not every one does so for Shift+F10.
    if (event->key() == Qt::Key_F10 && event->modifiers() == Qt::ShiftModifier)
        showExportMenu(this, mapToGlobal(rect().center()));
    else
        event->ignore();
}

void Plot::contextMenuEvent(QContextMenuEvent* event)
{
    const bool byKey = event->reason() == QContextMenuEvent::Keyboard;
    showExportMenu(this, byKey ? mapToGlobal(rect().center()) : event->globalPos());
}

void Plot::focusInEvent(QFocusEvent* event)
{
    QWidget::focusInEvent(event);
    update();
}

void Plot::focusOutEvent(QFocusEvent* event)
{
    QWidget::focusOutEvent(event);
    update();
}

void Plot::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) {
        layOut(m_plot->size());
        restyle();
        replotSoon();
    }
}

}
