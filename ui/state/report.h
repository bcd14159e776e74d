#pragma once

#include "ui/engine/failure.h"
#include "ui/widgets/message_bar.h"

#include <functional>

namespace tiller {

/// Which message bar says it. What concerns model and vector files stands across the window: docks may be
/// folded.
enum class Panel { Window, Contrast, Layers, Steer };

/// What a message bar shows, with the one action that helps.
struct Report {
    MessageKind kind = MessageKind::Error;
    Failure failure;
    QString actionText;
    std::function<void()> action;
};

}
