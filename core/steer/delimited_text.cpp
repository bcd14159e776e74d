#include "core/steer/delimited_text.h"

#include <algorithm>
#include <iterator>

namespace tiller {

namespace {

// No table of texts is wider; a line of nothing but delimiters is.
constexpr size_t s_mostCells = 1000;

}

DelimitedReader::DelimitedReader(std::string_view text, char delimiter, BadQuotes badQuotes)
    : m_text(text)
    , m_delimiter(delimiter)
    , m_badQuotes(badQuotes)
{
}

std::optional<DelimitedRow> DelimitedReader::next()
{
    while (m_at < m_text.size()) {
        DelimitedRow row = readRow();
        const bool isBlank = row.error.empty() && std::ranges::all_of(row.cells, &std::string::empty);
        if (!isBlank)
            return row;
    }
    return std::nullopt;
}

DelimitedRow DelimitedReader::readRow()
{
    DelimitedRow row;
    row.line = m_line;
    const size_t begin = m_at;
    while (true) {
        auto cell = readCell(row.error);
        if (cell && row.cells.size() == s_mostCells) {
            row.error = "more than " + std::to_string(s_mostCells) + " columns";
            cell.reset();
        }
        if (!cell) {
            m_at = begin;
            m_line = row.line;
            m_at = lineEnd();
            skipLineBreak();
            return row;
        }
        row.cells.push_back(std::move(*cell));
        if (m_at < m_text.size() && m_text[m_at] == m_delimiter) {
            ++m_at;
            continue;
        }
        skipLineBreak();
        return row;
    }
}

std::optional<std::string> DelimitedReader::readCell(std::string& error)
{
    if (m_at < m_text.size() && m_text[m_at] == '"') {
        if (auto cell = readQuoted(error); cell || m_badQuotes == BadQuotes::Error)
            return cell;
        error.clear();
    }
    const char ends[] = {m_delimiter, '\r', '\n'};
    const size_t end = std::min(m_text.find_first_of({ends, std::size(ends)}, m_at), m_text.size());
    std::string cell(m_text.substr(m_at, end - m_at));
    m_at = end;
    return cell;
}

// Leaves the position as it was when the quoting is wrong.
std::optional<std::string> DelimitedReader::readQuoted(std::string& error)
{
    std::string cell;
    int line = m_line;
    for (size_t i = m_at + 1; i < m_text.size(); ++i) {
        const char c = m_text[i];
        const char next = i + 1 < m_text.size() ? m_text[i + 1] : '\n';
        if (c != '"') {
            cell += c;
            line += c == '\n' || (c == '\r' && next != '\n');
            continue;
        }
        if (next == '"') {
            cell += '"';
            ++i;
            continue;
        }
        if (next != m_delimiter && next != '\n' && next != '\r') {
            error = "text after a closing quote";
            return std::nullopt;
        }
        m_at = i + 1;
        m_line = line;
        return cell;
    }
    error = "a quote that is never closed";
    return std::nullopt;
}

size_t DelimitedReader::lineEnd() const
{
    return std::min(m_text.find_first_of("\r\n", m_at), m_text.size());
}

void DelimitedReader::skipLineBreak()
{
    if (m_at == m_text.size())
        return;
    m_at += m_text.substr(m_at).starts_with("\r\n") ? 2 : 1;
    ++m_line;
}

std::string csvRecord(const std::vector<std::string>& cells)
{
    std::string record;
    for (const std::string& cell : cells) {
        if (&cell != &cells.front())
            record += ',';
        const bool needsQuotes = cell.find_first_of("\",;\t\r\n") != std::string::npos
            || cell.starts_with(' ') || cell.ends_with(' ');
        if (!needsQuotes) {
            record += cell;
            continue;
        }
        record += '"';
        for (const char c : cell) {
            if (c == '"')
                record += '"';
            record += c;
        }
        record += '"';
    }
    return record;
}

}
