#pragma once

#include <QObject>
#include <QThread>

#include <deque>
#include <functional>
#include <mutex>

namespace tiller {

/// A worker thread with a queue of tasks, done one after the other.
class JobLane {
public:
    explicit JobLane(const QString& name);
    /// Does what is queued, then ends the thread: cancel long tasks first.
    ~JobLane();

    void post(std::function<void()> task);

    /// On the lane's own thread, from within a long task: does what has been queued meanwhile.
    void runWaiting();

private:
    QThread m_thread;
    QObject m_context;
    std::mutex m_mutex;
    std::deque<std::function<void()>> m_tasks;
};

}
