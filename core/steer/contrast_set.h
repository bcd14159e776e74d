#pragma once

#include "core/tokenizer/chat_template.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tiller {

/// Raw text, or chat turns in its place (then `text` is empty).
struct ContrastText {
    std::string text;
    std::vector<ChatMessage> turns;

    bool empty() const { return text.empty() && turns.empty(); }
    bool operator==(const ContrastText&) const = default;
};

struct ContrastPair {
    ContrastText positive;
    ContrastText negative;
    ContrastText prompt; ///< shared by both sides; may be empty
    bool operator==(const ContrastPair&) const = default;
};

struct LabelledExample {
    ContrastText text;
    int label = 0; ///< 1 positive, 0 negative
    bool operator==(const LabelledExample&) const = default;
};

/// A named list of items: pairs, or labelled examples (an unpaired positive/negative list is read as
/// labelled examples). Never both.
struct ContrastSet {
    std::string name;
    std::string positiveLabel = "positive";
    std::string negativeLabel = "negative";
    std::vector<ContrastPair> pairs;
    std::vector<LabelledExample> labelled;

    size_t size() const { return pairs.empty() ? labelled.size() : pairs.size(); }
    bool operator==(const ContrastSet&) const = default;
};

/// A row that could not be read; the good ones are kept.
struct ContrastRowError {
    int line = 0; ///< 1-based line (CSV, JSONL) or item number (JSON)
    std::string reason;
};

struct ParsedContrastSet {
    ContrastSet set;
    std::vector<ContrastRowError> errors;
};

enum class ContrastFormat { Json, JsonLines, Csv, Tsv };

/// Reads JSON ({"pairs":[{"prompt","positive","negative"}]}, {"labelled":[{"text","label"}]},
/// {"positive":[...],"negative":[...]}), JSONL (one such item a line), CSV or TSV with a header
/// (positive, negative, prompt | text, label; quoted as RFC 4180). Chat turns may stand for any string.
/// Throws Error when nothing at all can be read.
ParsedContrastSet parseContrastSet(std::string_view text, ContrastFormat format, const std::string& name);
/// Chooses the format by extension, else by content. Takes the name from the file when it holds none.
ParsedContrastSet readContrastSet(const std::filesystem::path& path);

/// Lines from a spreadsheet's clipboard (tab-separated, or CSV), with or without a header: two columns are
/// positive and negative, a third is the prompt. Throws Error when nothing at all can be read.
ParsedContrastSet parsePastedPairs(std::string_view text);

std::string toJson(const ContrastSet& set);
/// Chat turns as JSON inside a cell. A cell that a spreadsheet would take for a formula gets an apostrophe
/// before it, which parseContrastSet takes away again.
std::string toCsv(const ContrastSet& set);

}
