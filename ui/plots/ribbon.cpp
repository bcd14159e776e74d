#include "ui/plots/ribbon.h"

#include "ui/plots/axis_labels.h"
#include "ui/plots/plot_style.h"
#include "ui/theme/metrics.h"
#include "ui/theme/numbers.h"

#include <QKeyEvent>

#include <algorithm>
#include <cmath>

namespace tiller {

using namespace Qt::StringLiterals;

Ribbon::Ribbon(QWidget* parent)
    : Plot(parent)
{
    setAccessibleName(tr("Log-probability of the steered text, steered minus unsteered, a bar a token"));
    m_plot->axisRect()->setAutoMargins(QCP::msNone);
    for (QCPAxis* axis : {m_plot->xAxis2, m_plot->yAxis2}) {
        axis->setVisible(true);
        axis->setTicks(false);
        axis->setTickLabels(false);
    }
    m_plot->xAxis->grid()->setVisible(false);
    m_labels = new AxisLabels(m_plot->xAxis);
    new PaintedPart(m_plot->axisRect(), u"main"_s, [this](QCPPainter& painter) { paintBars(painter); });
    restyle();
    setEmpty(true);
}

void Ribbon::setTokens(std::vector<RibbonToken> tokens)
{
    m_tokens = std::move(tokens);
    m_current = -1;
    m_labels->setBold({});
    double largest = 0.5;
    std::vector<QString> labels;
    for (const RibbonToken& token : m_tokens) {
        largest = std::max(largest, std::abs(token.gap));
        labels.push_back(QString::number(labels.size()));
    }
    m_labels->setLabels(std::move(labels));
    m_plot->xAxis->setRange(-0.7, std::max(double(m_tokens.size()), 20.0) - 0.3);
    m_plot->yAxis->setRange(-1.35 * largest, 1.35 * largest);
    m_largest = largest;
    setEmpty(m_tokens.empty());
    restyle();
    replotSoon();
}

void Ribbon::setFirstDifference(int token)
{
    m_firstDifference = token;
    replotSoon();
}

void Ribbon::setCurrentToken(int token)
{
    token = token < int(m_tokens.size()) ? token : -1;
    if (token == m_current)
        return;
    m_current = token;
    m_labels->setBold(token < 0 ? std::vector<int>{} : std::vector<int>{token});
    replotSoon();
}

void Ribbon::choose(int token)
{
    setCurrentToken(token);
    announce(figures(token));
    emit tokenClicked(token);
}

int Ribbon::tokenAt(const QPoint& point) const
{
    const QPoint place = point - m_plot->pos();
    if (isEmpty() || !m_plot->axisRect()->rect().contains(place))
        return -1;
    const int token = int(std::lround(m_plot->xAxis->pixelToCoord(place.x())));
    return token >= 0 && token < int(m_tokens.size()) ? token : -1;
}

QString Ribbon::figures(int token) const
{
    if (token < 0 || token >= int(m_tokens.size()))
        return {};
    const RibbonToken& t = m_tokens[size_t(token)];
    return tr("Token %1, “%2”\nΔ log p %3\nKL %4 nat")
        .arg(token)
        .arg(t.text.trimmed(), signedNumber(t.gap, 2), number(t.kl, 3));
}

QString Ribbon::textAt(const QPoint& point) const
{
    return figures(tokenAt(point));
}

std::vector<LegendEntry> Ribbon::legend() const
{
    return {{tr("steered likelier"), &Colors::steered, SeriesStyle::Bars},
        {tr("▼ first difference"), &Colors::text, SeriesStyle::Solid, SeriesMark::LayerTag}};
}

PlotTable Ribbon::table() const
{
    PlotTable rows{{u"token"_s, u"text"_s, u"delta_log_p"_s, u"kl"_s}};
    for (size_t i = 0; i < m_tokens.size(); ++i)
        rows.push_back(
            {QString::number(i), m_tokens[i].text, cellOf(m_tokens[i].gap), cellOf(m_tokens[i].kl)});
    return rows;
}

void Ribbon::restyle()
{
    const Colors& palette = inks();
    m_plot->setBackground(palette.base);
    styleAxisRect(*m_plot->axisRect(), palette);
    m_labels->setColors(palette);
    // So low a plot has room for three figures.
    const QSharedPointer<QCPAxisTickerText> ticks(new QCPAxisTickerText);
    for (const double value : {-m_largest, 0.0, m_largest})
        ticks->addTick(value, value == 0 ? u"0"_s : signedNumber(value, 1));
    m_plot->yAxis->setTicker(ticks);
    const QFontMetrics metrics(plotFont());
    m_plot->axisRect()->setMargins(
        QMargins(metrics.horizontalAdvance(u"−10.0"_s) + px(10), px(4), px(8), m_labels->extent() + px(4)));
}

QRectF Ribbon::barOf(int token) const
{
    const double width = m_plot->xAxis->coordToPixel(1) - m_plot->xAxis->coordToPixel(0);
    const double zero = m_plot->yAxis->coordToPixel(0);
    const double end = m_plot->yAxis->coordToPixel(m_tokens[size_t(token)].gap);
    const double share = width > px(4) ? 0.78 : 1;
    return QRectF(m_plot->xAxis->coordToPixel(token) - share * width / 2, std::min(zero, end), share * width,
        std::abs(end - zero));
}

void Ribbon::paintBars(QCPPainter& painter) const
{
    const QRectF area = m_plot->axisRect()->rect();
    painter.setAntialiasing(false);
    for (int token = 0; token < int(m_tokens.size()); ++token) {
        const QRectF bar = barOf(token);
        if (m_tokens[size_t(token)].gap >= 0) {
            painter.fillRect(bar, inks().steered);
        } else {
            painter.setPen(QPen(inks().unsteered, 1));
            painter.setBrush(Qt::NoBrush);
            painter.drawRect(bar.adjusted(0, 0, -1, 0));
        }
    }
    painter.setPen(QPen(inks().secondary, 1));
    const double zero = m_plot->yAxis->coordToPixel(0);
    painter.drawLine(QPointF(area.left(), zero), QPointF(area.right(), zero));
    painter.setAntialiasing(true);
    if (m_firstDifference >= 0 && m_firstDifference < int(m_tokens.size())) {
        const double x = m_plot->xAxis->coordToPixel(m_firstDifference);
        const double size = px(4);
        painter.setPen(Qt::NoPen);
        painter.setBrush(inks().text);
        painter.drawPolygon(
            QPolygonF{{x - size, area.top()}, {x + size, area.top()}, {x, area.top() + 1.6 * size}});
    }
    if (m_current >= 0 && m_current < int(m_tokens.size()) && !isPaintingFigure()) {
        const QRectF bar = barOf(m_current);
        painter.setPen(QPen(inks().text, 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(QRectF(bar.left() - 2, area.top() + 1, bar.width() + 4, area.height() - 2));
    }
}

void Ribbon::mousePressEvent(QMouseEvent* event)
{
    Plot::mousePressEvent(event);
    const int token = tokenAt(event->pos());
    if (event->button() == Qt::LeftButton && token >= 0)
        choose(token);
}

void Ribbon::keyPressEvent(QKeyEvent* event)
{
    const int last = int(m_tokens.size()) - 1;
    if (last < 0)
        return Plot::keyPressEvent(event);
    switch (event->key()) {
    case Qt::Key_Left:
        return choose(std::max(0, m_current - 1));
    case Qt::Key_Right:
        return choose(std::min(last, m_current + 1));
    case Qt::Key_Home:
        return choose(0);
    case Qt::Key_End:
        return choose(last);
    default:
        Plot::keyPressEvent(event);
    }
}

}
