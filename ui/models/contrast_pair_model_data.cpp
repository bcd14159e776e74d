// How the contrast set looks as a table: cells, tips, headings.
#include "ui/models/contrast_pair_model.h"

#include "ui/theme/metrics.h"
#include "ui/theme/numbers.h"
#include "ui/theme/theme.h"
#include "ui/widgets/pole_label.h"

#include <QBrush>
#include <QFont>
#include <QIcon>
#include <QPainter>
#include <QTextDocument>

#include <algorithm>

namespace tiller {

using namespace Qt::StringLiterals;

namespace {

QString joined(const ContrastText& text, const QString& between)
{
    if (text.turns.empty())
        return QString::fromStdString(text.text);
    QStringList turns;
    for (const ChatMessage& turn : text.turns)
        turns << u"%1: %2"_s.arg(QString::fromStdString(turn.role), QString::fromStdString(turn.content));
    return turns.join(between);
}

QString inOneLine(const ContrastText& text)
{
    return joined(text, u" | "_s);
}

QString answerOf(const ContrastText& text)
{
    if (text.turns.empty())
        return QString::fromStdString(text.text);
    const ChatMessage& last = text.turns.back();
    return last.role == "assistant" ? QString::fromStdString(last.content) : QString();
}

/// What an editor holds: the answer that ends the turns; turns that end in no answer as files hold them.
QString edited(const ContrastText& text)
{
    const bool endsInAnswer = !text.turns.empty() && text.turns.back().role == "assistant";
    return endsInAnswer ? answerOf(text) : QString::fromStdString(toCell(text));
}

/// A side whose answer is not the other's begins with it: what comes before is often the same in all rows.
QString answerFirst(const ContrastText& side, const ContrastText& other)
{
    const QString answer = answerOf(side);
    if (side.turns.size() < 2 || answer.isEmpty() || answer == answerOf(other))
        return inOneLine(side);
    ContrastText before = side;
    before.turns.pop_back();
    return u"%1 | %2"_s.arg(answer, inOneLine(before));
}

QIcon poleIcon(Pole pole)
{
    QPixmap pixmap(px(16), px(16));
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    drawPoleMark(painter, QRectF(px(2), px(4), px(9), px(9)), pole);
    return pixmap;
}

}

/// A prompt beside turns that ask already would be a second question before theirs.
bool ContrastPairModel::holdsQuestion(const Row& row, int column) const
{
    const auto asks = [](const ContrastText& side) {
        return std::ranges::find(side.turns, "user", &ChatMessage::role) != side.turns.end();
    };
    return column == Prompt && row.pair.prompt.empty()
        && (asks(row.pair.positive) || asks(row.pair.negative));
}

QVariant ContrastPairModel::display(const Row& row, int column) const
{
    switch (column) {
    case Number:
        return QString::number(row.number);
    case Tokens:
        return row.tokens && row.error.isEmpty() ? u"%1 / %2"_s.arg(row.tokens->first).arg(row.tokens->second)
                                                 : u"–"_s;
    case Projection:
        return row.projection ? u"%1 / %2"_s.arg(
                   signedNumber(row.projection->positive, 1), signedNumber(row.projection->negative, 1))
                              : u"–"_s;
    case Positive:
        return answerFirst(row.pair.positive, row.pair.negative);
    case Negative:
        return answerFirst(row.pair.negative, row.pair.positive);
    default:
        return inOneLine(row.pair.prompt);
    }
}

QVariant ContrastPairModel::sortKey(const Row& row, int column) const
{
    switch (column) {
    case Number:
        return row.number;
    case Tokens:
        return row.tokens ? row.tokens->first + row.tokens->second : -1;
    case Projection:
        return row.projection ? row.projection->positive - row.projection->negative : -1e300;
    default:
        return display(row, column);
    }
}

QVariant ContrastPairModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const Row& row = m_rows[size_t(index.row())];
    const int column = index.column();
    const bool dropped = !row.pair.enabled;
    switch (role) {
    case Qt::DisplayRole:
        return isText(column) ? display(row, column).toString().simplified() : display(row, column);
    case Qt::EditRole:
        return isText(column) ? edited(text(row, column)) : display(row, column);
    case WholeRole:
        return isText(column) ? QString::fromStdString(toCell(text(row, column))) : QVariant();
    case SortRole:
        return sortKey(row, column);
    case ErrorRole: {
        if (column == Positive || column == Negative) {
            const bool required = !m_unpaired || (row.pair.positive.empty() && row.pair.negative.empty());
            return required && text(row, column).empty() ? errorOf(index.row()) : QString();
        }
        return column == Number ? errorOf(index.row()) : QString();
    }
    case ProjectionRole:
        return column == Projection && row.projection ? QVariant::fromValue(*row.projection) : QVariant();
    case EnabledRole:
        return row.pair.enabled;
    case Qt::ToolTipRole:
        return toolTip(index.row(), column);
    case Qt::AccessibleTextRole:
        return spoken(row, column);
    case Qt::AccessibleDescriptionRole:
        return dropped ? tr("dropped") : errorOf(index.row());
    case Qt::FontRole: {
        if (!dropped || !isText(column))
            return {};
        QFont struckThrough;
        struckThrough.setStrikeOut(true);
        return struckThrough;
    }
    case Qt::TextAlignmentRole:
        return isText(column) ? int(Qt::AlignLeft | Qt::AlignVCenter)
                              : int(Qt::AlignRight | Qt::AlignVCenter);
    case Qt::ForegroundRole:
        if (dropped)
            return QBrush(colors().disabled);
        return column == Positive || column == Negative ? QVariant() : QVariant(QBrush(colors().secondary));
    default:
        return {};
    }
}

