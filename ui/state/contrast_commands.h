#pragma once

#include "ui/models/contrast_pair_model.h"

#include <QUndoCommand>

namespace tiller {

// Rows are ascending and not empty; texts are what the menu says after "Undo".

class InsertPairs : public QUndoCommand {
public:
    InsertPairs(ContrastPairModel* model, int at, std::vector<ContrastPair> pairs, const QString& text);
    void redo() override;
    void undo() override;

private:
    ContrastPairModel* m_model;
    std::vector<int> m_rows;
    std::vector<ContrastPair> m_pairs;
};

class RemovePairs : public QUndoCommand {
public:
    RemovePairs(ContrastPairModel* model, std::vector<int> rows, const QString& text);
    void redo() override;
    void undo() override;

private:
    ContrastPairModel* m_model;
    std::vector<int> m_rows;
    std::vector<ContrastPair> m_pairs;
};

/// New texts, swapped sides, pairs dropped or used again.
class ChangePairs : public QUndoCommand {
public:
    ChangePairs(ContrastPairModel* model, std::vector<int> rows, std::vector<ContrastPair> after,
        const QString& text);
    void redo() override;
    void undo() override;

private:
    ContrastPairModel* m_model;
    std::vector<int> m_rows;
    std::vector<ContrastPair> m_before;
    std::vector<ContrastPair> m_after;
};

class ReorderPairs : public QUndoCommand {
public:
    /// Row i becomes what row order[i] is.
    ReorderPairs(ContrastPairModel* model, std::vector<int> order, const QString& text);
    void redo() override;
    void undo() override;

private:
    ContrastPairModel* m_model;
    std::vector<int> m_order;
    std::vector<int> m_inverse;
};

}
