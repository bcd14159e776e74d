#include "cli/inputs.h"

#include "core/base/error.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>

namespace tiller::cli {

namespace {

constexpr size_t s_maxBytes = size_t{1} << 30;
constexpr int s_maxDepth = 64;

[[noreturn]] void fail(const std::string& origin, const std::string& reason, const std::string& remedy = {})
{
    throw Error(origin + ": " + reason, remedy);
}

// "[json.exception.parse_error.101] parse error at line 1, ..." without the library's part, and short.
std::string reasonOf(const Json::exception& error)
{
    std::string_view reason = error.what();
    if (const size_t end = reason.find("] "); end != std::string_view::npos)
        reason.remove_prefix(end + 2);
    reason = reason.substr(0, reason.find("; last read"));
    return std::string(reason.substr(0, 200));
}

}

std::string originOf(const std::string& path)
{
    return path == "-" ? "standard input" : path;
}

std::string readAll(const std::string& path, const CancelToken& cancel)
{
    const auto close = [](FILE* file) {
        if (file != stdin)
            std::fclose(file);
    };
    const std::unique_ptr<FILE, decltype(close)> file(
        path == "-" ? stdin : std::fopen(path.c_str(), "rbe"), close);
    if (!file)
        fail(path, std::string("cannot be opened: ") + std::strerror(errno));

    std::string text;
    std::array<char, 65536> piece;
    while (const size_t count = std::fread(piece.data(), 1, piece.size(), file.get())) {
        text.append(piece.data(), count);
        if (text.size() > s_maxBytes)
            fail(originOf(path), "holds more than 1 GiB of text");
    }
    const int reason = errno;
    cancel.check();
    if (std::ferror(file.get()))
        fail(originOf(path), std::string("cannot be read: ") + std::strerror(reason));
    return text;
}

LineReader::LineReader(const CancelToken& cancel)
    : m_cancel(cancel)
{
}

bool LineReader::next(std::string& line)
{
    for (;;) {
        char* buffer = nullptr;
        size_t capacity = 0;
        const ssize_t length = ::getline(&buffer, &capacity, stdin);
        const std::unique_ptr<char, decltype(&std::free)> owner(buffer, std::free);
        m_cancel.check();
        if (length < 0)
            return false;
        ++m_line;
        line.assign(buffer, static_cast<size_t>(length));
        while (line.ends_with('\n') || line.ends_with('\r'))
            line.pop_back();
        if (line.find_first_not_of(" \t") != std::string::npos)
            return true;
    }
}

std::string LineReader::where() const
{
    return "standard input, line " + std::to_string(m_line);
}

Json parseOrdered(std::string_view text, const std::string& origin)
{
    // Copying and dumping recurse, so that depth has to be bounded here.
    const auto shallow = [&](int depth, Json::parse_event_t, Json&) {
        if (depth > s_maxDepth)
            fail(origin, "nested deeper than " + std::to_string(s_maxDepth) + " levels");
        return true;
    };
    try {
        return Json::parse(text, shallow);
    } catch (const Json::exception& error) {
        fail(origin, "not valid JSON: " + reasonOf(error));
    }
}

std::vector<TokenId> toIds(const Json& value, const std::string& origin)
{
    if (!value.is_array())
        fail(origin, "a list of token ids is expected, such as [504, 6783, 314]");
    std::vector<TokenId> ids;
    ids.reserve(value.size());
    for (const Json& item : value) {
        const bool fits = item.is_number_unsigned()
            && item.get<uint64_t>() <= static_cast<uint64_t>(std::numeric_limits<TokenId>::max());
        if (!fits)
            fail(origin, "item " + std::to_string(ids.size()) + " is not a token id");
        ids.push_back(item.get<TokenId>());
    }
    return ids;
}

std::vector<ChatMessage> toMessages(const Json& value, const std::string& origin)
{
    if (!value.is_array() || value.empty())
        fail(origin, R"(a list of messages is expected, such as [{"role": "user", "content": "Hello"}])");
    std::vector<ChatMessage> messages;
    for (const Json& item : value) {
        const auto text = [&](const char* key) -> const std::string& {
            if (!item.is_object() || !item.contains(key) || !item[key].is_string())
                fail(origin,
                    "message " + std::to_string(messages.size() + 1) + " has no text in '" + key + "'");
            return item[key].get_ref<const std::string&>();
        };
        messages.push_back({text("role"), text("content")});
    }
    return messages;
}

std::vector<ContrastText> toTexts(const Json& value, const std::string& origin)
{
    if (!value.is_array())
        fail(origin, "a list of strings or of message lists is expected");
    if (value.empty())
        fail(origin, "the list is empty");
    std::vector<ContrastText> texts;
    for (const Json& item : value) {
        ContrastText text;
        if (item.is_string())
            text.text = item.get<std::string>();
        else
            text.turns = toMessages(item, origin + ", item " + std::to_string(texts.size() + 1));
        texts.push_back(std::move(text));
    }
    return texts;
}

}
