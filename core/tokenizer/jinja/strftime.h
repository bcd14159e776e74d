#pragma once

#include "core/tokenizer/jinja/limits.h"

#include <ctime>
#include <string>
#include <string_view>

namespace tiller::jinja {

/// strftime in the C locale whatever the program's locale is, with the flags of glibc (%-d, %_d, %^b).
std::string formatTime(Budget& budget, std::string_view format, const std::tm& time);

/// ISO 8601 as far as seconds, in local time; the clock where `text` is empty. Fault when it is no time.
std::tm parseTime(const std::string& text);

}
