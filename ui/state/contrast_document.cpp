#include "ui/state/contrast_document.h"

#include "core/base/error.h"
#include "core/io/atomic_write.h"
#include "ui/state/contrast_commands.h"
#include "ui/state/wording.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <algorithm>
#include <numeric>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

/// "2 lines could not be read. Line 3: why. Line 9: why."
QString skippedText(const ParsedContrastSet& parsed)
{
    constexpr size_t most = 5;
    const std::vector<ContrastRowError>& errors = parsed.errors;
    if (errors.empty())
        return {};
    const bool ofTable = parsed.unit == "line";
    const QString one = ofTable ? QObject::tr("line") : QObject::tr("item");
    const QString many = ofTable ? QObject::tr("lines") : QObject::tr("items");
    QStringList parts{QObject::tr("%1 could not be read.").arg(counted(int(errors.size()), one, many))};
    QString noun = one;
    noun[0] = noun[0].toUpper();
    for (size_t i = 0; i < std::min(most, errors.size()); ++i) {
        const QString reason = QString::fromStdString(errors[i].reason);
        parts << QObject::tr("%1 %2: %3%4")
                     .arg(noun)
                     .arg(errors[i].line)
                     .arg(reason, reason.endsWith(u'.') ? QString() : u"."_s);
    }
    if (errors.size() > most)
        parts << QObject::tr("And %1 more.").arg(errors.size() - most);
    return parts.join(u' ');
}

std::vector<int> inOrder(std::vector<int> rows)
{
    std::ranges::sort(rows);
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    return rows;
}

/// "pair 5", "3 pairs"
QString named(const std::vector<int>& rows)
{
    return rows.size() == 1 ? QObject::tr("pair %1").arg(rows.front() + 1)
                            : QObject::tr("%1 pairs").arg(rows.size());
}

ContrastText& side(ContrastPair& pair, int column)
{
    return column == ContrastPairModel::Positive ? pair.positive
        : column == ContrastPairModel::Negative  ? pair.negative
                                                 : pair.prompt;
}

/// As rows of a set that holds `unpaired` examples, or pairs.
std::vector<ContrastPair> asRows(const ContrastSet& pasted, bool unpaired)
{
    if (!unpaired && !pasted.labelled.empty())
        throw Error("The clipboard holds labelled examples, and this set holds pairs.",
            "Copy two columns (positive, negative) or three (with the prompt).");
    std::vector<ContrastPair> rows;
    const auto addExample = [&](const ContrastText& text, bool positive, bool enabled) {
        ContrastPair row;
        (positive ? row.positive : row.negative) = text;
        row.enabled = enabled;
        rows.push_back(std::move(row));
    };
    for (const LabelledExample& example : pasted.labelled)
        addExample(example.text, example.label == 1, example.enabled);
    for (const ContrastPair& pair : pasted.pairs) {
        if (!unpaired) {
            rows.push_back(pair);
            continue;
        }
        if (!pair.prompt.empty())
            throw Error("The clipboard holds prompts, and labelled examples have none.",
                "Copy two columns: positive and negative, or text and label.");
        addExample(pair.positive, true, pair.enabled);
        addExample(pair.negative, false, pair.enabled);
    }
    return rows;
}

}

ContrastDocument::ContrastDocument(QObject* parent)
    : QObject(parent)
    , m_model(new ContrastPairModel(this))
{
    connect(m_model, &ContrastPairModel::cellEdited, this, &ContrastDocument::editCell);
    connect(m_model, &ContrastPairModel::rowsDropped, this, &ContrastDocument::moveRows);
    connect(m_model, &ContrastPairModel::enabledChanged, this, &ContrastDocument::enabledChanged);
    connect(m_model, &ContrastPairModel::contentsChanged, this, &ContrastDocument::contentsChanged);
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
    m_notRead.clear();
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
        if (skipped)
            *skipped = skippedText(parsed);
        QStringList lost;
        if (!parsed.errors.empty())
            lost << tr("%1 that could not be read")
                        .arg(counted(int(parsed.errors.size()), tr("row"), tr("rows")));
        if (!parsed.ignored.empty()) {
            QStringList names;
            for (const std::string& name : parsed.ignored)
                names << u"“%1”"_s.arg(QString::fromStdString(name));
            lost << tr("the fields %1").arg(names.join(u", "_s));
        }
        m_notRead = lost.join(tr(" and "));
    });
}

