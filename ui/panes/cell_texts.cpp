#include "ui/panes/cell_texts.h"

#include "ui/panes/layouts.h"
#include "ui/panes/metric_list.h"
#include "ui/panes/row_pane.h"
#include "ui/state/word_difference.h"
#include "ui/state/wording.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"
#include "ui/widgets/section_header.h"
#include "ui/widgets/token_text_view.h"

#include <QPushButton>
#include <QScrollBar>

#include <algorithm>

namespace tiller {

using namespace Qt::StringLiterals;

CellTexts::CellTexts(const LayerMap* map, QWidget* parent)
    : QWidget(parent)
    , m_map(map)
{
    setMinimumHeight(px(130));
    auto* layout = column(this);
    m_header = new SectionHeader;
    m_use = new QPushButton(icon(u"steer"_s), tr("Use in Steer"));
    m_use->setProperty("compact", true);
    m_earlier = barButton(u"chevron-left"_s, {}, tr("Text of the prompt before"));
    m_later = barButton(u"chevron-right"_s, {}, tr("Text of the next prompt"));
    m_earlier->setObjectName(u"earlierPrompt"_s);
    m_later->setObjectName(u"laterPrompt"_s);
    for (QWidget* widget : std::initializer_list<QWidget*>{m_earlier, m_later, m_use})
        m_header->addWidget(widget);
    layout->addWidget(m_header);
    auto* panes = row(8);
    panes->setContentsMargins(px(8), px(8), px(8), px(8));
    m_unsteered = new RowPane(RowPane::Kind::Unsteered);
    m_unsteered->setObjectName(u"mapUnsteered"_s);
    m_unsteered->setPlaceholderText(tr("Click a cell: the baseline appears here."));
    m_steered = new RowPane(RowPane::Kind::Steered);
    m_steered->setObjectName(u"mapSteered"_s);
    m_steered->setPlaceholderText(tr("The cell's text appears here."));
    for (RowPane* pane : {m_unsteered, m_steered})
        pane->view()->setFollowing(false);
    panes->addWidget(m_unsteered, 1);
    panes->addWidget(m_steered, 1);
    layout->addLayout(panes, 1);
    connect(m_use, &QPushButton::clicked, this, &CellTexts::useRequested);
    connect(m_earlier, &QToolButton::clicked, this, [this] { step(-1); });
    connect(m_later, &QToolButton::clicked, this, [this] { step(1); });
    connect(map, &LayerMap::reset, this, [this] { m_prompt = 0; });
}

void CellTexts::setCompact(bool compact)
{
    m_use->setVisible(!compact);
}

void CellTexts::show(const LayerMap& map, LayerMap::Place place, const QString& title)
{
    m_map = &map;
    m_place = place;
    m_header->setTitle(title);
    m_use->setEnabled(place.isValid());
    refresh();
}

void CellTexts::step(int by)
{
    setPrompt(m_prompt + by);
    emit promptChanged(m_prompt);
}

void CellTexts::setPrompt(int prompt)
{
    m_prompt = std::clamp(prompt, 0, std::max(0, int(m_map->grid().prompts.size()) - 1));
    refresh();
}

void CellTexts::refresh()
{
    const QStringList& prompts = m_map->grid().prompts;
    m_earlier->setEnabled(m_prompt > 0);
    m_later->setEnabled(m_prompt + 1 < prompts.size());
    m_header->setNote(m_prompt >= prompts.size() || !m_place.isValid() ? QString()
            : prompts.size() == 1
            ? u"“%1”"_s.arg(prompts[m_prompt])
            : tr("Prompt %1 of %2: “%3”").arg(m_prompt + 1).arg(prompts.size()).arg(prompts[m_prompt]));
    m_unsteered->clear();
    m_steered->clear();
    const auto steered = m_place.isValid() ? m_map->text(m_place, m_prompt) : std::nullopt;
    const auto unsteered = m_map->unsteeredText(m_prompt);
    if (!steered || !unsteered)
        return;
    const RowText ours = wordsOf(*steered);
    const RowText theirs = wordsOf(*unsteered);
    const auto show = [](RowPane* pane, const RowText& text, const RowText& other, double tint) {
        std::vector<std::optional<double>> marks;
        for (const bool differs : differingWords(text, other))
            marks.push_back(differs ? std::optional(tint) : std::nullopt);
        pane->show(text, marks);
        pane->view()->verticalScrollBar()->setValue(0);
    };
    show(m_unsteered, theirs, ours, -0.25);
    show(m_steered, ours, theirs, 0.25);
    m_unsteered->setFigures({counted(int(theirs.tokens.size()), tr("word"), tr("words")), {}, {}});
    const QString shown = figures();
    m_steered->setFigures({shown, {}, QString(shown).replace(u"   "_s, u"\n"_s)});
}

QString CellTexts::figures() const
{
    QStringList figures;
    for (const Metric metric : m_map->grid().metrics)
        if (const auto value = m_map->figureOfText(m_place, m_prompt, metric))
            figures << u"%1 %2"_s.arg(titleOf(metric).toLower(), figureText(metric, *value));
    return figures.join(u"   "_s);
}

}
