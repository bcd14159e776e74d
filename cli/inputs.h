#pragma once

#include "cli/output.h"
#include "core/base/cancel.h"
#include "core/steer/contrast_set.h"
#include "core/tokenizer/tokenizer.h"

#include <string>
#include <string_view>
#include <vector>

namespace tiller::cli {

/// A whole file (a pipe may stand for one), or standard input where `path` is "-". Throws Error and
/// Cancelled.
std::string readAll(const std::string& path, const CancelToken& cancel);

/// The lines of standard input, without their ends; blank ones are passed over.
class LineReader {
public:
    explicit LineReader(const CancelToken& cancel);

    bool next(std::string& line);
    std::string where() const; ///< "standard input, line 3"

private:
    const CancelToken& m_cancel;
    int m_line = 0;
};

/// Parses JSON and keeps the order of keys, as a chat template sees it. Error names `origin`.
Json parseOrdered(std::string_view text, const std::string& origin);

/// [1, 2, 3]. Error names `origin`.
std::vector<TokenId> toIds(const Json& value, const std::string& origin);
/// [{"role","content"}, ...]
std::vector<ChatMessage> toMessages(const Json& value, const std::string& origin);
/// A list of strings or of message arrays; at least one.
std::vector<ContrastText> toTexts(const Json& value, const std::string& origin);

/// "--prompts", as errors name what stands in a file.
std::string originOf(const std::string& path);

}
