#pragma once

#include "core/steer/rendering.h"

#include <QString>

namespace tiller {

/// What a third pane shows beside unsteered and steered text: a control, or what a prompt alone would do.
enum class ThirdRow {
    None,
    Random, ///< vectors of equal norm in random directions, from the seed
    Inverted, ///< every strength with the other sign
    System, ///< unsteered, with a system prompt of the user's
};

struct GenerationSettings {
    QString prompt;
    RenderOptions render;
    double temperature = 0;
    double topP = 1;
    int tokens = 80;
    quint64 seed = 16;
    ThirdRow third = ThirdRow::None;
    QString thirdSystem; ///< for ThirdRow::System
    bool regenerateOnChange = true;
};

}
