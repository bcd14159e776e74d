#pragma once

#include <QString>

#include <functional>

namespace tiller {

/// What the window says when something did not work: why, and what to do about it.
struct Failure {
    QString cause;
    QString remedy;
    bool rawHelps = false; ///< the chat template is at fault: raw text is the way on
};

enum class Outcome { Done, Failed, Cancelled };

struct Attempt {
    Outcome outcome = Outcome::Done;
    Failure failure;

    bool ok() const { return outcome == Outcome::Done; }
};

/// Runs `work` and turns whatever it throws into words. The only catch site of the window: jobs on the
/// engine's threads and small checks on the window's thread both go through here.
Attempt attempt(const std::function<void()>& work);

}
