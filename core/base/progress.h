#pragma once

#include "core/base/cancel.h"

#include <cstdint>
#include <functional>
#include <string>

namespace tiller {

/// How far a piece of work is. `total` 0: unknown.
struct Progress {
    std::string stage; ///< what is being done, as a phrase for the status bar: "Reading weights"
    int64_t done = 0;
    int64_t total = 0;
};

/// Called on the working thread, any number of times a second; the receiver coalesces.
using ProgressCallback = std::function<void(const Progress&)>;

/// What every long function of core takes: where to report and when to stop.
struct Job {
    CancelToken cancel;
    ProgressCallback progress; ///< may be empty

    void report(const std::string& stage, int64_t done, int64_t total) const
    {
        if (progress)
            progress({stage, done, total});
    }
};

}
