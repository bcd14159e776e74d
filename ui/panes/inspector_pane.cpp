#include "ui/panes/inspector_pane.h"

#include "ui/panes/layouts.h"
#include "ui/panes/row_pane.h"
#include "ui/plots/layer_plot.h"
#include "ui/plots/plot_legend.h"
#include "ui/theme/icons.h"
#include "ui/theme/numbers.h"
#include "ui/theme/theme.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/section_header.h"
#include "ui/widgets/visible_token.h"

#include <QComboBox>
#include <QHeaderView>
#include <QPainter>
#include <QSignalBlocker>
#include <QStackedLayout>
#include <QStyledItemDelegate>
#include <QTreeWidget>

#include <algorithm>
#include <cmath>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

enum Column { Token, Steered, Unsteered, Columns };
constexpr int probabilityRole = Qt::UserRole;
constexpr double leastBody = 120; ///< height that its plot needs

/// A probability as number and bar: filled in the steered colour, outlined in the unsteered one.
class ProbabilityDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        QStyledItemDelegate::paint(painter, option, index);
        if (!index.data(probabilityRole).isValid())
            return;
        const double p = index.data(probabilityRole).toDouble();
        const QRect room = option.rect.adjusted(px(56), px(6), -px(6), -px(6));
        if (room.width() <= 0)
            return;
        const QRect bar(room.left(), room.top(), std::max(1, int(p * room.width())), room.height());
        if (index.column() == Steered) {
            painter->fillRect(bar, colors().steered);
        } else {
            painter->setPen(colors().unsteered);
            painter->setBrush(Qt::NoBrush);
            painter->drawRect(bar.adjusted(0, 0, -1, -1));
        }
    }
};

QTreeWidget* tableOf(const QStringList& headers, const QString& name)
{
    auto* table = new QTreeWidget;
    table->setHeaderLabels(headers);
    table->setRootIsDecorated(false);
    table->setUniformRowHeights(true);
    table->setAlternatingRowColors(true);
    table->setFrameShape(QFrame::NoFrame);
    table->setAccessibleName(name);
    table->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    table->header()->setStretchLastSection(true);
    return table;
}

}

