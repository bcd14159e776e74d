#include "core/io/pt.h"

#include "core/base/error.h"
#include "core/io/blocks.h"
#include "core/io/extent.h"
#include "core/io/pickle.h"
#include "core/io/text.h"
#include "core/io/zip.h"

#include <algorithm>
#include <charconv>
#include <set>

namespace tiller {

namespace {

using Kind = PickleValue::Kind;

std::string_view asText(std::span<const std::byte> bytes)
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string decimal(double value)
{
    char digits[32];
    return {digits, std::to_chars(std::begin(digits), std::end(digits), value).ptr};
}

class PtReader {
public:
    explicit PtReader(const std::shared_ptr<const MappedFile>& file)
        : m_origin(file->path().string())
        , m_budget(file->bytes().size())
        , m_zip(file)
    {
    }

    PtFile read()
    {
        checkSurroundings();
        m_pickle = parsePickle(record("data.pkl"), m_origin + ": data.pkl");
        PtFile result;
        const PickleValue& root = m_pickle.at(m_pickle.root);
        if (root.kind == Kind::Tensor)
            result.tensors.emplace_back("", tensor(root, ""));
        else if (root.kind == Kind::Dict)
            readDictionary(root, result);
        else
            fail("holds neither a tensor nor a dictionary", s_remedy);
        return result;
    }

private:
    static constexpr auto s_remedy = "Save one tensor, or a dictionary of tensors, with torch.save.";

    [[noreturn]] void fail(const std::string& reason, const std::string& remedy = {}) const
    {
        throw Error(m_origin + ": " + reason, remedy);
    }

    std::span<const std::byte> record(const std::string& name) const
    {
        const auto found = m_zip.find(name);
        if (!found)
            fail("is a zip archive without " + inQuotes(name) + ", not a .pt file", s_remedy);
        return *found;
    }

    void checkSurroundings() const
    {
        if (m_zip.find("constants.pkl"))
            fail("is a TorchScript program, not tensors", s_remedy);
        // torch has written version 3 since 1.6 and reads 1 to 10.
        std::string_view version = asText(record("version"));
        if (version.ends_with('\n'))
            version.remove_suffix(1);
        int number = 0;
        const auto [end, error] = std::from_chars(version.data(), version.data() + version.size(), number);
        if (error != std::errc() || end != version.data() + version.size() || number < 1 || number > 10)
            fail("has the unknown format version " + inQuotes(version));
        const auto order = m_zip.find("byteorder");
        if (order && asText(*order) != "little")
            fail("was written in the byte order " + inQuotes(asText(*order)),
                "Save it on a little-endian machine.");
    }

    void readDictionary(const PickleValue& dictionary, PtFile& result)
    {
        std::set<std::string> names;
        for (size_t i = 0; i < dictionary.items.size(); i += 2) {
            const std::string name = key(m_pickle.item(dictionary, i));
            if (!names.insert(name).second)
                fail("holds the key " + inQuotes(name) + " twice");
            const PickleValue& value = m_pickle.item(dictionary, i + 1);
            switch (value.kind) {
            case Kind::Tensor:
                result.tensors.emplace_back(name, tensor(value, name));
                break;
            case Kind::String:
                result.scalars.emplace(name, value.text);
                break;
            case Kind::Int:
                result.scalars.emplace(name, std::to_string(value.integer));
                break;
            case Kind::Bool:
                result.scalars.emplace(name, value.integer ? "true" : "false");
                break;
            case Kind::Float:
                result.scalars.emplace(name, decimal(value.real));
                break;
            case Kind::None:
            case Kind::List:
            case Kind::Tuple:
                break;
            default:
                fail("holds under " + inQuotes(name) + " a dictionary or another object", s_remedy);
            }
        }
    }

    std::string key(const PickleValue& value) const
    {
        if (value.kind == Kind::String)
            return value.text;
        if (value.kind == Kind::Int)
            return std::to_string(value.integer);
        fail("is a dictionary with a key that is neither text nor a whole number", s_remedy);
    }

    std::vector<int64_t> sizes(const PickleValue& tuple, const std::string& what) const
    {
        std::vector<int64_t> numbers;
        for (size_t i = 0; i < tuple.items.size(); ++i) {
            const PickleValue& number = m_pickle.item(tuple, i);
            if (number.kind != Kind::Int || number.integer < 0)
                fail(what + " has a size or stride that is no valid number");
            numbers.push_back(number.integer);
        }
        return numbers;
    }

