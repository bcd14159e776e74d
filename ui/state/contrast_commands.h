#pragma once

#include "ui/models/contrast_pair_model.h"

#include <QUndoCommand>

namespace tiller {

class InsertPairs : public QUndoCommand {
public:
    InsertPairs(ContrastPairModel* model, int at, std::vector<ContrastPair> pairs, const QString& text);
    void redo() override;
    void undo() override;

private:
    ContrastPairModel* m_model;
    int m_at;
    std::vector<ContrastPair> m_pairs;
};

class RemovePairs : public QUndoCommand {
public:
    RemovePairs(ContrastPairModel* model, std::vector<int> rows);
    void redo() override;
    void undo() override;

private:
    ContrastPairModel* m_model;
    std::vector<int> m_rows; ///< ascending
    std::vector<ContrastPair> m_pairs;
};

class EditText : public QUndoCommand {
public:
    EditText(ContrastPairModel* model, int row, int column, ContrastText text);
    void redo() override;
    void undo() override;

private:
    ContrastPairModel* m_model;
    int m_row;
    int m_column;
    ContrastText m_before;
    ContrastText m_after;
};

}
