#include "ui/state/wording.h"

#include "ui/widgets/visible_token.h"

#include "core/base/hugging_face_cache.h"

#include <QDir>
#include <QFileInfo>
#include <QRegularExpression>

namespace tiller {

QString modelTitle(const QString& path)
{
    static const QRegularExpression quantisation(
        QStringLiteral("[.-](I?Q\\d\\w*|BF16|F16|F32)$"), QRegularExpression::CaseInsensitiveOption);
    const QFileInfo file(path);
    if (file.isDir()) {
        const std::string repository = repositoryName(path.toStdString());
        return repository.empty() ? QDir(file.absoluteFilePath()).dirName()
                                  : QString::fromStdString(repository);
    }
    if (file.completeBaseName() == u"model")
        return file.absoluteDir().dirName(); // "model.gguf" says nothing, its folder often does
    return file.completeBaseName().remove(quantisation);
}

QString listed(const std::vector<LensWord>& tokens)
{
    QStringList words;
    for (const LensWord& token : tokens)
        words << visibleToken(QString::fromStdString(token.text)).trimmed();
    return words.join(QStringLiteral(", "));
}

}
