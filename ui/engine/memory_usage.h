#pragma once

#include <QtGlobal>

namespace tiller {

/// Bytes that this process holds, and that the machine has; 0 where the system does not say.
struct MemoryUsage {
    quint64 used = 0;
    quint64 total = 0;
};
MemoryUsage memoryUsage();

}
