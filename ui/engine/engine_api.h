#pragma once

#include "ui/engine/failure.h"
#include "ui/engine/jobs.h"

#include <QObject>

namespace tiller {

/// The seam between window and engine: today a thread of this process, later perhaps another host.
/// Lives on the window's thread; every signal comes there. A job gets any number of progress signals and then
/// exactly one of finished, failed and cancelled. Signals about one job come in order, at most 30 times a
/// second.
class EngineApi : public QObject {
    Q_OBJECT

public:
    using QObject::QObject;

    virtual JobId start(JobRequest request) = 0;
    /// Asks a job to end; cancelled() (or finished(), when it was as good as done) follows. Unknown ids are
    /// ignored.
    virtual void cancel(JobId job) = 0;
    virtual void cancelAll() = 0;
    virtual bool isBusy() const = 0;

    /// New edits for each row of a generation: from its next token on.
    virtual void replaceEdits(JobId job, std::vector<std::vector<Edit>> edits) = 0;

signals:
    void progressed(tiller::JobId job, const tiller::Progress& progress);
    void tokensArrived(tiller::JobId job, const std::vector<tiller::TokenEvent>& events);
    void partsArrived(tiller::JobId job, const std::vector<tiller::SweptPart>& parts);
    /// The edits given last act, on each row, from this new token of a generation on.
    void editsTaken(tiller::JobId job, int token, const std::vector<std::vector<tiller::Edit>>& edits);
    /// The edits given last do not fit; the generation goes on with those before.
    void editsRejected(tiller::JobId job, const tiller::Failure& failure);
    /// What the headers tell of the model that is being opened, before its weights are read.
    void modelDescribed(tiller::JobId job, const tiller::ModelInfo& info);
    /// The open model was given up for the one that is being opened.
    void modelClosed();

    void finished(tiller::JobId job, const tiller::JobResult& result);
    void failed(tiller::JobId job, const tiller::Failure& failure);
    void cancelled(tiller::JobId job);
};

}
