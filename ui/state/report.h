#pragma once

#include "ui/engine/failure.h"
#include "ui/widgets/message_bar.h"

#include <functional>

namespace tiller {

/// Which panel's message bar says it.
enum class Panel { Window, Contrast, Layers, Steer, Library };

/// What a message bar shows, with the one action that helps.
struct Report {
    MessageKind kind = MessageKind::Error;
    Failure failure;
    QString actionText;
    std::function<void()> action;
};

}
