#include "ui/panes/mixer_strip.h"

#include "ui/panes/layouts.h"
#include "ui/panes/map_form.h"
#include "ui/state/wording.h"
#include "ui/state/workspace.h"
#include "ui/theme/icons.h"
#include "ui/theme/numbers.h"
#include "ui/theme/theme.h"
#include "ui/widgets/elided_check_box.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/number_label.h"
#include "ui/widgets/pole_label.h"
#include "ui/widgets/strength_slider.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QEvent>
#include <QLineEdit>
#include <QMenu>
#include <QPainter>
#include <QStyle>

namespace tiller {

using namespace Qt::StringLiterals;

MixerStrip::MixerStrip(Workspace* workspace, int row, QWidget* parent)
    : QWidget(parent)
    , m_workspace(workspace)
    , m_row(row)
{
    const Strip& strip = workspace->mixer()->strip(row);
    const QString name = strip.name;
    auto* layout = column(this, 0, 4);
    layout->setContentsMargins(px(10), px(6), px(10), px(8));

    auto* head = tiller::row(6);
    m_enabled = new ElidedCheckBox(name);
    m_enabled->setObjectName(u"stripEnabled"_s);
    m_enabled->setFont(strong(bodyFont()));
    m_enabled->setToolTip(tr("Use %1 in the mix").arg(name));
    m_note = new ElidedLabel;
    m_note->setFont(smallFont());
    m_note->setColor(&Colors::secondary);
    m_expand = barButton(u"chevron-down"_s, {}, tr("Fold %1").arg(name));
    m_more = barButton(u"curve"_s, {}, tr("Solo, invert, curves of %1").arg(name));
    m_more->setObjectName(u"stripMenu"_s);
    m_more->setPopupMode(QToolButton::InstantPopup);
    auto* menu = new QMenu(m_more);
    m_more->setMenu(menu);
    connect(menu, &QMenu::aboutToShow, this, [this, menu] { fillMenu(menu); });
    m_remove = barButton(u"close"_s, {}, tr("Remove %1 from the mix").arg(name));
    m_remove->setObjectName(u"stripRemove"_s);
    for (QToolButton* button : {m_more, m_expand, m_remove})
        button->setFixedSize(px(22), px(22));
    head->addWidget(m_enabled);
    head->addWidget(m_note, 1);
    head->addWidget(m_more);
    head->addWidget(m_expand);
    head->addWidget(m_remove);
    layout->addLayout(head);

    auto* strength = tiller::row(6);
    m_slider = new StrengthSlider;
    m_slider->setObjectName(u"stripSlider"_s);
    m_slider->setAccessibleName(tr("Strength of %1").arg(name));
    m_slider->setPoles(QString::fromStdString(strip.vector->negativeLabel),
        QString::fromStdString(strip.vector->positiveLabel));
    m_number = new QDoubleSpinBox;
    m_number->setObjectName(u"stripNumber"_s);
    m_number->setRange(-StripModel::mostStrength, StripModel::mostStrength);
    m_number->setDecimals(2);
    m_number->setSingleStep(0.05);
    m_number->setFixedWidth(px(72));
    m_number->setAlignment(Qt::AlignRight);
    m_number->setKeyboardTracking(false);
    m_number->setAccessibleName(tr("Strength of %1, as a number").arg(name));
    strength->addWidget(m_slider, 1);
    strength->addWidget(m_number);
    layout->addLayout(strength);

    auto* poles = tiller::row(6);
    m_negative = new PoleLabel(Pole::Negative, QString::fromStdString(strip.vector->negativeLabel));
    m_positive = new PoleLabel(Pole::Positive, QString::fromStdString(strip.vector->positiveLabel));
    m_negative->setVisible(!strip.vector->negativeLabel.empty());
    m_positive->setVisible(!strip.vector->positiveLabel.empty());
    m_push = new NumberLabel(tr("past collapse"));
    m_push->setObjectName(u"stripPush"_s);
    m_push->setFont(smallFont());
    m_push->setColor(&Colors::secondary);
    poles->addWidget(m_negative);
    poles->addStretch(1);
    poles->addWidget(m_positive);
    poles->addWidget(m_push);
    layout->addLayout(poles);

    m_details = new QWidget;
    auto* details = tiller::row(m_details, 0, 4);
    m_layers = new QLineEdit;
    m_layers->setObjectName(u"stripLayers"_s);
    m_layers->setMinimumWidth(px(40));
    m_layers->setMaximumWidth(px(64));
    m_layers->setToolTip(tr("One layer (12), a range (8-20) or several (8,10-12)"));
    m_op = new QComboBox;
    m_op->setObjectName(u"stripOp"_s);
    fillOps(m_op);
    m_scope = new QComboBox;
    m_scope->setObjectName(u"stripScope"_s);
    fillScopes(m_scope);
    for (QComboBox* combo : {m_op, m_scope}) {
        combo->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        combo->setMinimumContentsLength(combo == m_op ? 3 : 5);
        combo->setMinimumWidth(px(66)); // else the row is wider than a narrow mixer beside its scroll bar
        combo->setMinimumWidth(px(56)); // where the mixer is narrow; the list shows the words
    }
    for (QWidget* field : std::initializer_list<QWidget*>{m_layers, m_op, m_scope, m_number})
        field->setProperty("compact", true);
    details->addWidget(fieldLabel(tr("Layers"), m_layers));
    details->addWidget(m_layers);
    details->addWidget(fieldLabel(tr("Op"), m_op));
    details->addWidget(m_op, 2);
    details->addWidget(fieldLabel(tr("Scope"), m_scope));
    details->addWidget(m_scope, 3);
    layout->addWidget(m_details);
    m_lens = new QWidget;
    auto* lens = column(m_lens, 0, 2);
    const auto addWords = [lens](PoleLabel*& label, Pole pole) {
        auto* line = tiller::row(6);
        label = new PoleLabel(pole, {});
        label->setMarkBefore(true);
        label->setMinimumWidth(px(56));
        auto* words = new ElidedLabel;
        words->setFont(smallFont());
        line->addWidget(label);
        line->addWidget(words, 1);
        lens->addLayout(line);
        return words;
    };
    m_raised = addWords(m_raisedTitle, Pole::Positive);
    m_raised->setObjectName(u"stripRaised"_s);
    m_lowered = addWords(m_loweredTitle, Pole::Negative);
    m_lowered->setObjectName(u"stripLowered"_s);
    layout->addWidget(m_lens);
    m_error = new QLabel;
    m_error->setFont(smallFont());
    m_error->setWordWrap(true);
    m_error->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred); // a long name gives way too
    m_error->hide();
    layout->addWidget(m_error);

