#include "core/tokenizer/jinja/format.h"
#include "core/tokenizer/jinja/interpreter.h"
#include "core/tokenizer/jinja/iteration.h"
#include "core/tokenizer/jinja/methods.h"
#include "core/tokenizer/jinja/strings.h"
#include "core/tokenizer/jinja/text.h"
#include "core/tokenizer/jinja/unicode.h"

#include <algorithm>

namespace tiller::jinja {

namespace {

// ---- case and space

template <std::string (*mapping)(std::string_view)>
Value mapped(Interpreter&, const Value& self, const Arguments& arguments)
{
    const Parameters none("str method", arguments, {});
    return Value(mapping(self.string()), self.text().markup);
}

template <bool left, bool right>
Value stripped(Interpreter&, const Value& self, const Arguments& arguments)
{
    const Parameters given("strip", arguments, {""});
    const std::string* letters = given.given(0) ? &given.string(0) : nullptr;
    return Value(std::string(strip(self.string(), letters, left, right)), self.text().markup);
}

template <bool (*holds)(char32_t)>
Value allAre(Interpreter&, const Value& self, const Arguments& arguments)
{
    const Parameters none("str method", arguments, {});
    const std::u32string letters = decode(self.string());
    return Value(!letters.empty() && std::all_of(letters.begin(), letters.end(), holds));
}

bool isAlphanumeric(char32_t c)
{
    return isAlphabetic(c) || isDecimal(c) || isDigit(c) || isNumeric(c);
}

Value isAsciiOf(Interpreter&, const Value& self, const Arguments& arguments)
{
    const Parameters none("isascii", arguments, {});
    return Value(self.text().isAscii());
}

Value isPrintableOf(Interpreter&, const Value& self, const Arguments& arguments)
{
    const Parameters none("isprintable", arguments, {});
    const std::u32string letters = decode(self.string());
    return Value(std::all_of(letters.begin(), letters.end(), isPrintable));
}

Value isIdentifierOf(Interpreter&, const Value& self, const Arguments& arguments)
{
    const Parameters none("isidentifier", arguments, {});
    const std::u32string letters = decode(self.string());
    const bool starts = !letters.empty() && (letters[0] == U'_' || isAlphabetic(letters[0]));
    return Value(starts && std::all_of(letters.begin(), letters.end(), [](char32_t c) {
        return c == U'_' || isAlphabetic(c) || isDecimal(c);
    }));
}

Value isLowerOf(Interpreter&, const Value& self, const Arguments& arguments)
{
    const Parameters none("islower", arguments, {});
    return Value(isLowerText(self.string()));
}

Value isUpperOf(Interpreter&, const Value& self, const Arguments& arguments)
{
    const Parameters none("isupper", arguments, {});
    return Value(isUpperText(self.string()));
}

Value isTitleOf(Interpreter&, const Value& self, const Arguments& arguments)
{
    const Parameters none("istitle", arguments, {});
    bool inWord = false;
    bool any = false;
    for (const char32_t c : decode(self.string())) {
        if (inWord ? isUpper(c) || isTitle(c) : isLower(c))
            return Value(false);
        inWord = isLower(c) || isUpper(c) || isTitle(c);
        any |= inWord;
    }
    return Value(any);
}

// ---- search

/// The bytes of self[start:end], and where they begin.
struct Window {
    std::string_view text;
    size_t offset;
    bool valid; ///< false where start lies behind the end of the text
};

Window window(const Value& self, const Parameters& given)
{
    const Text& text = self.text();
    const auto length = static_cast<int64_t>(text.length);
    const auto adjust = [&](size_t index, int64_t missing) {
        const int64_t at = given.given(index) ? given.integer(index, missing) : missing;
        return at < 0 ? std::max<int64_t>(at + length, 0) : at;
    };
    const int64_t start = adjust(1, 0);
    const int64_t end = std::min(adjust(2, length), length);
    if (start > length || end < start)
        return {{}, 0, false};
    const size_t from = byteOffset(text.bytes, static_cast<size_t>(start));
    const size_t to = byteOffset(text.bytes, static_cast<size_t>(end));
    return {std::string_view(text.bytes).substr(from, to - from), from, true};
}

template <bool fromRight, bool mustBeFound>
Value found(Interpreter&, const Value& self, const Arguments& arguments)
{
    const Parameters given("find", arguments, {"", "", ""}, 1);
    const std::string& part = given.string(0);
    const Window where = window(self, given);
    const size_t at = !where.valid ? std::string_view::npos
        : fromRight                ? findLastText(where.text, part)
                                   : findText(where.text, part);
    if (at != std::string_view::npos)
        return Value::size(codePointCount(std::string_view(self.string()).substr(0, where.offset + at)));
    if (mustBeFound)
        throw Fault("substring not found");
    return Value(int64_t(-1));
}

Value counted(Interpreter&, const Value& self, const Arguments& arguments)
{
    const Parameters given("count", arguments, {"", "", ""}, 1);
    const std::string& part = given.string(0);
    const Window where = window(self, given);
    if (!where.valid)
        return Value(int64_t(0));
    if (part.empty())
        return Value::size(codePointCount(where.text) + 1);
    int64_t count = 0;
    for (size_t at = findText(where.text, part); at != std::string_view::npos;
         at = findText(where.text, part, at + part.size()))
        ++count;
    return Value(count);
}

template <bool atEnd>
Value hasAffix(Interpreter&, const Value& self, const Arguments& arguments)
{
    const Parameters given(atEnd ? "endswith" : "startswith", arguments, {"", "", ""}, 1);
    const Window where = window(self, given);
    const auto matches = [&](const Value& affix) {
        if (!affix.isString())
            throw Fault(std::string(atEnd ? "endswith" : "startswith")
                + " first arg must be str or a tuple of str, not " + typeName(affix));
        return where.valid
            && (atEnd ? where.text.ends_with(affix.string()) : where.text.starts_with(affix.string()));
    };
    if (!given[0].is(Type::Tuple))
        return Value(matches(given[0]));
    return Value(std::any_of(given[0].items().begin(), given[0].items().end(), matches));
}

template <bool atEnd>
Value withoutAffix(Interpreter&, const Value& self, const Arguments& arguments)
{
    const Parameters given("removeprefix", arguments, {""}, 1);
    const std::string& affix = given.string(0);
    std::string_view text = self.string();
    if (atEnd ? text.ends_with(affix) : text.starts_with(affix))
        text = atEnd ? text.substr(0, text.size() - affix.size()) : text.substr(affix.size());
    return Value(text);
}

// ---- parts

template <bool fromRight>
Value parts(Interpreter& interpreter, const Value& self, const Arguments& arguments)
{
    const Parameters given("split", arguments, {"sep", "maxsplit"});
    const std::string* separator = given.given(0) ? &given.string(0) : nullptr;
    return makeList(split(interpreter.budget, self.string(), separator, given.integer(1, -1), fromRight));
}

Value lines(Interpreter& interpreter, const Value& self, const Arguments& arguments)
{
    const Parameters given("splitlines", arguments, {"keepends"});
    return makeList(splitLines(interpreter.budget, self.string(), given.truth(0, false)));
}

template <bool fromRight>
Value partitioned(Interpreter&, const Value& self, const Arguments& arguments)
{
    const Parameters given("partition", arguments, {""}, 1);
    const std::string& separator = given.string(0);
    if (separator.empty())
        throw Fault("empty separator");
    const std::string& text = self.string();
    const size_t at = fromRight ? findLastText(text, separator) : findText(text, separator);
    if (at == std::string::npos)
        return fromRight ? makeTuple({Value(""), Value(""), self}) : makeTuple({self, Value(""), Value("")});
    return makeTuple(
        {Value(text.substr(0, at)), Value(separator), Value(text.substr(at + separator.size()))});
}

Value joined(Interpreter& interpreter, const Value& self, const Arguments& arguments)
{
    const Parameters given("join", arguments, {""}, 1);
    std::string out;
    size_t index = 0;
    if (!isIterable(given[0]))
        throw Fault("can only join an iterable");
    const Pull pull = iterate(interpreter.budget, given[0]);
    for (Value item; pull(item); ++index) {
        if (!item.isString())
            throw Fault("sequence item " + std::to_string(index) + ": expected str instance, "
                + typeName(item) + " found");
        interpreter.budget.chargeText(out.size() + self.string().size() + item.string().size() > maxTextBytes
                ? maxTextBytes + 1
                : self.string().size() + item.string().size());
        if (index)
            out += self.string();
        out += item.string();
    }
    return Value(std::move(out));
}

Value replaced(Interpreter& interpreter, const Value& self, const Arguments& arguments)
{
    const Parameters given("replace", arguments, {"", "", "count"}, 2);
    return Value(
        replace(interpreter.budget, self.string(), given.string(0), given.string(1), given.integer(2, -1)),
        self.text().markup);
}

// ---- layout

template <Align align>
Value aligned(Interpreter& interpreter, const Value& self, const Arguments& arguments)
{
    const Parameters given("justify", arguments, {"", ""}, 1);
    const std::string fill = given.has(1) ? given.string(1) : " ";
    if (codePointCount(fill) != 1)
        throw Fault("The fill character must be exactly one character long");
    return Value(pad(interpreter.budget, self.string(), given.integer(0, 0), fill, align));
}

Value zeroFilled(Interpreter& interpreter, const Value& self, const Arguments& arguments)
{
    const Parameters given("zfill", arguments, {""}, 1);
    const std::string& text = self.string();
    const bool hasSign = text.starts_with('+') || text.starts_with('-');
    const std::string sign = hasSign ? text.substr(0, 1) : "";
    const int64_t width = std::min(given.integer(0, 0), static_cast<int64_t>(maxTextBytes) + 1);
    return Value(sign
        + pad(interpreter.budget, text.substr(sign.size()), width - static_cast<int64_t>(sign.size()), "0",
            Align::Right));
}

Value withTabsExpanded(Interpreter& interpreter, const Value& self, const Arguments& arguments)
{
    const Parameters given("expandtabs", arguments, {"tabsize"});
    const int64_t size = std::clamp<int64_t>(given.integer(0, 8), 0, maxTextBytes);
    std::string out;
    int64_t column = 0;
    for (const char32_t c : decode(self.string())) {
        if (c == U'\t') {
            const int64_t blanks = size > 0 ? size - column % size : 0;
            interpreter.budget.chargeText(out.size() + static_cast<size_t>(blanks));
            out.append(static_cast<size_t>(blanks), ' ');
            column += blanks;
        } else {
            appendCodePoint(out, c);
            column = c == U'\n' || c == U'\r' ? 0 : column + 1;
        }
    }
    return Value(std::move(out));
}

Value formatted(Interpreter& interpreter, const Value& self, const Arguments& arguments)
{
    return Value(formatBraces(interpreter, self.string(), arguments), self.text().markup);
}

Value formattedByMap(Interpreter& interpreter, const Value& self, const Arguments& arguments)
{
    const Parameters given("format_map", arguments, {""}, 1);
    if (!given[0].is(Type::Dict))
        throw Fault("format_map() takes a mapping");
    Arguments named;
    for (const auto& [key, value] : given[0].as<Dict>().entries.pairs()) {
        if (key.isString())
            named.named.emplace_back(key.string(), value);
    }
    return Value(formatBraces(interpreter, self.string(), named));
}

constexpr NamedMethod stringMethods[] = {{"capitalize", mapped<capitalize>}, {"casefold", mapped<caseFold>},
    {"center", aligned<Align::Center>}, {"count", counted}, {"endswith", hasAffix<true>},
    {"expandtabs", withTabsExpanded}, {"find", found<false, false>}, {"format", formatted},
    {"format_map", formattedByMap}, {"index", found<false, true>}, {"isalnum", allAre<isAlphanumeric>},
    {"isalpha", allAre<isAlphabetic>}, {"isascii", isAsciiOf}, {"isdecimal", allAre<isDecimal>},
    {"isdigit", allAre<isDigit>}, {"isidentifier", isIdentifierOf}, {"islower", isLowerOf},
    {"isnumeric", allAre<isNumeric>}, {"isprintable", isPrintableOf}, {"isspace", allAre<isSpace>},
    {"istitle", isTitleOf}, {"isupper", isUpperOf}, {"join", joined}, {"ljust", aligned<Align::Left>},
    {"lower", mapped<lower>}, {"lstrip", stripped<true, false>}, {"partition", partitioned<false>},
    {"removeprefix", withoutAffix<false>}, {"removesuffix", withoutAffix<true>}, {"replace", replaced},
    {"rfind", found<true, false>}, {"rindex", found<true, true>}, {"rjust", aligned<Align::Right>},
    {"rpartition", partitioned<true>}, {"rsplit", parts<true>}, {"rstrip", stripped<false, true>},
    {"split", parts<false>}, {"splitlines", lines}, {"startswith", hasAffix<false>},
    {"strip", stripped<true, true>}, {"swapcase", mapped<swapCase>}, {"title", mapped<title>},
    {"upper", mapped<upper>}, {"zfill", zeroFilled}};

}

Method findStringMethod(std::string_view name)
{
    const auto* found = std::find_if(std::begin(stringMethods), std::end(stringMethods),
        [&](const NamedMethod& entry) { return entry.name == name; });
    return found == std::end(stringMethods) ? nullptr : found->method;
}

}