QString ContrastPairModel::toolTip(int row, int column) const
{
    const Row& r = m_rows[size_t(row)];
    QStringList lines;
    if (const QString error = errorOf(row); !error.isEmpty())
        lines << error;
    else if (holdsQuestion(r, column))
        lines << tr("The question is among the turns of the sides: Shift+F2 there.");
    else if (isText(column))
        lines << joined(text(r, column), u"\n"_s);
    else if (column == Projection)
        lines << display(r, column).toString();
    if (!r.pair.enabled)
        lines << tr("Dropped: it stays in the set and is left out of the vector. Del uses it again.");
    lines.removeAll(QString());
    // As rich text, since plain text would stay one line, however long.
    return lines.isEmpty() ? QString() : Qt::convertFromPlainText(lines.join(u'\n'), Qt::WhiteSpaceNormal);
}

QString ContrastPairModel::spoken(const Row& row, int column) const
{
    if (column == Number)
        return row.pair.enabled ? tr("Pair %1").arg(row.number) : tr("Pair %1, dropped").arg(row.number);
    if (column == Projection && row.projection)
        return tr("positive %1, negative %2")
            .arg(signedNumber(row.projection->positive, 1), signedNumber(row.projection->negative, 1));
    return display(row, column).toString();
}

QVariant ContrastPairModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return section == Tokens ? int(Qt::AlignRight | Qt::AlignVCenter)
                                 : int(Qt::AlignLeft | Qt::AlignVCenter);
    if (role == Qt::DecorationRole && (section == Positive || section == Negative))
        return poleIcon(section == Positive ? Pole::Positive : Pole::Negative);
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Number:
        return u"#"_s;
    case Positive:
        return m_positiveLabel == u"positive"_s ? tr("Positive") : tr("Positive: %1").arg(m_positiveLabel);
    case Negative:
        return m_negativeLabel == u"negative"_s ? tr("Negative") : tr("Negative: %1").arg(m_negativeLabel);
    case Prompt:
        return tr("Prompt");
    case Tokens:
        return tr("Tokens");
    case Projection:
        return m_projectionTitle.isEmpty() ? tr("Projection") : m_projectionTitle;
    default:
        return {};
    }
}

}
