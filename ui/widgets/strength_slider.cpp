#include "ui/widgets/strength_slider.h"

#include "ui/theme/color_maps.h"
#include "ui/theme/metrics.h"
#include "ui/theme/numbers.h"
#include "ui/theme/style.h"
#include "ui/theme/theme.h"
#include "ui/widgets/strength_slider_accessible.h"

#include <QAccessible>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QPainterPath>
#include <QToolTip>

#include <algorithm>
#include <cmath>
#include <limits>

namespace tiller {

namespace {

constexpr double curvature = 1.6;
constexpr double normalStep = 0.05;
constexpr double fineStep = 0.01;
constexpr double pageStep = 0.5;
constexpr double fineDrag = 0.1;

double rounded(double value)
{
    const double hundredths = std::round(value * 100) / 100;
    return hundredths == 0 ? 0 : hundredths; // no negative zero
}

/// Loss at a strength, linear between samples sorted by strength; NaN beyond the outermost.
double lossAt(const std::vector<LossSample>& samples, double strength)
{
    const auto above = std::lower_bound(samples.begin(), samples.end(), strength,
        [](const LossSample& sample, double s) { return sample.strength < s; });
    if (above == samples.end())
        return std::numeric_limits<double>::quiet_NaN();
    if (above->strength == strength)
        return above->loss;
    if (above == samples.begin())
        return std::numeric_limits<double>::quiet_NaN();
    const auto below = std::prev(above);
    const double t = (strength - below->strength) / (above->strength - below->strength);
    return below->loss + t * (above->loss - below->loss);
}

/// Sorted, one sample a strength, and with the one that needs no measuring: strength zero changes nothing.
std::vector<LossSample> completed(std::vector<LossSample> samples)
{
    std::erase_if(
        samples, [](const LossSample& s) { return !std::isfinite(s.strength) || !std::isfinite(s.loss); });
    if (samples.empty())
        return samples;
    std::stable_sort(samples.begin(), samples.end(),
        [](const LossSample& a, const LossSample& b) { return a.strength < b.strength; });
    const auto same = [](const LossSample& a, const LossSample& b) { return a.strength == b.strength; };
    samples.erase(std::unique(samples.begin(), samples.end(), same), samples.end());
    const auto zero = std::lower_bound(samples.begin(), samples.end(), 0.0,
        [](const LossSample& sample, double s) { return sample.strength < s; });
    if (zero == samples.end() || zero->strength != 0)
        samples.insert(zero, LossSample{0, 0});
    return samples;
}

}

std::optional<double> collapsePoint(const std::vector<LossSample>& samples, int sign, double threshold)
{
    auto outward = completed(samples);
    std::erase_if(outward, [sign](const LossSample& s) { return s.strength * sign < 0; });
    if (sign < 0)
        std::reverse(outward.begin(), outward.end());
    for (size_t i = 1; i < outward.size(); ++i) {
        const LossSample& inner = outward[i - 1];
        const LossSample& outer = outward[i];
        if (outer.loss <= threshold)
            continue;
        if (inner.loss >= threshold)
            return inner.strength;
        const double t = (threshold - inner.loss) / (outer.loss - inner.loss);
        return inner.strength + t * (outer.strength - inner.strength);
    }
    return {};
}

StrengthSlider::StrengthSlider(QWidget* parent)
    : QWidget(parent)
{
    installStrengthSliderAccessibility();
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setAccessibleName(tr("Strength"));
}

double StrengthSlider::strengthAt(double position, double maximum)
{
    return std::copysign(maximum * std::pow(std::min(std::abs(position), 1.0), curvature), position);
}

double StrengthSlider::positionOf(double strength, double maximum)
{
    if (maximum <= 0)
        return 0;
    return std::copysign(std::pow(std::min(std::abs(strength) / maximum, 1.0), 1 / curvature), strength);
}

void StrengthSlider::setMaximum(double maximum)
{
    if (!(maximum > 0) || !std::isfinite(maximum) || maximum == m_maximum)
        return;
    m_maximum = maximum;
    update();
}

void StrengthSlider::setActive(bool active)
{
    m_active = active;
    update();
}

void StrengthSlider::setPoles(const QString& negative, const QString& positive)
{
    m_negativePole = negative;
    m_positivePole = positive;
    setAccessibleDescription(negative.isEmpty() && positive.isEmpty()
            ? QString()
            : tr("Negative is %1, positive is %2").arg(negative, positive));
}

void StrengthSlider::setMeasurements(std::vector<LossSample> samples, double fullLoss)
{
    m_samples = completed(std::move(samples));
    m_fullLoss = fullLoss > 0 ? fullLoss : 3;
    updateCollapse();
}

void StrengthSlider::setCollapseThreshold(double threshold)
{
    m_threshold = threshold;
    updateCollapse();
}

void StrengthSlider::updateCollapse()
{
    m_negativeCollapse = collapsePoint(m_samples, -1, m_threshold);
    m_positiveCollapse = collapsePoint(m_samples, 1, m_threshold);
    update();
}

bool StrengthSlider::isPastCollapse() const
{
    return (m_negativeCollapse && m_value < *m_negativeCollapse)
        || (m_positiveCollapse && m_value > *m_positiveCollapse);
}

void StrengthSlider::setValue(double value)
{
    if (!std::isfinite(value) || value == m_value)
        return;
    m_value = value == 0 ? 0 : value;
    update();
    QAccessibleValueChangeEvent changed(this, m_value);
    QAccessible::updateAccessibility(&changed);
    emit valueChanged(m_value);
}

/// What the user does with the slider stays within its range; what others set does not have to.
void StrengthSlider::edit(double value)
{
    setValue(std::clamp(rounded(value), -m_maximum, m_maximum));
}

void StrengthSlider::step(double by)
{
    edit(m_value + by);
    emit editingFinished();
}

QRectF StrengthSlider::grooveRect() const
{
    const double inset = px(25);
    const double thickness = px(8);
    return {inset, (height() - thickness) / 2.0, std::max(1.0, width() - 2 * inset), thickness};
}

double StrengthSlider::xOf(double strength) const
{
    const QRectF groove = grooveRect();
    return groove.center().x() + positionOf(strength, m_maximum) * groove.width() / 2;
}

QRectF StrengthSlider::thumbRect() const
{
    QRectF thumb(0, 0, px(44), px(22));
    thumb.moveCenter({std::round(xOf(m_value)), grooveRect().center().y()});
    return thumb;
}

QSize StrengthSlider::sizeHint() const
{
    return {px(316), px(34)};
}

QSize StrengthSlider::minimumSizeHint() const
{
    return {px(150), px(34)};
}

bool StrengthSlider::event(QEvent* event)
{
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    const QRectF groove = grooveRect();
    const double position = (help->pos().x() - groove.center().x()) / (groove.width() / 2);
    const double strength = strengthAt(std::clamp(position, -1.0, 1.0), m_maximum);
    const double loss = lossAt(m_samples, strength);
    QString text
        = tr("Strength %1: coherence loss %2 nats per token").arg(signedNumber(strength, 2), number(loss, 2));
    if (m_samples.empty())
        text = tr("Not measured. Run Map.");
    else if (std::isnan(loss))
        text = tr("Strength %1 was not measured").arg(signedNumber(strength, 2));
    QToolTip::showText(help->globalPos(), text, this);
    return true;
}

void StrengthSlider::mousePressEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton) {
        event->ignore();
        return;
    }
    m_dragging = true;
    m_dragX = event->position().x();
    m_thumbX = std::clamp(xOf(m_value), grooveRect().left(), grooveRect().right());
    if (!thumbRect().contains(event->position())) {
        m_thumbX = m_dragX;
        drag(m_dragX);
    }
}

