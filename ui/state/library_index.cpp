#include "ui/state/library_index.h"

#include "core/base/error.h"
#include "core/io/atomic_write.h"
#include "core/steer/vector_files.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tiller {

using namespace Qt::StringLiterals;
namespace fs = std::filesystem;

namespace {

constexpr int s_version = 1;
constexpr int s_diagnosticsVersion = 1;
constexpr QLatin1String s_suffix(".safetensors");

/// Figures of a layer that neither its direction nor what the vector's file says of it gives.
struct LayerFigure {
    QLatin1String name;
    double LayerDiagnostics::*value;
};
constexpr LayerFigure s_layerFigures[] = {
    {QLatin1String("separation"), &LayerDiagnostics::separation},
    {QLatin1String("explained_variance"), &LayerDiagnostics::explainedVariance},
    {QLatin1String("outlier_share"), &LayerDiagnostics::outlierShare},
};

struct ResampledFigure {
    QLatin1String name;
    double ResampledFigures::*value;
};
constexpr ResampledFigure s_resampledFigures[] = {
    {QLatin1String("leave_one_out_auc"), &ResampledFigures::auc},
    {QLatin1String("leave_one_out_accuracy"), &ResampledFigures::accuracy},
    {QLatin1String("split_half_cosine"), &ResampledFigures::splitHalf},
    {QLatin1String("cross_validated_auc"), &ResampledFigures::foldAuc},
    {QLatin1String("p"), &ResampledFigures::p},
};

// More digits than are shown, and a third of what a double takes.
double rounded(double value)
{
    return std::round(value * 1e6) / 1e6;
}

template <typename Range, typename Of>
QJsonArray arrayOf(const Range& range, Of of)
{
    QJsonArray array;
    for (const auto& item : range)
        array << of(item);
    return array;
}

std::vector<int> numbersOf(const QJsonValue& value)
{
    std::vector<int> numbers;
    for (const QJsonValue& number : value.toArray())
        numbers.push_back(number.toInt(-1));
    return numbers;
}

QJsonObject toJson(const Diagnostics& d)
{
    const auto same = [](int number) { return number; };
    QJsonObject json{
        {u"version"_s, s_diagnosticsVersion},
        {u"model_layers"_s, d.modelLayers},
        {u"texts"_s, qint64(d.itemNumbers.size())},
        {u"recommended"_s, d.recommendation.layer},
        {u"reason"_s, QString::fromStdString(d.recommendation.reason)},
        {u"candidates"_s, arrayOf(d.recommendation.candidates, same)},
        {u"layers"_s, arrayOf(d.layers, [](const LayerDiagnostics& layer) { return layer.layer; })},
    };
    for (const LayerFigure& figure : s_layerFigures)
        json[figure.name]
            = arrayOf(d.layers, [&](const LayerDiagnostics& layer) { return rounded(layer.*figure.value); });
    if (d.resampled())
        for (const ResampledFigure& figure : s_resampledFigures)
            json[figure.name] = arrayOf(d.layers, [&](const LayerDiagnostics& layer) {
                return layer.resampled ? rounded((*layer.resampled).*figure.value) : 0.0;
            });
    return json;
}

LayerDiagnostics measured(int layer, const LayerVector& direction)
{
    LayerDiagnostics d;
    d.layer = layer;
    d.norm = direction.norm();
    d.meanResidualNorm = direction.meanResidualNorm.value_or(0);
    d.push = direction.pushPerUnit().value_or(0);
    d.positiveProjection = direction.positiveProjection.value_or(0);
    d.negativeProjection = direction.negativeProjection.value_or(0);
    if (d.meanResidualNorm > 0)
        d.gap = (d.positiveProjection - d.negativeProjection) / d.meanResidualNorm;
    return d;
}

/// Null where there are none, or not of this vector, or in another form.
std::shared_ptr<const Diagnostics> diagnosticsOf(const QJsonObject& json, const SteeringVector& vector)
{
    if (json[u"version"_s].toInt() != s_diagnosticsVersion)
        return {};
    const std::vector<int> layers = numbersOf(json[u"layers"_s]);
    const auto has
        = [&](QLatin1String name) { return json[name].toArray().size() == qsizetype(layers.size()); };
    const auto hasAll = [&](const auto& figures) {
        return std::ranges::all_of(figures, [&](const auto& figure) { return has(figure.name); });
    };
    const auto isExtracted = [&](int layer) { return vector.layers.contains(layer); };
    auto d = std::make_shared<Diagnostics>();
    d->recommendation.layer = json[u"recommended"_s].toInt(-1);
    d->recommendation.reason = json[u"reason"_s].toString().toStdString();
    d->recommendation.candidates = numbersOf(json[u"candidates"_s]);
    d->modelLayers = json[u"model_layers"_s].toInt();
    d->itemNumbers.resize(size_t(std::clamp(json[u"texts"_s].toInt(), 0, 1 << 20)));
    std::iota(d->itemNumbers.begin(), d->itemNumbers.end(), 1);
    if (layers.empty() || !std::ranges::all_of(layers, isExtracted)
        || !std::ranges::all_of(d->recommendation.candidates, isExtracted)
        || !isExtracted(d->recommendation.layer) || !hasAll(s_layerFigures))
        return {};
    const bool resampled = hasAll(s_resampledFigures);
    for (qsizetype i = 0; i < qsizetype(layers.size()); ++i) {
        const int number = layers[size_t(i)];
        LayerDiagnostics& layer = d->layers.emplace_back(measured(number, vector.layers.at(number)));
        for (const LayerFigure& figure : s_layerFigures)
            layer.*figure.value = json[figure.name].toArray()[i].toDouble();
        if (!resampled)
            continue;
        layer.resampled.emplace();
        for (const ResampledFigure& figure : s_resampledFigures)
            (*layer.resampled).*figure.value = json[figure.name].toArray()[i].toDouble();
    }
    return d;
}

std::optional<LibraryFigures> figuresOf(const QJsonObject& record)
{
    if (!record[u"figures"_s].isObject())
        return {};
    const QJsonObject figures = record[u"figures"_s].toObject();
    return LibraryFigures{figures[u"layer"_s].toInt(), figures[u"leave_one_out_auc"_s].toDouble(),
        figures[u"split_half_cosine"_s].toDouble()};
}

bool isFileName(const QString& file)
{
    return file.endsWith(s_suffix) && !file.contains(u'/') && !file.contains(u'\\');
}

}

