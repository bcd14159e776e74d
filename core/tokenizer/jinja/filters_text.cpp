#include "core/tokenizer/jinja/filters.h"
#include "core/tokenizer/jinja/format.h"
#include "core/tokenizer/jinja/interpreter.h"
#include "core/tokenizer/jinja/iteration.h"
#include "core/tokenizer/jinja/json_text.h"
#include "core/tokenizer/jinja/strings.h"
#include "core/tokenizer/jinja/text.h"
#include "core/tokenizer/jinja/unicode.h"

namespace tiller::jinja {

namespace {

std::string textOf(Interpreter& interpreter, const Value& input)
{
    return toText(interpreter.budget, input);
}

/// A filter that Python writes as a method call, and so refuses what is no text.
const std::string& stringOf(const Value& input)
{
    if (input.isUndefined())
        throw Fault(input.message());
    if (!input.isString())
        throw Fault("the filter needs a string, not " + typeName(input));
    return input.string();
}

bool isMarkup(const Value& value)
{
    return value.isString() && value.text().markup;
}

template <std::string (*mapping)(std::string_view)>
Value mapped(Interpreter& interpreter, const Value& input, const Arguments& arguments)
{
    const Parameters none("filter", arguments, {});
    return Value(mapping(textOf(interpreter, input)), isMarkup(input));
}

// Unlike str.title(), only space, brackets and hyphens end a word.
std::string titleWords(std::string_view text)
{
    std::string out;
    std::string word;
    const auto flush = [&] {
        const size_t first = byteOffset(word, 1);
        out += upper(std::string_view(word).substr(0, first)) + lower(std::string_view(word).substr(first));
        word.clear();
    };
    for (size_t at = 0; at < text.size();) {
        const char32_t c = nextCodePoint(text, at);
        if (isSpace(c) || std::u32string_view(U"-({[<").find(c) != std::u32string_view::npos) {
            flush();
            appendCodePoint(out, c);
        } else {
            appendCodePoint(word, c);
        }
    }
    flush();
    return out;
}

Value trimmed(Interpreter& interpreter, const Value& input, const Arguments& arguments)
{
    const Parameters given("trim", arguments, {"chars"});
    const std::string text = textOf(interpreter, input);
    return Value(
        std::string(strip(text, given.given(0) ? &given.string(0) : nullptr, true, true)), isMarkup(input));
}

Value replaced(Interpreter& interpreter, const Value& input, const Arguments& arguments)
{
    const Parameters given("replace", arguments, {"old", "new", "count"}, 2);
    const int64_t most = given.given(2) ? given.integer(2, -1) : -1;
    return Value(replace(interpreter.budget, toText(interpreter.budget, input),
        toText(interpreter.budget, given[0]), toText(interpreter.budget, given[1]), most));
}

Value indented(Interpreter& interpreter, const Value& input, const Arguments& arguments)
{
    const Parameters given("indent", arguments, {"width", "first", "blank"});
    const bool first = given.truth(1, false);
    const bool blank = given.truth(2, false);
    Budget& budget = interpreter.budget;
    const std::string indention = given.has(0) && given[0].isString()
        ? given[0].string()
        : pad(budget, "", given.integer(0, 4), " ", Align::Left);
    const Values lines = splitLines(budget, stringOf(input) + "\n", false);
    std::string out;
    for (size_t i = 0; i < lines.size(); ++i) {
        const std::string& line = lines[i].string();
        budget.chargeText(out.size() + indention.size() + line.size() > maxTextBytes
                ? maxTextBytes + 1
                : indention.size() + line.size());
        if (i > 0)
            out += '\n';
        if (i == 0 ? first : blank || !line.empty())
            out += indention;
        out += line;
    }
    return Value(std::move(out), isMarkup(input));
}

Value truncated(Interpreter&, const Value& input, const Arguments& arguments)
{
    const Parameters given("truncate", arguments, {"length", "killwords", "end", "leeway"});
    const int64_t length = given.integer(0, 255);
    const std::string end = given.has(2) ? given.string(2) : "...";
    const int64_t leeway = given.given(3) ? given.integer(3, 5) : 5;
    const auto endLength = static_cast<int64_t>(codePointCount(end));
    if (length < endLength || leeway < 0)
        throw Fault("expected length >= " + std::to_string(endLength) + " and leeway >= 0");
    const std::string& text = stringOf(input);
    if (static_cast<int64_t>(input.text().length) - leeway <= length)
        return input;
    std::string cut = text.substr(0, byteOffset(text, static_cast<size_t>(length - endLength)));
    if (!given.truth(1, false))
        cut.resize(std::min(cut.rfind(' '), cut.size()));
    return Value(cut + end);
}

Value centered(Interpreter& interpreter, const Value& input, const Arguments& arguments)
{
    const Parameters given("center", arguments, {"width"});
    return Value(
        pad(interpreter.budget, textOf(interpreter, input), given.integer(0, 80), " ", Align::Center));
}

Value wordCount(Interpreter& interpreter, const Value& input, const Arguments& arguments)
{
    const Parameters none("wordcount", arguments, {});
    int64_t words = 0;
    bool inWord = false;
    for (const char32_t c : decode(textOf(interpreter, input))) {
        const bool isWord = c == U'_' || isAlphabetic(c) || isNumeric(c);
        words += isWord && !inWord ? 1 : 0;
        inWord = isWord;
    }
    return Value(words);
}

Value asString(Interpreter& interpreter, const Value& input, const Arguments& arguments)
{
    const Parameters none("string", arguments, {});
    return input.isString() ? input : Value(toText(interpreter.budget, input));
}

Value escaped(Interpreter& interpreter, const Value& input, const Arguments& arguments)
{
    const Parameters none("escape", arguments, {});
    return isMarkup(input) ? input : Value(escapeHtml(textOf(interpreter, input)), true);
}

Value forceEscaped(Interpreter& interpreter, const Value& input, const Arguments& arguments)
{
    const Parameters none("forceescape", arguments, {});
    return Value(escapeHtml(textOf(interpreter, input)), true);
}

Value markedSafe(Interpreter& interpreter, const Value& input, const Arguments& arguments)
{
    const Parameters none("safe", arguments, {});
    return Value(textOf(interpreter, input), true);
}

std::string quoteUrl(std::string_view text, bool inQuery)
{
    constexpr std::string_view safe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~";
    constexpr char hex[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (safe.find(c) != std::string_view::npos || (c == '/' && !inQuery))
            out += c;
        else if (c == ' ' && inQuery)
            out += '+';
        else
            ((out += '%') += hex[byte >> 4]) += hex[byte & 15];
    }
    return out;
}

Value urlEncoded(Interpreter& interpreter, const Value& input, const Arguments& arguments)
{
    const Parameters none("urlencode", arguments, {});
    if (input.isString() || !isIterable(input))
        return Value(quoteUrl(textOf(interpreter, input), false));
    std::string out;
    const auto add = [&](const Value& key, const Value& value) {
        if (!out.empty())
            out += '&';
        out += quoteUrl(textOf(interpreter, key), true) + "=" + quoteUrl(textOf(interpreter, value), true);
    };
    if (input.is(Type::Dict)) {
        for (const auto& [key, value] : input.as<Dict>().entries.pairs())
            add(key, value);
        return Value(std::move(out));
    }
    for (const Value& pair : collect(interpreter.budget, input)) {
        const Values parts = collect(interpreter.budget, pair);
        if (parts.size() != 2)
            throw Fault("urlencode needs pairs of a key and a value");
        add(parts[0], parts[1]);
    }
    return Value(std::move(out));
}

Value xmlAttributes(Interpreter& interpreter, const Value& input, const Arguments& arguments)
{
    const Parameters given("xmlattr", arguments, {"autospace"});
    if (!input.is(Type::Dict))
        throw Fault("xmlattr needs a mapping, not " + typeName(input));
    std::string out;
    for (const auto& [key, value] : input.as<Dict>().entries.pairs()) {
        if (value.isNone() || value.isUndefined())
            continue;
        if (stringOf(key).find_first_of(" \t\n\r\f\v/>=") != std::string::npos)
            throw Fault("Invalid character in attribute name: " + textRepr(key.string()));
        const std::string text = textOf(interpreter, value);
        if (!out.empty())
            out += ' ';
        out += escapeHtml(key.string()) + "=\"" + (isMarkup(value) ? text : escapeHtml(text)) + "\"";
    }
    return Value(given.truth(0, true) && !out.empty() ? " " + out : out);
}

Value withoutTags(Interpreter& interpreter, const Value& input, const Arguments& arguments)
{
    const Parameters none("striptags", arguments, {});
    std::string text = textOf(interpreter, input);
    const auto removeAll = [&](std::string_view open, std::string_view close) {
        std::string kept;
        size_t at = 0;
        for (size_t start = text.find(open); start != std::string::npos; start = text.find(open, at)) {
            const size_t end = text.find(close, start);
            if (end == std::string::npos)
                break;
            kept.append(text, at, start - at);
            at = end + close.size();
        }
        text = kept.append(text, at);
    };
    removeAll("<!--", "-->");
    removeAll("<", ">");
    std::string out;
    for (const Value& word : split(interpreter.budget, text, nullptr, -1, false))
        out += (out.empty() ? "" : " ") + word.string();
    for (const auto& [entity, letter] : {std::pair{"&lt;", "<"}, {"&gt;", ">"}, {"&#34;", "\""},
             {"&quot;", "\""}, {"&#39;", "'"}, {"&amp;", "&"}})
        out = replace(interpreter.budget, out, entity, letter, -1);
    return Value(std::move(out));
}

Value formatted(Interpreter& interpreter, const Value& input, const Arguments& arguments)
{
    if (!arguments.positional.empty() && !arguments.named.empty())
        throw Fault("can't handle positional and keyword arguments at the same time");
    Value values = makeTuple(arguments.positional);
    if (!arguments.named.empty()) {
        Entries entries;
        for (const auto& [name, value] : arguments.named)
            entries.set(name, value);
        values = makeDict(std::move(entries));
    }
    return Value(formatPercent(interpreter, toText(interpreter.budget, input), values));
}

Value representation(Interpreter& interpreter, const Value& input, const Arguments& arguments)
{
    const Parameters none("pprint", arguments, {});
    return Value(toRepr(interpreter.budget, input));
}

Value json(Interpreter& interpreter, const Value& input, const Arguments& arguments)
{
    const Parameters given("tojson", arguments, {"ensure_ascii", "indent", "separators", "sort_keys"});
    JsonStyle style;
    style.asciiOnly = given.truth(0, false);
    if (given.given(1)) {
        style.indent = given[1].isString()
            ? given[1].string()
            : pad(interpreter.budget, "", given.integer(1, 0), " ", Align::Left);
        style.itemSeparator = ",";
    }
    if (given.given(2)) {
        const Values separators = collect(interpreter.budget, given[2]);
        if (separators.size() != 2 || !separators[0].isString() || !separators[1].isString())
            throw Fault("the separators of tojson are two strings");
        style.itemSeparator = separators[0].string();
        style.keySeparator = separators[1].string();
    }
    style.sortKeys = given.truth(3, false);
    return Value(toJson(interpreter.budget, input, style));
}

}

std::vector<NamedFilter> textFilters()
{
    return {{"capitalize", mapped<capitalize>}, {"center", centered}, {"e", escaped}, {"escape", escaped},
        {"forceescape", forceEscaped}, {"format", formatted}, {"indent", indented}, {"lower", mapped<lower>},
        {"pprint", representation}, {"replace", replaced}, {"safe", markedSafe}, {"string", asString},
        {"striptags", withoutTags}, {"title", mapped<titleWords>}, {"tojson", json}, {"trim", trimmed},
        {"truncate", truncated}, {"upper", mapped<upper>}, {"urlencode", urlEncoded},
        {"wordcount", wordCount}, {"xmlattr", xmlAttributes}};
}

}