InspectorPane::InspectorPane(Workspace* workspace, QWidget* parent)
    : QDockWidget(tr("Inspector"), parent)
    , m_workspace(workspace)
{
    m_view = new QComboBox;
    m_view->setObjectName(u"inspectorView"_s);
    m_view->setAccessibleName(tr("What is shown layer by layer"));
    m_view->setToolTip(
        tr("Over the layers: the residual's projection on a vector, its norm, or the logit lens, "
           "which is the likeliest tokens if the model stopped at a layer"));
    m_view->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_view->setMinimumContentsLength(10);
    m_view->setProperty("compact", true);
    m_legend = new PlotLegend;
    m_fork = barButton(u"generate"_s, tr("Fork"), {});
    m_fork->setObjectName(u"fork"_s);
    m_fold = barButton(u"chevron-down"_s, {}, tr("Fold the Inspector"));
    m_fold->setProperty("compact", true);
    m_header = new DockTitleBar(this, {m_fork, m_fold});
    setTitleBarWidget(m_header);

    m_body = new QWidget;
    m_body->setMinimumHeight(px(leastBody));
    auto* body = row(m_body, 0, 0);
    auto* left = new QWidget;
    auto* leftLayout = column(left);
    auto* choice = row(8);
    choice->setContentsMargins(px(8), px(2), px(8), 0);
    choice->addWidget(m_view);
    choice->addWidget(m_legend);
    m_scale = new ElidedLabel;
    m_scale->setFont(smallFont());
    m_scale->setColor(&Colors::secondary);
    m_scale->setShorter(
        {tr("±1: pairs' sides"), {}}); // a cut word beside the legend would read as part of it
    choice->addWidget(m_scale, 1);
    leftLayout->addLayout(choice);
    m_stack = new QStackedLayout;
    leftLayout->addLayout(m_stack, 1);
    m_plot = new LayerPlot;
    m_plot->setObjectName(u"inspectorPlot"_s);
    m_plot->setAccessibleName(tr("The token over the layers"));
    m_plot->setLayerLabel({});
    m_plot->setPlaceholderText(tr("Click a token to look inside."));
    m_layers = tableOf({tr("Layer"), tr("Steered"), tr("Unsteered")}, tr("Logit lens over the layers"));
    m_layers->setObjectName(u"inspectorLens"_s);
    m_stack->addWidget(m_plot);
    m_stack->addWidget(m_layers);
    body->addWidget(left, 4);
    body->addWidget(separatorLine(Qt::Vertical));
    m_alternatives
        = tableOf({tr("Alternative"), tr("Steered"), tr("Unsteered")}, tr("Alternatives to the token"));
    m_alternatives->setObjectName(u"alternatives"_s);
    for (const int column : {int(Steered), int(Unsteered)})
        m_alternatives->setItemDelegateForColumn(column, new ProbabilityDelegate(m_alternatives));
    body->addWidget(m_alternatives, 5);
    setWidget(m_body);

    connect(m_view, &QComboBox::currentIndexChanged, this, [this] {
        m_wanted = view();
        m_wantedVector = m_view->currentText();
        showView();
    });
    connect(this, &QDockWidget::topLevelChanged, this, [this](bool floating) {
        m_fold->setVisible(!floating);
        if (floating)
            setFolded(false);
    });
    connect(m_fold, &QToolButton::clicked, this, [this] {
        setFolded(!m_folded);
        m_foldedByHand = m_folded;
    });
    connect(m_fork, &QToolButton::clicked, this, &InspectorPane::fork);
    connect(m_alternatives, &QTreeWidget::itemActivated, this, &InspectorPane::fork);
    connect(m_alternatives, &QTreeWidget::currentItemChanged, this, [this](const QTreeWidgetItem* item) {
        m_fork->setEnabled(item);
        m_fork->setToolTip(item ? tr("Let the answer go on from this alternative (Return)")
                                : tr("Choose an alternative first."));
    });
    const auto strips = [this] {
        if (m_traced.steered.layers.empty())
            fillViews();
    };
    for (const auto signal : {&QAbstractItemModel::rowsInserted, &QAbstractItemModel::rowsRemoved})
        connect(workspace->mixer(), signal, this, strips);
    connect(workspace->mixer(), &QAbstractItemModel::modelReset, this, strips);
    connect(workspace->mixer(), &QAbstractItemModel::dataChanged, this, strips);
    connect(workspace, &Workspace::runStarted, this, [this] { inspect(-1, -1); });
    connect(workspace, &Workspace::runCompared, this, [this] { refreshAlternatives(); });
    connect(workspace, &Workspace::traced, this, [this](int row, int token, const Traced& traced) {
        if (row == m_row && token == m_token)
            showTrace(traced);
    });
    inspect(-1, -1);
}

InspectorPane::View InspectorPane::view() const
{
    const int further = m_view->currentIndex() - int(m_vectors.size());
    return further < 0 ? View::Projection : further == 0 ? View::Norm : View::Lens;
}

void InspectorPane::fillViews()
{
    m_vectors = m_workspace->tracedVectors();
    const int vectors = int(m_vectors.size());
    {
        const QSignalBlocker blocker(m_view);
        m_view->clear();
        for (const TracedVector& traced : m_vectors)
            m_view->addItem(traced.name);
        m_view->addItems({tr("Norm"), tr("Lens")});
        m_view->setCurrentIndex(m_wanted == View::Projection ? std::max(0, m_view->findText(m_wantedVector))
                : m_wanted == View::Norm                     ? vectors
                                                             : vectors + 1);
    }
    showView();
}

void InspectorPane::showView()
{
    m_stack->setCurrentIndex(view() == View::Lens ? 1 : 0);
    refreshPlot();
}

void InspectorPane::setFolded(bool folded)
{
    m_folded = folded;
    // Not hidden: a dock without content does not fill its area.
    m_body->setMinimumHeight(folded ? 0 : px(leastBody));
    m_body->setMaximumHeight(folded ? 0 : QWIDGETSIZE_MAX);
    m_body->setEnabled(!folded);
    m_fork->setVisible(!folded);
    m_fold->setIcon(icon(folded ? u"chevron-right"_s : u"chevron-down"_s));
    m_fold->setToolTip(folded ? tr("Show the Inspector") : tr("Fold the Inspector"));
}

