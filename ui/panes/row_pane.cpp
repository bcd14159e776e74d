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
#include <QScrollBar>

#include <algorithm>
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
    m_earlier->setAccessibleName(tr("Turns before"));
    m_earlier->installEventFilter(this);
    // Without a margin of its own it scrolls by whole lines also to its end.
    m_earlier->document()->setDocumentMargin(0);
    m_earlierBox = new QWidget; // its margins go with it
    column(m_earlierBox)->addWidget(m_earlier);
    m_earlierBox->setContentsMargins(px(8), px(4), px(4), px(4));
    m_earlierBox->hide();
    layout->addWidget(m_earlierBox);
    m_view = new TokenTextView;
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setCaretColor(m_color);
    m_view->setAccessibleName(tr("%1 text").arg(name));
    layout->addWidget(m_view, 1);

    m_foot = new ElidedLabel;
    m_foot->setFont(smallFont());
    m_foot->setColor(&Colors::secondary);
    m_foot->setFixedHeight(px(footHeight));
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

void RowPane::setNote(const QString& note, const QStringList& shorter)
{
    m_note->setText(note);
    m_note->setShorter(shorter);
}

void RowPane::addField(QWidget* field)
{
    auto* box = static_cast<QVBoxLayout*>(layout());
    box->insertWidget(box->indexOf(m_header) + 1, field);
}

void RowPane::setEarlier(const QString& turns)
{
    m_earlierBox->setVisible(!turns.isEmpty());
    if (m_earlier->toPlainText() == turns)
        return;
    m_earlier->setPlainText(turns);
    fitEarlier();
}

// As many whole lines as there are, at most a third of the pane, the last ones in view.
void RowPane::fitEarlier()
{
    const int line = m_earlier->fontMetrics().lineSpacing();
    const int lines = int(m_earlier->document()->size().height()); // of plain text: in lines
    const int most = std::max(1, height() / 3 / line);
    // A pixel more: a line that would only just fit is scrolled past.
    m_earlier->setFixedHeight(std::clamp(lines, 1, most) * line + 1);
    m_earlier->verticalScrollBar()->setValue(m_earlier->verticalScrollBar()->maximum());
}

void RowPane::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    fitEarlier();
}

bool RowPane::eventFilter(QObject* watched, QEvent* event)
{
    // Its lines break anew when it has got its width.
    if (watched == m_earlier && (event->type() == QEvent::Resize || event->type() == QEvent::Show))
        QMetaObject::invokeMethod(this, &RowPane::fitEarlier, Qt::QueuedConnection);
    return QWidget::eventFilter(watched, event);
}

void RowPane::setPlaceholderText(const QString& text)
{
    m_view->setPlaceholderText(text);
}

void RowPane::clear()
{
    m_view->clear();
    m_view->setFirstDifference(-1);
    setFigures({});
    setBegun(0);
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

void RowPane::setFigures(const RowFigures& figures)
{
    m_foot->setText(figures.whole);
    m_foot->setShorter(figures.shorter);
    m_foot->setToolTip(figures.help);
}

void RowPane::setBegun(int tokens)
{
    m_view->setBegun(tokens);
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

bool isSteered(const Run& run, size_t row)
{
    const size_t steering = row == size_t(RunText::unsteered) ? size_t(RunText::steered) : row;
    if (steering >= run.rows.size())
        return false;
    const RunRow& of = run.rows[steering];
    return !of.edits.empty()
        || std::ranges::any_of(of.changes, [](const EditsChange& change) { return !change.edits.empty(); });
}

RowFigures figuresOf(const RowText& row, bool steered)
{
    if (row.tokens.empty())
        return {};
    const bool ended = row.finish() == Finish::Eos;
    const QString count = counted(int(row.tokens.size()), QObject::tr("token"), QObject::tr("tokens"))
        + (ended ? QObject::tr(", end") : QString());
    const QString perplexity = number(row.perplexity(), 1);
    QStringList whole{count, QObject::tr("ppl %1").arg(perplexity)};
    QStringList brief{QObject::tr("%1 tok").arg(row.tokens.size()), QObject::tr("ppl %1").arg(perplexity)};
    QStringList help{count, QObject::tr("Perplexity %1").arg(perplexity)};
    if (!row.compared.empty()) {
        if (std::abs(row.unsteeredPerplexity() - row.perplexity()) > 0.05) {
            const QString plain = number(row.unsteeredPerplexity(), 1);
            whole.back() += QObject::tr(" (plain %1)").arg(plain);
            brief.back() += u'/' + plain;
            help << QObject::tr("Perplexity to the unsteered model %1").arg(plain);
        }
        const QString kl = number(row.meanKl(), 2);
        const QString distinct = number(distinctThree(row.ids()), 2);
        const QString divergence = QObject::tr("KL %1").arg(kl);
        whole << (steered ? divergence : QObject::tr("not steered"));
        brief << (steered ? divergence : QObject::tr("no KL"));
        for (QStringList* figures : {&whole, &brief})
            *figures << QObject::tr("d3 %1").arg(distinct);
        help << (steered ? QObject::tr("KL %1 nats a token, steered from unsteered").arg(kl)
                         : QObject::tr("Not steered: there is no divergence from the unsteered model."))
             << QObject::tr("Distinct runs of three tokens %1").arg(distinct);
    }
    RowFigures figures{whole.join(u"    "_s), {brief.join(u" · "_s)}, help.join(u'\n')};
    // The narrowest panes have room for the figures alone.
    brief.front() = QString::number(row.tokens.size());
    figures.shorter << brief.join(u"  "_s) << brief.join(u' ');
    return figures;
}

}
