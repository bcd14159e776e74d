#include "core/base/error.h"
#include "core/io/json.h"
#include "core/io/text.h"
#include "core/steer/contrast_internal.h"
#include "core/steer/delimited_text.h"

#include <nlohmann/json.hpp>
#include <optional>

namespace tiller {

namespace {

constexpr size_t s_none = std::string::npos;

// A cell that begins like a formula would be run by a spreadsheet: it is written with an apostrophe before
// it, which reading takes away again.
bool looksLikeFormula(std::string_view cell)
{
    const size_t first = cell.find_first_not_of('\'');
    return first != s_none && std::string_view("=+-@\t\r").find(cell[first]) != s_none;
}

std::string escapeFormula(std::string cell)
{
    return looksLikeFormula(cell) ? "'" + cell : cell;
}

std::string unescapeFormula(std::string cell)
{
    return cell.starts_with('\'') && looksLikeFormula(cell) ? cell.substr(1) : cell;
}

// Where each column stands.
struct Columns {
    enum class Kind { None, Pairs, Unpaired, Labelled, Several };

    size_t positive = s_none;
    size_t negative = s_none;
    size_t prompt = s_none;
    size_t positiveSystem = s_none;
    size_t negativeSystem = s_none;
    size_t positives = s_none;
    size_t negatives = s_none;
    size_t text = s_none;
    size_t label = s_none;
    size_t enabled = s_none;
    size_t count = 0;
    std::string twice; ///< what two columns are called, or empty
    std::vector<std::string> unknown; ///< columns that mean nothing

    Kind kind() const
    {
        const bool arePairs = (positive != s_none || positiveSystem != s_none)
            && (negative != s_none || negativeSystem != s_none);
        const bool areUnpaired = positives != s_none && negatives != s_none;
        const bool areLabelled = text != s_none && label != s_none;
        if (arePairs + areUnpaired + areLabelled > 1)
            return Kind::Several;
        return arePairs   ? Kind::Pairs
            : areUnpaired ? Kind::Unpaired
            : areLabelled ? Kind::Labelled
                          : Kind::None;
    }
};

// In lower case, without spaces and underscores.
std::string simplified(std::string_view name)
{
    std::string result;
    for (const char c : name)
        if (c != ' ' && c != '\t' && c != '_')
            result += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return result;
}

Columns columnsOf(const std::vector<std::string>& header)
{
    Columns columns;
    columns.count = header.size();
    const std::pair<std::string_view, size_t*> slots[] = {
        {"positive", &columns.positive},
        {"answermatchingbehavior", &columns.positive},
        {"negative", &columns.negative},
        {"answernotmatchingbehavior", &columns.negative},
        {"prompt", &columns.prompt},
        {"question", &columns.prompt},
        {"positivesystem", &columns.positiveSystem},
        {"negativesystem", &columns.negativeSystem},
        {"positives", &columns.positives},
        {"negatives", &columns.negatives},
        {"text", &columns.text},
        {"label", &columns.label},
        {"enabled", &columns.enabled},
    };
    for (size_t i = 0; i < header.size(); ++i) {
        const std::string name = simplified(header[i]);
        bool isKnown = name.empty();
        for (const auto& [known, slot] : slots) {
            if (name != known)
                continue;
            isKnown = true;
            if (*slot != s_none)
                columns.twice = header[i];
            *slot = i;
        }
        if (!isKnown)
            columns.unknown.push_back(header[i]);
    }
    return columns;
}

class RowReader {
public:
    RowReader(const Columns& columns, bool unescape, ContrastBuilder& builder)
        : m_columns(columns)
        , m_kind(columns.kind())
        , m_unescape(unescape)
        , m_builder(builder)
    {
    }

    void add(const DelimitedRow& row)
    {
        try {
            if (!row.error.empty())
                throw Error(row.error);
            const size_t last = lastFilled(row);
            if (last > m_columns.count)
                throw Error(std::to_string(last) + " columns instead of " + std::to_string(m_columns.count));
            if (m_kind == Columns::Kind::Labelled)
                addLabelled(row);
            else if (m_kind == Columns::Kind::Unpaired)
                addUnpaired(row);
            else
                addPair(row);
        } catch (const Error& error) {
            m_builder.fail(row.line, error.what());
        }
    }

    void addAll(DelimitedReader& rows)
    {
        while (!m_builder.isHopeless()) {
            const auto row = rows.next();
            if (!row)
                return;
            add(*row);
        }
    }

private:
    void addLabelled(const DelimitedRow& row)
    {
        const std::string label = word(row, m_columns.label);
        const bool isPositive = label == "1" || label == "positive";
        if (!isPositive && label != "0" && label != "negative")
            throw Error("'label' must be 1 or 0, or positive or negative, and is " + inQuotes(label));
        auto text = textAt(row, m_columns.text);
        if (text.isBlank())
            throw Error("'text' is missing or empty");
        m_builder.add(row.line, LabelledExample{std::move(text), isPositive ? 1 : 0, isEnabled(row)});
    }

    void addUnpaired(const DelimitedRow& row)
    {
        const bool enabled = isEnabled(row);
        auto positive = textAt(row, m_columns.positives);
        auto negative = textAt(row, m_columns.negatives);
        if (!positive.empty())
            m_builder.add(row.line, LabelledExample{std::move(positive), 1, enabled});
        if (!negative.empty())
            m_builder.add(row.line, LabelledExample{std::move(negative), 0, enabled});
    }

