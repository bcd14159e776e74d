#include "ui/state/wording.h"

#include <QFileInfo>
#include <QRegularExpression>

namespace tiller {

QString modelTitle(const QString& path)
{
    static const QRegularExpression quantisation(
        QStringLiteral("[.-](I?Q\\d\\w*|BF16|F16|F32)$"), QRegularExpression::CaseInsensitiveOption);
    const QFileInfo file(path);
    if (file.isDir())
        return file.fileName();
    return file.completeBaseName().remove(quantisation);
}

}
