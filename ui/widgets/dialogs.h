#pragma once

#include <QString>

class QWidget;

namespace tiller {

/// Every modal question goes through here, so that tests can answer beforehand.
class Dialogs {
public:
    enum class Answer { Accept, Discard, Cancel };

    /// Empty when cancelled. `filter` as in QFileDialog.
    static QString getOpenFileName(
        QWidget* parent, const QString& title, const QString& folder = {}, const QString& filter = {});
    static QString getSaveFileName(
        QWidget* parent, const QString& title, const QString& suggested = {}, const QString& filter = {});
    static QString getExistingDirectory(QWidget* parent, const QString& title, const QString& folder = {});

    /// A question whose buttons are named after what they do. No discard button when `discard` is empty.
    static Answer confirm(QWidget* parent, const QString& title, const QString& question,
        const QString& accept, const QString& discard = {});

    /// For tests: queued, one per dialog, first in first out. While a queue holds anything its dialog is not
    /// shown.
    static void setNextFileName(const QString& fileName);
    static void setNextAnswer(Answer answer);
};

}
