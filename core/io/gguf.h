#pragma once

#include "core/io/mapped_file.h"
#include "core/io/tensor_view.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tiller {

/// One metadata value. Integers of every width are held as int64 (uint64 above its range is refused),
/// floats as double; arrays hold one of the four vectors.
using GgufValue = std::variant<int64_t, double, bool, std::string, std::vector<int64_t>, std::vector<double>,
    std::vector<bool>, std::vector<std::string>>;

/// A GGUF file (versions 2 and 3), mapped. Format: github.com/ggml-org/ggml, docs/gguf.md.
/// open() refuses (Error naming file, key or tensor, reason) what ggml refuses, and tensors without values.
/// A tensor of a ggml type that we cannot expand does not stop the file from opening: it is left out of
/// tensors(), and asking for it by name is the Error. Immutable afterwards; any thread.
class GgufFile {
public:
    static GgufFile open(const std::filesystem::path& path);

    const std::vector<TensorView>& tensors() const { return m_tensors; }
    const TensorView* find(
        std::string_view name) const; ///< null when absent; Error when its type is not supported
    const std::map<std::string, GgufValue, std::less<>>& metadata() const { return m_metadata; }

    /// Typed access. `get*` gives nullopt when the key is absent and throws Error when it is of another type.
    std::optional<int64_t> getInt(std::string_view key) const;
    std::optional<double> getFloat(std::string_view key) const; ///< accepts integers too
    std::optional<bool> getBool(std::string_view key) const;
    std::optional<std::string> getString(std::string_view key) const;
    const std::vector<std::string>* getStrings(std::string_view key) const; ///< null when absent
    const std::vector<int64_t>* getInts(std::string_view key) const; ///< null when absent
    const std::vector<double>* getFloats(std::string_view key) const; ///< null when absent
    const std::filesystem::path& path() const { return m_file->path(); }
    const MappedFile& file() const { return *m_file; }

private:
    std::shared_ptr<const MappedFile> m_file;
    std::vector<TensorView> m_tensors;
    std::map<std::string, size_t, std::less<>> m_index;
    std::map<std::string, std::string, std::less<>> m_unsupported; // tensor name -> type name
    std::map<std::string, GgufValue, std::less<>> m_metadata;
};

struct GgufTensorOut {
    std::string name;
    std::vector<int64_t> shape; ///< outermost first
    std::vector<float> data; ///< written as F32
};

/// Writes a version 3 file by atomic replace, F32 tensors only (control vectors need no more). Integers get
/// the first of uint32, int32, int64 that holds them, floats are float64. Throws Error on what no reader
/// takes.
void writeGguf(const std::filesystem::path& path,
    const std::vector<std::pair<std::string, GgufValue>>& metadata,
    const std::vector<GgufTensorOut>& tensors);

}
