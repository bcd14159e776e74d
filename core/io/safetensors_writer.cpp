#include "core/base/error.h"
#include "core/io/atomic_write.h"
#include "core/io/byte_reader.h"
#include "core/io/extent.h"
#include "core/io/safetensors.h"
#include "core/io/text.h"

#include <nlohmann/json.hpp>

namespace tiller {

void writeSafetensors(const std::filesystem::path& path, const std::vector<NamedTensor>& tensors,
    const std::map<std::string, std::string>& metadata)
{
    nlohmann::json header = nlohmann::json::object();
    if (!metadata.empty())
        header["__metadata__"] = metadata;

    uint64_t position = 0;
    for (const NamedTensor& tensor : tensors) {
        const auto fail = [&](const std::string& reason) {
            throw Error(
                path.string() + ": tensor " + inQuotes(tensor.name) + " cannot be written: " + reason);
        };
        if (isQuantised(tensor.dtype))
            fail("the format has no " + std::string(info(tensor.dtype).name));
        const auto count = checkedCount(tensor.shape);
        const auto bytes = count ? checkedMul(*count, info(tensor.dtype).blockBytes) : std::nullopt;
        if (bytes != tensor.data.size())
            fail("its data do not fit its shape");
        if (header.contains(tensor.name) || tensor.name == "__metadata__")
            fail("the name is taken");
        const uint64_t end = position + *bytes;
        header[tensor.name] = {
            {"dtype", info(tensor.dtype).name}, {"shape", tensor.shape}, {"data_offsets", {position, end}}};
        position = end;
    }

    std::string text = header.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    text.append((64 - (sizeof(uint64_t) + text.size()) % 64) % 64, ' ');

    std::string file;
    file.reserve(sizeof(uint64_t) + text.size() + position);
    appendBytes<uint64_t>(file, text.size());
    file += text;
    for (const NamedTensor& tensor : tensors)
        file.append(reinterpret_cast<const char*>(tensor.data.data()), tensor.data.size());
    atomicWrite(path, file);
}

}
