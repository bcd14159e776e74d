#include "core/base/error.h"
#include "core/io/json.h"
#include "core/io/text.h"
#include "core/steer/contrast_internal.h"
#include "core/steer/delimited_text.h"

#include <algorithm>
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

struct Columns {
    size_t positive = s_none;
    size_t negative = s_none;
    size_t prompt = s_none;
    size_t text = s_none;
    size_t label = s_none;
    size_t count = 0;

    bool known() const
    {
        return (positive != s_none && negative != s_none) || (text != s_none && label != s_none);
    }
};

Columns columnsOf(const std::vector<std::string>& header)
{
    Columns columns;
    columns.count = header.size();
    for (size_t i = 0; i < header.size(); ++i) {
        std::string name;
        for (const char c : header[i])
            if (c != ' ' && c != '\t')
                name += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        const std::pair<std::string_view, size_t*> slots[]
            = {{"positive", &columns.positive}, {"negative", &columns.negative}, {"prompt", &columns.prompt},
                {"question", &columns.prompt}, {"text", &columns.text}, {"label", &columns.label}};
        for (const auto& [known, slot] : slots)
            if (name == known && *slot == s_none)
                *slot = i;
    }
    return columns;
}

ContrastText textFromCell(const std::string& cell)
{
    if (cell.starts_with('[')) {
        try {
            return {{}, turnsFromJson(parseJson(cell, "cell"))};
        } catch (const Error&) { // ordinary text in brackets
        }
    }
    return {cell, {}};
}

class RowReader {
public:
    RowReader(const Columns& columns, bool unescape, ContrastBuilder& builder)
        : m_columns(columns)
        , m_unescape(unescape)
        , m_builder(builder)
    {
    }

    void add(const DelimitedRow& row)
    {
        try {
            if (!row.error.empty())
                throw Error(row.error);
            if (row.cells.size() > m_columns.count)
                throw Error(std::to_string(row.cells.size()) + " columns instead of "
                    + std::to_string(m_columns.count));
            if (m_columns.text != s_none && m_columns.label != s_none) {
                const std::string label = cell(row, m_columns.label);
                if (label != "0" && label != "1")
                    throw Error("'label' must be 1 or 0");
                m_builder.add(
                    row.line, LabelledExample{required(row, m_columns.text, "text"), label == "1" ? 1 : 0});
            } else {
                ContrastPair pair;
                pair.positive = required(row, m_columns.positive, "positive");
                pair.negative = required(row, m_columns.negative, "negative");
                pair.prompt = textFromCell(cell(row, m_columns.prompt));
                m_builder.add(row.line, std::move(pair));
            }
        } catch (const Error& error) {
            m_builder.fail(row.line, error.what());
        }
    }

private:
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

    ContrastText required(const DelimitedRow& row, size_t column, const std::string& name) const
    {
        auto text = textFromCell(cell(row, column));
        if (text.empty())
            throw Error("'" + name + "' is missing");
        return text;
    }

    const Columns& m_columns;
    bool m_unescape;
    ContrastBuilder& m_builder;
};

}

void readContrastTable(
    std::string_view text, ContrastFormat format, const std::string& origin, ContrastBuilder& builder)
{
    // Spreadsheets in many countries write CSV with semicolons.
    const std::string_view delimiters = format == ContrastFormat::Tsv ? "\t" : ",;\t";
    for (const char delimiter : delimiters) {
        const auto rows
            = readDelimited(text, delimiter, delimiter == '\t' ? BadQuotes::Literal : BadQuotes::Error);
        if (rows.empty())
            throw Error(origin + ": is empty");
        const Columns columns = columnsOf(rows.front().cells);
        if (!columns.known())
            continue;
        RowReader reader(columns, format == ContrastFormat::Csv, builder);
        std::for_each(rows.begin() + 1, rows.end(), [&](const DelimitedRow& row) { reader.add(row); });
        return;
    }
    throw Error(origin + ": the first line names no columns",
        "Begin with a header: positive,negative and optionally prompt, or text,label.");
}

ParsedContrastSet parsePastedPairs(std::string_view text)
{
    const char delimiter = text.find('\t') != std::string_view::npos ? '\t' : ',';
    const auto rows = readDelimited(text, delimiter, BadQuotes::Literal);
    ContrastBuilder builder;
    if (!rows.empty()) {
        Columns columns = columnsOf(rows.front().cells);
        const bool hasHeader = columns.known();
        if (!hasHeader) {
            columns = {};
            columns.positive = 0;
            columns.negative = 1;
            columns.prompt = 2;
            columns.count = 3;
        }
        RowReader reader(columns, false, builder);
        std::for_each(
            rows.begin() + hasHeader, rows.end(), [&](const DelimitedRow& row) { reader.add(row); });
    }
    return builder.finish("pasted text");
}

std::string toCsv(const ContrastSet& set)
{
    const auto cell = [](const ContrastText& text) {
        return escapeFormula(text.turns.empty() ? text.text : turnsToJson(text.turns));
    };
    std::string out;
    if (set.labelled.empty()) {
        out = csvRecord({"positive", "negative", "prompt"}) + "\r\n";
        for (const ContrastPair& pair : set.pairs)
            out += csvRecord({cell(pair.positive), cell(pair.negative), cell(pair.prompt)}) + "\r\n";
    } else {
        out = csvRecord({"text", "label"}) + "\r\n";
        for (const LabelledExample& example : set.labelled)
            out += csvRecord({cell(example.text), std::to_string(example.label)}) + "\r\n";
    }
    return out;
}

}
