#pragma once

#include "core/steer/contrast_set.h"

#include <nlohmann/json_fwd.hpp>

namespace tiller {

/// Gathers rows into one set: the first good one decides whether it holds pairs or labelled examples.
class ContrastBuilder {
public:
    ParsedContrastSet result;

    /// Adds the pair or example, or the reason why not.
    void add(int line, ContrastPair pair);
    void add(int line, LabelledExample example);
    void fail(int line, std::string reason);

    /// The result. Throws Error when it holds no item at all.
    ParsedContrastSet finish(const std::string& origin);
};

void readContrastJson(std::string_view text, const std::string& origin, ContrastBuilder& builder);
void readContrastJsonLines(std::string_view text, ContrastBuilder& builder);
void readContrastTable(
    std::string_view text, ContrastFormat format, const std::string& origin, ContrastBuilder& builder);

/// [{"role","content"}, ...]. Throws Error with the reason.
std::vector<ChatMessage> turnsFromJson(const nlohmann::json& value);
std::string turnsToJson(const std::vector<ChatMessage>& turns);

}