    void addPair(const DelimitedRow& row)
    {
        PairFields fields;
        fields.positive = textAt(row, m_columns.positive);
        fields.negative = textAt(row, m_columns.negative);
        fields.prompt = textAt(row, m_columns.prompt);
        fields.positiveSystem = cell(row, m_columns.positiveSystem);
        fields.negativeSystem = cell(row, m_columns.negativeSystem);
        fields.enabled = isEnabled(row);
        m_builder.add(row.line, pairOf(std::move(fields)));
    }

    // Spreadsheets write empty cells after the last column.
    static size_t lastFilled(const DelimitedRow& row)
    {
        size_t count = row.cells.size();
        while (count > 0 && row.cells[count - 1].empty())
            --count;
        return count;
    }

    std::string cell(const DelimitedRow& row, size_t column) const
    {
        if (column >= row.cells.size())
            return {};
        const std::string& value = row.cells[column];
        if (!isUtf8(value))
            throw Error("not UTF-8 text");
        if (value.find('\0') != s_none)
            throw Error("a NUL character in the text");
        return m_unescape ? unescapeFormula(value) : value;
    }

    ContrastText textAt(const DelimitedRow& row, size_t column) const { return fromCell(cell(row, column)); }

    std::string word(const DelimitedRow& row, size_t column) const { return simplified(cell(row, column)); }

    bool isEnabled(const DelimitedRow& row) const
    {
        const std::string value = word(row, m_columns.enabled);
        if (value.empty() || value == "true" || value == "1" || value == "yes")
            return true;
        if (value == "false" || value == "0" || value == "no")
            return false;
        throw Error("'enabled' must be true or false");
    }

    const Columns& m_columns;
    Columns::Kind m_kind;
    bool m_unescape;
    ContrastBuilder& m_builder;
};

void refuseAmbiguous(const Columns& columns, const std::string& origin)
{
    if (!columns.twice.empty())
        throw Error(origin + ": the header has a second column for the same, " + inQuotes(columns.twice),
            "Rename or delete one.");
    if (columns.kind() == Columns::Kind::Several)
        throw Error(origin + ": has the columns of pairs and of labelled examples", "Keep one kind.");
}

}

std::string toCell(const ContrastText& text)
{
    return text.turns.empty() ? text.text : turnsToJson(text.turns);
}

// A JSON list of objects with a role is meant as turns, and nothing else will do.
ContrastText fromCell(const std::string& cell)
{
    if (!cell.starts_with('['))
        return {cell, {}};
    nlohmann::json value;
    try {
        value = parseJson(cell, "cell");
    } catch (const Error&) { // ordinary text in brackets
        return {cell, {}};
    }
    const bool areTurns = !value.empty() && value.front().is_object() && value.front().contains("role");
    return areTurns ? ContrastText{{}, turnsFromJson(value)} : ContrastText{cell, {}};
}

void readContrastTable(
    std::string_view text, ContrastFormat format, const std::string& origin, ContrastBuilder& builder)
{
    // Spreadsheets in many countries write CSV with semicolons.
    const std::string_view delimiters = format == ContrastFormat::Tsv ? "\t" : ",;\t";
    for (const char delimiter : delimiters) {
        DelimitedReader rows(text, delimiter, delimiter == '\t' ? BadQuotes::Literal : BadQuotes::Error);
        const auto header = rows.next();
        if (!header)
            throw Error(origin + ": is empty");
        const Columns columns = columnsOf(header->cells);
        if (columns.kind() == Columns::Kind::None)
            continue;
        refuseAmbiguous(columns, origin);
        for (const std::string& name : columns.unknown)
            builder.ignore(name);
        RowReader(columns, format == ContrastFormat::Csv, builder).addAll(rows);
        return;
    }
    throw Error(origin + ": the first line names no columns",
        "Begin with a header: positive,negative and optionally prompt, or text,label.");
}

void readPastedTable(std::string_view text, ContrastBuilder& builder)
{
    const char delimiter = text.find('\t') != std::string_view::npos ? '\t' : ',';
    DelimitedReader rows(text, delimiter, BadQuotes::Literal);
    const auto first = rows.next();
    if (!first)
        return;
    Columns columns = columnsOf(first->cells);
    const bool hasHeader = columns.kind() != Columns::Kind::None;
    if (hasHeader) {
        refuseAmbiguous(columns, "pasted text");
    } else {
        // A sentence with a comma is no pair.
        const bool isOneLine = text.substr(0, text.find_last_not_of("\r\n") + 1).find('\n') == s_none;
        if (delimiter == ',' && isOneLine && !text.starts_with('"'))
            throw Error("pasted text: is one line without a tab",
                "Copy two cells beside each other, positive and negative, from a spreadsheet.");
        columns = {};
        columns.positive = 0;
        columns.negative = 1;
        columns.prompt = 2;
        columns.count = 3;
    }
    RowReader reader(columns, false, builder);
    if (!hasHeader)
        reader.add(*first);
    reader.addAll(rows);
}

std::string toCsv(const ContrastSet& set)
{
    const auto cell = [](const ContrastText& text) { return escapeFormula(toCell(text)); };
    const bool allEnabled = set.enabledOnly().size() == set.size();
    std::string out;
    const auto add = [&](std::vector<std::string> cells, const char* enabled) {
        if (!allEnabled)
            cells.emplace_back(enabled);
        out += csvRecord(cells) + "\r\n";
    };
    if (set.labelled.empty()) {
        add({"positive", "negative", "prompt"}, "enabled");
        for (const ContrastPair& pair : set.pairs)
            add({cell(pair.positive), cell(pair.negative), cell(pair.prompt)},
                pair.enabled ? "true" : "false");
    } else {
        add({"text", "label"}, "enabled");
        for (const LabelledExample& example : set.labelled)
            add({cell(example.text), std::to_string(example.label)}, example.enabled ? "true" : "false");
    }
    return out;
}

}
