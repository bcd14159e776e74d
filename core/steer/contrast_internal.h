#pragma once

#include "core/steer/contrast_set.h"

#include <nlohmann/json_fwd.hpp>

namespace tiller {

/// Gathers rows into one set: the first good one decides whether it holds pairs or labelled examples. Of very
/// many bad rows only the first are named, and the others counted.
class ContrastBuilder {
public:
    ParsedContrastSet result;

    /// Adds the pair or example, or the reason why not.
    void add(int line, ContrastPair pair);
    void add(int line, LabelledExample example);
    void fail(int line, std::string reason);
    void ignore(const std::string& name); ///< a key or column that means nothing

    /// So many bad rows and no good one: this is no contrast set, and reading may stop.
    bool isHopeless() const;

    /// The result. Throws Error when it holds no item at all.
    ParsedContrastSet finish(const std::string& origin);

private:
    size_t m_unnamed = 0; ///< bad rows beyond those in result.errors
    int m_firstUnnamed = 0;
};

/// A pair as its row has it.
struct PairFields {
    ContrastText positive;
    ContrastText negative;
    ContrastText prompt;
    std::string positiveSystem;
    std::string negativeSystem;
    bool enabled = true;
};

/// A side with a system prompt becomes chat turns. Throws Error where a side is missing: either both sides
/// have text, or both have only a system prompt.
ContrastPair pairOf(PairFields fields);

void readContrastJson(std::string_view text, const std::string& origin, ContrastBuilder& builder);
void readContrastJsonLines(std::string_view text, ContrastBuilder& builder);
void readContrastTable(
    std::string_view text, ContrastFormat format, const std::string& origin, ContrastBuilder& builder);
/// The header may be missing. No apostrophes are taken away: a clipboard holds cells as they are shown.
void readPastedTable(std::string_view text, ContrastBuilder& builder);

/// [{"role","content"}, ...]. Throws Error with the reason.
std::vector<ChatMessage> turnsFromJson(const nlohmann::json& value);
std::string turnsToJson(const std::vector<ChatMessage>& turns);

}
