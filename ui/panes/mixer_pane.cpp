#include "ui/panes/mixer_pane.h"

#include "ui/models/strip_cosines.h"
#include "ui/panes/layouts.h"
#include "ui/panes/library_pane.h"
#include "ui/panes/mixer_strip.h"
#include "ui/plots/curve_editor.h"
#include "ui/state/settings.h"
#include "ui/state/wording.h"
#include "ui/theme/icons.h"
#include "ui/theme/numbers.h"
#include "ui/theme/theme.h"
#include "ui/widgets/cosine_triangle.h"
#include "ui/widgets/dialogs.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/section_header.h"
#include "ui/widgets/strength_slider.h"

#include <QClipboard>
#include <QDir>
#include <QGuiApplication>
#include <QLineEdit>
#include <QMenu>
#include <QScrollArea>
#include <QStyle>

#include <algorithm>
#include <cmath>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

/// From here on two vectors say much the same, or undo each other.
constexpr double sharedDirection = 0.4;

}

MixerPane::MixerPane(Workspace* workspace, QWidget* parent)
    : QWidget(parent)
    , m_workspace(workspace)
    , m_mixer(workspace->mixer())
{
    auto* layout = column(this);
    m_header = new SectionHeader(tr("Mixer"));
    m_add = barButton(u"add"_s, tr("Add vector"), tr("Add a vector from the library"));
    m_add->setObjectName(u"addVector"_s);
    m_add->setPopupMode(QToolButton::InstantPopup);
    m_addMenu = new QMenu(m_add);
    m_add->setMenu(m_addMenu);
    m_mixes = barButton(u"save"_s, {}, tr("Keep, recall or bake the mix"));
    m_mixes->setAccessibleName(tr("Mixes"));
    m_mixes->setObjectName(u"mixes"_s);
    m_mixes->setPopupMode(QToolButton::InstantPopup);
    m_mixesMenu = new QMenu(m_mixes);
    m_mixes->setMenu(m_mixesMenu);
    connect(m_mixesMenu, &QMenu::aboutToShow, this, &MixerPane::fillMixes);
    m_header->addWidget(m_mixes);
    m_header->addWidget(m_add);
    layout->addWidget(m_header);

    auto* mixRow = row(6);
    mixRow->setContentsMargins(px(8), px(6), px(8), px(6));
    m_expression = new QLineEdit;
    m_expression->setObjectName(u"mixExpression"_s);
    m_expression->setFont(fixedFont());
    m_expression->setPlaceholderText(u"1.0 formality - 0.5 other"_s);
    m_expression->setToolTip(tr("The mix as text; Return applies it (Ctrl+L)"));
    m_copy = barButton(u"copy"_s, {}, tr("Copy the mix as text"));
    m_export = barButton(u"export"_s, tr("Export…"), tr("Save the mixed vector as a file"));
    m_export->setObjectName(u"exportMix"_s);
    mixRow->addWidget(fieldLabel(tr("Mix"), m_expression));
    mixRow->addWidget(m_expression, 1);
    mixRow->addWidget(m_copy);
    mixRow->addWidget(m_export);
    layout->addLayout(mixRow);
    m_expressionError = new QLabel;
    m_expressionError->setFont(smallFont());
    m_expressionError->setWordWrap(true);
    m_expressionError->setContentsMargins(px(8), 0, px(8), px(6));
    m_expressionError->hide();
    layout->addWidget(m_expressionError);
    m_mixLens = new QWidget;
    auto* lens = column(m_mixLens, 0, 2);
    lens->setContentsMargins(px(8), 0, px(8), px(6));
    m_mixRaised = new ElidedLabel;
    m_mixLowered = new ElidedLabel;
    for (ElidedLabel* words : {m_mixRaised, m_mixLowered}) {
        words->setFont(smallFont());
        words->setColor(&Colors::secondary);
        lens->addWidget(words);
    }
    m_mixLens->hide();
    layout->addWidget(m_mixLens);
    layout->addWidget(separatorLine(Qt::Horizontal));

    auto* scroll = new QScrollArea;
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setFocusPolicy(Qt::NoFocus);
    m_list = new QWidget;
    m_listLayout = column(m_list);
    m_empty = fieldLabel(tr("Add a vector from the Library to start mixing."));
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setWordWrap(true);
    m_empty->setMinimumHeight(px(120));
    m_listLayout->addWidget(m_empty);
    m_listLayout->addStretch(1);
    scroll->setWidget(m_list);
    layout->addWidget(scroll, 1);

    m_warning = new MessageBar;
    layout->addWidget(m_warning);
    m_pushHeader = new SectionHeader(tr("Push over layers"));
    m_pushHeader->setToolTip(
        tr("Strength × factor × |v| ÷ mean residual norm. Drag a point; with Shift the pointer "
           "draws over all layers it passes. Left, Right choose a layer, Up, Down move it, "
           "Del takes it out, Shift+Del all."));
    m_pushFold = barButton(u"chevron-down"_s, {}, {});
    m_pushFold->setObjectName(u"foldPush"_s);
    m_pushFold->setAccessibleName(tr("Fold pushes and cosines"));
    m_pushFold->setProperty("compact", true);
    m_pushHeader->addWidget(m_pushFold);
    connect(m_pushFold, &QToolButton::clicked, this, [this] { setPushFolded(!m_pushFolded); });
    layout->addWidget(m_pushHeader);
    m_push = new CurveEditor;
    m_push->setObjectName(u"pushCurve"_s);
    m_push->setAccessibleName(tr("Push over the layers; drag the points of a strip"));
    m_push->setFixedHeight(px(140));
    m_push->setLayerLabel(tr("layer"));
    m_push->setPlaceholderText(tr("What the strips add up to appears here."));
    layout->addWidget(m_push);
    m_cosineHeader = new SectionHeader(tr("Pairwise cosine"));
    m_cosineHeader->setNote(tr("where both act"));
    m_cosines = new CosineTriangle;
    m_cosines->setObjectName(u"stripCosines"_s);
    layout->addWidget(m_cosineHeader);
    layout->addWidget(m_cosines);
    connect(m_push, &CurveEditor::pointMoved, this, &MixerPane::movePoint);
    connect(m_push, &CurveEditor::cleared, this, [this] {
        if (m_edited >= 0)
            m_mixer->setLayers(m_edited, {});
    });
    connect(workspace, &Workspace::lensesChanged, this, &MixerPane::refreshMixLens);

    connect(m_mixer, &QAbstractItemModel::rowsInserted, this,
        [this](const QModelIndex&, int first, int last) { insertStrips(first, last); });
    connect(m_mixer, &QAbstractItemModel::rowsRemoved, this,
        [this](const QModelIndex&, int first, int last) { removeStrips(first, last); });
    connect(m_mixer, &QAbstractItemModel::dataChanged, this,
        [this](const QModelIndex& from, const QModelIndex& to, const QList<int>& roles) {
            if (roles.contains(StripModel::NameRole)) {
                removeStrips(from.row(), to.row()); // a strip has its name from when it is made
                return insertStrips(from.row(), to.row());
            }
            for (int row = from.row(); row <= to.row(); ++row)
                m_strips[size_t(row)]->refresh();
            if (roles.contains(StripModel::LayersRole))
                refreshMeasurements();
            refresh();
        });
    connect(m_expression, &QLineEdit::returnPressed, this, &MixerPane::applyExpression);
    connect(m_copy, &QToolButton::clicked, this,
        [this] { QGuiApplication::clipboard()->setText(m_workspace->mixExpression()); });
    connect(m_export, &QToolButton::clicked, this, &MixerPane::exportMix);
    connect(m_addMenu, &QMenu::aboutToShow, this, [this] {
        m_addMenu->clear();
        LibraryModel* library = m_workspace->library();
        for (int row = 0; row < library->rowCount(); ++row) {
            const QString name = library->entry(row).name;
            QAction* action = m_addMenu->addAction(name, this, [this, row] { m_workspace->addToMixer(row); });
            action->setEnabled(m_mixer->find(name) < 0);
        }
    });
    connect(workspace->library(), &QAbstractItemModel::rowsInserted, this, &MixerPane::refresh);
    connect(workspace->library(), &QAbstractItemModel::rowsRemoved, this, &MixerPane::refresh);
    connect(workspace, &Workspace::modelChanged, this, &MixerPane::refreshPush);
    connect(workspace->map(), &LayerMap::measured, this, &MixerPane::refreshMeasurements);
    connect(workspace->map(), &LayerMap::reset, this, &MixerPane::refreshMeasurements);
    setPushFolded(false);
    refresh();
}

