#include "core/io/safetensors.h"

#include "core/base/error.h"
#include "core/io/byte_reader.h"
#include "core/io/extent.h"
#include "core/io/json.h"
#include "core/io/text.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <tuple>

namespace tiller {

namespace {

using nlohmann::json;

constexpr uint64_t s_maxHeader = 100'000'000; // the format's own limit

std::optional<DType> plainType(std::string_view name)
{
    for (int type = 0; type < static_cast<int>(DType::Q4_0); ++type)
        if (info(static_cast<DType>(type)).name == name)
            return static_cast<DType>(type);
    return std::nullopt;
}

struct Entry {
    TensorView view;
    uint64_t begin = 0;
    uint64_t end = 0;
};

/// Reads one tensor's object of the header. Messages go to the user behind "file: tensor 'x' ".
class EntryParser {
public:
    EntryParser(const ByteReader& reader, const std::string& name, const json& description)
        : m_reader(reader)
        , m_name(name)
        , m_description(description)
    {
    }

    Entry parse() const
    {
        if (!m_description.is_object())
            fail("is not described by an object");
        Entry entry;
        entry.view.name = m_name;
        entry.view.dtype = dtype();
        for (const uint64_t dimension : unsignedList("shape"))
            entry.view.shape.push_back(static_cast<int64_t>(dimension));

        const auto offsets = unsignedList("data_offsets");
        if (offsets.size() != 2 || offsets[1] < offsets[0])
            fail("has no valid data_offsets");
        entry.begin = offsets[0];
        entry.end = offsets[1];

        const auto count = checkedCount(entry.view.shape);
        const auto bytes = count ? checkedMul(*count, info(entry.view.dtype).blockBytes) : std::nullopt;
        if (!bytes)
            fail("has a shape too large to address");
        if (*bytes != entry.end - entry.begin)
            fail("needs " + std::to_string(*bytes) + " bytes but has "
                + std::to_string(entry.end - entry.begin));
        return entry;
    }

private:
    [[noreturn]] void fail(const std::string& reason, const std::string& remedy = {}) const
    {
        m_reader.fail("tensor " + inQuotes(m_name) + " " + reason, remedy);
    }

    const json& field(const char* key) const
    {
        const auto found = m_description.find(key);
        if (found == m_description.end())
            fail(std::string("lacks ") + key);
        return *found;
    }

    DType dtype() const
    {
        const json& value = field("dtype");
        if (!value.is_string())
            fail("has a dtype that is not a string");
        const auto& name = value.get_ref<const std::string&>();
        const auto type = plainType(name);
        if (!type)
            fail("has the unsupported dtype " + inQuotes(name),
                "Use a float32, float16 or bfloat16 version of the file.");
        return *type;
    }

    std::vector<uint64_t> unsignedList(const char* key) const
    {
        const json& value = field(key);
        if (!value.is_array())
            fail(std::string("has a ") + key + " that is not a list");
        std::vector<uint64_t> numbers;
        for (const json& item : value) {
            if (!item.is_number_unsigned() || item.get<uint64_t>() > INT64_MAX)
                fail(std::string("has a ") + key + " with an entry that is no valid size");
            numbers.push_back(item.get<uint64_t>());
        }
        return numbers;
    }

    const ByteReader& m_reader;
    const std::string& m_name;
    const json& m_description;
};

std::map<std::string, std::string> parseMetadata(const ByteReader& reader, const json& object)
{
    if (!object.is_object())
        reader.fail("__metadata__ is not an object");
    std::map<std::string, std::string> metadata;
    for (const auto& [key, value] : object.items()) {
        if (!value.is_string())
            reader.fail("__metadata__ entry " + inQuotes(key) + " is not a string");
        metadata.emplace(key, value.get<std::string>());
    }
    return metadata;
}

}

SafetensorsFile SafetensorsFile::open(const std::filesystem::path& path)
{
    SafetensorsFile file;
    file.m_file = MappedFile::open(path);
    ByteReader reader(file.m_file->bytes(), path.string());

    const auto headerSize = reader.read<uint64_t>("the header's size");
    if (headerSize > s_maxHeader)
        reader.fail(
            "the header claims " + std::to_string(headerSize) + " bytes, more than the format allows");
    const json header
        = parseJson(reader.text(headerSize, "the header"), path.string() + ": header", DuplicateKeys::Refuse);
    const auto data = reader.take(reader.remaining(), "the data");
    if (!header.is_object())
        reader.fail("the header is not a JSON object");

    std::vector<Entry> entries;
    for (const auto& [name, description] : header.items()) {
        if (name == "__metadata__")
            file.m_metadata = parseMetadata(reader, description);
        else
            entries.push_back(EntryParser(reader, name, description).parse());
    }
    std::sort(entries.begin(), entries.end(),
        [](const Entry& a, const Entry& b) { return std::tie(a.begin, a.end) < std::tie(b.begin, b.end); });

    uint64_t position = 0;
    for (Entry& entry : entries) {
        const std::string tensor = "tensor " + inQuotes(entry.view.name);
        if (entry.begin != position)
            reader.fail(
                tensor + (entry.begin < position ? " overlaps another" : " leaves a hole before its data"));
        if (entry.end > data.size())
            reader.fail(tensor + " ends beyond the end of the file",
                "The file is incomplete: copy or download it again.");
        entry.view.data = data.subspan(entry.begin, entry.end - entry.begin);
        position = entry.end;
        file.m_index.emplace(entry.view.name, file.m_tensors.size());
        file.m_tensors.push_back(std::move(entry.view));
    }
    if (position != data.size())
        reader.fail(
            std::to_string(data.size() - position) + " bytes after the last tensor belong to nothing");
    return file;
}

const TensorView* SafetensorsFile::find(std::string_view name) const
{
    const auto found = m_index.find(name);
    return found == m_index.end() ? nullptr : &m_tensors[found->second];
}

}
