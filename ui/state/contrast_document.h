#pragma once

#include "ui/engine/failure.h"
#include "ui/models/contrast_pair_model.h"

#include <QUndoStack>

#include <functional>

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
    /// What the file has and this document does not, so that saving over it would lose it; empty: nothing.
    QString notRead() const { return m_notRead; }

    /// Names of the sets in the program's resources.
    static QStringList bundledSets();
    Attempt openBundled(const QString& name);
    /// `skipped` says which rows of the file could not be read, or stays empty.
    Attempt open(const QString& path, QString* skipped);
    Attempt save(const QString& path);
    void startNew();

    // Rows may come in any order; none at all changes nothing.
    void addPair(int at);
    void removeRows(std::vector<int> rows);
    /// Copies in one block below the last of the rows; where that block begins, -1 without rows.
    int duplicateRows(std::vector<int> rows);
    /// Positive becomes negative and the reverse; the prompt stays.
    void swapSides(std::vector<int> rows);
    /// Dropped pairs stay in the set and are left out of fits.
    void setEnabled(std::vector<int> rows, bool enabled);
    /// Before row `to` of the present order, keeping their own order.
    void moveRows(std::vector<int> rows, int to);
    enum class Way { Up, Down };
    /// By one row; those that already touch the end stay.
    void moveRowsByOne(std::vector<int> rows, Way way);
    void editCell(int row, int column, const QString& text);

    struct Pasted {
        int at = 0; ///< the first new row
        int count = 0;
        QString skipped; ///< which lines could not be read and why, or empty
    };
    /// Lines from a spreadsheet, from row `at` on; in the place of the row above when that is blank. Fails
    /// when nothing can be read.
    Attempt paste(const QString& text, int at, Pasted* pasted);

signals:
    /// A cell that held chat turns was given a broken list of them, and stays as it was.
    void editRefused(const QString& why);
    /// Another set; edits come from the model.
    void replaced();
    void fileChanged();
    void modifiedChanged(bool modified);
    /// After every change of texts, enabled flags, or the order and number of rows, by undo, redo and
    /// replace too.
    void contentsChanged();
    /// These rows were dropped, or are used again; contentsChanged() follows.
    void enabledChanged(const std::vector<int>& rows);

private:
    void replace(const ContrastSet& set, const QString& path);
    void changePairs(
        const std::vector<int>& rows, const std::function<void(ContrastPair&)>& change, const QString& text);
    void reorder(std::vector<int> order, const QString& text);

    ContrastPairModel* m_model;
    QUndoStack m_undo;
    QString m_name;
    QString m_path;
    QString m_notRead;
};

}
