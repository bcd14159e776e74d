#pragma once

#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>

/// The built program as a user or a script runs it: arguments in, stdout, stderr and exit code out.
namespace tiller::test {

struct Outcome {
    int code = -1;
    QByteArray out;
    QByteArray err;

    QJsonObject object() const { return QJsonDocument::fromJson(out).object(); }

    QList<QJsonObject> lines() const
    {
        QList<QJsonObject> objects;
        for (const QByteArray& line : out.trimmed().split('\n'))
            objects << QJsonDocument::fromJson(line).object();
        return objects;
    }

    bool isOneErrorLine() const
    {
        return err.startsWith("error: ") && err.count('\n') == 1 && err.endsWith('\n');
    }
};

inline const QString s_program = QStringLiteral(TILLER_BINARY_DIR "/bin/tiller-cli");

inline Outcome run(const QStringList& arguments, const QByteArray& input = {})
{
    QProcess process;
    process.start(s_program, arguments);
    process.write(input);
    process.closeWriteChannel();
    Outcome outcome;
    if (!process.waitForFinished(300000) || process.exitStatus() != QProcess::NormalExit)
        return outcome;
    outcome.code = process.exitCode();
    outcome.out = process.readAllStandardOutput();
    outcome.err = process.readAllStandardError();
    return outcome;
}

}
