#include "ui/state/contrast_commands.h"

#include <numeric>

namespace tiller {

InsertPairs::InsertPairs(
    ContrastPairModel* model, int at, std::vector<ContrastPair> pairs, const QString& text)
    : QUndoCommand(text)
    , m_model(model)
    , m_rows(pairs.size())
    , m_pairs(std::move(pairs))
{
    std::iota(m_rows.begin(), m_rows.end(), at);
}

void InsertPairs::redo()
{
    m_model->insertPairs(m_rows, m_pairs);
}

void InsertPairs::undo()
{
    m_model->removePairs(m_rows);
}

RemovePairs::RemovePairs(ContrastPairModel* model, std::vector<int> rows, const QString& text)
    : QUndoCommand(text)
    , m_model(model)
    , m_rows(std::move(rows))
{
    for (const int row : m_rows)
        m_pairs.push_back(model->pair(row));
}

void RemovePairs::redo()
{
    m_model->removePairs(m_rows);
}

void RemovePairs::undo()
{
    m_model->insertPairs(m_rows, m_pairs);
}

ChangePairs::ChangePairs(
    ContrastPairModel* model, std::vector<int> rows, std::vector<ContrastPair> after, const QString& text)
    : QUndoCommand(text)
    , m_model(model)
    , m_rows(std::move(rows))
    , m_after(std::move(after))
{
    for (const int row : m_rows)
        m_before.push_back(model->pair(row));
}

void ChangePairs::redo()
{
    m_model->setPairs(m_rows, m_after);
}

void ChangePairs::undo()
{
    m_model->setPairs(m_rows, m_before);
}

ReorderPairs::ReorderPairs(ContrastPairModel* model, std::vector<int> order, const QString& text)
    : QUndoCommand(text)
    , m_model(model)
    , m_order(std::move(order))
    , m_inverse(m_order.size())
{
    for (size_t row = 0; row < m_order.size(); ++row)
        m_inverse[size_t(m_order[row])] = int(row);
}

void ReorderPairs::redo()
{
    m_model->reorder(m_order);
}

void ReorderPairs::undo()
{
    m_model->reorder(m_inverse);
}

}
