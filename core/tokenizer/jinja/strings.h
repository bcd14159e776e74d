#pragma once

#include "core/tokenizer/jinja/value.h"

namespace tiller::jinja {

/// What string methods and filters do to text. Positions and widths are code points.

/// Where `part` first (last) begins in `text`, in bytes, or npos; in linear time whatever the two are.
size_t findText(std::string_view text, std::string_view part, size_t from = 0);
size_t findLastText(std::string_view text, std::string_view part);

/// Without the given letters at its ends; without space where `letters` is null.
std::string_view strip(std::string_view text, const std::string* letters, bool left, bool right);

/// Python's split: at runs of space where `separator` is null. `most` below 0: no limit.
Values split(
    Budget& budget, std::string_view text, const std::string* separator, int64_t most, bool fromRight);
Values splitLines(Budget& budget, std::string_view text, bool keepEnds);
std::string replace(
    Budget& budget, std::string_view text, std::string_view from, std::string_view to, int64_t most);

enum class Align { Left, Right, Center };
std::string pad(Budget& budget, std::string_view text, int64_t width, std::string_view fill, Align align);

bool isLowerText(std::string_view text); ///< some letter has a case, and none is a capital
bool isUpperText(std::string_view text);

}
