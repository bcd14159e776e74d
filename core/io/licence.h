#pragma once

#include "core/io/checkpoint.h"

namespace tiller {

/// The licence that a model's own files name: GGUF's general.license.name or general.license, the `license`
/// of README.md's front matter ("apache-2.0"), or that there is a LICENSE file. Empty when nothing does.
std::string licenceOf(const Checkpoint& checkpoint);

}
