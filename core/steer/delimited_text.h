#pragma once

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

/// RFC 4180, with LF, CRLF or CR between records. Blank lines are skipped. A malformed record ends with its
/// first line, so that the next ones are still read.
std::vector<DelimitedRow> readDelimited(std::string_view text, char delimiter, BadQuotes badQuotes);

/// One CSV record without its line end: quoted where needed.
std::string csvRecord(const std::vector<std::string>& cells);

}
