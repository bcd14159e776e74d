#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tiller {

/// One record of CSV or TSV text; a quoted cell may hold line breaks, so records are not lines.
struct DelimitedRow {
    int line = 0; ///< 1-based line on which it begins
    std::vector<std::string> cells;
    std::string error; ///< why the record is malformed, or empty
};

/// What a badly quoted cell is: an error (files), or text that happens to begin with a quote (a clipboard).
enum class BadQuotes { Error, Literal };

/// RFC 4180, with LF, CRLF or CR between records. Records without any text in their cells are skipped, as
/// spreadsheets write them. A malformed record ends with its first line, so that the next ones are still
/// read.
class DelimitedReader {
public:
    /// Views `text`.
    DelimitedReader(std::string_view text, char delimiter, BadQuotes badQuotes);

    /// Nothing at the end.
    std::optional<DelimitedRow> next();

private:
    DelimitedRow readRow();
    std::optional<std::string> readCell(std::string& error);
    std::optional<std::string> readQuoted(std::string& error);
    size_t lineEnd() const;
    void skipLineBreak();

    std::string_view m_text;
    char m_delimiter;
    BadQuotes m_badQuotes;
    size_t m_at = 0;
    int m_line = 1;
};

/// One CSV record without its line end: quoted where needed.
std::string csvRecord(const std::vector<std::string>& cells);

}
