#include "core/steer/delimited_text.h"

#include <algorithm>
#include <optional>

namespace tiller {

namespace {

class Reader {
public:
    Reader(std::string_view text, char delimiter, BadQuotes badQuotes)
        : m_text(text)
        , m_delimiter(delimiter)
        , m_badQuotes(badQuotes)
    {
    }

    std::vector<DelimitedRow> read()
    {
        std::vector<DelimitedRow> rows;
        while (m_at < m_text.size()) {
            DelimitedRow row = readRow();
            const bool isBlank = row.error.empty() && row.cells.size() == 1 && row.cells[0].empty();
            if (!isBlank)
                rows.push_back(std::move(row));
        }
        return rows;
    }

private:
    DelimitedRow readRow()
    {
        DelimitedRow row;
        row.line = m_line;
        const size_t begin = m_at;
        while (true) {
            auto cell = readCell(row.error);
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

    std::optional<std::string> readCell(std::string& error)
    {
        if (m_at < m_text.size() && m_text[m_at] == '"') {
            if (auto cell = readQuoted(error); cell || m_badQuotes == BadQuotes::Error)
                return cell;
            error.clear();
        }
        const size_t end = std::min(m_text.find(m_delimiter, m_at), lineEnd());
        std::string cell(m_text.substr(m_at, end - m_at));
        m_at = end;
        return cell;
    }

    // Leaves the position as it was when the quoting is wrong.
    std::optional<std::string> readQuoted(std::string& error)
    {
        std::string cell;
        int line = m_line;
        for (size_t i = m_at + 1; i < m_text.size(); ++i) {
            const char c = m_text[i];
            if (c != '"') {
                cell += c;
                line += c == '\n';
                continue;
            }
            const char next = i + 1 < m_text.size() ? m_text[i + 1] : '\n';
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

    size_t lineEnd() const { return std::min(m_text.find_first_of("\r\n", m_at), m_text.size()); }

    void skipLineBreak()
    {
        if (m_at == m_text.size())
            return;
        m_at += m_text.substr(m_at).starts_with("\r\n") ? 2 : 1;
        ++m_line;
    }

    std::string_view m_text;
    char m_delimiter;
    BadQuotes m_badQuotes;
    size_t m_at = 0;
    int m_line = 1;
};

}

std::vector<DelimitedRow> readDelimited(std::string_view text, char delimiter, BadQuotes badQuotes)
{
    return Reader(text, delimiter, badQuotes).read();
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