void InspectorPane::unfoldWithin(int room)
{
    if (m_folded && !m_foldedByHand && isVisible() && room >= px(leastBody))
        setFolded(false);
}

void InspectorPane::inspect(int row, int token)
{
    m_row = row;
    m_token = token;
    m_traced = {};
    refreshAlternatives();
    fillViews();
    m_workspace->requestTrace(row, token);
}

void InspectorPane::peek(int row, int token)
{
    if (m_folded)
        return;
    if (token < 0)
        refreshAlternatives();
    else
        showAlternatives(row, token);
}

void InspectorPane::refreshAlternatives()
{
    showAlternatives(m_row, m_token);
}

// Null without such a token.
const RowText* InspectorPane::rowOf(int row, int token) const
{
    const RunText& run = m_workspace->run();
    if (row < 0 || row >= int(run.rows.size()) || token < 0
        || token >= int(run.rows[size_t(row)].tokens.size()))
        return nullptr;
    return &run.rows[size_t(row)];
}

bool InspectorPane::isSteered(int row) const
{
    const int shown = m_workspace->shownRun();
    return shown < 0 || tiller::isSteered(m_workspace->history()->run(shown), size_t(row));
}

QString InspectorPane::noteOf(int row, int token) const
{
    const RowText* text = rowOf(row, token);
    if (!text)
        return {};
    const int shown = m_workspace->shownRun();
    const auto third = [&] {
        switch (shown < 0 ? ThirdRow::None : m_workspace->history()->run(shown).settings.third) {
        case ThirdRow::Random:
            return tr("random row");
        case ThirdRow::Inverted:
            return tr("inverted row");
        case ThirdRow::System:
            return tr("system prompt row");
        case ThirdRow::None:
            break;
        }
        return tr("third row");
    };
    QString note = tr("“%1”, token %2, %3")
                       .arg(visibleToken(QString::fromStdString(text->tokens[size_t(token)].text)))
                       .arg(token)
                       .arg(row == RunText::unsteered    ? tr("unsteered row")
                               : row == RunText::steered ? tr("steered row")
                                                         : third());
    if (token >= int(text->compared.size()))
        return note;
    const ComparedToken& compared = text->compared[size_t(token)].token;
    if (!isSteered(row))
        return note + tr(", not steered; rank %1").arg(compared.unsteered.rank);
    return note
        + tr("; rank %1 steered, %2 unsteered; KL %3")
              .arg(compared.steered.rank)
              .arg(compared.unsteered.rank)
              .arg(number(double(compared.kl), 2));
}

QString InspectorPane::summary(int row, int token) const
{
    const RowText* text = rowOf(row, token);
    if (!text)
        return {};
    QStringList lines{noteOf(row, token)};
    if (token < int(text->compared.size())) {
        constexpr size_t most = 6;
        const ComparedWord& word = text->compared[size_t(token)];
        for (size_t i = 0; i < std::min(most, word.alternatives.size()); ++i) {
            const OtherToken& other = word.token.alternatives[i];
            const QString name = visibleToken(QString::fromStdString(word.alternatives[i]));
            const QString unsteered = number(double(other.unsteered), 3);
            lines << (isSteered(row) ? tr("“%1”: %2 steered, %3 unsteered")
                                           .arg(name, number(double(other.steered), 3), unsteered)
                                     : tr("“%1”: %2").arg(name, unsteered));
        }
    }
    return lines.join(u'\n');
}

void InspectorPane::showAlternatives(int row, int token)
{
    m_alternatives->clear();
    m_fork->setEnabled(false);
    m_fork->setToolTip(tr("Choose an alternative first."));
    m_header->setNote(noteOf(row, token));
    const RowText* text = rowOf(row, token);
    if (text && token < int(text->compared.size())) {
        const ComparedWord& word = text->compared[size_t(token)];
        const bool steered = isSteered(row);
        for (size_t i = 0; i < word.alternatives.size(); ++i) {
            const OtherToken& other = word.token.alternatives[i];
            auto* item = new QTreeWidgetItem(m_alternatives);
            item->setText(Token, visibleToken(QString::fromStdString(word.alternatives[i])));
            item->setText(Unsteered, number(double(other.unsteered), 3));
            item->setData(Unsteered, probabilityRole, double(other.unsteered));
            if (steered) {
                item->setText(Steered, number(double(other.steered), 3));
                item->setData(Steered, probabilityRole, double(other.steered));
            } else {
                item->setText(Steered, u"–"_s);
                item->setToolTip(Steered, tr("This row is not steered."));
            }
            if (other.id == word.token.id)
                item->setFont(Token, strong(smallFont()));
        }
    }
    const int width = m_alternatives->width();
    m_alternatives->setColumnWidth(Token, width * 30 / 100);
    m_alternatives->setColumnWidth(Steered, width * 35 / 100);
}

