// The mixer: strips, their expression, mixes kept and baked, and what they say in tokens.
#include "ui/state/workspace.h"

#include "core/base/error.h"
#include "ui/state/settings.h"

#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRegularExpression>

#include <algorithm>

namespace tiller {

using namespace Qt::StringLiterals;

void Workspace::addToMixer(int libraryRow, std::optional<int> layer, double strength)
{
    const LibraryEntry& entry = m_library->entry(libraryRow);
    if (m_mixer->find(entry.name) >= 0) {
        m_mixer->setEnabled(m_mixer->find(entry.name), true);
        return;
    }
    const auto useAnyway = [this, name = entry.name, layer, strength] {
        const int row = m_library->find(name);
        if (row < 0)
            return;
        m_library->allowOther(row);
        addToMixer(row, layer, strength);
    };
    if (!checkVector(*entry.vector, entry.allowOther, Panel::Steer, useAnyway)) {
        emit perspectiveRequested(Perspective::Steer);
        return;
    }
    Strip strip;
    strip.name = entry.name;
    strip.vector = entry.vector;
    strip.strength = strength;
    strip.layers = {{layer.value_or(entry.suggestedLayer), 1.0}};
    if (!layer && entry.vector->method == "mix" && !entry.vector->layerUnknown) {
        strip.layers.clear(); // what was mixed belongs to its layers
        for (const auto& [own, direction] : entry.vector->layers)
            strip.layers[own] = 1;
    }
    m_mixer->add(std::move(strip));
}

bool Workspace::checkMixer()
{
    bool allFit = true;
    for (int row = 0; row < m_mixer->rowCount(); ++row) {
        const Strip& strip = m_mixer->strip(row);
        const int entry = m_library->find(strip.name);
        const bool allowed = entry >= 0 && m_library->entry(entry).allowOther;
        const auto useAnyway = [this, name = strip.name] {
            if (const int known = m_library->find(name); known >= 0)
                m_library->allowOther(known);
            if (const int on = m_mixer->find(name); on >= 0)
                m_mixer->setEnabled(on, true);
        };
        if (strip.enabled && !checkVector(*strip.vector, allowed, Panel::Steer, useAnyway)) {
            m_mixer->setEnabled(row, false);
            allFit = false;
        }
    }
    return allFit;
}

QString Workspace::mixExpression() const
{
    std::vector<MixTerm> terms;
    for (const Strip& strip : m_mixer->strips())
        if (strip.enabled)
            terms.push_back({strip.strength, strip.name.toStdString()});
    return QString::fromStdString(formatMix(terms));
}

namespace {

/// The function that an expression calls, in a place where none may stand; else empty.
QString calledIn(const QString& expression)
{
    static const QRegularExpression call(u"\\b([A-Za-z]\\w*)\\("_s);
    return call.match(expression).captured(1);
}

}

Attempt Workspace::setMixExpression(const QString& expression)
{
    std::vector<MixTerm> terms;
    const auto weightOf = [&terms](const std::string& name) {
        double weight = 0;
        for (const MixTerm& term : terms)
            weight += term.name == name ? term.weight : 0;
        return weight;
    };
    Attempt parsed = attempt([&] {
        if (!expression.trimmed().isEmpty())
            terms = parseMix(expression.toStdString());
        for (MixTerm& term : terms) // a name that a vector had will do
            term.name = presentName(QString::fromStdString(term.name)).toStdString();
        for (const MixTerm& term : terms) {
            const QString name = QString::fromStdString(term.name);
            if (m_mixer->find(name) < 0 && m_library->find(name) < 0)
                throw Error("There is no vector named '" + term.name + "' in the library.",
                    "Import it, or correct the name.");
            if (!(std::abs(weightOf(term.name)) <= StripModel::mostStrength))
                throw Error(
                    "The strength of " + term.name + " is beyond 1000.", "Strengths go from -1000 to 1000.");
        }
    });
    if (const QString function = calledIn(expression); !parsed.ok() && !function.isEmpty())
        parsed.failure = {tr("'%1' is a function, and this field takes sums of vectors.").arg(function),
            tr("Functions are for tiller-cli vector mix; what it writes can be imported.")};
    if (!parsed.ok())
        return parsed;

    for (const MixTerm& term : terms) {
        const QString name = QString::fromStdString(term.name);
        const double weight = weightOf(term.name);
        if (m_mixer->find(name) < 0)
            addToMixer(m_library->find(name), {}, weight);
        if (const int row = m_mixer->find(name); row >= 0) {
            m_mixer->setStrength(row, weight);
            m_mixer->setEnabled(row, true);
        }
    }
    for (int row = 0; row < m_mixer->rowCount(); ++row) {
        const std::string name = m_mixer->strip(row).name.toStdString();
        if (std::none_of(terms.begin(), terms.end(), [&](const MixTerm& term) { return term.name == name; }))
            m_mixer->setEnabled(row, false);
    }
    m_onlyMoved = false; // written, which is no slider on its way
    return {};
}

std::vector<std::pair<double, std::shared_ptr<const SteeringVector>>> Workspace::mixTerms()
{
    std::vector<std::pair<double, std::shared_ptr<const SteeringVector>>> terms;
    for (const Strip& strip : m_mixer->strips()) {
        if (!strip.acts())
            continue;
        if (strip.op != Op::Add && strip.op != Op::AddKeepNorm) {
            fail(Panel::Steer,
                {tr("%1 is set to %2, which a vector cannot say.").arg(strip.name, titleOf(strip.op)),
                    tr("Switch this strip off, or set it to add.")});
            return {};
        }
        // What the strip adds at its layers, and no more of the set.
        auto part = std::make_shared<SteeringVector>(*strip.vector);
        part->layers.clear();
        part->layerUnknown = false;
        for (const auto& [layer, factor] : strip.layers)
            if (const LayerVector* direction = strip.direction(layer)) {
                LayerVector scaled = *direction;
                for (float& value : scaled.values)
                    value *= float(factor);
                part->layers[layer] = std::move(scaled);
            }
        terms.emplace_back(strip.strength, std::move(part));
    }
    if (terms.empty())
        fail(Panel::Steer,
            {tr("There is nothing to mix: no strip is on with a strength."),
                tr("Switch a strip on and move its slider.")});
    return terms;
}

void Workspace::exportMix(const QString& path)
{
    emit reportsCleared(Panel::Steer);
    WriteVectorJob job{path.toStdString(), mixTerms(), QFileInfo(path).completeBaseName().toStdString()};
    if (!job.terms.empty())
        start(Task::WriteVector, std::move(job), path);
}

void Workspace::bakeMix()
{
    emit reportsCleared(Panel::Steer);
    std::vector<std::pair<double, SteeringVector>> terms;
    for (const auto& [weight, vector] : mixTerms())
        terms.emplace_back(weight, *vector);
    if (terms.empty())
        return;
    auto baked = std::make_shared<SteeringVector>();
    const Attempt mixed = attempt([&] { *baked = mix(terms); });
    if (!mixed.ok()) {
        fail(Panel::Steer, mixed.failure);
        return;
    }
    LibraryEntry entry;
    // A name that an expression takes without quotes.
    QStringList parts{u"mix"_s};
    for (const Strip& strip : m_mixer->strips())
        if (strip.acts())
            parts << strip.name;
    entry.name = m_library->freeName(parts.join(u'-'));
    baked->name = entry.name.toStdString();
    baked->expression = mixExpression().toStdString();
    entry.suggestedLayer = startLayer(*baked, model() ? model()->config.layers : int(baked->layers.size()));
    entry.vector = std::move(baked);
    addToLibrary(std::move(entry));
    setStatus(tr("Baked “%1” into the library.").arg(m_library->entry(m_currentVector).name));
}

LayerCurve Workspace::presetOf(int strip, CurvePreset preset) const
{
    if (!model())
        return {};
    const Strip& s = m_mixer->strip(strip);
    const int row = m_library->find(s.name);
    return presetCurve(
        preset, s, row < 0 ? nullptr : m_library->entry(row).diagnostics.get(), model()->config.layers);
}

QStringList Workspace::savedMixes() const
{
    return settings::mixes().keys();
}

void Workspace::saveMix()
{
    QJsonArray strips;
    for (const Strip& strip : m_mixer->strips())
        strips.append(QJsonObject{{u"name"_s, strip.name}, {u"enabled"_s, strip.enabled},
            {u"strength"_s, strip.strength}, {u"layers"_s, QString::fromStdString(toString(strip.layers))},
            {u"op"_s, QString::fromUtf8(toString(strip.op).data())},
            {u"scope"_s, QString::fromStdString(toString(strip.scope))},
            {u"skip_first"_s, strip.scope.skipFirst}});
    const QString name = mixExpression();
    auto mixes = settings::mixes();
    mixes[name] = QString::fromUtf8(QJsonDocument(strips).toJson(QJsonDocument::Compact));
    settings::setMixes(mixes);
    setStatus(tr("Kept the mix “%1”.").arg(name));
}

void Workspace::forgetMix(const QString& expression)
{
    auto mixes = settings::mixes();
    mixes.remove(expression);
    settings::setMixes(mixes);
}

// What is kept outlives the session, and with it the library's memory of earlier names.
void Workspace::renameKept(const QString& from, const QString& to)
{
    QMap<QString, QString> renamed;
    const auto mixes = settings::mixes();
    for (auto mix = mixes.begin(); mix != mixes.end(); ++mix) {
        QJsonArray strips = QJsonDocument::fromJson(mix.value().toUtf8()).array();
        std::vector<MixTerm> terms;
        bool has = false;
        for (QJsonValueRef value : strips) {
            QJsonObject strip = value.toObject();
            if (strip[u"name"_s].toString() == from) {
                strip[u"name"_s] = to;
                value = strip;
                has = true;
            }
            if (strip[u"enabled"_s].toBool())
                terms.push_back({strip[u"strength"_s].toDouble(), strip[u"name"_s].toString().toStdString()});
        }
        if (has)
            renamed[QString::fromStdString(formatMix(terms))]
                = QString::fromUtf8(QJsonDocument(strips).toJson(QJsonDocument::Compact));
        else
            renamed[mix.key()] = mix.value();
    }
    if (renamed != mixes)
        settings::setMixes(renamed);
}

void Workspace::recallMix(const QString& expression)
{
    emit reportsCleared(Panel::Steer);
    std::vector<Strip> strips;
    QStringList missing;
    const QJsonArray kept = QJsonDocument::fromJson(settings::mixes().value(expression).toUtf8()).array();
    const Attempt read = attempt([&] {
        for (const QJsonValue& value : kept) {
            const QJsonObject object = value.toObject();
            Strip strip;
            strip.name = object[u"name"_s].toString();
            const int row = m_library->find(strip.name);
            if (row < 0) {
                missing << strip.name;
                continue;
            }
            strip.name = m_library->entry(row).name;
            strip.vector = m_library->entry(row).vector;
            strip.enabled = object[u"enabled"_s].toBool();
            strip.strength = object[u"strength"_s].toDouble();
            strip.layers = parseLayers(object[u"layers"_s].toString().toStdString(), 1 << 20);
            strip.op = parseOp(object[u"op"_s].toString().toStdString());
            strip.scope = parseScope(object[u"scope"_s].toString().toStdString());
            strip.scope.skipFirst = object[u"skip_first"_s].toBool();
            strips.push_back(std::move(strip));
        }
    });
    if (!read.ok()) {
        fail(Panel::Steer, read.failure);
        return;
    }
    m_mixer->reset(std::move(strips));
    if (!missing.isEmpty())
        report(Panel::Steer,
            {MessageKind::Warning,
                {tr("The library has no %1.").arg(missing.join(u", "_s)),
                    tr("Import what is missing and recall the mix again.")},
                {}, {}});
}

const LensWords* Workspace::lensOf(int strip) const
{
    const Strip& s = m_mixer->strip(strip);
    const auto found = m_lenses.find({s.vector, s.mainLayer()});
    return found == m_lenses.end() ? nullptr : &found->second;
}

const LensWords* Workspace::lensOfMix() const
{
    return m_mixLens ? &*m_mixLens : nullptr;
}

void Workspace::refreshLenses()
{
    m_mixLens.reset();
    if (!model()) {
        m_lenses.clear();
        emit lensesChanged();
        return;
    }
    stop(Task::Lens);
    const auto width = size_t(model()->config.hidden);
    std::map<LensKey, LensWords> kept;
    m_askedLenses.clear();
    LensJob job;
    std::map<int, std::pair<double, std::vector<double>>> sums; // by layer: push, direction
    for (const Strip& strip : m_mixer->strips()) {
        const LayerVector* direction = strip.direction(strip.mainLayer());
        if (!direction || direction->values.size() != width || !(direction->norm() > 0))
            continue;
        const LensKey key{strip.vector, strip.mainLayer()};
        if (const auto known = m_lenses.find(key); known != m_lenses.end()) {
            kept.insert(*known);
        } else if (std::ranges::find(m_askedLenses, key) == m_askedLenses.end()) {
            m_askedLenses.push_back(key);
            job.directions.push_back(direction->values);
        }
        if (!strip.acts() || (strip.op != Op::Add && strip.op != Op::AddKeepNorm))
            continue;
        for (const auto& [layer, factor] : strip.layers) {
            const LayerVector* at = strip.direction(layer);
            if (!at || at->values.size() != width)
                continue;
            auto& [push, sum] = sums[layer];
            sum.resize(width);
            const double weight = strip.strength * factor;
            for (size_t k = 0; k < width; ++k)
                sum[k] += weight * double(at->values[k]);
            push += std::abs(weight) * at->norm();
        }
    }
    m_lenses = std::move(kept);
    const auto most
        = std::ranges::max_element(sums, {}, [](const auto& layer) { return layer.second.first; });
    if (most != sums.end() && m_mixer->toEdits().size() > 1) {
        std::vector<float> sum(most->second.second.begin(), most->second.second.end());
        if (std::ranges::any_of(sum, [](float value) { return value != 0; }))
            job.directions.push_back(std::move(sum));
    }
    if (job.directions.empty())
        emit lensesChanged();
    else
        start(Task::Lens, std::move(job));
}

void Workspace::done(const Running&, const Lenses& lenses)
{
    if (isRunning(Task::Lens))
        return; // asked anew meanwhile
    for (size_t i = 0; i < lenses.size(); ++i) {
        if (i < m_askedLenses.size())
            m_lenses[m_askedLenses[i]] = lenses[i];
        else
            m_mixLens = lenses[i];
    }
    emit lensesChanged();
}

}
