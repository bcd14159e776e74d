#pragma once

#include "ui/engine/engine_api.h"
#include "ui/engine/job_lane.h"
#include "ui/engine/mailbox.h"

#include <map>
#include <mutex>

namespace tiller {

/// The engine in this process. What computes runs on one thread; looking at tokens and reading files has a
/// second, so that the window answers while a map is computed. A running map lets generations and extractions
/// pass between its batches.
class EngineThread : public EngineApi {
    Q_OBJECT

public:
    explicit EngineThread(QObject* parent = nullptr);
    /// Cancels everything and waits for the threads; no signal comes any more.
    ~EngineThread() override;

    JobId start(JobRequest request) override;
    void cancel(JobId job) override;
    void cancelAll() override;
    bool isBusy() const override { return !m_tickets.empty(); }
    void replaceEdits(JobId job, std::vector<std::vector<Edit>> edits) override;

private:
    /// What both sides know of one job.
    struct Ticket {
        JobId id = 0;
        CancelToken cancel;
        std::mutex mutex;
        std::optional<std::vector<std::vector<Edit>>> nextEdits;

        std::optional<std::vector<std::vector<Edit>>> takeEdits();
    };

    void work(const JobRequest& request, const std::shared_ptr<Ticket>& ticket);
    void settle(JobId job, const Attempt& attempt, const JobResult& result);
    void deliver();

    Job jobOf(const Ticket& ticket);
    std::shared_ptr<const Engine> engine() const;
    std::shared_ptr<const Engine> openEngine() const;
    void setEngine(std::shared_ptr<const Engine> engine);
    void closeModel();

    JobResult run(const OpenModelJob& job, Ticket& ticket);
    JobResult run(const ListModelsJob& job, Ticket& ticket);
    JobResult run(const ExtractJob& job, Ticket& ticket);
    JobResult run(const DiagnoseJob& job, Ticket& ticket);
    JobResult run(const ScatterJob& job, Ticket& ticket);
    JobResult run(const GenerateJob& job, Ticket& ticket);
    JobResult run(const LensJob& job, Ticket& ticket);
    JobResult run(const CompareJob& job, Ticket& ticket);
    JobResult run(const TraceJob& job, Ticket& ticket);
    JobResult run(const SweepJob& job, Ticket& ticket);
    JobResult run(const PreviewJob& job, Ticket& ticket);
    JobResult run(const CountTokensJob& job, Ticket& ticket);
    JobResult run(const ReadVectorJob& job, Ticket& ticket);
    JobResult run(const WriteVectorJob& job, Ticket& ticket);

    Mailbox* m_mailbox;
    std::map<JobId, std::shared_ptr<Ticket>> m_tickets;
    JobId m_lastJob = 0;

    mutable std::mutex m_engineMutex;
    std::shared_ptr<const Engine> m_engine;

    // Last: their threads must end before anything that the tasks use.
    JobLane m_tokens;
    JobLane m_compute;
};

}