void InspectorPane::showTrace(const Traced& traced)
{
    m_traced = traced;
    fillViews();
}

void InspectorPane::refreshPlot()
{
    m_layers->clear();
    const auto& steered = m_traced.steered;
    const auto& unsteered = m_traced.unsteered;
    if (steered.layers.empty()) {
        m_plot->setSeries({});
        m_plot->setCurrentLayer(-1);
        m_legend->setSeries({});
        m_scale->setText({});
        return;
    }
    const auto curves = [&](const auto& figure) {
        std::vector<LayerSeries> series{{tr("unsteered"), {}, &Colors::unsteered, SeriesStyle::Dashed},
            {tr("steered"), {}, &Colors::steered}};
        for (const TracedLayer& layer : unsteered.layers)
            series[0].values.push_back(figure(layer));
        for (const TracedLayer& layer : steered.layers)
            series[1].values.push_back(figure(layer));
        m_legend->setSeries(series);
        m_plot->setSeries(std::move(series));
    };
    switch (view()) {
    case View::Projection: {
        const auto place = size_t(m_view->currentIndex());
        const TracedVector& chosen = m_vectors[place];
        const auto& stored = chosen.vector->layers;
        // Residuals grow over the layers: what a pair's sides are apart is the scale where it is known.
        const bool scaled = !chosen.vector->single()
            && std::all_of(
                stored.begin(), stored.end(), [](const auto& layer) { return layer.second.onPairScale(0); });
        curves([&](const TracedLayer& layer) {
            const double projection = layer.projections[place];
            const auto found = stored.find(layer.layer);
            return !scaled              ? projection
                : found == stored.end() ? std::nan("")
                                        : *found->second.onPairScale(projection);
        });
        m_plot->setAxisLabel(PlotAxis::Left, tr("projection"));
        m_scale->setText(scaled ? tr("−1, +1: the pairs' sides") : tr("h·u"));
        for (QWidget* words : std::initializer_list<QWidget*>{m_legend, m_scale})
            words->setToolTip(scaled
                    ? tr("Projection on %1: at −1 and +1 are the means of its pairs' sides").arg(chosen.name)
                    : tr("Projection h·u on %1").arg(chosen.name));
        m_plot->setCurrentLayer(chosen.layer);
        break;
    }
    case View::Norm:
        curves([](const TracedLayer& layer) { return layer.norm; });
        m_plot->setAxisLabel(PlotAxis::Left, tr("norm |h|"));
        m_scale->setText({});
        m_plot->setCurrentLayer(-1);
        break;
    case View::Lens: {
        m_legend->setSeries({});
        m_scale->setText({});
        const auto words = [](const TracedWords& traced, size_t layer) {
            QStringList shown;
            for (size_t i = 0; i < traced.words[layer].size(); ++i)
                shown << u"%1 %2"_s.arg(visibleToken(QString::fromStdString(traced.words[layer][i])),
                    number(double(traced.layers[layer].tokens[i].value), 2));
            return shown.join(u"   "_s);
        };
        for (size_t layer = steered.layers.size(); layer-- > 0;)
            new QTreeWidgetItem(m_layers,
                {QString::number(steered.layers[layer].layer), words(steered, layer),
                    words(unsteered, layer)});
        m_layers->setColumnWidth(0, px(48));
        m_layers->setColumnWidth(1, (m_layers->width() - px(48)) / 2);
        break;
    }
    }
}

void InspectorPane::fork()
{
    const int alternative = m_alternatives->indexOfTopLevelItem(m_alternatives->currentItem());
    if (alternative >= 0)
        m_workspace->fork(m_row, m_token, alternative);
}

}
