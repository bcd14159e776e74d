#pragma once

#include "core/base/error.h"

#include <atomic>
#include <memory>

namespace tiller {

/// A polled flag shared between the thread that asks and the thread that works. Copies share the flag.
/// Work checks it between decoder layers, so that a request is acknowledged within 100 ms.
class CancelToken {
public:
    CancelToken()
        : m_flag(std::make_shared<std::atomic<bool>>(false))
    {
    }

    void cancel() const { m_flag->store(true, std::memory_order_relaxed); }
    bool cancelled() const { return m_flag->load(std::memory_order_relaxed); }

    /// Throws Cancelled once cancel() was called.
    void check() const
    {
        if (cancelled())
            throw Cancelled();
    }

private:
    std::shared_ptr<std::atomic<bool>> m_flag;
};

}
