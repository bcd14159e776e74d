#include "ui/panes/pair_panel.h"

#include "ui/panes/layouts.h"
#include "ui/plots/layer_plot.h"
#include "ui/theme/icons.h"
#include "ui/theme/numbers.h"
#include "ui/theme/theme.h"
#include "ui/widgets/pole_label.h"
#include "ui/widgets/section_header.h"
#include "ui/widgets/token_strip.h"

#include <QGridLayout>
#include <QLabel>
#include <QScrollArea>

#include <algorithm>
#include <cmath>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

std::vector<StripToken> stripTokens(const TokenPreview& preview, size_t begin, size_t end)
{
    std::vector<StripToken> tokens;
    for (size_t i = begin; i < std::min(end, preview.tokens.size()); ++i) {
        const auto& token = preview.tokens[i];
        tokens.push_back({QString::fromStdString(token.text), token.isRead, {}, token.isHead});
    }
    return tokens;
}

size_t headLength(const TokenPreview& preview)
{
    return size_t(std::ranges::count_if(preview.tokens, &TokenPreview::Token::isHead));
}

/// Tokens of the heads that both sides have in common; of one side alone all of its head.
size_t sharedHead(const PairPreview& preview)
{
    const auto& positive = preview.positive.tokens;
    const auto& negative = preview.negative.tokens;
    if (positive.empty() || negative.empty())
        return headLength(positive.empty() ? preview.negative : preview.positive);
    const size_t end = std::min(headLength(preview.positive), headLength(preview.negative));
    size_t same = 0;
    while (same < end && positive[same].text == negative[same].text)
        ++same;
    return same;
}

}

PairPanel::PairPanel(Workspace* workspace, QWidget* parent)
    : QWidget(parent)
    , m_workspace(workspace)
{
    auto* layout = column(this);
    m_header = new SectionHeader(tr("Pair"));
    m_fold = barButton(u"chevron-down"_s, {}, tr("Fold the pair's tokens"));
    m_fold->setProperty("compact", true);
    m_projection = new QLabel;
    m_projection->setFont(smallFont());
    m_header->addWidget(m_projection);
    m_header->addWidget(m_fold);
    layout->addWidget(m_header);

    auto* scroll = new QScrollArea;
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setFocusPolicy(Qt::NoFocus);
    m_body = scroll;
    auto* content = new QWidget;
    content->setBackgroundRole(QPalette::Base);
    content->setAutoFillBackground(true);
    auto* contentLayout = column(content, 8, 6);

    m_error = new QLabel;
    m_error->setFont(smallFont());
    m_error->setWordWrap(true);
    m_error->hide();
    contentLayout->addWidget(m_error);

    auto* grid = new QGridLayout;
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(px(8));
    grid->setVerticalSpacing(px(6));
    grid->setColumnMinimumWidth(0, px(70));
    grid->setColumnStretch(1, 1);
    m_prompt = new TokenStrip;
    m_prompt->setAccessibleName(tr("Prompt tokens"));
    m_positive = new TokenStrip;
    m_positive->setAccessibleName(tr("Tokens of the positive side"));
    m_prompt->setObjectName(u"promptTokens"_s);
    m_positive->setObjectName(u"positiveTokens"_s);
    m_negative = new TokenStrip;
    m_negative->setObjectName(u"negativeTokens"_s);
    m_negative->setAccessibleName(tr("Tokens of the negative side"));
    auto* positive = new PoleLabel(Pole::Positive, tr("Positive"));
    positive->setMarkBefore(true);
    auto* negative = new PoleLabel(Pole::Negative, tr("Negative"));
    negative->setMarkBefore(true);
    grid->addWidget(fieldLabel(tr("Prompt")), 0, 0, Qt::AlignTop);
    grid->addWidget(m_prompt, 0, 1);
    grid->addWidget(positive, 1, 0, Qt::AlignTop);
    grid->addWidget(m_positive, 1, 1);
    grid->addWidget(negative, 2, 0, Qt::AlignTop);
    grid->addWidget(m_negative, 2, 1);
    contentLayout->addLayout(grid);

    m_plot = new LayerPlot;
    m_plot->setAccessibleName(tr("Projections of the pair over the layers"));
    m_plot->setLayerLabel({}); // the numbers stand under the larger plot of layers too
    m_plot->setFixedHeight(px(104));
    m_plot->hide();
    contentLayout->addWidget(m_plot);
    contentLayout->addStretch();
    scroll->setWidget(content);
    layout->addWidget(scroll, 1);

    connect(m_fold, &QToolButton::clicked, this, [this] { setFolded(!m_folded); });
    connect(m_plot, &LayerPlot::layerClicked, workspace, &Workspace::setDiagnosticLayer);
    connect(workspace, &Workspace::previewReady, this, [this](int row, const PairPreview& preview) {
        if (row == m_row)
            show(preview);
    });
    const auto again = [this] { m_workspace->requestPreview(m_row); };
    connect(workspace, &Workspace::modelChanged, this, again);
    connect(workspace, &Workspace::extractionChanged, this, again);
    connect(workspace->contrast()->model(), &QAbstractItemModel::dataChanged, this,
        [this, again](const QModelIndex& from, const QModelIndex& to) {
            const bool text = to.column() == ContrastPairModel::ColumnCount - 1 && from.column() == 0;
            if (text && from.row() <= m_row && m_row <= to.row())
                again();
        });
    connect(workspace->contrast(), &ContrastDocument::replaced, this, [this] { setRow(m_row); });
    connect(workspace, &Workspace::extractedChanged, this, &PairPanel::refreshProjections);
    connect(workspace, &Workspace::diagnosticLayerChanged, this, &PairPanel::refreshProjections);
}