void MixerPane::insertStrips(int first, int last)
{
    for (int row = first; row <= last; ++row) {
        auto* strip = new MixerStrip(m_workspace, row);
        strip->setObjectName(u"strip"_s);
        m_strips.insert(m_strips.begin() + row, strip);
        m_listLayout->insertWidget(row + 1, strip);
        connect(strip, &MixerStrip::focused, this, [this, strip] {
            setEdited(strip->row());
            if (m_compact)
                expandOnly(strip);
        });
        // The strip is its own sender: it goes after its signal.
        connect(
            strip, &MixerStrip::removeRequested, this, [this, strip] { m_mixer->remove(strip->row()); },
            Qt::QueuedConnection);
    }
    for (int row = 0; row < int(m_strips.size()); ++row)
        m_strips[size_t(row)]->setRow(row);
    if (m_compact)
        expandOnly(m_strips[size_t(last)]);
    refreshMeasurements();
    refresh();
}

void MixerPane::removeStrips(int first, int last)
{
    for (int row = last; row >= first; --row) {
        MixerStrip* strip = m_strips[size_t(row)];
        m_strips.erase(m_strips.begin() + row);
        // Not later: a hidden strip must not ask the model about a row that is gone.
        delete strip;
    }
    for (int row = 0; row < int(m_strips.size()); ++row)
        m_strips[size_t(row)]->setRow(row);
    refresh();
}

