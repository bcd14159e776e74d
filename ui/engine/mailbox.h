#pragma once

#include "ui/engine/jobs.h"

#include <QElapsedTimer>
#include <QTimer>

#include <map>
#include <mutex>

namespace tiller {

/// News of running jobs on their way to the window: workers put, the window's thread is told at most 30 times
/// a second and takes all at once.
class Mailbox : public QObject {
    Q_OBJECT

public:
    struct Mail {
        std::optional<Progress> progress; ///< the latest
        std::vector<TokenEvent> tokens;
        std::vector<SweptPart> parts;
    };

    explicit Mailbox(QObject* parent);

    /// Any thread.
    void put(JobId job, const Progress& progress);
    void put(JobId job, const std::vector<TokenEvent>& tokens);
    void put(JobId job, const SweptPart& part);

    std::map<JobId, Mail> take();

signals:
    void arrived();

private:
    void ring();

    std::mutex m_mutex;
    std::map<JobId, Mail> m_mail;
    bool m_rung = false;
    QTimer m_timer;
    QElapsedTimer m_sinceDelivery;
};

}
