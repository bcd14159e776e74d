#include "core/tokenizer/jinja/strings.h"

#include "core/tokenizer/jinja/unicode.h"

#include <algorithm>
#include <cstring>
#include <unordered_set>

namespace tiller::jinja {

namespace {

Values reversed(Values values)
{
    std::reverse(values.begin(), values.end());
    return values;
}

std::string backwards(std::string_view text)
{
    return {text.rbegin(), text.rend()};
}

Values splitAt(Budget& budget, std::string_view text, std::string_view separator, int64_t most)
{
    Values parts;
    while (most < 0 || static_cast<int64_t>(parts.size()) < most) {
        budget.charge();
        const size_t at = findText(text, separator);
        if (at == std::string_view::npos)
            break;
        parts.emplace_back(text.substr(0, at));
        text.remove_prefix(at + separator.size());
    }
    parts.emplace_back(text);
    return parts;
}

Values splitAtSpace(Budget& budget, std::string_view text, int64_t most)
{
    Values parts;
    for (text = stripLeft(text); !text.empty(); text = stripLeft(text)) {
        budget.charge();
        if (most >= 0 && static_cast<int64_t>(parts.size()) == most) {
            parts.emplace_back(stripRight(text));
            break;
        }
        size_t end = 0;
        size_t next = 0;
        while (next < text.size() && !isSpace(nextCodePoint(text, next)))
            end = next;
        parts.emplace_back(text.substr(0, end));
        text.remove_prefix(end);
    }
    return parts;
}

Values splitAtSpaceFromRight(Budget& budget, std::string_view text, int64_t most)
{
    Values parts;
    for (text = stripRight(text); !text.empty(); text = stripRight(text)) {
        budget.charge();
        if (most >= 0 && static_cast<int64_t>(parts.size()) == most) {
            parts.emplace_back(stripLeft(text));
            break;
        }
        size_t start = text.size();
        while (start > 0 && stripRight(text.substr(0, start)).size() == start)
            --start;
        parts.emplace_back(text.substr(start));
        text = text.substr(0, start);
    }
    return reversed(std::move(parts));
}

}

// glibc's memmem is linear; std::string::find is not.
size_t findText(std::string_view text, std::string_view part, size_t from)
{
    if (from > text.size())
        return std::string_view::npos;
    const void* found = memmem(text.data() + from, text.size() - from, part.data(), part.size());
    return found ? static_cast<size_t>(static_cast<const char*>(found) - text.data())
                 : std::string_view::npos;
}

size_t findLastText(std::string_view text, std::string_view part)
{
    const size_t at = findText(backwards(text), backwards(part));
    return at == std::string_view::npos ? at : text.size() - at - part.size();
}

std::string_view strip(std::string_view text, const std::string* letters, bool left, bool right)
{
    if (!letters) {
        text = left ? stripLeft(text) : text;
        return right ? stripRight(text) : text;
    }
    const std::u32string given = decode(*letters);
    const std::unordered_set<char32_t> set(given.begin(), given.end());
    const auto inSet = [&](char32_t c) { return set.contains(c); };
    const std::u32string codePoints = decode(text);
    size_t first = 0;
    size_t last = codePoints.size();
    while (left && first < last && inSet(codePoints[first]))
        ++first;
    while (right && last > first && inSet(codePoints[last - 1]))
        --last;
    const size_t start = byteOffset(text, first);
    return text.substr(start, byteOffset(text.substr(start), last - first));
}

Values split(
    Budget& budget, std::string_view text, const std::string* separator, int64_t most, bool fromRight)
{
    budget.chargeText(text.size());
    if (!separator)
        return fromRight ? splitAtSpaceFromRight(budget, text, most) : splitAtSpace(budget, text, most);
    if (separator->empty())
        throw Fault("empty separator");
    if (!fromRight)
        return splitAt(budget, text, *separator, most);
    Values parts = splitAt(budget, backwards(text), backwards(*separator), most);
    for (Value& part : parts)
        part = Value(backwards(part.string()));
    return reversed(std::move(parts));
}

Values splitLines(Budget& budget, std::string_view text, bool keepEnds)
{
    budget.chargeText(text.size());
    Values lines;
    size_t start = 0;
    for (size_t at = 0; at < text.size();) {
        const size_t end = at;
        const char32_t c = nextCodePoint(text, at);
        if (!isLineBreak(c))
            continue;
        if (c == U'\r' && at < text.size() && text[at] == '\n')
            ++at;
        budget.charge();
        lines.emplace_back(text.substr(start, (keepEnds ? at : end) - start));
        start = at;
    }
    if (start < text.size())
        lines.emplace_back(text.substr(start));
    return lines;
}

std::string replace(
    Budget& budget, std::string_view text, std::string_view from, std::string_view to, int64_t most)
{
    budget.chargeText(text.size());
    std::string out;
    const auto put = [&](std::string_view part) {
        if (out.size() + part.size() > maxTextBytes)
            throw Fault("the template makes a text above 16 MB");
        out += part;
    };
    if (from.empty()) {
        // Between all letters and at both ends.
        for (size_t at = 0; most != 0; --most) {
            budget.charge();
            put(to);
            if (at == text.size())
                return out;
            const size_t start = at;
            nextCodePoint(text, at);
            put(text.substr(start, at - start));
            if (most == 1) {
                put(text.substr(at));
                return out;
            }
        }
        return std::string(text);
    }
    for (; most != 0; --most) {
        const size_t at = findText(text, from);
        if (at == std::string_view::npos)
            break;
        budget.charge();
        put(text.substr(0, at));
        put(to);
        text.remove_prefix(at + from.size());
    }
    put(text);
    return out;
}

std::string pad(Budget& budget, std::string_view text, int64_t width, std::string_view fill, Align align)
{
    const auto length = static_cast<int64_t>(codePointCount(text));
    if (width <= length)
        return std::string(text);
    const auto missing = static_cast<size_t>(width - length);
    budget.chargeCopies(fill.size(), missing, true);
    // Where the blanks are odd in number, Python's center puts the extra one by the parity of the width.
    const size_t left = align == Align::Left ? 0
        : align == Align::Right              ? missing
                                             : missing / 2 + (missing & static_cast<size_t>(width) & 1);
    std::string out;
    for (size_t i = 0; i < left; ++i)
        out += fill;
    out += text;
    for (size_t i = left; i < missing; ++i)
        out += fill;
    return out;
}

bool isLowerText(std::string_view text)
{
    bool any = false;
    for (size_t at = 0; at < text.size();) {
        const char32_t c = nextCodePoint(text, at);
        if (isUpper(c) || isTitle(c))
            return false;
        any |= isLower(c);
    }
    return any;
}

bool isUpperText(std::string_view text)
{
    bool any = false;
    for (size_t at = 0; at < text.size();) {
        const char32_t c = nextCodePoint(text, at);
        if (isLower(c) || isTitle(c))
            return false;
        any |= isUpper(c);
    }
    return any;
}

}
