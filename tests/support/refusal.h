#pragma once

#include "core/base/error.h"

#include <QByteArray>
#include <QElapsedTimer>
#include <QFile>
#include <QString>
#include <filesystem>
#include <sys/resource.h>

namespace tiller::test {

/// Writes a file that a test built. Aborts the test program when it cannot: nothing would be tested.
inline std::filesystem::path writeFile(const QString& path, const QByteArray& bytes)
{
    QFile file(path);
    file.remove(); // some file systems sync a file that is truncated and rewritten: thousands of times too
                   // slow
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
        qFatal("%s cannot be written", qPrintable(path));
    return path.toStdString();
}

inline qint64 peakMebibytes()
{
    rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss / 1024;
}

/// The message of the Error that `action` throws: how a bad file must end. Otherwise, or when it took more
/// than a few seconds or 64 MiB to find out, what went wrong, so that a comparison fails and shows it.
template <typename Action>
QString refusal(Action action)
{
    QElapsedTimer timer;
    timer.start();
    [[maybe_unused]] const qint64 before = peakMebibytes();
    QString message = "accepted";
    try {
        action();
    } catch (const Error& error) {
        message = error.what();
    }
    if (timer.elapsed() > 3000)
        return QString("too slow: %1 ms").arg(timer.elapsed());
#ifndef __SANITIZE_ADDRESS__
    if (peakMebibytes() - before > 64)
        return QString("too much memory: %1 MiB").arg(peakMebibytes() - before);
#endif
    return message;
}

}
