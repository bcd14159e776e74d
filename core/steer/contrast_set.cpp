#include "core/steer/contrast_set.h"

#include "core/base/error.h"
#include "core/io/json.h"
#include "core/io/mapped_file.h"
#include "core/steer/contrast_internal.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

namespace tiller {

namespace {

constexpr size_t s_mostErrors = 1000; // more help nobody, and would fill the memory
constexpr size_t s_mostBytes = size_t{64} << 20;

std::string_view withoutByteOrderMark(std::string_view text, const std::string& origin)
{
    const bool isUtf16 = text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")
        || (text.size() >= 2 && (text[0] == '\0') != (text[1] == '\0'));
    if (isUtf16)
        throw Error(origin + ": is UTF-16 text", "Save it as UTF-8.");
    if (text.starts_with("\xEF\xBB\xBF"))
        text.remove_prefix(3);
    return text;
}

// Whole objects, a line each: the first line alone is one, and more follows.
bool isJsonLines(std::string_view text)
{
    const size_t begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos || text[begin] != '{')
        return false;
    const size_t end = text.find('\n', begin);
    if (end == std::string_view::npos || text.find_first_not_of(" \t\r\n", end) == std::string_view::npos)
        return false;
    try {
        parseJson(text.substr(begin, end - begin), "the first line");
        return true;
    } catch (const Error&) {
        return false;
    }
}

bool looksLikeJson(std::string_view text)
{
    const size_t begin = text.find_first_not_of(" \t\r\n");
    return begin != std::string_view::npos && (text[begin] == '{' || text[begin] == '[');
}

// An object or a list of objects. Cells may begin with a bracket too, and hold chat turns.
bool isPastedJson(std::string_view text)
{
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    if (!text.starts_with('['))
        return text.starts_with('{');
    const bool hasCells = text.substr(0, text.find('\n')).find('\t') != std::string_view::npos;
    const size_t inner = text.find_first_not_of(" \t\r\n", 1);
    return !hasCells && inner != std::string_view::npos && text[inner] == '{';
}

ContrastFormat formatOf(const std::filesystem::path& path, std::string_view text)
{
    std::string extension = path.extension().string();
    std::ranges::transform(extension, extension.begin(),
        [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (extension == ".jsonl" || extension == ".ndjson")
        return ContrastFormat::JsonLines;
    if (extension == ".csv")
        return ContrastFormat::Csv;
    if (extension == ".tsv" || extension == ".tab")
        return ContrastFormat::Tsv;
    if (extension == ".json" || looksLikeJson(text))
        return isJsonLines(text) ? ContrastFormat::JsonLines : ContrastFormat::Json;
    return text.substr(0, text.find('\n')).find('\t') != std::string_view::npos ? ContrastFormat::Tsv
                                                                                : ContrastFormat::Csv;
}

}

bool ContrastText::isBlank() const
{
    return turns.empty() && text.find_first_not_of(" \t\r\n") == std::string::npos;
}

ContrastSet ContrastSet::enabledOnly() const
{
    ContrastSet result = *this;
    std::erase_if(result.pairs, [](const ContrastPair& pair) { return !pair.enabled; });
    std::erase_if(result.labelled, [](const LabelledExample& example) { return !example.enabled; });
    return result;
}

void ContrastBuilder::ignore(const std::string& name)
{
    constexpr size_t most = 10;
    auto& ignored = result.ignored;
    if (ignored.size() < most && std::ranges::find(ignored, name) == ignored.end())
        ignored.push_back(name);
}

void ContrastBuilder::fail(int line, std::string reason)
{
    if (result.errors.size() < s_mostErrors)
        result.errors.push_back({line, std::move(reason)});
    else if (m_unnamed++ == 0)
        m_firstUnnamed = line;
}

bool ContrastBuilder::isHopeless() const
{
    return result.set.size() == 0 && result.errors.size() == s_mostErrors;
}

void ContrastBuilder::add(int line, ContrastPair pair)
{
    if (!result.set.labelled.empty())
        return fail(line, "a pair among labelled examples");
    result.set.pairs.push_back(std::move(pair));
    result.lines.push_back(line);
}

void ContrastBuilder::add(int line, LabelledExample example)
{
    if (!result.set.pairs.empty())
        return fail(line, "a labelled example among pairs");
    result.set.labelled.push_back(std::move(example));
    result.lines.push_back(line);
}

ParsedContrastSet ContrastBuilder::finish(const std::string& origin)
{
    if (result.set.size() == 0) {
        if (result.errors.empty())
            throw Error(origin + ": holds no pairs and no labelled examples");
        const auto& first = result.errors.front();
        throw Error(origin + ": no item could be read; the first, at " + result.unit + ' '
            + std::to_string(first.line) + ": " + first.reason);
    }
    if (m_unnamed > 0)
        result.errors.push_back(
            {m_firstUnnamed, "one of " + std::to_string(m_unnamed) + " further bad rows"});
    return std::move(result);
}

ContrastPair pairOf(PairFields fields)
{
    const bool hasAnswers = !fields.positive.isBlank() || !fields.negative.isBlank();
    const auto side
        = [&](ContrastText& answer, std::string& system, const std::string& name) -> ContrastText {
        if (answer.isBlank() && (hasAnswers || system.empty()))
            throw Error("'" + name + "' is missing or empty");
        if (system.empty())
            return std::move(answer);
        if (!answer.turns.empty() && answer.turns.front().role == "system")
            throw Error("'" + name + "' has a system turn, and '" + name + "_system' is a second one");
        ContrastText result;
        result.turns.push_back({"system", std::move(system)});
        if (!answer.isBlank() && answer.turns.empty())
            result.turns.push_back({"assistant", std::move(answer.text)});
        std::ranges::move(answer.turns, std::back_inserter(result.turns));
        return result;
    };
    ContrastPair pair;
    pair.positive = side(fields.positive, fields.positiveSystem, "positive");
    pair.negative = side(fields.negative, fields.negativeSystem, "negative");
    pair.prompt = std::move(fields.prompt);
    pair.enabled = fields.enabled;
    return pair;
}

ParsedContrastSet parseContrastSet(std::string_view text, ContrastFormat format, const std::string& name)
{
    const std::string origin = name.empty() ? "contrast set" : name;
    text = withoutByteOrderMark(text, origin);
    ContrastBuilder builder;
    switch (format) {
    case ContrastFormat::Json:
        builder.result.unit = "item";
        readContrastJson(text, origin, builder);
        break;
    case ContrastFormat::JsonLines:
        readContrastJsonLines(text, builder);
        break;
    case ContrastFormat::Csv:
    case ContrastFormat::Tsv:
        readContrastTable(text, format, origin, builder);
        break;
    }
    if (builder.result.set.name.empty())
        builder.result.set.name = name;
    return builder.finish(origin);
}

ParsedContrastSet readContrastSet(const std::filesystem::path& path)
{
    const auto file = MappedFile::open(path);
    if (file->bytes().size() > s_mostBytes)
        throw Error(
            path.string() + ": is larger than 64 MiB", "A contrast set is far smaller: split the file.");
    const auto text = withoutByteOrderMark(
        {reinterpret_cast<const char*>(file->bytes().data()), file->bytes().size()}, path.string());
    auto parsed = parseContrastSet(text, formatOf(path, text), path.string());
    if (parsed.set.name == path.string())
        parsed.set.name = path.stem().string();
    return parsed;
}

ParsedContrastSet parsePastedPairs(std::string_view text)
{
    const std::string origin = "pasted text";
    text = withoutByteOrderMark(text, origin);
    if (isPastedJson(text)) {
        auto parsed = parseContrastSet(
            text, isJsonLines(text) ? ContrastFormat::JsonLines : ContrastFormat::Json, origin);
        if (parsed.set.name == origin)
            parsed.set.name.clear();
        return parsed;
    }
    ContrastBuilder builder;
    readPastedTable(text, builder);
    return builder.finish(origin);
}

}