fs::path indexPath(const fs::path& folder)
{
    return folder / "index.json";
}

LibraryIndex readIndex(const fs::path& folder)
{
    LibraryIndex index;
    const fs::path path = indexPath(folder);
    QFile file(QString::fromStdString(path.string()));
    if (!file.exists())
        return index;
    if (!file.open(QIODevice::ReadOnly))
        throw Error(path.string() + ": " + file.errorString().toStdString(),
            "Nothing is written over it. Make it readable.");
    const QJsonObject root = QJsonDocument::fromJson(file.readAll()).object();
    const int version = root[u"version"_s].toInt();
    if (version != s_version || !root[u"vectors"_s].isArray()) {
        index.state = version > s_version ? LibraryIndex::State::Newer : LibraryIndex::State::Damaged;
        return index;
    }
    index.state = LibraryIndex::State::Good;
    for (const QJsonValue& value : root[u"vectors"_s].toArray())
        if (const QString name = value.toObject()[u"file"_s].toString(); isFileName(name))
            index.records[name] = value.toObject();
    return index;
}

void writeIndex(const fs::path& folder, const LibraryRecords& records)
{
    QJsonArray vectors;
    for (const QJsonObject& record : records)
        vectors << record;
    const QByteArray bytes = QJsonDocument(QJsonObject{{u"version"_s, s_version}, {u"vectors"_s, vectors}})
                                 .toJson(QJsonDocument::Compact);
    atomicWrite(indexPath(folder), std::string_view(bytes.data(), size_t(bytes.size())));
}

fs::path setIndexAside(const fs::path& folder)
{
    fs::path aside;
    int number = 0;
    do
        aside = folder / ("index.json.bad-" + std::to_string(++number));
    while (fs::exists(aside));
    fs::rename(indexPath(folder), aside);
    return aside;
}

QStringList vectorFilesIn(const fs::path& folder)
{
    QStringList files;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error))
        if (const QString name = QString::fromStdString(entry.path().filename().string()); isFileName(name))
            files << name;
    return files;
}

QJsonObject recordOf(const LibraryEntry& entry)
{
    QJsonObject record{
        {u"file"_s, entry.file},
        {u"name"_s, entry.name},
        {u"tags"_s, QJsonArray::fromStringList(entry.tags)},
        {u"added"_s, entry.added.toUTC().toString(Qt::ISODateWithMs)},
        {u"suggested_layer"_s, entry.suggestedLayer},
        {u"allow_other"_s, entry.allowOther},
        {u"layer_unknown"_s, entry.vector->layerUnknown},
        {u"source_format"_s, QString::fromStdString(entry.vector->sourceFormat)},
    };
    if (entry.figures)
        record[u"figures"_s] = QJsonObject{{u"layer"_s, entry.figures->layer},
            {u"leave_one_out_auc"_s, entry.figures->auc}, {u"split_half_cosine"_s, entry.figures->splitHalf}};
    if (entry.diagnostics)
        record[u"diagnostics"_s] = toJson(*entry.diagnostics);
    // As it is read again, or 1.0 would differ from the 1 in the file.
    return QJsonDocument::fromJson(QJsonDocument(record).toJson(QJsonDocument::Compact)).object();
}

LibraryEntry readEntry(const fs::path& folder, const QString& file, const QJsonObject& record)
{
    SteeringVector vector = readVector(folder / file.toStdString());
    vector.layerUnknown = record[u"layer_unknown"_s].toBool();
    vector.sourceFormat = record[u"source_format"_s].toString().toStdString();
    LibraryEntry entry;
    entry.name = record[u"name"_s].toString(QString::fromStdString(vector.name));
    entry.suggestedLayer = record[u"suggested_layer"_s].toInt(startLayer(vector, int(vector.layers.size())));
    entry.allowOther = record[u"allow_other"_s].toBool();
    entry.added = QDateTime::fromString(record[u"added"_s].toString(), Qt::ISODateWithMs).toLocalTime();
    if (!entry.added.isValid())
        entry.added = QDateTime::currentDateTime();
    entry.tags = record[u"tags"_s].toVariant().toStringList();
    entry.figures = figuresOf(record);
    entry.diagnostics = diagnosticsOf(record[u"diagnostics"_s].toObject(), vector);
    entry.file = file;
    entry.vector = std::make_shared<const SteeringVector>(std::move(vector));
    return entry;
}

}