void PairPanel::setFolded(bool folded)
{
    if (folded == m_folded)
        return;
    m_folded = folded;
    m_body->setVisible(!folded);
    m_fold->setIcon(icon(folded ? u"chevron-right"_s : u"chevron-down"_s));
    m_fold->setToolTip(folded ? tr("Show the pair's tokens") : tr("Fold the pair's tokens"));
    emit foldedChanged(folded);
}

void PairPanel::setRow(int row)
{
    m_row = row;
    m_header->setTitle(row < 0
            ? tr("Pair")
            : (m_workspace->contrast()->model()->isUnpaired() ? tr("Text %1") : tr("Pair %1")).arg(row + 1));
    if (row < 0 || !m_workspace->model())
        show({});
    m_workspace->requestPreview(row);
    refreshProjections();
}

void PairPanel::show(const PairPreview& preview)
{
    const size_t shared = sharedHead(preview);
    const bool both = !preview.positive.tokens.empty() && !preview.negative.tokens.empty();
    const TokenPreview& any = preview.positive.tokens.empty() ? preview.negative : preview.positive;
    m_prompt->setTokens(TokenSide::Prompt, stripTokens(any, 0, shared));
    m_positive->setTokens(
        TokenSide::Positive, stripTokens(preview.positive, shared, preview.positive.tokens.size()));
    m_negative->setTokens(
        TokenSide::Negative, stripTokens(preview.negative, shared, preview.negative.tokens.size()));
    const QString error = QString::fromStdString(
        preview.positive.error.empty() ? preview.negative.error : preview.positive.error);
    const bool differ
        = both && (headLength(preview.positive) > shared || headLength(preview.negative) > shared);
    QPalette palette;
    palette.setColor(QPalette::WindowText, colors().error);
    m_error->setPalette(palette);
    m_error->setText(error);
    m_error->setVisible(!error.isEmpty());
    const QString head = shared == 0 ? QString()
        : differ                     ? tr("; the heads differ, %1 tokens are shared").arg(shared)
        : both                       ? tr("; prompt %1 tokens, shared").arg(shared)
                                     : tr("; prompt %1 tokens").arg(shared);
    m_header->setNote(m_row < 0 ? QString() : tr("underlined tokens are read") + head);
}

void PairPanel::refreshProjections()
{
    const auto projections
        = m_row < 0 ? std::vector<std::pair<double, double>>{} : m_workspace->pairProjections(m_row);
    m_plot->setVisible(!projections.empty());
    m_projection->setText({});
    if (projections.empty())
        return;
    const auto& layers = m_workspace->extracted()->bank.layers;
    LayerSeries positive{tr("positive"), {}, &Colors::positive, SeriesStyle::Solid, SeriesMark::PositivePole,
        PlotAxis::Left, 2};
    LayerSeries negative{tr("negative"), {}, &Colors::negative, SeriesStyle::Solid, SeriesMark::NegativePole,
        PlotAxis::Left, 2};
    const size_t span = size_t(layers.back() - layers.front() + 1);
    positive.values.assign(span, std::nan(""));
    negative.values.assign(span, std::nan(""));
    const int current = m_workspace->diagnosticLayer();
    for (size_t i = 0; i < layers.size(); ++i) {
        const auto& [p, n] = projections[i];
        // Norms grow with depth: between the means of the set's two sides, every layer can be read.
        const LayerDiagnostics& means = m_workspace->diagnostics()->layers[i];
        const double middle = (means.positiveProjection + means.negativeProjection) / 2;
        const double half = (means.positiveProjection - means.negativeProjection) / 2;
        constexpr double tooClose = 0.002; // residual norms: between means that coincide there is no scale
        if (half > tooClose * means.meanResidualNorm) {
            positive.values[size_t(layers[i] - layers.front())] = (p - middle) / half;
            negative.values[size_t(layers[i] - layers.front())] = (n - middle) / half;
        }
        if (layers[i] == current)
            m_projection->setText(
                tr("Projection %1 and %2 at L%3").arg(signedNumber(p, 1), signedNumber(n, 1)).arg(current));
    }
    m_plot->setSeries({std::move(positive), std::move(negative)}, layers.front());
    m_plot->setAxisLabel(PlotAxis::Left, tr("means at ±1"));
    m_plot->setToolTip(tr("Projection of this pair; +1 and −1 are the means of the set's two sides."));
    m_plot->setCurrentLayer(current);
}

}