    StripModel* mixer = workspace->mixer();
    connect(m_enabled, &QCheckBox::toggled, this, [this, mixer](bool on) { mixer->setEnabled(m_row, on); });
    connect(m_slider, &StrengthSlider::valueChanged, this,
        [this, mixer](double value) { mixer->setStrength(m_row, value); });
    connect(m_number, &QDoubleSpinBox::valueChanged, this,
        [this, mixer](double value) { mixer->setStrength(m_row, value); });
    connect(m_layers, &QLineEdit::editingFinished, this, &MixerStrip::applyLayers);
    connect(m_op, &QComboBox::activated, this,
        [this, mixer] { mixer->setOp(m_row, Op(m_op->currentData().toInt())); });
    connect(m_scope, &QComboBox::activated, this, [this, mixer] {
        mixer->setScope(m_row, parseScope(m_scope->currentData().toString().toStdString()));
    });
    connect(m_expand, &QToolButton::clicked, this, [this] { setExpanded(!m_expanded); });
    connect(m_remove, &QToolButton::clicked, this, &MixerStrip::removeRequested);
    connect(workspace, &Workspace::lensesChanged, this, &MixerStrip::refreshLens);
    for (QWidget* child : findChildren<QWidget*>())
        child->installEventFilter(this);
    refresh();
    refreshLens();
}

bool MixerStrip::eventFilter(QObject* watched, QEvent* event)
{
    // The wheel scrolls the list unless a field has been chosen.
    if (event->type() == QEvent::Wheel && !qobject_cast<QWidget*>(watched)->hasFocus()) {
        event->ignore();
        return true;
    }
    if (event->type() == QEvent::FocusIn)
        emit focused();
    return false;
}

void MixerStrip::fillMenu(QMenu* menu)
{
    menu->clear();
    StripModel* mixer = m_workspace->mixer();
    QAction* solo = menu->addAction(tr("&Solo"), this, [this, mixer] { mixer->toggleSolo(m_row); });
    solo->setObjectName(u"soloStrip"_s);
    solo->setCheckable(true);
    solo->setChecked(mixer->soloRow() == m_row);
    QAction* invert = menu->addAction(
        tr("&Invert"), this, [this, mixer] { mixer->setStrength(m_row, -mixer->strip(m_row).strength); });
    invert->setObjectName(u"invertStrip"_s);
    menu->addSeparator();
    const std::pair<CurvePreset, QString> presets[] = {{CurvePreset::Single, tr("&One layer")},
        {CurvePreset::Window, tr("&Window of five layers")}, {CurvePreset::Ramp, tr("&Ramp of nine layers")},
        {CurvePreset::Diagnostics, tr("Layers of the &suggestion")}};
    for (const auto& [preset, title] : presets) {
        const LayerCurve curve = m_workspace->presetOf(m_row, preset);
        QAction* action
            = menu->addAction(title, this, [this, mixer, curve] { mixer->setLayers(m_row, curve); });
        action->setEnabled(!curve.empty());
        action->setToolTip(curve.empty() ? tr("Known for vectors that were extracted here.")
                                         : QString::fromStdString(toString(curve)));
    }
    menu->setToolTipsVisible(true);
}

