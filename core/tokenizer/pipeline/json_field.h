#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace tiller {

/// A value of a JSON document that knows where it stands, so that every complaint names file and field.
/// Refers to the document, which must outlive it.
class JsonField {
public:
    /// The whole document; `origin` names its file.
    JsonField(const nlohmann::json& value, std::string origin)
        : m_value(&value)
        , m_where(std::move(origin))
        , m_isRoot(true)
    {
    }

    const nlohmann::json& value() const { return *m_value; }
    const std::string& where() const { return m_where; }

    JsonField at(const std::string& key) const; ///< Error when this is no object or has no such member
    std::optional<JsonField> find(const std::string& key) const; ///< nullopt when absent or null
    std::vector<JsonField> items() const; ///< of an array

    const std::string& string() const;
    bool boolean() const;
    int64_t integer() const;
    double number() const;

    /// The member, or `otherwise` when it is absent or null.
    bool boolean(const std::string& key, bool otherwise) const;
    std::string string(const std::string& key, const std::string& otherwise) const;

    [[noreturn]] void fail(const std::string& reason, const std::string& remedy = {}) const;

private:
    JsonField child(const nlohmann::json& value, const std::string& step) const;

    const nlohmann::json* m_value;
    std::string m_where;
    bool m_isRoot;
};

}
