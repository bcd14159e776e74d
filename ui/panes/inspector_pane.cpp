#include "ui/panes/inspector_pane.h"

#include "ui/panes/layouts.h"
#include "ui/plots/layer_plot.h"
#include "ui/theme/icons.h"
#include "ui/theme/numbers.h"
#include "ui/theme/theme.h"
#include "ui/widgets/section_header.h"
#include "ui/widgets/visible_token.h"

#include <QComboBox>
#include <QHeaderView>
#include <QPainter>
#include <QStackedLayout>
#include <QStyledItemDelegate>
#include <QTreeWidget>

#include <cmath>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

enum View { Projection, Norm, Lens };
enum Column { Token, Steered, Unsteered, Columns };
constexpr int probabilityRole = Qt::UserRole;

/// A probability as number and bar: filled in the steered colour, outlined in the unsteered one.
class ProbabilityDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        QStyledItemDelegate::paint(painter, option, index);
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
    : QWidget(parent)
    , m_workspace(workspace)
{
    auto* layout = column(this);
    m_header = new SectionHeader(tr("Inspector"));
    m_view = new QComboBox;
    m_view->setObjectName(u"inspectorView"_s);
    m_view->setAccessibleName(tr("What is shown layer by layer"));
    m_view->addItems({tr("Projection"), tr("Norm"), tr("Lens")});
    m_view->setItemData(
        Projection, tr("Projection of the residual on each vector that is on"), Qt::ToolTipRole);
    m_view->setItemData(Norm, tr("Norm of the residual"), Qt::ToolTipRole);
    m_view->setItemData(
        Lens, tr("Logit lens: the likeliest tokens if the model stopped at a layer"), Qt::ToolTipRole);
    m_view->setProperty("compact", true);
    m_fork = barButton(u"generate"_s, tr("Fork"), {});
    m_fork->setObjectName(u"fork"_s);
    m_fold = barButton(u"chevron-down"_s, {}, tr("Fold the Inspector"));
    m_fold->setProperty("compact", true);
    m_header->addWidget(m_view);
    m_header->addWidget(m_fork);
    m_header->addWidget(m_fold);
    layout->addWidget(m_header);

    m_body = new QWidget;
    m_body->setFixedHeight(px(150));
    auto* body = row(m_body, 0, 0);
    auto* left = new QWidget;
    auto* stack = new QStackedLayout(left);
    m_plot = new LayerPlot;
    m_plot->setObjectName(u"inspectorPlot"_s);
    m_plot->setAccessibleName(tr("The token over the layers"));
    m_plot->setLayerLabel({});
    m_plot->setPlaceholderText(tr("Click a token to look inside."));
    m_layers = tableOf({tr("Layer"), tr("Steered"), tr("Unsteered")}, tr("Logit lens over the layers"));
    m_layers->setObjectName(u"inspectorLens"_s);
    stack->addWidget(m_plot);
    stack->addWidget(m_layers);
    body->addWidget(left, 4);
    body->addWidget(separatorLine(Qt::Vertical));
    m_alternatives
        = tableOf({tr("Alternative"), tr("Steered"), tr("Unsteered")}, tr("Alternatives to the token"));
    m_alternatives->setObjectName(u"alternatives"_s);
    for (const int column : {int(Steered), int(Unsteered)})
        m_alternatives->setItemDelegateForColumn(column, new ProbabilityDelegate(m_alternatives));
    body->addWidget(m_alternatives, 5);
    layout->addWidget(m_body);

    connect(m_view, &QComboBox::currentIndexChanged, this, [this, stack](int view) {
        stack->setCurrentIndex(view == Lens ? 1 : 0);
        refreshPlot();
    });
    connect(m_fold, &QToolButton::clicked, this, [this] { setFolded(!m_folded); });
    connect(m_fork, &QToolButton::clicked, this, &InspectorPane::fork);
    connect(m_alternatives, &QTreeWidget::itemActivated, this, &InspectorPane::fork);
    connect(m_alternatives, &QTreeWidget::currentItemChanged, this, [this](const QTreeWidgetItem* item) {
        m_fork->setEnabled(item);
        m_fork->setToolTip(item ? tr("Let the answer go on from this alternative (Return)")
                                : tr("Choose an alternative first."));
    });
    connect(workspace, &Workspace::runStarted, this, [this] { inspect(-1, -1); });
    connect(workspace, &Workspace::runCompared, this, [this] { refreshAlternatives(); });
    connect(workspace, &Workspace::traced, this, [this](int row, int token, const Traced& traced) {
        if (row == m_row && token == m_token)
            showTrace(traced);
    });
    inspect(-1, -1);
}

