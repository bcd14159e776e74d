#include "ui/widgets/dialogs.h"

#include <QFileDialog>
#include <QMessageBox>
#include <QPushButton>
#include <QQueue>

namespace tiller {

namespace {

QQueue<QString> nextFileNames;
QQueue<Dialogs::Answer> nextAnswers;

}

QString Dialogs::getOpenFileName(
    QWidget* parent, const QString& title, const QString& folder, const QString& filter)
{
    if (!nextFileNames.isEmpty())
        return nextFileNames.dequeue();
    return QFileDialog::getOpenFileName(parent, title, folder, filter);
}

QString Dialogs::getSaveFileName(
    QWidget* parent, const QString& title, const QString& suggested, const QString& filter)
{
    if (!nextFileNames.isEmpty())
        return nextFileNames.dequeue();
    return QFileDialog::getSaveFileName(parent, title, suggested, filter);
}

QString Dialogs::getExistingDirectory(QWidget* parent, const QString& title, const QString& folder)
{
    if (!nextFileNames.isEmpty())
        return nextFileNames.dequeue();
    return QFileDialog::getExistingDirectory(parent, title, folder);
}

Dialogs::Answer Dialogs::confirm(QWidget* parent, const QString& title, const QString& question,
    const QString& accept, const QString& discard)
{
    if (!nextAnswers.isEmpty())
        return nextAnswers.dequeue();
    QMessageBox box(QMessageBox::NoIcon, title, question, QMessageBox::NoButton, parent);
    const auto* acceptButton = box.addButton(accept, QMessageBox::AcceptRole);
    const auto* discardButton
        = discard.isEmpty() ? nullptr : box.addButton(discard, QMessageBox::DestructiveRole);
    box.addButton(QMessageBox::Cancel);
    box.exec();
    if (box.clickedButton() == acceptButton)
        return Answer::Accept;
    if (discardButton && box.clickedButton() == discardButton)
        return Answer::Discard;
    return Answer::Cancel;
}

void Dialogs::setNextFileName(const QString& fileName)
{
    nextFileNames.enqueue(fileName);
}

void Dialogs::setNextAnswer(Answer answer)
{
    nextAnswers.enqueue(answer);
}

}