Attempt ContrastDocument::save(const QString& path)
{
    return attempt([&] {
        const ContrastSet set = m_model->toSet();
        const QString suffix = QFileInfo(path).suffix().toLower();
        atomicWrite(path.toStdString(), suffix == u"csv"_s ? toCsv(set) : toJson(set));
        m_path = path;
        m_notRead.clear();
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
    rows = inOrder(std::move(rows));
    if (!rows.empty())
        m_undo.push(new RemovePairs(m_model, rows, tr("delete %1").arg(named(rows))));
}

int ContrastDocument::duplicateRows(std::vector<int> rows)
{
    rows = inOrder(std::move(rows));
    if (rows.empty())
        return -1;
    std::vector<ContrastPair> copies;
    for (const int row : rows)
        copies.push_back(m_model->pair(row));
    const int at = rows.back() + 1;
    m_undo.push(new InsertPairs(m_model, at, std::move(copies), tr("duplicate %1").arg(named(rows))));
    return at;
}

void ContrastDocument::changePairs(
    const std::vector<int>& rows, const std::function<void(ContrastPair&)>& change, const QString& text)
{
    std::vector<int> changed;
    std::vector<ContrastPair> after;
    for (const int row : rows) {
        ContrastPair pair = m_model->pair(row);
        change(pair);
        if (pair == m_model->pair(row))
            continue;
        changed.push_back(row);
        after.push_back(std::move(pair));
    }
    if (!changed.empty())
        m_undo.push(new ChangePairs(m_model, changed, std::move(after), text.arg(named(changed))));
}

void ContrastDocument::swapSides(std::vector<int> rows)
{
    changePairs(
        inOrder(std::move(rows)), [](ContrastPair& pair) { std::swap(pair.positive, pair.negative); },
        tr("swap the sides of %1"));
}

void ContrastDocument::setEnabled(std::vector<int> rows, bool enabled)
{
    changePairs(
        inOrder(std::move(rows)), [enabled](ContrastPair& pair) { pair.enabled = enabled; },
        enabled ? tr("use %1 again") : tr("drop %1"));
}

void ContrastDocument::editCell(int row, int column, const QString& text)
{
    ContrastPair before = m_model->pair(row);
    const ContrastText& old = side(before, column);
    ContrastText edited;
    const Attempt parsed = attempt([&] { edited = fromCell(text.toStdString()); });
    if (!old.turns.empty() && edited.turns.empty()) {
        const bool wasList = old.turns.back().role != "assistant" || text.trimmed().startsWith(u"[{"_s);
        if (wasList) {
            emit editRefused(
                parsed.ok() ? tr("The text is not a list of chat turns.") : parsed.failure.cause);
            return;
        }
        edited = old;
        edited.turns.back().content = text.toStdString();
    } else if (!parsed.ok()) {
        edited = {text.toStdString(), {}};
    }
    changePairs(
        {row}, [&](ContrastPair& pair) { side(pair, column) = edited; }, tr("edit %1"));
}

void ContrastDocument::reorder(std::vector<int> order, const QString& text)
{
    if (!std::ranges::is_sorted(order))
        m_undo.push(new ReorderPairs(m_model, std::move(order), text));
}

void ContrastDocument::moveRows(std::vector<int> rows, int to)
{
    rows = inOrder(std::move(rows));
    std::vector<int> order;
    const auto add = [&](int from, int end) {
        for (int row = from; row < end; ++row)
            if (!std::ranges::binary_search(rows, row))
                order.push_back(row);
    };
    add(0, to);
    order.insert(order.end(), rows.begin(), rows.end());
    add(to, m_model->rowCount());
    reorder(std::move(order), tr("move %1").arg(named(rows)));
}

void ContrastDocument::moveRowsByOne(std::vector<int> rows, Way way)
{
    rows = inOrder(std::move(rows));
    std::vector<int> order(size_t(m_model->rowCount()));
    std::iota(order.begin(), order.end(), 0);
    const int step = way == Way::Up ? -1 : 1;
    if (way == Way::Down)
        std::ranges::reverse(rows);
    int end = way == Way::Up ? 0 : m_model->rowCount() - 1; // the next row that cannot go further
    for (const int row : rows) {
        if (row == end)
            end -= step;
        else
            std::swap(order[size_t(row)], order[size_t(row + step)]);
    }
    reorder(std::move(order),
        way == Way::Up ? tr("move %1 up").arg(named(rows)) : tr("move %1 down").arg(named(rows)));
}

Attempt ContrastDocument::paste(const QString& text, int at, Pasted* pasted)
{
    return attempt([&] {
        if (text.trimmed().isEmpty())
            throw Error("The clipboard holds no text.",
                "Copy two columns (positive, negative) or three (with the prompt) from a spreadsheet.");
        const ParsedContrastSet parsed = parsePastedPairs(text.toStdString());
        std::vector<ContrastPair> rows = asRows(parsed.set, m_model->isUnpaired());
        const int count = int(rows.size());
        const QString what = tr("paste %1").arg(counted(count, tr("pair"), tr("pairs")));
        ContrastPair blank;
        if (at > 0)
            blank.enabled = m_model->isEnabled(at - 1);
        const bool overBlank = at > 0 && m_model->pair(at - 1) == blank;
        m_undo.beginMacro(what);
        m_undo.push(new InsertPairs(m_model, at, std::move(rows), what));
        if (overBlank)
            m_undo.push(new RemovePairs(m_model, {at - 1}, what));
        m_undo.endMacro();
        *pasted = {overBlank ? at - 1 : at, count, skippedText(parsed)};
    });
}

}