void MixerPane::expandOnly(MixerStrip* chosen)
{
    for (MixerStrip* strip : m_strips)
        if (strip->isExpanded() != (strip == chosen))
            strip->setExpanded(strip == chosen);
}

void MixerPane::setCompact(bool compact)
{
    if (compact == m_compact)
        return;
    m_compact = compact;
    setPushFolded(compact);
    m_export->setToolButtonStyle(compact ? Qt::ToolButtonIconOnly : Qt::ToolButtonTextBesideIcon);
    if (compact && !m_strips.empty())
        expandOnly(m_strips.front());
    else
        for (MixerStrip* strip : m_strips)
            strip->setExpanded(true);
}

void MixerPane::focusExpression()
{
    m_expression->setFocus(Qt::ShortcutFocusReason);
    m_expression->selectAll();
}

void MixerPane::exportMix()
{
    QStringList names;
    bool single = true;
    for (const Strip& strip : m_mixer->strips())
        if (strip.acts()) {
            names << strip.name;
            single = single && strip.layers.size() == 1 && strip.layers == m_mixer->strips().front().layers;
        }
    const QString suggested
        = (names.isEmpty() ? u"mix"_s : names.join(u'+')) + (single ? u".pt"_s : u".safetensors"_s);
    const QString path = Dialogs::getSaveFileName(this, tr("Export the mixed vector"),
        QDir(settings::lastFolder()).filePath(suggested), vectorSaveFilter(suggested));
    if (path.isEmpty())
        return;
    settings::setLastFolderOf(path);
    m_workspace->exportMix(path);
}

void MixerPane::refresh()
{
    int on = 0;
    for (const Strip& strip : m_mixer->strips())
        on += strip.enabled ? 1 : 0;
    m_header->setNote(m_strips.empty() ? QString() : tr("%1 of %2 on").arg(on).arg(m_strips.size()));
    m_empty->setVisible(m_strips.empty());
    m_add->setEnabled(m_workspace->library()->rowCount() > 0);
    m_add->setToolTip(m_add->isEnabled() ? tr("Add a vector from the library")
                                         : tr("The library is empty: extract or import a vector."));
    for (QToolButton* button : {m_copy, m_export})
        button->setEnabled(on > 0);
    refreshExpression();
    refreshWarning();
    refreshPush();
    refreshCosines();
}

void MixerPane::refreshExpression()
{
    if (m_expression->hasFocus() && m_expression->isModified())
        return;
    m_expression->setText(m_workspace->mixExpression());
    m_expression->setModified(false);
}

void MixerPane::applyExpression()
{
    const Attempt applied = m_workspace->setMixExpression(m_expression->text());
    m_expression->setProperty("invalid", !applied.ok());
    m_expression->style()->unpolish(m_expression);
    m_expression->style()->polish(m_expression);
    QPalette palette;
    palette.setColor(QPalette::WindowText, colors().error);
    m_expressionError->setPalette(palette);
    m_expressionError->setText(u"%1 %2"_s.arg(applied.failure.cause, applied.failure.remedy).trimmed());
    m_expressionError->setVisible(!applied.ok());
    if (!applied.ok()) {
        // The word that is wrong is the one to type over.
        const QString name = applied.failure.cause.section(u'\'', 1, 1);
        const qsizetype at = name.isEmpty() ? -1 : m_expression->text().indexOf(name);
        if (at >= 0)
            m_expression->setSelection(int(at), int(name.size()));
        return;
    }
    m_expression->setModified(false);
    refreshExpression();
}

