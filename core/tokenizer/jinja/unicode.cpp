#include "core/tokenizer/jinja/unicode.h"

#include "core/tokenizer/jinja/special_casing.h"

#include <algorithm>
#include <cstdint>
#include <utf8proc.h>

namespace tiller::jinja {

namespace {

utf8proc_category_t category(char32_t c)
{
    return utf8proc_category(static_cast<utf8proc_int32_t>(c));
}

bool isCased(char32_t c)
{
    return isLower(c) || isUpper(c) || isTitle(c);
}

// Unicode's Case_Ignorable, which decides where a sigma ends a word.
bool isCaseIgnorable(char32_t c)
{
    switch (category(c)) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_SK:
        return true;
    default:
        return std::u32string_view(
                   U"'.:\u00B7\u0387\u055F\u05F4\u2018\u2019\u2024\u2027\uFE13\uFE52\uFE55\uFF07\uFF0E\uFF1A")
                   .find(c)
            != std::u32string_view::npos;
    }
}

const SpecialCasing* specialCasing(char32_t c)
{
    const auto* end = std::end(specialCasings);
    const auto* found = std::lower_bound(std::begin(specialCasings), end, c,
        [](const SpecialCasing& casing, char32_t letter) { return casing.letter < letter; });
    return found != end && found->letter == c ? found : nullptr;
}

void appendUpper(std::u32string& out, char32_t c)
{
    if (const auto* special = specialCasing(c))
        out += special->upper;
    else
        out += static_cast<char32_t>(utf8proc_toupper(static_cast<utf8proc_int32_t>(c)));
}

void appendTitle(std::u32string& out, char32_t c)
{
    const auto* special = specialCasing(c);
    if (special && *special->title)
        out += special->title;
    else
        out += static_cast<char32_t>(utf8proc_totitle(static_cast<utf8proc_int32_t>(c)));
}

bool endsWord(std::u32string_view text, size_t at)
{
    size_t before = at;
    while (before > 0 && isCaseIgnorable(text[before - 1]))
        --before;
    if (before == 0 || !isCased(text[before - 1]))
        return false;
    size_t after = at + 1;
    while (after < text.size() && isCaseIgnorable(text[after]))
        ++after;
    return after == text.size() || !isCased(text[after]);
}

void appendLower(std::u32string& out, std::u32string_view text, size_t at)
{
    const char32_t c = text[at];
    if (c == U'\u0130')
        out += U"i\u0307";
    else if (c == U'\u03A3')
        out += endsWord(text, at) ? U'\u03C2' : U'\u03C3';
    else
        out += static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c)));
}

bool isContinuation(std::string_view text, size_t at)
{
    return at < text.size() && (static_cast<uint8_t>(text[at]) & 0xC0) == 0x80;
}

}

char32_t nextCodePoint(std::string_view text, size_t& offset)
{
    const auto byte = [&](size_t i) { return static_cast<char32_t>(static_cast<uint8_t>(text[offset + i])); };
    const char32_t lead = byte(0);
    if (lead < 0x80) {
        ++offset;
        return lead;
    }
    const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    bool valid = lead >= 0xC2 && lead <= 0xF4;
    for (size_t i = 1; valid && i < length; ++i)
        valid = isContinuation(text, offset + i);
    if (valid) {
        char32_t c = lead & (0xFFu >> (length + 1));
        for (size_t i = 1; i < length; ++i)
            c = (c << 6) | (byte(i) & 0x3F);
        const bool overlong = (length == 3 && c < 0x800) || (length == 4 && c < 0x10000);
        if (!overlong && c <= 0x10FFFF) {
            offset += length;
            return c;
        }
    }
    ++offset;
    return 0xDC00 + lead;
}

void appendCodePoint(std::string& text, char32_t c)
{
    const auto put = [&](char32_t byte) { text += static_cast<char>(static_cast<uint8_t>(byte)); };
    if (c < 0x80) {
        put(c);
    } else if (c < 0x800) {
        put(0xC0 | (c >> 6));
        put(0x80 | (c & 0x3F));
    } else if (c >= 0xDC80 && c <= 0xDCFF) {
        put(c - 0xDC00);
    } else if (c < 0x10000) {
        put(0xE0 | (c >> 12));
        put(0x80 | ((c >> 6) & 0x3F));
        put(0x80 | (c & 0x3F));
    } else {
        put(0xF0 | (c >> 18));
        put(0x80 | ((c >> 12) & 0x3F));
        put(0x80 | ((c >> 6) & 0x3F));
        put(0x80 | (c & 0x3F));
    }
}

std::u32string decode(std::string_view text)
{
    std::u32string codePoints;
    codePoints.reserve(text.size());
    for (size_t offset = 0; offset < text.size();)
        codePoints += nextCodePoint(text, offset);
    return codePoints;
}

std::string encode(std::u32string_view codePoints)
{
    std::string text;
    text.reserve(codePoints.size());
    for (const char32_t c : codePoints)
        appendCodePoint(text, c);
    return text;
}

size_t codePointCount(std::string_view text)
{
    size_t count = 0;
    for (size_t offset = 0; offset < text.size(); ++count)
        nextCodePoint(text, offset);
    return count;
}

