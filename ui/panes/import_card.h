#pragma once

#include "core/steer/vector_files.h"
#include "ui/state/workspace.h"

#include <QWidget>

#include <deque>

class QGridLayout;
class QLabel;
class QPushButton;

namespace tiller {

/// What a vector file is, before it is taken into the library, and the one-layer shift where its tool may
/// count otherwise. Hidden while nothing is offered; several wait for one another.
class ImportCard : public QWidget {
    Q_OBJECT

public:
    explicit ImportCard(Workspace* workspace, QWidget* parent = nullptr);

    bool isOffering() const { return !m_offers.empty(); }

signals:
    void offeringChanged();

protected:
    bool event(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    struct Offer {
        QString path;
        VectorRead vector;
        VectorFileFacts facts;
    };

    /// A file that is waiting already is what it is now.
    void offer(const QString& path, const VectorRead& vector);
    void showNext();
    void refresh();
    void add();
    void next(); ///< after this one
    VectorRead vector() const; ///< shifted, where that is chosen
    void setFacts(const std::vector<std::pair<QString, QString>>& facts);
    QString modelFact() const;

    Workspace* m_workspace;
    std::deque<Offer> m_offers; ///< the first is shown
    QLabel* m_title;
    QGridLayout* m_facts;
    QLabel* m_doubt;
    QPushButton* m_shift;
    QPushButton* m_add;
    QPushButton* m_cancel;
};

}
