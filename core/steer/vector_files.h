#pragma once

#include "core/steer/steering_vector.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tiller {

/// One file layout. Layouts stand in goldens of the tests and in core/steer/formats/<name>.cpp.
struct VectorFormat {
    std::string_view name; ///< "rotalabs", "pt", "gguf", "safetensors", "svec", "json"
    std::string_view title; ///< "rotalabs-steer .pt + .json"
    bool (*recognises)(const std::filesystem::path& path);
    SteeringVector (*read)(const std::filesystem::path& path);
    /// Null: read only. Atomic replace; the .pt before its .json.
    void (*write)(const std::filesystem::path& path, const SteeringVector& vector);
    /// Throws Error where a file stands that write() would replace and that is no such vector. May be null.
    void (*refuseForeign)(const std::filesystem::path& path) = nullptr;
    /// Whether the file names a layer, so that a direction which says none cannot be written as it is. All
    /// but safetensors refuse it; there it becomes layer_0, for who keeps beside the file what it knows.
    bool saysLayer = true;
    int firstLayer = 0; ///< that it can hold
};

const std::vector<VectorFormat>& vectorFormats();

/// Reads any known layout: NAME.pt with or without NAME.json, a set folder, GGUF, safetensors, .svec, a JSON
/// array. Checks every value finite and every layer of one width. Throws Error.
SteeringVector readVector(const std::filesystem::path& path);

/// What a file says beside its directions, for whoever is about to use them.
struct VectorFileFacts {
    std::string format; ///< "GGUF control vector"
    std::string tools; ///< that write such files: "repeng, llama.cpp"
    std::string storedAs; ///< type of its numbers: "F16"; of a set the first layer's
    /// Why its layers may be counted one too high, in whole sentences; empty where they are not in doubt.
    std::string layerDoubt;
};

/// Of a vector that readVector() has just read from there. Throws Error.
VectorFileFacts describeVectorFile(const std::filesystem::path& path, const SteeringVector& vector);

/// Every direction `by` layers higher. Error where one would stand below layer 0.
SteeringVector shiftLayers(SteeringVector vector, int by);

/// Whether a path that was only dropped is meant as a vector, where models share the form: a GGUF file that
/// is a control vector, a folder of a set, any other file. Never throws.
bool looksLikeVector(const std::filesystem::path& path);

/// The layout that writeVector() would use. Throws the Error with which it would refuse the name, the format
/// or what stands there, before there is a vector.
const VectorFormat& checkWritable(
    const std::filesystem::path& path, std::string_view format = {}, bool layerUnknown = false);

/// `format` empty: by extension (.pt rotalabs, or bare where the vector says no layer; .gguf, .safetensors,
/// .svec; no extension: rotalabs set folder). A set for a layout of one layer, a rotalabs .pt too, is an
/// Error. Reads back what it wrote and compares before it returns. Throws Error.
void writeVector(
    const std::filesystem::path& path, const SteeringVector& vector, std::string_view format = {});

}
