#include "ui/engine/memory_usage.h"

#include <QFile>
#include <QList>

#include <unistd.h>

namespace tiller {

MemoryUsage memoryUsage()
{
    MemoryUsage usage;
    const auto page = quint64(sysconf(_SC_PAGESIZE));
    QFile own(QStringLiteral("/proc/self/statm"));
    if (own.open(QIODevice::ReadOnly))
        usage.used = own.readAll().split(' ').value(1).toULongLong() * page;
    usage.total = quint64(std::max<long>(0, sysconf(_SC_PHYS_PAGES))) * page;
    return usage;
}

}
