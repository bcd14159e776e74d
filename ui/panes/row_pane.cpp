#include "ui/panes/row_pane.h"

#include "core/study/distinct.h"
#include "ui/panes/layouts.h"
#include "ui/state/wording.h"
#include "ui/theme/numbers.h"
#include "ui/theme/theme.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/token_text_view.h"

#include <QPainter>
#include <QPlainTextEdit>

#include <cmath>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

constexpr double barHeight = 3;
constexpr double headerHeight = 24;
constexpr double footHeight = 24;

}

RowPane::RowPane(Kind kind, QWidget* parent)
    : QWidget(parent)
    , m_color(kind == Kind::Steered     ? &Colors::steered
              : kind == Kind::Unsteered ? &Colors::unsteered
                                        : &Colors::text)
    , m_ground(kind == Kind::Steered ? &Colors::steeredHeader : &Colors::unsteeredHeader)
{
    const QString name = kind == Kind::Steered ? tr("Steered")
        : kind == Kind::Unsteered              ? tr("Unsteered")
                                               : tr("Third");
    auto* layout = column(this);
    layout->setContentsMargins(1, px(barHeight), 1, 1);

    m_header = new QWidget;
    m_header->setFixedHeight(px(headerHeight));
    auto* header = row(m_header, 0, 8);
    header->setContentsMargins(px(8), 0, px(8), 0);
    m_title = new ElidedLabel(name);
    m_title->setFont(strong(smallFont()));
    m_title->setColor(m_color);
    m_title->setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Preferred);
    m_note = new ElidedLabel;
    m_note->setFont(smallFont());
    m_note->setColor(kind == Kind::Steered ? &Colors::text : &Colors::secondary);
    header->addWidget(m_title);
    header->addWidget(m_note, 1);
    layout->addWidget(m_header);

    m_earlier = new QPlainTextEdit;
    m_earlier->setObjectName(u"earlierTurns"_s);
    m_earlier->setReadOnly(true);
    m_earlier->setFrameShape(QFrame::NoFrame);
    m_earlier->setFont(smallFont());
    m_earlier->setMaximumHeight(px(110));
    m_earlier->setAccessibleName(tr("Turns before"));
    m_earlier->hide();
    layout->addWidget(m_earlier);
    m_view = new TokenTextView;
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setCaretColor(m_color);
    m_view->setAccessibleName(tr("%1 text").arg(name));
    layout->addWidget(m_view, 1);

    m_foot = new ElidedLabel;
    m_foot->setFont(smallFont());
    m_foot->setColor(&Colors::secondary);
    m_foot->setFixedHeight(px(footHeight));
    m_foot->setContentsMargins(px(8), 0, px(8), 0);
    auto* foot = row(0);
    foot->setContentsMargins(px(8), 0, px(8), 0);
    foot->addWidget(m_foot);
    layout->addLayout(foot);
}

void RowPane::setTitle(const QString& title)
{
    m_title->setText(title);
    m_view->setAccessibleName(tr("%1 text").arg(title));
}

void RowPane::setNote(const QString& note)
{
    m_note->setText(note);
}

void RowPane::setEarlier(const QString& turns)
{
    m_earlier->setVisible(!turns.isEmpty());
    if (m_earlier->toPlainText() == turns)
        return;
    m_earlier->setPlainText(turns);
    m_earlier->moveCursor(QTextCursor::End);
}

void RowPane::setPlaceholderText(const QString& text)
{
    m_view->setPlaceholderText(text);
}

void RowPane::clear()
{
    m_view->clear();
    m_view->setFirstDifference(-1);
    m_foot->setText({});
}

void RowPane::show(const RowText& row, const std::vector<std::optional<double>>& tints)
{
    if (m_view->tokenCount() > int(row.tokens.size()))
        m_view->clear();
    for (size_t i = size_t(m_view->tokenCount()); i < row.tokens.size(); ++i)
        m_view->append(QString::fromStdString(row.tokens[i].text));
    if (!tints.empty())
        m_view->setTints(tints);
}

void RowPane::setStreaming(bool streaming)
{
    m_view->setStreaming(streaming);
}

void RowPane::setFigures(const QString& figures)
{
    m_foot->setText(figures);
}

void RowPane::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), colors().base);
    painter.fillRect(m_header->geometry(), colors().*m_ground);
    painter.setPen(colors().line);
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
    painter.drawLine(0, height() - 1 - px(footHeight), width(), height() - 1 - px(footHeight));
    painter.fillRect(QRect(0, 0, width(), px(barHeight)), colors().*m_color);
}

QString figuresOf(const RowText& row)
{
    if (row.tokens.empty())
        return {};
    QString figures = counted(int(row.tokens.size()), QObject::tr("token"), QObject::tr("tokens"));
    if (row.finish() == Finish::Eos)
        figures += QObject::tr(", end");
    figures += QObject::tr("    ppl %1").arg(number(row.perplexity(), 1));
    if (row.compared.empty())
        return figures;
    if (std::abs(row.unsteeredPerplexity() - row.perplexity()) > 0.05)
        figures += QObject::tr(" (plain %1)").arg(number(row.unsteeredPerplexity(), 1));
    return figures
        + QObject::tr("    KL %1    d3 %2").arg(number(row.meanKl(), 2), number(distinctThree(row.ids()), 2));
}

}