void StrengthSlider::mouseMoveEvent(QMouseEvent* event)
{
    if (!m_dragging)
        return;
    const double moved = event->position().x() - m_dragX;
    m_dragX = event->position().x();
    if (moved != 0)
        drag(m_thumbX + moved * (event->modifiers() & Qt::ShiftModifier ? fineDrag : 1));
}

void StrengthSlider::mouseReleaseEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton || !m_dragging)
        return;
    m_dragging = false;
    emit editingFinished();
}

void StrengthSlider::mouseDoubleClickEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton)
        return;
    m_dragging = false;
    edit(0);
    emit editingFinished();
}

void StrengthSlider::drag(double x)
{
    const QRectF groove = grooveRect();
    m_thumbX = x;
    const double offset = x - groove.center().x();
    const double position = std::clamp(offset / (groove.width() / 2), -1.0, 1.0);
    edit(std::abs(offset) <= px(3) ? 0 : strengthAt(position, m_maximum));
}

void StrengthSlider::keyPressEvent(QKeyEvent* event)
{
    if (event->modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier)) {
        event->ignore();
        return;
    }
    const double small = event->modifiers() & Qt::ShiftModifier ? fineStep : normalStep;
    switch (event->key()) {
    case Qt::Key_Left:
    case Qt::Key_Down:
        return step(-small);
    case Qt::Key_Right:
    case Qt::Key_Up:
        return step(small);
    case Qt::Key_PageDown:
        return step(-pageStep);
    case Qt::Key_PageUp:
        return step(pageStep);
    case Qt::Key_Home:
        return step(-m_maximum - m_value);
    case Qt::Key_End:
        return step(m_maximum - m_value);
    case Qt::Key_0:
        return step(-m_value);
    default:
        event->ignore();
    }
}

