#include "core/steer/contrast_set.h"

#include "core/base/error.h"
#include "core/io/mapped_file.h"
#include "core/steer/contrast_internal.h"

#include <algorithm>

namespace tiller {

namespace {

std::string_view withoutByteOrderMark(std::string_view text, const std::string& origin)
{
    if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
        throw Error(origin + ": is UTF-16 text", "Save it as UTF-8.");
    if (text.starts_with("\xEF\xBB\xBF"))
        text.remove_prefix(3);
    return text;
}

ContrastFormat formatOf(const std::filesystem::path& path, std::string_view text)
{
    std::string extension = path.extension().string();
    std::ranges::transform(extension, extension.begin(),
        [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (extension == ".json")
        return ContrastFormat::Json;
    if (extension == ".jsonl" || extension == ".ndjson")
        return ContrastFormat::JsonLines;
    if (extension == ".csv")
        return ContrastFormat::Csv;
    if (extension == ".tsv" || extension == ".tab")
        return ContrastFormat::Tsv;

    const size_t begin = text.find_first_not_of(" \t\r\n");
    if (begin != std::string_view::npos && (text[begin] == '{' || text[begin] == '[')) {
        const std::string_view first = text.substr(begin, text.find('\n', begin) - begin);
        const bool isWholeItem = first.find_last_not_of(" \t\r") != std::string_view::npos
            && first[first.find_last_not_of(" \t\r")] == '}';
        const bool hasMoreLines
            = text.find_first_not_of(" \t\r\n", begin + first.size()) != std::string_view::npos;
        return isWholeItem && hasMoreLines ? ContrastFormat::JsonLines : ContrastFormat::Json;
    }
    return text.substr(0, text.find('\n')).find('\t') != std::string_view::npos ? ContrastFormat::Tsv
                                                                                : ContrastFormat::Csv;
}

}

void ContrastBuilder::fail(int line, std::string reason)
{
    result.errors.push_back({line, std::move(reason)});
}

void ContrastBuilder::add(int line, ContrastPair pair)
{
    if (!result.set.labelled.empty())
        fail(line, "a pair among labelled examples");
    else
        result.set.pairs.push_back(std::move(pair));
}

void ContrastBuilder::add(int line, LabelledExample example)
{
    if (!result.set.pairs.empty())
        fail(line, "a labelled example among pairs");
    else
        result.set.labelled.push_back(std::move(example));
}

ParsedContrastSet ContrastBuilder::finish(const std::string& origin)
{
    if (result.set.size() == 0) {
        if (result.errors.empty())
            throw Error(origin + ": holds no pairs and no labelled examples");
        const auto& first = result.errors.front();
        throw Error(origin + ": no item could be read; the first, at " + std::to_string(first.line) + ": "
            + first.reason);
    }
    return std::move(result);
}

ParsedContrastSet parseContrastSet(std::string_view text, ContrastFormat format, const std::string& name)
{
    const std::string origin = name.empty() ? "contrast set" : name;
    text = withoutByteOrderMark(text, origin);
    ContrastBuilder builder;
    switch (format) {
    case ContrastFormat::Json:
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
    const std::string_view text(reinterpret_cast<const char*>(file->bytes().data()), file->bytes().size());
    auto parsed = parseContrastSet(text, formatOf(path, text), path.string());
    if (parsed.set.name == path.string())
        parsed.set.name = path.stem().string();
    return parsed;
}

}
