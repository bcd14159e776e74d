#include "core/io/json.h"

#include "core/base/error.h"
#include "core/io/mapped_file.h"
#include "core/io/text.h"

#include <nlohmann/json.hpp>
#include <vector>

namespace tiller {

namespace {

using nlohmann::json;

// nlohmann parses without recursion, but copying, comparing and dumping recurse: hence the limit.
constexpr size_t s_maxDepth = 64;

class Builder final : public nlohmann::json_sax<json> {
public:
    Builder(const std::string& origin, DuplicateKeys duplicates)
        : m_origin(origin)
        , m_duplicates(duplicates)
    {
    }

    json take() { return std::move(m_root); }

    bool null() override { return put(nullptr); }
    bool boolean(bool value) override { return put(value); }
    bool number_integer(json::number_integer_t value) override { return put(value); }
    bool number_unsigned(json::number_unsigned_t value) override { return put(value); }
    bool number_float(json::number_float_t value, const std::string&) override { return put(value); }
    bool string(std::string& value) override { return put(std::move(value)); }
    bool binary(json::binary_t&) override { return false; }
    bool start_object(size_t) override { return open(json::object()); }
    bool start_array(size_t) override { return open(json::array()); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }

    bool key(std::string& name) override
    {
        json& object = *m_open.back();
        if (m_duplicates == DuplicateKeys::Refuse && object.contains(name))
            throw Error(m_origin + ": the key " + inQuotes(name) + " stands twice");
        if (m_duplicates == DuplicateKeys::Mark && object.contains(name))
            object[s_duplicateKey] = name;
        m_slot = &object[name];
        return true;
    }

    bool parse_error(size_t, const std::string&, const json::exception& error) override
    {
        // Without the library's "[json.exception...]" and without the offending token, which may be huge.
        std::string reason = error.what();
        if (const size_t end = reason.find("] "); end != std::string::npos)
            reason.erase(0, end + 2);
        if (const size_t token = reason.find("; last read"); token != std::string::npos)
            reason.resize(token);
        reason.resize(std::min<size_t>(reason.size(), 200));
        throw Error(m_origin + ": not valid JSON: " + reason);
    }

private:
    json* place(json value)
    {
        if (m_open.empty())
            return &(m_root = std::move(value));
        if (m_open.back()->is_array())
            return &m_open.back()->emplace_back(std::move(value));
        return &(*m_slot = std::move(value));
    }

    bool put(json value)
    {
        place(std::move(value));
        return true;
    }

    bool open(json container)
    {
        if (m_open.size() == s_maxDepth)
            throw Error(m_origin + ": nested deeper than " + std::to_string(s_maxDepth) + " levels");
        m_open.push_back(place(std::move(container)));
        return true;
    }

    bool close()
    {
        m_open.pop_back();
        return true;
    }

    const std::string& m_origin;
    DuplicateKeys m_duplicates;
    json m_root;
    std::vector<json*> m_open; // a container grows only while it is the last one: the pointers stay valid
    json* m_slot = nullptr; // where the value of the key just read goes
};

}

json parseJson(std::string_view text, const std::string& origin, DuplicateKeys duplicates)
{
    if (text.starts_with("\xEF\xBB\xBF"))
        throw Error(
            origin + ": starts with a byte order mark", "Save it as UTF-8 without a byte order mark.");
    Builder builder(origin, duplicates);
    json::sax_parse(text, &builder);
    return builder.take();
}

json readJson(const std::filesystem::path& path)
{
    const auto file = MappedFile::open(path);
    const auto bytes = file->bytes();
    return parseJson({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path.string());
}

}