void StrengthSlider::wheelEvent(QWheelEvent* event)
{
    if (!hasFocus()) {
        event->ignore();
        return;
    }
    const QPoint delta = event->angleDelta();
    m_wheelRest += delta.y() != 0 ? delta.y() : delta.x();
    const double notches = std::trunc(m_wheelRest / 120);
    m_wheelRest -= notches * 120;
    if (notches != 0)
        step(notches * (event->modifiers() & Qt::ShiftModifier ? fineStep : normalStep));
    event->accept();
}

void StrengthSlider::focusInEvent(QFocusEvent* event)
{
    QWidget::focusInEvent(event);
    update();
}

void StrengthSlider::focusOutEvent(QFocusEvent* event)
{
    m_wheelRest = 0;
    QWidget::focusOutEvent(event);
    update();
}

void StrengthSlider::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::FontChange)
        updateGeometry();
    QWidget::changeEvent(event);
}

void StrengthSlider::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    paintTrack(painter);
    if (m_active)
        paintCollapse(painter);
    paintTicks(painter);
    paintThumb(painter);
}

void StrengthSlider::paintTrack(QPainter& painter) const
{
    const Colors& c = colors();
    const QRectF groove = grooveRect();
    QPainterPath outline;
    outline.addRoundedRect(groove.adjusted(0.5, 0.5, -0.5, -0.5), 2, 2);
    painter.fillPath(outline, c.line);

    painter.save();
    painter.setClipPath(outline);
    if (m_active && !m_samples.empty()) {
        painter.setRenderHint(QPainter::Antialiasing, false);
        for (int x = int(groove.left()); x < groove.right(); ++x) {
            const double position = (x + 0.5 - groove.center().x()) / (groove.width() / 2);
            const double loss = lossAt(m_samples, strengthAt(position, m_maximum));
            if (!std::isnan(loss))
                painter.fillRect(QRectF(x, groove.top(), 1, groove.height()), ember(loss / m_fullLoss));
        }
        painter.setRenderHint(QPainter::Antialiasing);
        const auto hatch = [&](double from, double to) {
            painter.setClipRect(QRectF(from, groove.top(), to - from, groove.height()), Qt::IntersectClip);
            QColor ink = c.base;
            ink.setAlphaF(0.55F);
            painter.setPen(QPen(ink, 1.2));
            for (double x = std::floor(from) - groove.height(); x < to; x += px(6))
                painter.drawLine(QPointF(x, groove.bottom()), QPointF(x + groove.height(), groove.top()));
            painter.setClipPath(outline);
        };
        if (m_negativeCollapse)
            hatch(groove.left(), xOf(*m_negativeCollapse));
        if (m_positiveCollapse)
            hatch(xOf(*m_positiveCollapse), groove.right());
    }
    painter.restore();

    painter.setPen(QPen(c.border, 1));
    painter.setBrush(Qt::NoBrush);
    painter.drawPath(outline);
}

