#include "ui/state/contrast_commands.h"

#include "ui/state/wording.h"

#include <QObject>

#include <algorithm>

namespace tiller {

InsertPairs::InsertPairs(
    ContrastPairModel* model, int at, std::vector<ContrastPair> pairs, const QString& text)
    : QUndoCommand(text)
    , m_model(model)
    , m_at(at)
    , m_pairs(std::move(pairs))
{
}

void InsertPairs::redo()
{
    m_model->insertPairs(m_at, m_pairs);
}

void InsertPairs::undo()
{
    m_model->removePairs(m_at, int(m_pairs.size()));
}

RemovePairs::RemovePairs(ContrastPairModel* model, std::vector<int> rows)
    : m_model(model)
    , m_rows(std::move(rows))
{
    std::sort(m_rows.begin(), m_rows.end());
    for (const int row : m_rows)
        m_pairs.push_back(model->pair(row));
    setText(
        QObject::tr("remove %1").arg(counted(int(m_rows.size()), QObject::tr("pair"), QObject::tr("pairs"))));
}

void RemovePairs::redo()
{
    for (auto row = m_rows.rbegin(); row != m_rows.rend(); ++row)
        m_model->removePairs(*row, 1);
}

void RemovePairs::undo()
{
    for (size_t i = 0; i < m_rows.size(); ++i)
        m_model->insertPairs(m_rows[i], {m_pairs[i]});
}

EditText::EditText(ContrastPairModel* model, int row, int column, ContrastText text)
    : QUndoCommand(QObject::tr("edit pair %1").arg(row + 1))
    , m_model(model)
    , m_row(row)
    , m_column(column)
    , m_after(std::move(text))
{
    const ContrastPair& pair = model->pair(row);
    m_before = column == ContrastPairModel::Positive ? pair.positive
        : column == ContrastPairModel::Negative      ? pair.negative
                                                     : pair.prompt;
}

void EditText::redo()
{
    m_model->setText(m_row, m_column, m_after);
}

void EditText::undo()
{
    m_model->setText(m_row, m_column, m_before);
}

}
