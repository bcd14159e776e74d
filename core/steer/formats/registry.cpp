#include "core/base/error.h"
#include "core/io/gguf.h"
#include "core/io/text.h"
#include "core/steer/formats/formats_internal.h"

#include <algorithm>
#include <cmath>

namespace tiller {

namespace {

void check(const SteeringVector& vector, const std::string& origin)
{
    if (vector.layers.empty())
        throw Error(origin + ": holds no direction");
    for (const auto& [layer, direction] : vector.layers) {
        const std::string where = origin + ": layer " + std::to_string(layer);
        if (layer < 0)
            throw Error(where + ": layers count from 0");
        if (direction.values.empty())
            throw Error(where + ": the direction is empty");
        if (direction.values.size() != vector.width())
            throw Error(where + " has " + std::to_string(direction.values.size()) + " values and layer "
                + std::to_string(vector.layers.begin()->first) + " has " + std::to_string(vector.width()));
        const auto bad
            = std::ranges::find_if_not(direction.values, [](float value) { return std::isfinite(value); });
        if (bad != direction.values.end())
            throw Error(where + ": value " + std::to_string(bad - direction.values.begin())
                + " is not a finite number");
    }
}

const VectorFormat& formatFor(const std::filesystem::path& path)
{
    for (const VectorFormat& format : vectorFormats())
        if (format.recognises(path))
            return format;
    std::error_code error;
    if (!std::filesystem::exists(path, error))
        throw Error(path.string() + ": no such file or folder");
    throw Error(path.string() + ": is no vector file that Tiller knows",
        "It reads .pt (with or without .json), a folder of layer_N.pt, .gguf, .safetensors, .svec and .json "
        "arrays.");
}

std::string_view formatName(const std::filesystem::path& path, bool layerUnknown)
{
    std::error_code error;
    if (std::filesystem::is_directory(path, error) || path.extension().empty())
        return "rotalabs";
    if (hasExtension(path, ".pt"))
        return layerUnknown ? "pt" : "rotalabs";
    for (const std::string_view extension : {".gguf", ".safetensors", ".svec"})
        if (hasExtension(path, extension))
            return extension.substr(1);
    throw Error(path.string() + ": the extension names no vector format",
        "Use .pt, .gguf, .safetensors, .svec, or no extension for a folder; or name the format.");
}

const VectorFormat& writableFormat(
    const std::filesystem::path& path, std::string_view asked, bool layerUnknown)
{
    const std::string_view name = asked.empty() ? formatName(path, layerUnknown) : asked;
    std::string known;
    for (const VectorFormat& format : vectorFormats()) {
        if (!format.write)
            continue;
        if (format.name == name)
            return format;
        known += (known.empty() ? "" : ", ") + std::string(format.name);
    }
    throw Error("vector format " + inQuotes(name) + " cannot be written", "Use one of " + known + ".");
}

void compare(const SteeringVector& written, const SteeringVector& read, const std::string& origin)
{
    // A bare .pt does not say its layer.
    if (read.layerUnknown && written.single()) {
        if (read.layers.begin()->second.values == written.layers.begin()->second.values)
            return;
    } else if (std::ranges::equal(written.layers, read.layers, [](const auto& a, const auto& b) {
                   return a.first == b.first && a.second.values == b.second.values;
               })) {
        return;
    }
    throw Error(origin + ": reads back otherwise than it was written",
        "The disk may be failing: write it elsewhere.");
}

}

const std::vector<VectorFormat>& vectorFormats()
{
    // The first that recognises a path reads it: a .pt with its .json before a bare one.
    static const std::vector<VectorFormat> formats{
        s_rotalabsFormat, s_ptFormat, s_ggufFormat, s_safetensorsFormat, s_svecFormat, s_jsonArrayFormat};
    return formats;
}

SteeringVector readVector(const std::filesystem::path& named)
{
    // A set is a folder; file dialogs can only name the list inside it.
    std::error_code unread;
    const bool insideSet = named.filename() == "metadata.json"
        && std::filesystem::is_directory(std::filesystem::absolute(named).parent_path(), unread);
    const std::filesystem::path path = insideSet ? std::filesystem::absolute(named).parent_path() : named;
    const VectorFormat& format = formatFor(path);
    SteeringVector vector = format.read(path);
    check(vector, path.string());
    vector.sourceFormat = format.name;
    if (vector.name.empty()) {
        const auto file = path.has_filename() ? path : path.parent_path();
        std::error_code error;
        vector.name = (std::filesystem::is_directory(file, error) ? file.filename() : file.stem()).string();
    }
    return vector;
}

bool looksLikeVector(const std::filesystem::path& path)
{
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) {
        if (std::filesystem::exists(path / "metadata.json", error))
            return true;
        for (const auto& entry : std::filesystem::directory_iterator(path, error))
            if (hasExtension(entry.path(), ".pt") && entry.path().stem().string().starts_with("layer_"))
                return true;
        return false;
    }
    if (!hasExtension(path, ".gguf"))
        return true;
    try {
        return GgufFile::open(path).getString("general.architecture") == "controlvector";
    } catch (const Error&) {
        return false; // opening it as a model says what is wrong
    }
}

const VectorFormat& checkWritable(
    const std::filesystem::path& path, std::string_view formatAsked, bool layerUnknown)
{
    const VectorFormat& format = writableFormat(path, formatAsked, layerUnknown);
    if (format.refuseForeign)
        format.refuseForeign(path);
    return format;
}

void writeVector(
    const std::filesystem::path& path, const SteeringVector& vector, std::string_view formatAsked)
{
    const VectorFormat& format = writableFormat(path, formatAsked, vector.layerUnknown);
    check(vector, path.string());
    format.write(path, vector);
    compare(vector, format.read(path), path.string());
}

}
