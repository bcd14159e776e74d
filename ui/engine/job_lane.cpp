#include "ui/engine/job_lane.h"

namespace tiller {

JobLane::JobLane(const QString& name)
{
    m_thread.setObjectName(name);
    m_context.moveToThread(&m_thread);
    m_thread.start();
}

JobLane::~JobLane()
{
    post([] { QThread::currentThread()->quit(); });
    m_thread.wait();
}

void JobLane::post(std::function<void()> task)
{
    {
        const std::lock_guard lock(m_mutex);
        m_tasks.push_back(std::move(task));
    }
    QMetaObject::invokeMethod(
        &m_context, [this] { runWaiting(); }, Qt::QueuedConnection);
}

void JobLane::runWaiting()
{
    for (;;) {
        std::function<void()> task;
        {
            const std::lock_guard lock(m_mutex);
            if (m_tasks.empty())
                return;
            task = std::move(m_tasks.front());
            m_tasks.pop_front();
        }
        task();
    }
}

}
