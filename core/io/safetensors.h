#pragma once

#include "core/io/mapped_file.h"
#include "core/io/tensor_view.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tiller {

/// A safetensors file, mapped. Format: github.com/huggingface/safetensors.
/// open() refuses (Error naming file, tensor, reason) everything that format's own reader refuses, and
/// duplicate keys. Opening reads the header only. Immutable afterwards; any thread.
class SafetensorsFile {
public:
    static SafetensorsFile open(const std::filesystem::path& path);

    const std::vector<TensorView>& tensors() const { return m_tensors; } ///< in order of offset
    const TensorView* find(std::string_view name) const; ///< null when absent
    const std::map<std::string, std::string>& metadata() const { return m_metadata; }
    const MappedFile& file() const { return *m_file; }

private:
    std::shared_ptr<const MappedFile> m_file;
    std::vector<TensorView> m_tensors;
    std::map<std::string, size_t, std::less<>> m_index;
    std::map<std::string, std::string> m_metadata;
};

struct NamedTensor {
    std::string name;
    DType dtype = DType::F32; ///< a plain (not quantised) type
    std::vector<int64_t> shape;
    std::span<const std::byte> data;
};

/// Writes by atomic replace, tensors in the order given; the data section starts at a multiple of 64 bytes.
/// Throws Error when a name stands twice, a type is quantised or data and shape disagree.
void writeSafetensors(const std::filesystem::path& path, const std::vector<NamedTensor>& tensors,
    const std::map<std::string, std::string>& metadata = {});

}
