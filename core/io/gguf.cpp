#include "core/io/gguf.h"

#include "core/base/error.h"
#include "core/io/byte_reader.h"
#include "core/io/extent.h"
#include "core/io/gguf_types.h"
#include "core/io/text.h"

#include <array>
#include <bit>

namespace tiller {

namespace {

/// A tensor type of ggml. Those without blockBytes were withdrawn, or are so new that their layout is not
/// settled: their size cannot be computed.
struct GgmlType {
    std::string_view name; ///< empty: never given out
    uint32_t blockValues = 0;
    uint32_t blockBytes = 0;
    std::optional<DType> dtype = std::nullopt; ///< when we can expand it
};

GgmlType supported(DType type)
{
    return {info(type).name, info(type).blockValues, info(type).blockBytes, type};
}

// enum ggml_type of ggml.h; the index is the number in the file.
const std::array<GgmlType, 43>& ggmlTypes()
{
    static const std::array<GgmlType, 43> s_types{{
        supported(DType::F32),
        supported(DType::F16),
        supported(DType::Q4_0),
        supported(DType::Q4_1),
        {"Q4_2"},
        {"Q4_3"},
        supported(DType::Q5_0),
        supported(DType::Q5_1),
        supported(DType::Q8_0),
        {"Q8_1", 32, 36},
        supported(DType::Q2_K),
        supported(DType::Q3_K),
        supported(DType::Q4_K),
        supported(DType::Q5_K),
        supported(DType::Q6_K),
        {"Q8_K", 256, 292},
        {"IQ2_XXS", 256, 66},
        {"IQ2_XS", 256, 74},
        {"IQ3_XXS", 256, 98},
        {"IQ1_S", 256, 50},
        supported(DType::IQ4_NL),
        {"IQ3_S", 256, 110},
        {"IQ2_S", 256, 82},
        supported(DType::IQ4_XS),
        supported(DType::I8),
        supported(DType::I16),
        supported(DType::I32),
        supported(DType::I64),
        supported(DType::F64),
        {"IQ1_M", 256, 56},
        supported(DType::BF16),
        {"Q4_0_4_4"},
        {"Q4_0_4_8"},
        {"Q4_0_8_8"},
        {"TQ1_0", 256, 54},
        {"TQ2_0", 256, 66},
        {"IQ4_NL_4_4"},
        {"IQ4_NL_4_8"},
        {"IQ4_NL_8_8"},
        {"MXFP4", 32, 17},
        {"NVFP4", 64, 36},
        {"Q1_0"},
        {"Q2_0"},
    }};
    return s_types;
}

constexpr uint64_t s_maxArray = 1u << 24; // far beyond any vocabulary; bounds memory for narrow elements

class MetadataParser {
public:
    explicit MetadataParser(ByteReader& reader)
        : m_reader(reader)
    {
    }

    std::map<std::string, GgufValue, std::less<>> parse(uint64_t count)
    {
        std::map<std::string, GgufValue, std::less<>> metadata;
        for (uint64_t i = 0; i < count; ++i) {
            const auto length = m_reader.read<uint64_t>("a metadata key");
            m_key = m_reader.text(length, "a metadata key");
            if (m_key.empty())
                m_reader.fail("a metadata key is empty");
            const auto type = m_reader.read<GgufType>(m_key);
            GgufValue value = type == GgufType::Array ? array() : scalar(type);
            if (m_key == "general.alignment")
                setAlignment(type, value);
            if (!metadata.emplace(m_key, std::move(value)).second)
                fail("stands twice");
        }
        return metadata;
    }

    uint64_t alignment() const { return m_alignment; }

private:
    [[noreturn]] void fail(const std::string& reason) const
    {
        m_reader.fail("metadata key " + inQuotes(m_key) + " " + reason);
    }

    [[noreturn]] void failType(GgufType type) const
    {
        fail("has the unknown type " + std::to_string(static_cast<uint32_t>(type)));
    }

    GgufValue scalar(GgufType type)
    {
        switch (type) {
        case GgufType::Float32:
        case GgufType::Float64:
            return real(type);
        case GgufType::Bool:
            return boolean();
        case GgufType::String:
            return string();
        default:
            return integer(type);
        }
    }

    GgufValue array()
    {
        const auto type = m_reader.read<GgufType>(m_key);
        const auto count = m_reader.read<uint64_t>(m_key);
        switch (type) {
        case GgufType::Array:
            fail("holds an array of arrays, which is not supported");
        case GgufType::Float32:
        case GgufType::Float64:
            return list<double>(count, [&] { return real(type); });
        case GgufType::Bool:
            return list<bool>(count, [&] { return boolean(); });
        case GgufType::String:
            return list<std::string>(count, [&] { return string(); });
        default:
            if (type > GgufType::Float64)
                failType(type);
            return list<int64_t>(count, [&] { return integer(type); });
        }
    }

    template <typename T, typename Read>
    std::vector<T> list(uint64_t count, Read read)
    {
        if (count > s_maxArray || count > m_reader.remaining())
            fail("claims " + std::to_string(count) + " elements");
        std::vector<T> values;
        // Grown, not reserved: strings take more memory than the one byte each that was just checked.
        for (uint64_t i = 0; i < count; ++i)
            values.push_back(read());
        return values;
    }

