#include "core/tokenizer/pipeline/regex.h"

#include "core/base/error.h"
#include "core/io/text.h"
#include "core/tokenizer/utf8.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace tiller {

namespace {

constexpr uint32_t s_matchLimit = 5'000'000;
constexpr size_t s_stackSize = 1 << 20;

// What matching writes to: one set a thread.
struct Workspace {
    pcre2_match_data* data = pcre2_match_data_create(1, nullptr);
    pcre2_match_context* context = pcre2_match_context_create(nullptr);
    pcre2_jit_stack* stack = pcre2_jit_stack_create(32 * 1024, s_stackSize, nullptr);

    Workspace()
    {
        if (!data || !context || !stack)
            throw std::bad_alloc();
        pcre2_set_match_limit(context, s_matchLimit);
        pcre2_jit_stack_assign(context, nullptr, stack);
    }
    ~Workspace()
    {
        pcre2_jit_stack_free(stack);
        pcre2_match_context_free(context);
        pcre2_match_data_free(data);
    }
    Workspace(const Workspace&) = delete;
    Workspace& operator=(const Workspace&) = delete;
};

std::string messageOf(int code)
{
    PCRE2_UCHAR text[256] = {};
    pcre2_get_error_message(code, text, sizeof text);
    return reinterpret_cast<const char*>(text);
}

}

Regex::Regex(std::string_view pattern)
    : m_pattern(pattern)
{
    const std::string translated = toPcreSyntax(pattern);
    int error = 0;
    size_t offset = 0;
    pcre2_code* code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(translated.data()), translated.size(),
        PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C, &error, &offset, nullptr);
    if (!code)
        throw Error("the regular expression " + inQuotes(pattern) + " cannot be used: " + messageOf(error));
    m_code = std::shared_ptr<const pcre2_code>(
        code, [](const pcre2_code* c) { pcre2_code_free(const_cast<pcre2_code*>(c)); });
    pcre2_jit_compile(
        code, PCRE2_JIT_COMPLETE); // where it is not available the interpreter gives the same matches
}

Regex Regex::literal(std::string_view text)
{
    std::string pattern;
    for (const char c : text) {
        if (std::string_view("\\^$.|?*+()[]{}").find(c) != std::string_view::npos)
            pattern += '\\';
        pattern += c;
    }
    return Regex(pattern);
}

bool Regex::match(std::string_view text, size_t offset, uint32_t options, TextRange& range) const
{
    thread_local Workspace workspace;
    const int result = pcre2_match(m_code.get(), reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(),
        offset, options | PCRE2_NO_UTF_CHECK, workspace.data, workspace.context);
    if (result == PCRE2_ERROR_NOMATCH)
        return false;
    if (result < 0)
        throw Error("the regular expression " + inQuotes(m_pattern)
            + " of the tokenizer gave up on this text: " + messageOf(result));
    const size_t* bounds = pcre2_get_ovector_pointer(workspace.data);
    range = {bounds[0], bounds[1]};
    return true;
}

void Regex::findAll(std::string_view text, std::vector<TextRange>& matches) const
{
    matches.clear();
    TextRange range{};
    size_t offset = 0;
    while (offset <= text.size() && match(text, offset, 0, range)) {
        const bool isEmpty = range.begin == range.end;
        if (isEmpty && !matches.empty() && matches.back().end == range.end) {
            offset += offset < text.size() ? characterLength(text[offset]) : 1;
            continue;
        }
        matches.push_back(range);
        offset = range.end;
    }
}

bool Regex::matchesAt(std::string_view text, size_t offset) const
{
    TextRange range{};
    return match(text, offset, PCRE2_ANCHORED, range);
}

std::string Regex::replaceAll(std::string_view text, std::string_view replacement) const
{
    std::vector<TextRange> matches;
    findAll(text, matches);
    std::string result;
    size_t end = 0;
    for (const TextRange& m : matches) {
        result += text.substr(end, m.begin - end);
        result += replacement;
        end = m.end;
    }
    return result += text.substr(end);
}

}
