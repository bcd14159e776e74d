#pragma once

#include "ui/engine/failure.h"
#include "ui/models/contrast_pair_model.h"

#include <QUndoStack>

namespace tiller {

/// The contrast set being written: its table, its undo stack, its file. Every edit goes through the stack.
class ContrastDocument : public QObject {
    Q_OBJECT

public:
    explicit ContrastDocument(QObject* parent = nullptr);

    ContrastPairModel* model() { return m_model; }
    const ContrastPairModel* model() const { return m_model; }
    QUndoStack* undoStack() { return &m_undo; }

    QString name() const { return m_name; }
    /// Empty for a bundled or new set.
    QString path() const { return m_path; }
    bool isModified() const { return !m_undo.isClean(); }

    /// Names of the sets in the program's resources.
    static QStringList bundledSets();
    Attempt openBundled(const QString& name);
    /// `skipped` says which rows of the file could not be read, or stays empty.
    Attempt open(const QString& path, QString* skipped);
    Attempt save(const QString& path);
    void startNew();

    void addPair(int at);
    void removeRows(std::vector<int> rows);
    /// Rows from a spreadsheet, below `at`. Fails when nothing can be read.
    Attempt paste(const QString& text, int at, int* added);
    void editCell(int row, int column, const QString& text);

signals:
    /// Another set; edits come from the model.
    void replaced();
    void fileChanged();
    void modifiedChanged(bool modified);

private:
    void replace(const ContrastSet& set, const QString& path);

    ContrastPairModel* m_model;
    QUndoStack m_undo;
    QString m_name;
    QString m_path;
};

}
