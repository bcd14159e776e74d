#include "ui/panes/import_card.h"

#include "ui/panes/layouts.h"
#include "ui/theme/icons.h"
#include "ui/theme/numbers.h"

#include <QFileInfo>
#include <QGridLayout>
#include <QKeyEvent>
#include <QPushButton>

#include <algorithm>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

QString orUnknown(const std::string& text)
{
    return text.empty() ? ImportCard::tr("not in the file") : QString::fromStdString(text);
}

QString normFact(const SteeringVector& vector)
{
    double least = vector.layers.begin()->second.norm();
    double most = least;
    for (const auto& [layer, direction] : vector.layers) {
        least = std::min(least, direction.norm());
        most = std::max(most, direction.norm());
    }
    const QString range = most - least < 0.005 * most
        ? number(most, 2)
        : ImportCard::tr("%1 to %2").arg(number(least, 2), number(most, 2));
    return ImportCard::tr("as stored, |v| %1").arg(range);
}

/// Names of files and models are one word to the line breaker, and may be wider than any dock: a long one may
/// break after what joins its parts, and within a part that is long itself.
QString breakable(const QString& text)
{
    constexpr qsizetype longWord = 20;
    constexpr int longPart = 12;
    constexpr QChar mayBreak(0x200b);
    QStringList words = text.split(u' ');
    for (QString& word : words) {
        if (word.size() <= longWord)
            continue;
        QString broken;
        int part = 0;
        for (const QChar c : std::as_const(word)) {
            // The second half of a pair may not stand alone.
            if (part >= longPart && !c.isLowSurrogate()) {
                broken += mayBreak;
                part = 0;
            }
            broken += c;
            ++part;
            if (u"_-./\\:=@"_s.contains(c)) {
                broken += mayBreak;
                part = 0;
            }
        }
        word = broken;
    }
    return words.join(u' ');
}

}

ImportCard::ImportCard(Workspace* workspace, QWidget* parent)
    : QWidget(parent)
    , m_workspace(workspace)
    , m_title(new QLabel)
    , m_facts(new QGridLayout)
    , m_doubt(new QLabel)
    , m_shift(new QPushButton(tr("Shift by one layer")))
    , m_add(new QPushButton(icon(u"add"_s), tr("Add")))
    , m_cancel(new QPushButton(tr("Cancel")))
{
    setObjectName(u"importCard"_s);
    setAccessibleName(tr("Import"));
    auto* layout = column(this, 8, 6);
    m_title->setObjectName(u"importTitle"_s);
    m_title->setFont(strong(bodyFont()));
    m_title->setTextFormat(Qt::PlainText);
    m_title->setWordWrap(true);
    m_doubt->setObjectName(u"importDoubt"_s);
    m_doubt->setFont(smallFont());
    m_doubt->setWordWrap(true);
    m_shift->setObjectName(u"importShift"_s);
    m_shift->setCheckable(true);
    m_add->setObjectName(u"importAdd"_s);
    m_cancel->setObjectName(u"importCancel"_s);
    for (QPushButton* button : {m_shift, m_add, m_cancel})
        button->setProperty("compact", true);
    auto* buttons = row();
    buttons->addWidget(m_add, 1);
    buttons->addWidget(m_cancel, 1);
    layout->addWidget(m_title);
    m_facts->setHorizontalSpacing(px(8));
    m_facts->setVerticalSpacing(px(2));
    m_facts->setColumnMinimumWidth(0, px(66));
    m_facts->setColumnStretch(1, 1);
    layout->addLayout(m_facts);
    layout->addWidget(m_doubt);
    layout->addWidget(m_shift);
    layout->addLayout(buttons);
    hide();

    connect(workspace, &Workspace::vectorOffered, this, &ImportCard::offer);
    connect(workspace, &Workspace::modelChanged, this, &ImportCard::refresh);
    connect(m_shift, &QPushButton::toggled, this, &ImportCard::refresh);
    connect(m_add, &QPushButton::clicked, this, &ImportCard::add);
    connect(m_cancel, &QPushButton::clicked, this, &ImportCard::next);
}