void InspectorPane::setFolded(bool folded)
{
    m_folded = folded;
    m_body->setVisible(!folded);
    m_view->setVisible(!folded);
    m_fork->setVisible(!folded);
    m_fold->setIcon(icon(folded ? u"chevron-right"_s : u"chevron-down"_s));
    m_fold->setToolTip(folded ? tr("Show the Inspector") : tr("Fold the Inspector"));
}

void InspectorPane::inspect(int row, int token)
{
    m_row = row;
    m_token = token;
    m_traced = {};
    refreshAlternatives();
    refreshPlot();
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

void InspectorPane::showAlternatives(int row, int token)
{
    m_alternatives->clear();
    m_fork->setEnabled(false);
    m_fork->setToolTip(tr("Choose an alternative first."));
    const RunText& run = m_workspace->run();
    if (row < 0 || row >= int(run.rows.size()) || token < 0
        || token >= int(run.rows[size_t(row)].tokens.size())) {
        m_header->setNote({});
        return;
    }
    const RowText& text = run.rows[size_t(row)];
    const QString rowName = row == RunText::unsteered ? tr("unsteered row")
        : row == RunText::steered                     ? tr("steered row")
                                                      : tr("third row");
    QString note = tr("“%1”, token %2, %3")
                       .arg(visibleToken(QString::fromStdString(text.tokens[size_t(token)].text)))
                       .arg(token)
                       .arg(rowName);
    if (token < int(text.compared.size())) {
        const ComparedWord& word = text.compared[size_t(token)];
        note += tr("; rank %1 steered, %2 unsteered; KL %3")
                    .arg(word.token.steered.rank)
                    .arg(word.token.unsteered.rank)
                    .arg(number(double(word.token.kl), 2));
        for (size_t i = 0; i < word.alternatives.size(); ++i) {
            const OtherToken& other = word.token.alternatives[i];
            auto* item = new QTreeWidgetItem(m_alternatives);
            item->setText(Token, visibleToken(QString::fromStdString(word.alternatives[i])));
            item->setText(Steered, number(double(other.steered), 3));
            item->setText(Unsteered, number(double(other.unsteered), 3));
            item->setData(Steered, probabilityRole, double(other.steered));
            item->setData(Unsteered, probabilityRole, double(other.unsteered));
            if (other.id == word.token.id)
                item->setFont(Token, strong(smallFont()));
        }
    }
    m_header->setNote(note);
    const int width = m_alternatives->width();
    m_alternatives->setColumnWidth(Token, width * 30 / 100);
    m_alternatives->setColumnWidth(Steered, width * 35 / 100);
}

void InspectorPane::showTrace(const Traced& traced)
{
    m_traced = traced;
    m_vectors = m_workspace->tracedVectors();
    refreshPlot();
}

void InspectorPane::refreshPlot()
{
    m_layers->clear();
    const auto& steered = m_traced.steered;
    const auto& unsteered = m_traced.unsteered;
    if (steered.layers.empty()) {
        m_plot->setSeries({});
        return;
    }
    const auto curve = [&](const std::vector<TracedLayer>& layers, const auto& figure) {
        std::vector<double> values;
        for (const TracedLayer& layer : layers)
            values.push_back(figure(layer));
        return values;
    };
    std::vector<LayerSeries> series;
    const auto add = [&](const QString& name, const auto& figure) {
        LayerSeries without{
            tr("%1, unsteered").arg(name), curve(unsteered.layers, figure), &Colors::unsteered};
        without.style = SeriesStyle::Dashed;
        series.push_back(std::move(without));
        series.push_back({tr("%1, steered").arg(name), curve(steered.layers, figure), &Colors::steered});
    };
    switch (View(m_view->currentIndex())) {
    case Projection:
        for (size_t v = 0; v < m_vectors.size() && v < steered.layers.front().projections.size(); ++v)
            add(m_vectors[v], [v](const TracedLayer& layer) { return layer.projections[v]; });
        m_plot->setAxisLabel(PlotAxis::Left, tr("projection"));
        break;
    case Norm:
        add(tr("|h|"), [](const TracedLayer& layer) { return layer.norm; });
        m_plot->setAxisLabel(PlotAxis::Left, tr("norm"));
        break;
    case Lens: {
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
    m_plot->setSeries(std::move(series));
}

void InspectorPane::fork()
{
    const int alternative = m_alternatives->indexOfTopLevelItem(m_alternatives->currentItem());
    if (alternative >= 0)
        m_workspace->fork(m_row, m_token, alternative);
}

}
