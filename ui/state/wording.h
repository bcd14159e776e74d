#pragma once

#include "ui/engine/jobs.h"

#include <QString>

namespace tiller {

/// "1 token", "80 tokens".
inline QString counted(int count, const QString& one, const QString& many)
{
    return QStringLiteral("%1 %2").arg(count).arg(count == 1 ? one : many);
}

/// Tokens of a lens in one line, as they are seen: "Dear, formal, hereby".
QString listed(const std::vector<LensWord>& tokens);

/// What a model is called in the window: its repository in the Hugging Face cache, its folder, or
/// its file without extension and quantisation.
QString modelTitle(const QString& path);

}
