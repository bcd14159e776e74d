#pragma once

#include "core/base/error.h"
#include "core/base/progress.h"

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace tiller::cli {

/// Results keep the order in which their fields were set.
using Json = nlohmann::ordered_json;

/// stdout carries results and nothing else. All three flush and throw Error when it cannot be written
/// to; text that is not UTF-8 gets U+FFFD.
void printLine(const Json& value); ///< on one line
void printPretty(const Json& value); ///< indented, for people
void printText(std::string_view text); ///< as it is

/// Notes, warnings and progress go to stderr.
void note(std::string_view text);
void showProgress(const Progress& progress); ///< only on a terminal; the next note overwrites it

/// "cause (remedy)", on one line.
std::string explain(const Error& error);
std::string onOneLine(std::string_view text);

}
