#pragma once

#include "core/model/families/family.h"

namespace tiller {

/// The names that most later families kept.
TensorNames llamaHuggingFaceNames();
TensorNames llamaGgufNames();

Family llamaFamily();
Family mistralFamily();

}
