#pragma once

#include <string_view>

namespace tiller::cli {

/// resources/contrast_sets/formality.json, as JSON text.
std::string_view bundledSet();

}
