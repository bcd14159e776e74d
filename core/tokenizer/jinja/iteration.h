#pragma once

#include "core/tokenizer/jinja/value.h"

namespace tiller::jinja {

bool isIterable(const Value& value);
/// iter(value): the items of a container, the keys of a dict, the letters of a string. An iterator is shared:
/// what one user has taken is gone for the next. Every item is charged.
Pull iterate(Budget& budget, const Value& value);
/// list(value).
Values collect(Budget& budget, const Value& value);
/// len(value); Fault for what has none.
size_t lengthOf(const Value& value);
bool hasLength(const Value& value);

}
