#include "core/base/error.h"
#include "core/io/atomic_write.h"
#include "core/io/byte_reader.h"
#include "core/io/extent.h"
#include "core/io/gguf.h"
#include "core/io/gguf_types.h"
#include "core/io/text.h"

#include <algorithm>
#include <limits>
#include <set>

namespace tiller {

namespace {

void appendString(std::string& out, std::string_view text)
{
    appendBytes<uint64_t>(out, text.size());
    out += text;
}

GgufType integerType(int64_t smallest, int64_t largest)
{
    if (smallest >= 0 && largest <= std::numeric_limits<uint32_t>::max())
        return GgufType::UInt32;
    if (smallest >= std::numeric_limits<int32_t>::min() && largest <= std::numeric_limits<int32_t>::max())
        return GgufType::Int32;
    return GgufType::Int64;
}

template <typename T>
GgufType typeFor(const std::vector<T>& values)
{
    if constexpr (std::is_same_v<T, int64_t>) {
        const auto [smallest, largest] = std::minmax_element(values.begin(), values.end());
        return values.empty() ? GgufType::Int32 : integerType(*smallest, *largest);
    } else if constexpr (std::is_same_v<T, double>)
        return GgufType::Float64;
    else if constexpr (std::is_same_v<T, bool>)
        return GgufType::Bool;
    else
        return GgufType::String;
}

void appendOne(std::string& out, GgufType type, int64_t value)
{
    // Little-endian: the low bytes are the narrower number.
    out.append(reinterpret_cast<const char*>(&value), type == GgufType::Int64 ? 8 : 4);
}
void appendOne(std::string& out, GgufType, double value)
{
    appendBytes(out, value);
}
void appendOne(std::string& out, GgufType, bool value)
{
    appendBytes<uint8_t>(out, value);
}
void appendOne(std::string& out, GgufType, const std::string& value)
{
    appendString(out, value);
}

struct AppendValue {
    std::string& out;

    template <typename T>
    void operator()(const std::vector<T>& values) const
    {
        const GgufType type = typeFor(values);
        appendBytes(out, GgufType::Array);
        appendBytes(out, type);
        appendBytes<uint64_t>(out, values.size());
        for (const auto& value : values)
            appendOne(out, type, value);
    }

    template <typename T>
    void operator()(const T& value) const
    {
        const GgufType type = typeFor(std::vector<T>{value});
        appendBytes(out, type);
        appendOne(out, type, value);
    }
};

void pad(std::string& out)
{
    out.append((ggufDefaultAlignment - out.size() % ggufDefaultAlignment) % ggufDefaultAlignment, '\0');
}

}

void writeGguf(const std::filesystem::path& path,
    const std::vector<std::pair<std::string, GgufValue>>& metadata, const std::vector<GgufTensorOut>& tensors)
{
    const auto fail
        = [&](const std::string& reason) { throw Error(path.string() + ": cannot be written: " + reason); };

    std::string file;
    appendBytes(file, ggufMagic);
    appendBytes<uint32_t>(file, 3);
    appendBytes<uint64_t>(file, tensors.size());
    appendBytes<uint64_t>(file, metadata.size());

    std::set<std::string_view> keys;
    for (const auto& [key, value] : metadata) {
        if (key.empty() || key == "general.alignment" || !keys.insert(key).second)
            fail("metadata key " + inQuotes(key) + " is empty, reserved or stands twice");
        appendString(file, key);
        std::visit(AppendValue{file}, value);
    }

    std::set<std::string_view> names;
    std::string data;
    for (const GgufTensorOut& tensor : tensors) {
        const std::string what = "tensor " + inQuotes(tensor.name);
        if (tensor.name.size() >= ggufNameLimit || !names.insert(tensor.name).second)
            fail(what + " has a name that is too long or stands twice");
        if (tensor.shape.size() > ggufMaxDimensions || tensor.data.empty()
            || checkedCount(tensor.shape) != tensor.data.size())
            fail(what + " has data that do not fit its shape");
        appendString(file, tensor.name);
        appendBytes(file, static_cast<uint32_t>(tensor.shape.size()));
        for (auto dimension = tensor.shape.rbegin(); dimension != tensor.shape.rend(); ++dimension)
            appendBytes(file, *dimension);
        appendBytes<uint32_t>(file, 0); // F32
        appendBytes<uint64_t>(file, data.size());
        data.append(reinterpret_cast<const char*>(tensor.data.data()), tensor.data.size() * sizeof(float));
        pad(data);
    }
    pad(file);
    atomicWrite(path, file + data);
}

}
