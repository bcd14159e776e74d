#include "core/io/licence.h"

#include "core/io/text.h"

#include <fstream>
#include <map>

namespace tiller {

namespace fs = std::filesystem;

namespace {

// A line of a foreign file, fit to be shown.
std::string shown(std::string_view text)
{
    constexpr size_t most = 100;
    std::string line;
    for (const char c : text.substr(0, most))
        line += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
    return isUtf8(line) ? line : std::string();
}

std::string_view unquoted(std::string_view text)
{
    const size_t begin = text.find_first_not_of(" \t\"'");
    if (begin == std::string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(" \t\r\"'") - begin + 1);
}

// The front matter is YAML; a scalar, or a list of one, is all that a licence takes.
std::string licenceInReadme(const fs::path& readme)
{
    constexpr int mostLines = 400;
    std::ifstream file(readme);
    std::string line;
    if (!std::getline(file, line) || unquoted(line) != "---")
        return {};
    std::map<std::string, std::string> fields;
    std::string key;
    for (int i = 0; i < mostLines && std::getline(file, line) && unquoted(line) != "---"; ++i) {
        const size_t colon = line.find(':');
        if (line.starts_with("license") && colon != std::string::npos) {
            key = line.substr(0, colon);
            fields[key] = unquoted(std::string_view(line).substr(colon + 1));
        } else if (!key.empty() && fields[key].empty() && unquoted(line).starts_with("- ")) {
            fields[key] = unquoted(unquoted(line).substr(2));
        } else {
            key.clear();
        }
    }
    const bool isNamed = fields["license"] == "other" && !fields["license_name"].empty();
    return shown(fields[isNamed ? "license_name" : "license"]);
}

std::string licenceOfFolder(const fs::path& folder)
{
    if (std::string named = licenceInReadme(folder / "README.md"); !named.empty())
        return named;
    std::error_code error;
    for (const char* name : {"LICENSE", "LICENSE.txt", "LICENSE.md", "LICENCE"})
        if (fs::exists(folder / name, error))
            return std::string("see ") + name;
    return {};
}

}

std::string licenceOf(const Checkpoint& checkpoint)
{
    if (!checkpoint.gguf())
        return licenceOfFolder(checkpoint.path());
    const auto& metadata = checkpoint.gguf()->metadata();
    for (const char* key : {"general.license.name", "general.license"})
        if (const auto found = metadata.find(key); found != metadata.end())
            if (const auto* text = std::get_if<std::string>(&found->second); text && !text->empty())
                return shown(*text);
    return {};
}

}