void MixerPane::setEdited(int row)
{
    if (row == m_edited)
        return;
    m_edited = row;
    refreshPush();
}

void MixerPane::refreshPush()
{
    const int layers = m_workspace->model() ? m_workspace->model()->config.layers : 0;
    const auto& strips = m_mixer->strips();
    m_edited = strips.empty() ? -1 : std::clamp(m_edited, 0, int(strips.size()) - 1);
    const auto curveOf = [&](const Strip& strip) {
        std::vector<double> pushes(size_t(layers), std::nan(""));
        for (int layer = 0; layer < layers; ++layer) {
            const LayerVector* direction = strip.direction(layer);
            const auto perUnit = direction ? direction->pushPerUnit() : std::nullopt;
            const auto factor = strip.layers.find(layer);
            if (perUnit)
                pushes[size_t(layer)]
                    = factor == strip.layers.end() ? 0 : strip.strength * factor->second * *perUnit;
        }
        return pushes;
    };
    LayerSeries sum{tr("sum"), std::vector<double>(size_t(layers), 0.0), &Colors::steered, SeriesStyle::Bars,
        SeriesMark::None, PlotAxis::Left, 2};
    std::vector<LayerSeries> others;
    bool known = false;
    double largest = 0.1;
    for (const Strip& strip : strips) {
        const std::vector<double> curve = curveOf(strip);
        for (size_t layer = 0; layer < curve.size(); ++layer) {
            if (std::isnan(curve[layer]))
                continue;
            known = true;
            if (strip.acts())
                sum.values[layer] += curve[layer];
            largest = std::max({largest, std::abs(sum.values[layer]), std::abs(curve[layer])});
        }
        if (strips.size() > 1)
            others.push_back({strip.enabled ? strip.name : tr("%1, off").arg(strip.name), curve,
                &Colors::secondary, SeriesStyle::Dashed, SeriesMark::None, PlotAxis::Left, 2});
    }
    if (!known) {
        m_push->setSeries({});
        m_push->setCurve({});
        m_pushHeader->setNote({});
        return;
    }
    std::vector<LayerSeries> series{std::move(sum)};
    std::ranges::move(others, std::back_inserter(series));
    m_push->setSeries(std::move(series));
    m_push->setAxisRange(PlotAxis::Left, std::pair(-1.3 * largest, 1.3 * largest));
    const Strip& edited = strips[size_t(m_edited)];
    m_push->setCurve(curveOf(edited));
    m_push->setCurrentLayer(edited.mainLayer());
    m_pushHeader->setNote(tr("drag points of %1, Shift paints").arg(edited.name));
}

// What is drawn is a push; what the strip keeps is a factor of its strength.
void MixerPane::movePoint(int layer, double push)
{
    if (m_edited < 0)
        return;
    const Strip& strip = m_mixer->strip(m_edited);
    const LayerVector* direction = strip.direction(layer);
    const auto perUnit = direction ? direction->pushPerUnit() : std::nullopt;
    if (!perUnit || !(*perUnit > 0))
        return;
    LayerCurve curve = strip.layers;
    const double strength = strip.strength == 0 ? 1 : strip.strength;
    const double factor = std::round(1000 * push / (strength * *perUnit)) / 1000;
    if (factor == 0)
        curve.erase(layer);
    else
        curve[layer] = factor;
    if (strip.strength == 0)
        m_mixer->setStrength(m_edited, strength);
    m_mixer->setLayers(m_edited, std::move(curve));
}

void MixerPane::refreshWarning()
{
    const auto& strips = m_mixer->strips();
    const StripCosine* worst = nullptr;
    const std::vector<StripCosine> cosines = stripCosines(strips);
    for (const StripCosine& pair : cosines)
        if (pair.layer >= 0 && strips[size_t(pair.first)].acts() && strips[size_t(pair.second)].acts()
            && std::abs(pair.cosine) >= sharedDirection
            && (!worst || std::abs(pair.cosine) > std::abs(worst->cosine)))
            worst = &pair;
    if (!worst) {
        m_warned.clear();
        m_warning->dismiss();
        return;
    }
    const QString cause = tr("%1 and %2: cosine %3 at layer %4.")
                              .arg(strips[size_t(worst->first)].name, strips[size_t(worst->second)].name,
                                  signedNumber(worst->cosine, 2))
                              .arg(worst->layer);
    const QString remedy = worst->doubles(strips) ? tr("Together they push more than either number says.")
                                                  : tr("At these signs they cancel.");
    // Closed once, the same warning stays closed.
    if (std::exchange(m_warned, cause + remedy) != cause + remedy)
        m_warning->showMessage(MessageKind::Warning, cause, remedy);
}