    std::span<const std::byte> storageBytes(const PickleValue& storage, const std::string& what) const
    {
        const std::string& name = m_pickle.item(storage, 2).text;
        const bool decimal = !name.empty()
            && std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
        if (!decimal)
            fail(what + " has the storage key " + inQuotes(name) + ", which is no number");
        const auto bytes = record("data/" + name);
        const int64_t count = m_pickle.item(storage, 4).integer;
        const uint32_t width = info(m_pickle.item(storage, 1).dtype).blockBytes;
        if (count < 0 || checkedMul(static_cast<uint64_t>(count), width) != bytes.size())
            fail(what + " claims " + std::to_string(count) + " values for a record of "
                + std::to_string(bytes.size()) + " bytes");
        return bytes;
    }

    PtTensor tensor(const PickleValue& pickled, const std::string& name)
    {
        const std::string what = name.empty() ? "the tensor" : "tensor " + inQuotes(name);
        const PickleValue& storage = m_pickle.item(pickled, 0);
        const int64_t offset = m_pickle.item(pickled, 1).integer;
        const auto shape = sizes(m_pickle.item(pickled, 2), what);
        const auto strides = sizes(m_pickle.item(pickled, 3), what);
        const auto bytes = storageBytes(storage, what);

        if (shape.size() != strides.size() || shape.size() > 64 || offset < 0)
            fail(what + " has a malformed shape");
        const auto count = checkedCount(shape);
        if (!count)
            fail(what + " has a shape too large to address");
        // A view may repeat values (stride 0): what all tensors expand to is bounded by the file.
        if (*count > m_budget)
            fail(what + " describes more values than the file holds");
        m_budget -= *count;

        PtTensor result;
        result.storedAs = m_pickle.item(storage, 1).dtype;
        result.value.shape = shape;
        if (*count > 0) {
            checkExtent(shape, strides, offset, m_pickle.item(storage, 4).integer, what);
            result.value.data = gather(bytes, result.storedAs, shape, strides, offset, *count);
        }
        return result;
    }

    void checkExtent(const std::vector<int64_t>& shape, const std::vector<int64_t>& strides, int64_t offset,
        int64_t stored, const std::string& what) const
    {
        auto last = std::optional(static_cast<uint64_t>(offset));
        for (size_t i = 0; i < shape.size() && last; ++i) {
            const auto reach
                = checkedMul(static_cast<uint64_t>(shape[i] - 1), static_cast<uint64_t>(strides[i]));
            last = reach ? checkedAdd(*last, *reach) : std::nullopt;
        }
        if (!last || *last >= static_cast<uint64_t>(stored))
            fail(what + " reaches beyond its storage");
    }

    /// Any strided view as contiguous float32, last dimension fastest. Touches no more than the values it
    /// returns, however large the storage behind them.
    static std::vector<float> gather(std::span<const std::byte> bytes, DType type,
        const std::vector<int64_t>& shape, const std::vector<int64_t>& strides, int64_t offset,
        uint64_t count)
    {
        const size_t width = info(type).blockBytes;
        std::vector<float> values(static_cast<size_t>(count));
        std::vector<int64_t> index(shape.size());
        // Unsigned: the step past a dimension's end, taken back at once, may wrap.
        auto source = static_cast<uint64_t>(offset);
        for (float& value : values) {
            toFloat32(type, bytes.subspan(source * width, width), {&value, 1});
            for (size_t axis = shape.size(); axis-- > 0;) {
                source += static_cast<uint64_t>(strides[axis]);
                if (++index[axis] < shape[axis])
                    break;
                source -= static_cast<uint64_t>(shape[axis]) * static_cast<uint64_t>(strides[axis]);
                index[axis] = 0;
            }
        }
        return values;
    }

    std::string m_origin;
    uint64_t m_budget; // values that may still be expanded
    ZipReader m_zip;
    Pickle m_pickle;
};

}

PtFile readPt(const std::filesystem::path& path)
{
    const auto file = MappedFile::open(path);
    const std::string_view head = asText(file->bytes().first(std::min<size_t>(file->bytes().size(), 4)));
    if (head.empty())
        throw Error(path.string() + ": is empty");
    if (head.starts_with("\x80\x02") || head.starts_with("\x80\x03") || head.starts_with("\x80\x04"))
        throw Error(path.string()
                + ": is in torch's old format (a bare pickle, not a zip archive), which is not read",
            "Load it in Python and save it again with torch.save of torch 1.6 or later.");
    if (head != "PK\x03\x04")
        throw Error(path.string() + ": is not a .pt file", "Save it with torch.save of torch 1.6 or later.");
    return PtReader(file).read();
}

}