void StrengthSlider::paintCollapse(QPainter& painter) const
{
    const QRectF groove = grooveRect();
    for (const auto& point : {m_negativeCollapse, m_positiveCollapse}) {
        if (!point || std::abs(*point) > m_maximum)
            continue;
        const double x = std::round(xOf(*point)) + 0.5;
        const double top = groove.center().y() - px(13);
        painter.setPen(QPen(colors().error, 1.5));
        painter.drawLine(QPointF(x, top), QPointF(x, groove.bottom()));
        painter.setPen(Qt::NoPen);
        painter.setBrush(colors().error);
        painter.drawPolygon(QPolygonF({{x - px(3.4), top}, {x + px(3.4), top}, {x, top + px(5)}}));
    }
}

void StrengthSlider::paintTicks(QPainter& painter) const
{
    const Colors& c = colors();
    const QRectF groove = grooveRect();
    painter.setPen(QPen(m_active ? c.edge : c.border, 1));
    const double top = groove.bottom() + px(2);
    std::vector<double> marks{m_maximum};
    for (const double mark : {0.5, 1.0, 2.0}) {
        if (mark < m_maximum)
            marks.push_back(mark);
    }
    for (const double mark : marks) {
        for (const double strength : {-mark, mark}) {
            const double x
                = std::clamp(std::floor(xOf(strength)) + 0.5, groove.left() + 0.5, groove.right() - 0.5);
            painter.drawLine(QPointF(x, top), QPointF(x, top + px(3)));
        }
    }
    painter.setPen(QPen(m_active ? c.text : c.edge, 1.5));
    const double zero = groove.center().x();
    painter.drawLine(QPointF(zero, groove.center().y() - px(9)), QPointF(zero, groove.center().y() + px(9)));
}

void StrengthSlider::paintThumb(QPainter& painter) const
{
    const Colors& c = colors();
    const QRectF thumb = thumbRect();
    const bool steers = m_active && m_value != 0;
    if (steers) {
        const double zero = grooveRect().center().x();
        const QRectF bar(std::min(zero, thumb.center().x()), thumb.center().y() - 1.5,
            std::abs(thumb.center().x() - zero), 3);
        painter.fillRect(bar, c.steered);
    }

    QColor edge = m_active ? c.border : c.line;
    QColor ink = m_active ? c.text : c.secondary;
    QColor fill = m_active ? c.base : c.window;
    if (steers) {
        fill = c.steered;
        edge = c.steered;
        ink = c.onHighlight;
    }
    const bool past = m_active && isPastCollapse();
    if (past)
        edge = c.error;
    const double pen = past ? 2 : 1;
    painter.setPen(QPen(edge, pen));
    painter.setBrush(fill);
    painter.drawRoundedRect(thumb.adjusted(pen / 2, pen / 2, -pen / 2, -pen / 2), 3, 3);

    painter.setFont(strong(smallFont()));
    painter.setPen(ink);
    const double magnitude = std::abs(m_value);
    drawTabular(painter, thumb, Qt::AlignCenter,
        number(m_value,
            magnitude < 100        ? 2
                : magnitude < 1000 ? 1
                                   : 0));

    if (showsFocusRing(this))
        drawFocusRing(painter, thumb.adjusted(-3, -3, 3, 3));
}

}