    int64_t integer(GgufType type)
    {
        switch (type) {
        case GgufType::UInt8:
            return m_reader.read<uint8_t>(m_key);
        case GgufType::Int8:
            return m_reader.read<int8_t>(m_key);
        case GgufType::UInt16:
            return m_reader.read<uint16_t>(m_key);
        case GgufType::Int16:
            return m_reader.read<int16_t>(m_key);
        case GgufType::UInt32:
            return m_reader.read<uint32_t>(m_key);
        case GgufType::Int32:
            return m_reader.read<int32_t>(m_key);
        case GgufType::Int64:
            return m_reader.read<int64_t>(m_key);
        case GgufType::UInt64: {
            const auto value = m_reader.read<uint64_t>(m_key);
            if (value > INT64_MAX)
                fail("is above the range of a signed 64-bit integer");
            return static_cast<int64_t>(value);
        }
        default:
            failType(type);
        }
    }

    double real(GgufType type)
    {
        return type == GgufType::Float32 ? static_cast<double>(m_reader.read<float>(m_key))
                                         : m_reader.read<double>(m_key);
    }

    bool boolean()
    {
        const auto byte = m_reader.read<uint8_t>(m_key);
        if (byte > 1)
            fail("is a boolean that is neither 0 nor 1");
        return byte == 1;
    }

    std::string string()
    {
        const auto length = m_reader.read<uint64_t>(m_key);
        return std::string(m_reader.text(length, m_key));
    }

    void setAlignment(GgufType type, const GgufValue& value)
    {
        if (type != GgufType::UInt32)
            fail("is not of type uint32");
        m_alignment = static_cast<uint64_t>(std::get<int64_t>(value));
        if (!std::has_single_bit(m_alignment))
            fail("is not a power of two");
    }

