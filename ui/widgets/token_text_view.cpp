#include "ui/widgets/token_text_view.h"

#include "ui/theme/metrics.h"
#include "ui/theme/style.h"
#include "ui/theme/theme.h"
#include "ui/widgets/token_text_accessible.h"

#include <QPainter>
#include <QScrollBar>

#include <cmath>

namespace tiller {

namespace {

constexpr double margin = 12;
constexpr double pitch = 25;
constexpr int repaintInterval = 34; // ms: at most 30 times a second
constexpr double wideWindow = 1800;
constexpr int longestLine = 90; // characters, in wide windows
constexpr double faintestTint = 0.12;
constexpr double strongTint = 0.3;

/// Ground of a token by its clamped tint; see mockups: alpha 0.12 + 0.5 |z|.
QColor tintGround(double tint)
{
    QColor ground = tint > 0 ? colors().positiveTint : colors().negativeTint;
    ground.setAlphaF(float(0.12 + 0.5 * std::abs(tint)));
    return ground;
}

}

TokenTextView::TokenTextView(QWidget* parent)
    : QAbstractScrollArea(parent)
{
    installTokenTextAccessibility();
    setFont(readingFont());
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setFocusPolicy(Qt::StrongFocus);
    viewport()->setMouseTracking(true);
    viewport()->setCursor(Qt::IBeamCursor);
    viewport()->setBackgroundRole(QPalette::Base);
    m_flush.setSingleShot(true);
    m_flush.setInterval(repaintInterval);
    connect(&m_flush, &QTimer::timeout, this, &TokenTextView::flush);
    connect(verticalScrollBar(), &QScrollBar::valueChanged, this, [this] {
        m_followEnd = isAtEnd();
        viewport()->update();
    });
}

TokenTextView::~TokenTextView() = default;

void TokenTextView::clear()
{
    m_text.clear();
    m_tokens.clear();
    m_firstDifference = -1;
    m_followEnd = true;
    invalidateLayout();
    setSelection(0, 0);
    setCurrentToken(-1);
    setHovered(-1);
    flush();
}

int TokenTextView::append(const QString& text, std::optional<double> tint)
{
    const int begin = int(m_text.size());
    m_text += text;
    m_tokens.push_back({begin, int(m_text.size()), tint});
    if (!m_flush.isActive())
        m_flush.start();
    return int(m_tokens.size()) - 1;
}

void TokenTextView::setTint(int index, std::optional<double> tint)
{
    if (index < 0 || index >= tokenCount())
        return;
    m_tokens[size_t(index)].tint = tint;
    if (!m_flush.isActive())
        m_flush.start();
}

void TokenTextView::setTints(const std::vector<std::optional<double>>& tints)
{
    for (size_t i = 0; i < std::min(tints.size(), m_tokens.size()); ++i)
        m_tokens[i].tint = tints[i];
    viewport()->update();
}

QString TokenTextView::tokenText(int index) const
{
    if (index < 0 || index >= tokenCount())
        return {};
    const Token& token = m_tokens[size_t(index)];
    return m_text.mid(token.begin, token.end - token.begin);
}

void TokenTextView::setCurrentToken(int index)
{
    m_current = index >= 0 && index < tokenCount() ? index : -1;
    viewport()->update();
}

void TokenTextView::setBegun(int tokens)
{
    m_begun = tokens;
    viewport()->update();
}

void TokenTextView::setToolTips(std::function<QString(int)> toolTips)
{
    m_toolTips = std::move(toolTips);
}

void TokenTextView::setFirstDifference(int index)
{
    m_firstDifference = index;
    viewport()->update();
}

void TokenTextView::setStreaming(bool streaming)
{
    m_streaming = streaming;
    viewport()->update();
}

void TokenTextView::setCaretColor(ColorToken color)
{
    m_caretColor = color;
    viewport()->update();
}

void TokenTextView::setPlaceholderText(const QString& text)
{
    m_placeholder = text;
    viewport()->update();
}

void TokenTextView::flush()
{
    m_flush.stop();
    updateScrollBar();
    viewport()->update();
}

void TokenTextView::updateScrollBar()
{
    ensureLayout();
    const bool follow = m_following && m_followEnd;
    const int content = int(m_lines.size()) * lineHeight() + 2 * px(margin) - px(4);
    QScrollBar* bar = verticalScrollBar();
    bar->setSingleStep(lineHeight());
    bar->setPageStep(viewport()->height());
    bar->setRange(0, std::max(0, content - viewport()->height()));
    if (follow)
        bar->setValue(bar->maximum());
    m_followEnd = follow || isAtEnd();
}

bool TokenTextView::isAtEnd() const
{
    return verticalScrollBar()->value() >= verticalScrollBar()->maximum();
}

int TokenTextView::lineHeight() const
{
    return std::max(px(pitch), QFontMetrics(font()).height());
}

double TokenTextView::textWidth() const
{
    double width = viewport()->width() - 2 * px(margin);
    if (window()->width() > px(wideWindow))
        width = std::min(width, longestLine * QFontMetricsF(font()).averageCharWidth());
    return std::max(width, double(px(40)));
}

void TokenTextView::invalidateLayout()
{
    m_lines.clear();
    m_laidOut = 0;
}

/// Greedy line breaking only ever looks ahead: text that is added can move the last word of the last line and
/// no more. The line before it is redone too, for break rules that look at both sides of a break.
void TokenTextView::ensureLayout() const
{
    if (m_layoutWidth != textWidth()) {
        m_layoutWidth = textWidth();
        m_lines.clear();
        m_laidOut = 0;
    }
    const int size = int(m_text.size());
    if (m_laidOut == size && !m_lines.empty())
        return;
    int begin = 0;
    for (int redo = 0; redo < 2 && !m_lines.empty(); ++redo) {
        begin = m_lines.back().begin;
        m_lines.pop_back();
    }
    m_laidOut = size;
    while (true) {
        const auto feed = m_text.indexOf(u'\n', begin);
        appendParagraph(begin, feed < 0 ? size : int(feed));
        if (feed < 0)
            return;
        begin = int(feed) + 1;
    }
}

void TokenTextView::appendParagraph(int begin, int end) const
{
    QTextOption wrap;
    wrap.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    QTextLayout breaker(m_text.mid(begin, end - begin), font());
    breaker.setTextOption(wrap);
    QTextOption whole = wrap;
    whole.setWrapMode(QTextOption::NoWrap);
    whole.setFlags(QTextOption::IncludeTrailingSpaces);

    breaker.beginLayout();
    QTextLine part = breaker.createLine();
    do {
        Line line{begin, end, nullptr};
        if (part.isValid()) {
            part.setLineWidth(m_layoutWidth);
            line.begin = begin + part.textStart();
            line.end = line.begin + part.textLength();
        }
        line.layout = std::make_unique<QTextLayout>(m_text.mid(line.begin, line.end - line.begin), font());
        line.layout->setTextOption(whole);
        line.layout->setCacheEnabled(true);
        line.layout->beginLayout();
        line.layout->createLine();
        line.layout->endLayout();
        m_lines.push_back(std::move(line));
        part = breaker.createLine();
    } while (part.isValid());
    breaker.endLayout();
}

int TokenTextView::lineOf(int position) const
{
    ensureLayout();
    const auto after = std::upper_bound(
        m_lines.begin(), m_lines.end(), position, [](int p, const Line& line) { return p < line.begin; });
    return std::max(0, int(after - m_lines.begin()) - 1);
}

int TokenTextView::lineAt(double y) const
{
    ensureLayout();
    const int line = int(std::floor((y - lineTop(0).y()) / lineHeight()));
    return std::clamp(line, 0, int(m_lines.size()) - 1);
}

int TokenTextView::tokenOf(int position) const
{
    const auto after = std::upper_bound(
        m_tokens.begin(), m_tokens.end(), position, [](int p, const Token& token) { return p < token.end; });
    return after == m_tokens.end() ? -1 : int(after - m_tokens.begin());
}

QPointF TokenTextView::lineTop(int line) const
{
    return QPointF(px(margin), px(margin) - px(2) + line * lineHeight() - verticalScrollBar()->value());
}

QRectF TokenTextView::partRect(int index, int begin, int end) const
{
    const Line& line = m_lines[size_t(index)];
    begin = std::max(begin, line.begin);
    end = std::min(end, line.end);
    while (begin < end && m_text[begin].isSpace())
        ++begin;
    const QPointF top = lineTop(index);
    const QTextLine text = line.layout->lineAt(0);
    const double from = text.isValid() ? text.cursorToX(begin - line.begin) : 0;
    const double to = text.isValid() ? text.cursorToX(std::max(begin, end) - line.begin) : 0;
    return {top.x() + std::min(from, to), top.y() + 1, std::abs(to - from), lineHeight() - 3.0};
}

QRect TokenTextView::tokenRect(int index) const
{
    if (index < 0 || index >= tokenCount())
        return {};
    const Token& token = m_tokens[size_t(index)];
    ensureLayout();
    QRectF rect;
    for (int line = lineOf(token.begin); line < int(m_lines.size()); ++line) {
        rect = partRect(line, token.begin, token.end);
        if (rect.width() > 0 || m_lines[size_t(line)].end >= token.end)
            break;
    }
    // A line feed or an unfinished character has no width of its own, and must still be found.
    if (rect.width() < px(4))
        rect.setWidth(px(7));
    return rect.toAlignedRect();
}

int TokenTextView::positionAt(const QPoint& point) const
{
    ensureLayout();
    const int index = lineAt(point.y());
    const Line& line = m_lines[size_t(index)];
    const QTextLine text = line.layout->lineAt(0);
    return text.isValid() ? line.begin + text.xToCursor(point.x() - lineTop(index).x()) : line.begin;
}

QRect TokenTextView::characterRect(int position) const
{
    ensureLayout();
    const int index = lineOf(position);
    const Line& line = m_lines[size_t(index)];
    const QTextLine text = line.layout->lineAt(0);
    const QPointF top = lineTop(index);
    const double from = text.isValid() ? text.cursorToX(position - line.begin) : 0;
    const double to = text.isValid() ? text.cursorToX(std::min(position + 1, line.end) - line.begin) : 0;
    return QRectF(top.x() + std::min(from, to), top.y(), std::max(1.0, std::abs(to - from)), lineHeight())
        .toAlignedRect();
}

int TokenTextView::tokenAt(const QPoint& point) const
{
    if (m_tokens.empty())
        return -1;
    ensureLayout();
    const double y = point.y() - lineTop(0).y();
    if (y < 0 || y >= double(m_lines.size()) * lineHeight())
        return -1;
    const int index = lineAt(point.y());
    const Line& line = m_lines[size_t(index)];
    const QTextLine text = line.layout->lineAt(0);
    const double x = point.x() - lineTop(index).x();
    const double width = text.isValid() ? text.cursorToX(line.end - line.begin) : 0;
    if (x < 0 || x > width + px(8))
        return -1;
    if (x >= width) // just past the end: the line feed there, if any
        return line.end < int(m_text.size()) && m_text[line.end] == u'\n' ? tokenOf(line.end) : -1;
    return tokenOf(line.begin + text.xToCursor(x, QTextLine::CursorOnCharacter));
}

QString TokenTextView::selectedText() const
{
    return m_text.mid(selectionStart(), selectionEnd() - selectionStart());
}

void TokenTextView::setSelection(int anchor, int cursor)
{
    anchor = std::clamp(anchor, 0, int(m_text.size()));
    cursor = std::clamp(cursor, 0, int(m_text.size()));
    if (anchor == m_anchor && cursor == m_cursor)
        return;
    m_anchor = anchor;
    m_cursor = cursor;
    viewport()->update();
    emit selectionChanged();
}

QSize TokenTextView::sizeHint() const
{
    return {px(340), px(12 * pitch)};
}

QSize TokenTextView::minimumSizeHint() const
{
    return {px(160), px(3 * pitch)};
}

void TokenTextView::resizeEvent(QResizeEvent* event)
{
    QAbstractScrollArea::resizeEvent(event);
    updateScrollBar();
    // What is looked into stays in view.
    if (m_current >= 0)
        scrollTo(m_current);
}

void TokenTextView::changeEvent(QEvent* event)
{
    QAbstractScrollArea::changeEvent(event);
    if (event->type() == QEvent::FontChange) {
        invalidateLayout();
        updateScrollBar();
    }
}

void TokenTextView::paintEvent(QPaintEvent* event)
{
    ensureLayout();
    const Colors& c = colors();
    QPainter painter(viewport());
    painter.fillRect(event->rect(), c.base);

    if (m_tokens.empty() && !m_streaming) {
        painter.setPen(c.secondary);
        painter.setFont(bodyFont());
        painter.drawText(viewport()->rect().adjusted(px(margin), 0, -px(margin), 0),
            Qt::AlignCenter | Qt::TextWordWrap, m_placeholder);
    } else {
        const int first = lineAt(event->rect().top());
        const int last = lineAt(event->rect().bottom());
        const int given = std::min(m_begun, tokenCount());
        const int begun = given > 0 ? m_tokens[size_t(given) - 1].end : 0; // characters
        for (int index = first; index <= last; ++index)
            paintTints(painter, index);
        painter.setPen(c.text);
        for (int index = first; index <= last; ++index) {
            const Line& line = m_lines[size_t(index)];
            const QTextLine text = line.layout->lineAt(0);
            if (!text.isValid())
                continue;
            QList<QTextLayout::FormatRange> selections;
            if (begun > line.begin) {
                QTextCharFormat format;
                format.setForeground(c.secondary);
                selections.append({0, std::min(begun, line.end) - line.begin, format});
            }
            const int from = std::max(selectionStart(), line.begin);
            const int to = std::min(selectionEnd(), line.end);
            if (from < to) {
                QTextCharFormat format;
                format.setBackground(c.highlight);
                format.setForeground(c.onHighlight);
                selections.append({from - line.begin, to - from, format});
            }
            line.layout->draw(
                &painter, lineTop(index) + QPointF(0, (lineHeight() - text.height()) / 2 - 1), selections);
        }
        paintFirstDifference(painter);
        paintFrame(painter);
        if (m_streaming)
            paintCaret(painter);
    }
    if (showsFocusRing(this))
        drawFocusRing(painter, viewport()->rect());
}

void TokenTextView::paintTints(QPainter& painter, int index) const
{
    const Line& line = m_lines[size_t(index)];
    const auto first = std::upper_bound(m_tokens.begin(), m_tokens.end(), line.begin,
        [](int p, const Token& token) { return p < token.end; });
    for (auto token = first; token != m_tokens.end() && token->begin < line.end; ++token) {
        const double tint = std::clamp(token->tint.value_or(0), -1.0, 1.0);
        const QRectF part = partRect(index, token->begin, token->end);
        if (!(std::abs(tint) >= faintestTint) || part.width() <= 0)
            continue;
        painter.fillRect(part, tintGround(tint));
        const double thickness = std::abs(tint) > strongTint ? 2 : 1;
        const QColor& ink = tint > 0 ? colors().positive : colors().negative;
        const QRectF underline(part.left(), std::floor(part.bottom() - thickness), part.width(), thickness);
        if (tint > 0) {
            painter.fillRect(underline, ink);
        } else {
            for (double x = std::floor(underline.left()); x + thickness <= underline.right() + 0.5;
                 x += 2 * thickness)
                painter.fillRect(QRectF(x, underline.top(), thickness, thickness), ink);
        }
    }
}

void TokenTextView::paintFrame(QPainter& painter) const
{
    const auto frame = [&](int index, const QPen& pen) {
        if (index < 0 || index >= tokenCount())
            return;
        const Token& token = m_tokens[size_t(index)];
        painter.setPen(pen);
        painter.setBrush(Qt::NoBrush);
        bool any = false;
        for (int line = lineOf(token.begin);
             line < int(m_lines.size()) && m_lines[size_t(line)].begin < token.end; ++line) {
            const QRectF part = partRect(line, token.begin, token.end);
            if (part.width() <= 0)
                continue;
            any = true;
            painter.drawRect(part.toAlignedRect().adjusted(-1, 0, 1, 1));
        }
        if (!any)
            painter.drawRect(tokenRect(index).adjusted(-1, 0, 1, 1));
    };
    if (m_hovered != m_current)
        frame(m_hovered, QPen(colors().edge, 1));
    frame(m_current, QPen(colors().text, 2, Qt::SolidLine, Qt::SquareCap, Qt::MiterJoin));
}

void TokenTextView::paintCaret(QPainter& painter) const
{
    const int index = int(m_lines.size()) - 1;
    const Line& line = m_lines[size_t(index)];
    const QTextLine text = line.layout->lineAt(0);
    const double x = text.isValid() ? text.cursorToX(line.end - line.begin) : 0;
    const QPointF top = lineTop(index);
    painter.fillRect(
        QRectF(std::round(top.x() + x) + px(2), top.y() + (lineHeight() - px(15)) / 2.0, px(7), px(15)),
        colors().*m_caretColor);
}

void TokenTextView::paintFirstDifference(QPainter& painter) const
{
    if (m_firstDifference < 0 || m_firstDifference >= tokenCount())
        return;
    const QPointF tip(tokenRect(m_firstDifference).left() - px(1),
        lineTop(lineOf(m_tokens[size_t(m_firstDifference)].begin)).y() + px(4));
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(colors().text);
    painter.drawPolygon(QPolygonF({tip + QPointF(-px(4), -px(4)), tip + QPointF(px(4), -px(4)), tip}));
    painter.restore();
}

}
