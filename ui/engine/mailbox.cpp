#include "ui/engine/mailbox.h"

namespace tiller {

namespace {

constexpr int intervalMs = 33;

}

Mailbox::Mailbox(QObject* parent)
    : QObject(parent)
{
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &Mailbox::arrived);
}

void Mailbox::put(JobId job, const Progress& progress)
{
    const std::lock_guard lock(m_mutex);
    m_mail[job].progress = progress;
    ring();
}

void Mailbox::put(JobId job, const std::vector<TokenEvent>& tokens)
{
    const std::lock_guard lock(m_mutex);
    auto& waiting = m_mail[job].tokens;
    waiting.insert(waiting.end(), tokens.begin(), tokens.end());
    ring();
}

void Mailbox::put(JobId job, const SweptPart& part)
{
    const std::lock_guard lock(m_mutex);
    m_mail[job].parts.push_back(part);
    ring();
}

void Mailbox::ring()
{
    if (m_rung)
        return;
    m_rung = true;
    QMetaObject::invokeMethod(
        this,
        [this] {
            const qint64 since = m_sinceDelivery.isValid() ? m_sinceDelivery.elapsed() : intervalMs;
            m_timer.start(int(std::max<qint64>(0, intervalMs - since)));
        },
        Qt::QueuedConnection);
}

std::map<JobId, Mailbox::Mail> Mailbox::take()
{
    m_sinceDelivery.start();
    const std::lock_guard lock(m_mutex);
    m_rung = false;
    return std::exchange(m_mail, {});
}

}