size_t byteOffset(std::string_view text, size_t index)
{
    size_t offset = 0;
    for (; index > 0 && offset < text.size(); --index)
        nextCodePoint(text, offset);
    return offset;
}

bool isSpace(char32_t c)
{
    return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 || c == 0x1680
        || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F
        || c == 0x3000;
}

bool isLineBreak(char32_t c)
{
    return (c >= 0x0A && c <= 0x0D) || (c >= 0x1C && c <= 0x1E) || c == 0x85 || c == 0x2028 || c == 0x2029;
}

bool isAlphabetic(char32_t c)
{
    const auto kind = category(c);
    return kind >= UTF8PROC_CATEGORY_LU && kind <= UTF8PROC_CATEGORY_LO;
}

bool isDecimal(char32_t c)
{
    return category(c) == UTF8PROC_CATEGORY_ND;
}

bool isDigit(char32_t c)
{
    return isDecimal(c) || c == 0xB2 || c == 0xB3 || c == 0xB9 || c == 0x2070 || (c >= 0x2074 && c <= 0x2079)
        || (c >= 0x2080 && c <= 0x2089) || (c >= 0x2460 && c <= 0x2468) || (c >= 0x2474 && c <= 0x247C)
        || (c >= 0x2488 && c <= 0x2490);
}

bool isNumeric(char32_t c)
{
    const auto kind = category(c);
    constexpr std::u32string_view ideographs = U"\u4E00\u4E8C\u4E09\u56DB\u4E94\u516D\u4E03\u516B\u4E5D\u5341"
                                               U"\u767E\u5343\u4E07\u4EBF\u5104\u842C\u96F6";
    return kind == UTF8PROC_CATEGORY_ND || kind == UTF8PROC_CATEGORY_NL || kind == UTF8PROC_CATEGORY_NO
        || ideographs.find(c) != std::u32string_view::npos;
}

bool isLower(char32_t c)
{
    return category(c) == UTF8PROC_CATEGORY_LL || c == 0xAA || c == 0xBA || (c >= 0x2170 && c <= 0x217F)
        || (c >= 0x24D0 && c <= 0x24E9);
}

bool isUpper(char32_t c)
{
    return category(c) == UTF8PROC_CATEGORY_LU || (c >= 0x2160 && c <= 0x216F)
        || (c >= 0x24B6 && c <= 0x24CF);
}

bool isTitle(char32_t c)
{
    return category(c) == UTF8PROC_CATEGORY_LT;
}

bool isPrintable(char32_t c)
{
    switch (category(c)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return false;
    case UTF8PROC_CATEGORY_ZS:
        return c == U' ';
    default:
        return true;
    }
}

std::string upper(std::string_view text)
{
    std::u32string out;
    for (const char32_t c : decode(text))
        appendUpper(out, c);
    return encode(out);
}

std::string lower(std::string_view text)
{
    const std::u32string from = decode(text);
    std::u32string out;
    for (size_t i = 0; i < from.size(); ++i)
        appendLower(out, from, i);
    return encode(out);
}

std::string capitalize(std::string_view text)
{
    const std::u32string from = decode(text);
    std::u32string out;
    for (size_t i = 0; i < from.size(); ++i)
        i == 0 ? appendTitle(out, from[i]) : appendLower(out, from, i);
    return encode(out);
}

std::string title(std::string_view text)
{
    const std::u32string from = decode(text);
    std::u32string out;
    bool inWord = false;
    for (size_t i = 0; i < from.size(); ++i) {
        inWord ? appendLower(out, from, i) : appendTitle(out, from[i]);
        inWord = isCased(from[i]);
    }
    return encode(out);
}

std::string swapCase(std::string_view text)
{
    const std::u32string from = decode(text);
    std::u32string out;
    for (size_t i = 0; i < from.size(); ++i) {
        if (isUpper(from[i]))
            appendLower(out, from, i);
        else if (isLower(from[i]))
            appendUpper(out, from[i]);
        else
            out += from[i];
    }
    return encode(out);
}

std::string caseFold(std::string_view text)
{
    std::u32string out;
    for (const char32_t c : decode(text)) {
        utf8proc_int32_t folded[4];
        const auto count = utf8proc_decompose_char(
            static_cast<utf8proc_int32_t>(c), folded, 4, UTF8PROC_CASEFOLD, nullptr);
        if (count < 1 || count > 4)
            out += c;
        else
            out.append(folded, folded + count);
    }
    return encode(out);
}

std::string_view stripLeft(std::string_view text)
{
    size_t offset = 0;
    while (offset < text.size()) {
        size_t next = offset;
        if (!isSpace(nextCodePoint(text, next)))
            break;
        offset = next;
    }
    return text.substr(offset);
}

std::string_view stripRight(std::string_view text)
{
    size_t end = text.size();
    while (end > 0) {
        size_t start = end - 1;
        while (start > 0 && end - start < 4 && isContinuation(text, start))
            --start;
        size_t next = start;
        if (!isSpace(nextCodePoint(text, next)) || next != end)
            break;
        end = start;
    }
    return text.substr(0, end);
}

}
