#include "ui/state/contrast_document.h"

#include "core/base/error.h"
#include "core/io/atomic_write.h"
#include "ui/state/contrast_commands.h"
#include "ui/state/wording.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

namespace tiller {

using namespace Qt::StringLiterals;

ContrastDocument::ContrastDocument(QObject* parent)
    : QObject(parent)
    , m_model(new ContrastPairModel(this))
{
    connect(m_model, &ContrastPairModel::cellEdited, this, &ContrastDocument::editCell);
    connect(&m_undo, &QUndoStack::cleanChanged, this, [this](bool clean) { emit modifiedChanged(!clean); });
}

QStringList ContrastDocument::bundledSets()
{
    QStringList names;
    for (const QFileInfo& file : QDir(u":/contrast_sets"_s).entryInfoList({u"*.json"_s}))
        names << file.completeBaseName();
    return names;
}

void ContrastDocument::replace(const ContrastSet& set, const QString& path)
{
    m_undo.clear();
    m_name = QString::fromStdString(set.name);
    m_path = path;
    m_model->reset(set);
    emit replaced();
}

Attempt ContrastDocument::openBundled(const QString& name)
{
    return attempt([&] {
        QFile file(u":/contrast_sets/%1.json"_s.arg(name));
        if (!file.open(QIODevice::ReadOnly))
            throw Error("There is no bundled contrast set named '" + name.toStdString() + "'.");
        replace(
            parseContrastSet(file.readAll().toStdString(), ContrastFormat::Json, name.toStdString()).set, {});
    });
}

Attempt ContrastDocument::open(const QString& path, QString* skipped)
{
    return attempt([&] {
        const ParsedContrastSet parsed = readContrastSet(path.toStdString());
        replace(parsed.set, path);
        if (skipped && !parsed.errors.empty()) {
            const ContrastRowError& first = parsed.errors.front();
            *skipped = tr("%1 could not be read; the first is row %2: %3")
                           .arg(counted(int(parsed.errors.size()), tr("row"), tr("rows")))
                           .arg(first.line)
                           .arg(QString::fromStdString(first.reason));
        }
    });
}

Attempt ContrastDocument::save(const QString& path)
{
    return attempt([&] {
        const ContrastSet set = m_model->toSet();
        const QString suffix = QFileInfo(path).suffix().toLower();
        atomicWrite(path.toStdString(), suffix == u"csv"_s ? toCsv(set) : toJson(set));
        m_path = path;
        m_undo.setClean();
        emit fileChanged();
    });
}

void ContrastDocument::startNew()
{
    ContrastSet set;
    set.name = tr("untitled").toStdString();
    set.pairs.resize(1);
    replace(set, {});
}

void ContrastDocument::addPair(int at)
{
    m_undo.push(new InsertPairs(m_model, at, {ContrastPair{}}, tr("add pair")));
}

void ContrastDocument::removeRows(std::vector<int> rows)
{
    if (!rows.empty())
        m_undo.push(new RemovePairs(m_model, std::move(rows)));
}

Attempt ContrastDocument::paste(const QString& text, int at, int* added)
{
    return attempt([&] {
        const ParsedContrastSet parsed = parsePastedPairs(text.toStdString());
        if (parsed.set.pairs.empty()) {
            const std::string why
                = parsed.errors.empty() ? std::string() : " " + parsed.errors.front().reason;
            throw Error("The clipboard holds no pairs." + why,
                "Copy two columns (positive, negative) or three (with the prompt) from a spreadsheet.");
        }
        *added = int(parsed.set.pairs.size());
        m_undo.push(new InsertPairs(
            m_model, at, parsed.set.pairs, tr("paste %1").arg(counted(*added, tr("pair"), tr("pairs")))));
    });
}

void ContrastDocument::editCell(int row, int column, const QString& text)
{
    m_undo.push(new EditText(m_model, row, column, {text.toStdString(), {}}));
}

}
