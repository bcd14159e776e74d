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
    bool isBlank() const; ///< empty, or white space alone
    bool operator==(const ContrastText&) const = default;
};

struct ContrastPair {
    ContrastText positive;
    ContrastText negative;
    ContrastText prompt; ///< shared by both sides; may be empty
    bool enabled = true; ///< false: kept in the set, left out of fits
    bool operator==(const ContrastPair&) const = default;
};

struct LabelledExample {
    ContrastText text;
    int label = 0; ///< 1 positive, 0 negative
    bool enabled = true; ///< false: kept in the set, left out of fits
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
    ContrastSet enabledOnly() const; ///< what a fit sees
    bool operator==(const ContrastSet&) const = default;
};

/// A row that could not be read; the good ones are kept.
struct ContrastRowError {
    int line = 0; ///< 1-based line on which the row begins (CSV, TSV, JSONL), or item number (JSON)
    std::string reason;
};

struct ParsedContrastSet {
    ContrastSet set;
    std::vector<int> lines; ///< [set.size()] where each item begins, counted as in `errors`
    std::vector<ContrastRowError> errors;
    std::string unit = "line"; ///< what is counted: "line", or "item" of JSON
    std::vector<std::string> ignored; ///< keys and columns that mean nothing here, each once, the first few
};

enum class ContrastFormat { Json, JsonLines, Csv, Tsv };

/// Reads
///   JSON   {"pairs":[item, ...]}, {"labelled":[item, ...]}, a bare list of items, one item, or unpaired
///   lists
///          {"positive":[text, ...],"negative":[text, ...]} of any lengths. `positive_system` and
///          `negative_system` beside "pairs" hold for every pair that has none of its own
///   JSONL  an item a line
///   CSV    comma, semicolon or tab, and TSV, quoted as RFC 4180, with a header that names an item's keys (in
///          any case and order); columns `positives` and `negatives` are unpaired lists, with empty cells
/// An item is a pair (positive, negative, and where wanted prompt, positive_system, negative_system) or a
/// labelled example (text, label 1 or 0, or "positive" or "negative"), with `enabled` false for
/// one that is kept out of fits. Pairs may have the keys of the A/B items of CAA: question,
/// answer_matching_behavior, answer_not_matching_behavior. Chat turns [{"role","content"}] may stand for any
/// text, in a table as JSON in the cell. A side with a system prompt becomes chat turns: the system's, then
/// its text as the assistant's; both sides may be left without text. Throws Error when nothing at all can be
/// read.
ParsedContrastSet parseContrastSet(std::string_view text, ContrastFormat format, const std::string& name);
/// Chooses the format by extension and content. Takes the name from the file when it holds none. Files above
/// 64 MiB are refused.
ParsedContrastSet readContrastSet(const std::filesystem::path& path);

/// What a clipboard holds: JSON or JSONL as above, or lines from a spreadsheet (tab-separated, or CSV), with
/// or without a header: two columns are positive and negative, a third is the prompt. Throws Error when
/// nothing at all can be read.
ParsedContrastSet parsePastedPairs(std::string_view text);

/// A text as a table's cell: chat turns are a JSON list of them.
std::string toCell(const ContrastText& text);
/// Throws Error where the cell is a list of turns one of which lacks its text.
ContrastText fromCell(const std::string& cell);

/// `enabled` is written only where it is false.
std::string toJson(const ContrastSet& set);
/// Chat turns as JSON inside a cell. A cell that a spreadsheet would take for a formula gets an apostrophe
/// before it, which parseContrastSet takes away again. There is a column `enabled` when some item is not.
std::string toCsv(const ContrastSet& set);

}
