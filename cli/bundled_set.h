#pragma once

#include <string_view>

namespace tiller::cli {

/// resources/contrast/formality.json, as JSON text.
std::string_view bundledSet();

}
