#include "core/base/error.h"
#include "core/io/blocks.h"
#include "core/io/text.h"
#include "core/steer/formats/formats_internal.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace tiller {

namespace {

constexpr size_t s_maxDigits = 4; // no model has ten thousand layers

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

bool isWordCharacter(char c)
{
    return isDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::optional<int> wholeNumber(std::string_view digits)
{
    if (digits.empty() || digits.size() > s_maxDigits || !std::ranges::all_of(digits, isDigit))
        return std::nullopt;
    int value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

std::string shapeText(const std::vector<int64_t>& shape)
{
    std::string text;
    for (const int64_t size : shape)
        text += (text.empty() ? "" : ", ") + std::to_string(size);
    return "[" + text + "]";
}

}

std::optional<int> layerAfter(std::string_view prefix, std::string_view name)
{
    return name.starts_with(prefix) ? wholeNumber(name.substr(prefix.size())) : std::nullopt;
}

std::optional<int> layerOfTensorName(std::string_view name)
{
    const auto layer = layerAfter("layer_", name);
    return layer ? layer : wholeNumber(name);
}

std::optional<int> layerOfFileName(std::string_view stem)
{
    constexpr std::string_view word = "layer_";
    for (size_t at = stem.find(word); at != std::string_view::npos; at = stem.find(word, at + 1)) {
        if (at > 0 && isWordCharacter(stem[at - 1]))
            continue;
        const std::string_view rest = stem.substr(at + word.size());
        const size_t digits = static_cast<size_t>(std::ranges::find_if_not(rest, isDigit) - rest.begin());
        if (digits < rest.size() && isWordCharacter(rest[digits]))
            continue;
        if (const auto layer = wholeNumber(rest.substr(0, digits)))
            return layer;
    }
    return std::nullopt;
}

bool hasExtension(const std::filesystem::path& path, std::string_view extension)
{
    const std::string own = path.extension().string();
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::ranges::equal(own, extension, {}, lower, lower);
}

std::vector<float> directionOf(
    const std::vector<int64_t>& shape, std::vector<float> values, const std::string& origin)
{
    const bool isRow = shape.size() == 2 && shape[0] == 1;
    if ((shape.size() != 1 && !isRow) || shape.back() < 1)
        throw Error(origin + ": expected one direction of shape [n] or [1, n], found " + shapeText(shape));
    return values;
}

std::vector<float> directionOf(const TensorView& tensor, const std::string& origin)
{
    const std::string name = origin + ": tensor " + inQuotes(tensor.name);
    directionOf(tensor.shape, {}, name); // before anything of that size is allocated
    std::vector<float> values(static_cast<size_t>(tensor.count()));
    toFloat32(tensor.dtype, tensor.data, values);
    return values;
}

void addLayer(SteeringVector& vector, int layer, LayerVector direction, const std::string& origin)
{
    if (!vector.layers.emplace(layer, std::move(direction)).second)
        throw Error(origin + ": layer " + std::to_string(layer) + " is there twice");
}

void refuseSeveralLayers(
    const std::filesystem::path& path, const SteeringVector& vector, std::string_view format)
{
    if (vector.layers.size() > 1)
        throw Error(path.string() + ": " + std::string(format) + " holds one layer, and this vector has "
                + std::to_string(vector.layers.size()),
            "Choose one layer, or write a set: a folder (a path without extension), .safetensors, .gguf or "
            ".svec.");
}

void refuseUnknownLayer(const std::filesystem::path& path, const SteeringVector& vector)
{
    if (vector.layerUnknown)
        throw Error(path.string() + ": the file names a layer, and this vector does not say its layer",
            "Give it a layer first, or write a bare .pt, which names none.");
}

}