void MixerStrip::applyLayers()
{
    const std::string text = m_layers->text().trimmed().replace(QChar(0x2013), u'-').toStdString();
    const int count = m_workspace->model() ? m_workspace->model()->config.layers : 1 << 20;
    LayerCurve curve;
    const Strip& strip = m_workspace->mixer()->strip(m_row);
    Attempt parsed = attempt([&] { curve = parseLayers(text, count); });
    if (parsed.ok())
        for (const auto& [layer, factor] : curve)
            if (!strip.direction(layer)) {
                parsed.outcome = Outcome::Failed;
                parsed.failure.cause
                    = tr("This vector has no layer %1; it has %2.").arg(layer).arg(layersOf(*strip.vector));
                break;
            }
    m_layers->setProperty("invalid", !parsed.ok());
    m_layers->style()->unpolish(m_layers);
    m_layers->style()->polish(m_layers);
    QPalette palette;
    palette.setColor(QPalette::WindowText, colors().error);
    m_error->setPalette(palette);
    m_error->setText(parsed.failure.cause);
    m_error->setVisible(!parsed.ok());
    if (parsed.ok())
        m_workspace->mixer()->setLayers(m_row, std::move(curve));
}

void MixerStrip::setMeasurements(const std::vector<LossSample>& samples)
{
    m_slider->setMeasurements(samples);
    m_slider->setToolTip(
        samples.empty() ? tr("Not measured. Run Map.") : tr("Track: measured coherence loss at this layer."));
    refresh();
}

void MixerStrip::setExpanded(bool expanded)
{
    m_expanded = expanded;
    m_details->setVisible(expanded);
    refreshLens();
    m_expand->setIcon(icon(expanded ? u"chevron-down"_s : u"chevron-right"_s));
    m_expand->setToolTip(expanded ? tr("Fold this strip") : tr("Show layers, operation and scope"));
}

void MixerStrip::refreshLens()
{
    const LensWords* words = m_workspace->lensOf(m_row);
    // With a model they come soon: their room is kept, so that nothing jumps under the pointer.
    m_lens->setVisible(m_workspace->model() && m_expanded);
    const Strip& strip = m_workspace->mixer()->strip(m_row);
    m_lens->setToolTip(tr("The direction of layer %1 read by the final norm and the unembedding (logit lens)")
                           .arg(strip.mainLayer()));
    m_raisedTitle->setName(strip.layers.size() > 1 ? tr("raises, L%1").arg(strip.mainLayer()) : tr("raises"));
    m_loweredTitle->setName(
        strip.layers.size() > 1 ? tr("lowers, L%1").arg(strip.mainLayer()) : tr("lowers"));
    if (!words) {
        for (ElidedLabel* label : {m_raised, m_lowered}) {
            label->setText({});
            label->setToolTip({});
        }
        return;
    }
    const auto show = [](ElidedLabel* label, const std::vector<LensWord>& tokens) {
        label->setText(listed(tokens));
        QStringList figures;
        for (const LensWord& word : tokens)
            figures << u"%1  %2"_s.arg(listed({word}), signedNumber(double(word.value), 1));
        label->setToolTip(figures.join(u'\n'));
    };
    show(m_raised, words->raised);
    show(m_lowered, words->lowered);
}

void MixerStrip::refresh()
{
    const Strip& strip = m_workspace->mixer()->strip(m_row);
    const QSignalBlocker quietBox(m_enabled);
    const QSignalBlocker quietSlider(m_slider);
    const QSignalBlocker quietNumber(m_number);
    m_enabled->setChecked(strip.enabled);
    m_slider->setActive(strip.enabled);
    if (m_slider->value() != strip.strength)
        m_slider->setValue(strip.strength);
    if (m_number->value() != strip.strength)
        m_number->setValue(strip.strength);
    m_note->setText(describeStrip(strip));
    if (!m_layers->hasFocus())
        m_layers->setText(QString::fromStdString(toString(strip.layers)));
    m_op->setCurrentIndex(m_op->findData(int(strip.op)));
    m_scope->setCurrentIndex(std::max(0, m_scope->findData(QString::fromStdString(toString(strip.scope)))));
    for (QWidget* pole : std::initializer_list<QWidget*>{m_negative, m_positive})
        pole->setEnabled(strip.enabled);

    const auto push = strip.push();
    const bool past = strip.enabled && m_slider->isPastCollapse();
    m_push->setColor(past ? &Colors::error : &Colors::secondary);
    m_push->setText(past ? tr("past collapse") : push ? tr("push %1").arg(number(*push, 2)) : tr("push –"));
    m_push->setToolTip(push
            ? tr("Strength × |v| ÷ mean residual norm where it is largest: %1").arg(number(*push, 3))
            : tr("Unknown: the vector's file holds no mean residual norm."));
    update();
}

void MixerStrip::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const bool on = m_workspace->mixer()->strip(m_row).enabled;
    painter.fillRect(rect(), on ? colors().base : colors().window);
    if (on)
        painter.fillRect(QRect(0, 0, px(3), height()), colors().steered);
    painter.fillRect(QRect(0, height() - 1, width(), 1), colors().line);
}

}
