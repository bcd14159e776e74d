#pragma once

#include "core/tokenizer/jinja/scope.h"

namespace tiller::jinja {

/// What every template can name: range, dict, namespace, cycler, joiner, raise_exception, strftime_now.
/// Shared by all renderings and never changed.
ScopePtr builtinScope();

}