void ImportCard::offer(const QString& path, const VectorRead& vector)
{
    Offer offer{path, vector, {}};
    const Attempt described = attempt([&] { offer.facts = describeVectorFile(path.toStdString(), *vector); });
    if (!described.ok())
        return m_workspace->report(Panel::Window, {MessageKind::Error, described.failure, {}, {}});
    if (const auto waiting = std::ranges::find(m_offers, path, &Offer::path); waiting != m_offers.end()) {
        *waiting = std::move(offer);
        return refresh();
    }
    m_offers.push_back(std::move(offer));
    if (m_offers.size() == 1)
        showNext();
    else
        refresh();
}

void ImportCard::showNext()
{
    m_shift->setChecked(false);
    setVisible(isOffering());
    emit offeringChanged();
    if (m_offers.empty())
        return;
    refresh();
    m_add->setFocus(Qt::OtherFocusReason);
}

VectorRead ImportCard::vector() const
{
    const Offer& offer = m_offers.front();
    return m_shift->isChecked() ? std::make_shared<const SteeringVector>(shiftLayers(*offer.vector, -1))
                                : offer.vector;
}

// Whole, whatever the width: what is imported is decided by it.
void ImportCard::setFacts(const std::vector<std::pair<QString, QString>>& facts)
{
    while (QLayoutItem* item = m_facts->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    int line = 0;
    for (const auto& [name, value] : facts) {
        auto* text = new QLabel(breakable(value));
        text->setFont(smallFont());
        text->setTextFormat(Qt::PlainText);
        text->setWordWrap(true);
        text->setAccessibleName(u"%1: %2"_s.arg(name, value));
        m_facts->addWidget(fieldLabel(name), line, 0, Qt::AlignTop);
        m_facts->addWidget(text, line, 1);
        ++line;
    }
}

QString ImportCard::modelFact() const
{
    const SteeringVector& vector = *m_offers.front().vector;
    const QString name = orUnknown(vector.modelName);
    if (!m_workspace->model())
        return name;
    const OpenedModel& open = *m_workspace->model();
    const bool fits = attempt([&] { checkFits(vector, open.config, open.info.fingerprint, false); }).ok();
    return fits ? tr("%1; fits the open one").arg(name) : tr("%1; does not fit the open one").arg(name);
}

void ImportCard::refresh()
{
    if (m_offers.empty())
        return;
    const Offer& offer = m_offers.front();
    const SteeringVector& original = *offer.vector;
    const QString name = QFileInfo(offer.path).fileName();
    const QString title = m_offers.size() == 1
        ? tr("Import %1").arg(name)
        : tr("Import %1, then %2 more").arg(name).arg(m_offers.size() - 1);
    m_title->setText(breakable(title));
    m_title->setAccessibleName(title);
    setFacts({
        {tr("Format"), QString::fromStdString(offer.facts.format)},
        {tr("Written by"), orUnknown(offer.facts.tools)},
        {tr("Layers"), layersOf(*vector())},
        {tr("Site"), original.layerUnknown ? tr("you choose the layer") : tr("block output, 0-based")},
        {tr("Operation"), tr("add: h + strength · v")},
        {tr("Norm"), normFact(original)},
        {tr("Stored as"), tr("%1, %2 values").arg(orUnknown(offer.facts.storedAs)).arg(original.width())},
        {tr("Model"), modelFact()},
    });
    const bool doubt = !offer.facts.layerDoubt.empty();
    const bool canShift = original.layers.begin()->first > 0;
    m_doubt->setText(QString::fromStdString(offer.facts.layerDoubt));
    m_doubt->setVisible(doubt);
    m_shift->setVisible(doubt);
    m_shift->setEnabled(canShift);
    m_shift->setText(m_shift->isChecked() ? tr("Shifted by one layer") : tr("Shift by one layer"));
    m_shift->setToolTip(canShift ? tr("Layer i of the file becomes layer i − 1")
                                 : tr("The file has layer 0, and there is none below."));
}

void ImportCard::add()
{
    const VectorRead chosen = vector();
    const QString path = m_offers.front().path;
    next();
    m_workspace->addImported(path, chosen);
}

void ImportCard::next()
{
    m_offers.pop_front();
    showNext();
}

// Esc is the window's Stop elsewhere.
bool ImportCard::event(QEvent* event)
{
    if (event->type() == QEvent::ShortcutOverride && static_cast<QKeyEvent*>(event)->key() == Qt::Key_Escape)
        event->accept();
    return QWidget::event(event);
}

void ImportCard::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Escape && !m_offers.empty())
        return next();
    QWidget::keyPressEvent(event);
}

}