void MixerPane::setPushFolded(bool folded)
{
    m_pushFolded = folded;
    m_push->setVisible(!folded);
    m_pushFold->setIcon(icon(folded ? u"chevron-right"_s : u"chevron-down"_s));
    m_pushFold->setToolTip(folded ? tr("Show pushes and cosines") : tr("Fold pushes and cosines"));
    refreshCosines();
}

void MixerPane::refreshCosines()
{
    const auto& strips = m_mixer->strips();
    const bool shown = strips.size() > 1 && !m_pushFolded;
    m_cosineHeader->setVisible(shown);
    m_cosines->setVisible(shown);
    if (!shown)
        return;
    QStringList names;
    std::vector<std::vector<double>> cells(strips.size());
    std::vector<QStringList> tips(strips.size());
    for (const Strip& strip : strips)
        names << strip.name;
    for (const StripCosine& pair : stripCosines(strips)) {
        const bool known = pair.layer >= 0;
        cells[size_t(pair.second)].push_back(known ? pair.cosine : std::nan(""));
        const QString both = tr("%1 and %2").arg(names[pair.first], names[pair.second]);
        tips[size_t(pair.second)] << (known
                ? tr("%1: cosine %2 at layer %3").arg(both, signedNumber(pair.cosine, 3)).arg(pair.layer)
                : tr("%1 act on no layer together").arg(both));
    }
    m_cosines->setCells(std::move(names), std::move(cells), std::move(tips));
}

void MixerPane::refreshMixLens()
{
    const LensWords* words = m_workspace->lensOfMix();
    // Where there are several strips it keeps its place: switching one off must not move them.
    m_mixLens->setVisible(m_strips.size() > 1 && !m_compact);
    if (!words) {
        m_mixRaised->setText({});
        m_mixLowered->setText({});
        return;
    }
    m_mixRaised->setText(tr("▲ the mix raises %1").arg(listed(words->raised)));
    m_mixLowered->setText(tr("▽ lowers %1").arg(listed(words->lowered)));
}

void MixerPane::fillMixes()
{
    m_mixesMenu->clear();
    const QString now = m_workspace->mixExpression();
    QAction* keep = m_mixesMenu->addAction(tr("&Keep this mix"), m_workspace, &Workspace::saveMix);
    keep->setObjectName(u"keepMix"_s);
    QAction* bake = m_mixesMenu->addAction(tr("&Bake into a new vector"), m_workspace, &Workspace::bakeMix);
    bake->setObjectName(u"bakeMix"_s);
    for (QAction* action : {keep, bake})
        action->setEnabled(!now.isEmpty());
    const QStringList kept = m_workspace->savedMixes();
    if (kept.isEmpty())
        return;
    m_mixesMenu->addSeparator();
    for (const QString& name : kept)
        m_mixesMenu->addAction(name, this, [this, name] { m_workspace->recallMix(name); });
    QMenu* forget = m_mixesMenu->addMenu(tr("&Forget"));
    for (const QString& name : kept)
        forget->addAction(name, this, [this, name] { m_workspace->forgetMix(name); });
}

void MixerPane::refreshMeasurements()
{
    const MapGrid& grid = m_workspace->map()->grid();
    for (MixerStrip* widget : m_strips) {
        const Strip& strip = m_mixer->strip(widget->row());
        std::vector<LossSample> samples;
        // A track is true for one layer and the operation that was mapped.
        if (strip.vector == grid.vector && strip.op == grid.op && strip.scope == grid.scope
            && strip.layers.size() == 1)
            for (int l = 0; l < int(grid.layers.size()); ++l)
                for (int s = 0; s < int(grid.strengths.size()); ++s)
                    if (const auto loss = m_workspace->map()->figure({l, s}, Metric::Coherence);
                        loss && grid.layers[size_t(l)] == strip.mainLayer())
                        samples.push_back({grid.strengths[size_t(s)], loss->value});
        widget->setMeasurements(samples);
    }
}

}