    ByteReader& m_reader;
    std::string m_key;
    uint64_t m_alignment = ggufDefaultAlignment;
};

struct TensorEntry {
    TensorView view; // without data
    GgmlType type;
    uint64_t offset = 0;
    std::optional<uint64_t> bytes; // nullopt: a type without known layout
};

TensorEntry parseTensor(ByteReader& reader)
{
    TensorEntry entry;
    const auto length = reader.read<uint64_t>("a tensor's name");
    entry.view.name = reader.text(length, "a tensor's name");
    const std::string tensor = "tensor " + inQuotes(entry.view.name);
    const auto fail = [&](const std::string& reason, const std::string& remedy = {}) {
        reader.fail(tensor + " " + reason, remedy);
    };
    if (length >= ggufNameLimit)
        fail("has a name of " + std::to_string(length) + " bytes; ggml allows 63");

    const auto dimensions = reader.read<uint32_t>(tensor);
    if (dimensions > ggufMaxDimensions)
        fail("has " + std::to_string(dimensions) + " dimensions; ggml allows 4");
    auto& shape = entry.view.shape;
    shape.resize(dimensions);
    for (uint32_t i = dimensions; i-- > 0;) { // innermost first in the file
        shape[i] = reader.read<int64_t>(tensor);
        if (shape[i] <= 0)
            fail("has a dimension of " + std::to_string(shape[i]));
    }

    const auto number = reader.read<int32_t>(tensor);
    entry.offset = reader.read<uint64_t>(tensor);
    if (number < 0 || number >= static_cast<int32_t>(ggmlTypes().size()))
        fail("has the unknown type " + std::to_string(number),
            "The file may need a newer reader, or is damaged.");
    entry.type = ggmlTypes()[static_cast<size_t>(number)];

    const auto count = checkedCount(shape);
    if (!count)
        fail("has a shape too large to address");
    if (entry.type.blockBytes == 0)
        return entry;
    const uint64_t row = shape.empty() ? 1 : static_cast<uint64_t>(shape.back());
    if (row % entry.type.blockValues != 0)
        fail("has rows of " + std::to_string(row) + " values, not whole blocks of "
            + std::string(entry.type.name));
    entry.bytes = checkedMul(*count / entry.type.blockValues, entry.type.blockBytes);
    if (!entry.bytes)
        fail("has a shape too large to address");
    return entry;
}

std::optional<uint64_t> alignUp(uint64_t value, uint64_t alignment)
{
    const auto padded = checkedAdd(value, alignment - 1);
    return padded ? std::optional(*padded & ~(alignment - 1)) : std::nullopt;
}

template <typename T>
const T* typed(const GgufFile& file, std::string_view key, const char* wanted)
{
    const auto found = file.metadata().find(key);
    if (found == file.metadata().end())
        return nullptr;
    const T* value = std::get_if<T>(&found->second);
    if (!value)
        throw Error(file.path().string() + ": metadata key " + inQuotes(key) + " is not " + wanted);
    return value;
}

template <typename T>
std::optional<T> copied(const T* value)
{
    return value ? std::optional(*value) : std::nullopt;
}

}

GgufFile GgufFile::open(const std::filesystem::path& path)
{
    GgufFile file;
    file.m_file = MappedFile::open(path);
    ByteReader reader(file.m_file->bytes(), path.string());

    if (reader.read<uint32_t>("the magic number") != ggufMagic)
        reader.fail("is not a GGUF file");
    const auto version = reader.read<uint32_t>("the version");
    if ((version & 0xFFFF) == 0 && version != 0)
        reader.fail("is a big-endian GGUF file",
            "Convert it to little-endian with gguf-py's gguf_convert_endian.py.");
    if (version != 2 && version != 3)
        reader.fail("has GGUF version " + std::to_string(version) + "; 2 and 3 are supported");

    const auto tensorCount = reader.read<uint64_t>("the number of tensors");
    const auto keyCount = reader.read<uint64_t>("the number of metadata keys");
    constexpr uint64_t smallestTensor = 24, smallestKey = 14; // bytes in the header
    if (tensorCount > reader.remaining() / smallestTensor)
        reader.fail("claims " + std::to_string(tensorCount) + " tensors, more than it has room for");
    if (keyCount > reader.remaining() / smallestKey)
        reader.fail("claims " + std::to_string(keyCount) + " metadata keys, more than it has room for");

    MetadataParser metadata(reader);
    file.m_metadata = metadata.parse(keyCount);

    std::vector<TensorEntry> entries;
    for (uint64_t i = 0; i < tensorCount; ++i)
        entries.push_back(parseTensor(reader));

    const auto bytes = file.m_file->bytes();
    const auto start = alignUp(reader.position(), metadata.alignment());
    const auto data = start && *start <= bytes.size() ? bytes.subspan(*start) : std::span<const std::byte>();

    // ggml lays the tensors one after the other, each padded: any other offset is damage or an attack. After
    // a tensor of unknown size only order and range can be checked.
    std::optional<uint64_t> expected = 0;
    uint64_t previous = 0;
    for (TensorEntry& entry : entries) {
        const std::string tensor = "tensor " + inQuotes(entry.view.name);
        const bool inPlace = expected ? entry.offset == *expected
                                      : entry.offset >= previous && entry.offset % metadata.alignment() == 0;
        if (!inPlace)
            reader.fail(tensor + " has the offset " + std::to_string(entry.offset)
                + (expected ? " where " + std::to_string(*expected) + " is due"
                            : ", out of order or unaligned"));
        if (entry.offset > data.size() || entry.bytes.value_or(0) > data.size() - entry.offset)
            reader.fail(tensor + " ends beyond the end of the file",
                "The file is incomplete: copy or download it again.");
        previous = entry.offset;
        expected = entry.bytes ? alignUp(entry.offset + *entry.bytes, metadata.alignment()) : std::nullopt;

        const bool known
            = file.m_index.contains(entry.view.name) || file.m_unsupported.contains(entry.view.name);
        if (known)
            reader.fail(tensor + " stands twice");
        if (!entry.type.dtype) {
            file.m_unsupported.emplace(entry.view.name, entry.type.name);
            continue;
        }
        entry.view.dtype = *entry.type.dtype;
        entry.view.data = data.subspan(entry.offset, *entry.bytes);
        file.m_index.emplace(entry.view.name, file.m_tensors.size());
        file.m_tensors.push_back(std::move(entry.view));
    }
    return file;
}

const TensorView* GgufFile::find(std::string_view name) const
{
    if (const auto found = m_index.find(name); found != m_index.end())
        return &m_tensors[found->second];
    if (const auto found = m_unsupported.find(name); found != m_unsupported.end())
        throw Error(path().string() + ": tensor " + inQuotes(name) + " has the type " + found->second
                + ", which is not supported",
            "Use a file quantised as Q8_0, Q4_0 to Q6_K, IQ4_NL or IQ4_XS, or in F16.");
    return nullptr;
}

std::optional<int64_t> GgufFile::getInt(std::string_view key) const
{
    return copied(typed<int64_t>(*this, key, "an integer"));
}

std::optional<double> GgufFile::getFloat(std::string_view key) const
{
    const auto found = m_metadata.find(key);
    if (found != m_metadata.end() && std::holds_alternative<int64_t>(found->second))
        return static_cast<double>(std::get<int64_t>(found->second));
    return copied(typed<double>(*this, key, "a number"));
}

std::optional<bool> GgufFile::getBool(std::string_view key) const
{
    return copied(typed<bool>(*this, key, "a boolean"));
}

std::optional<std::string> GgufFile::getString(std::string_view key) const
{
    return copied(typed<std::string>(*this, key, "a string"));
}

const std::vector<std::string>* GgufFile::getStrings(std::string_view key) const
{
    return typed<std::vector<std::string>>(*this, key, "an array of strings");
}

const std::vector<int64_t>* GgufFile::getInts(std::string_view key) const
{
    return typed<std::vector<int64_t>>(*this, key, "an array of integers");
}

const std::vector<double>* GgufFile::getFloats(std::string_view key) const
{
    return typed<std::vector<double>>(*this, key, "an array of floats");
}

}
