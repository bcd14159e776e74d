#pragma once

#include "core/tokenizer/jinja/value.h"

#include <nlohmann/json_fwd.hpp>

namespace tiller::jinja {

/// The arguments of Python's json.dumps that templates use.
struct JsonStyle {
    bool asciiOnly = false;
    bool sortKeys = false;
    std::optional<std::string> indent; ///< of one level; none: all on one line
    std::string itemSeparator = ", ";
    std::string keySeparator = ": ";
};

/// json.dumps: unlike nlohmann's, with spaces after separators and with NaN and Infinity.
std::string toJson(Budget& budget, const Value& value, const JsonStyle& style);

/// A context as values. Fault for integers beyond 64 bits and too deep nesting.
Value fromJson(const nlohmann::ordered_json& json);

}
