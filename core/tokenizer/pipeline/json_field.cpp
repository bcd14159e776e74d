#include "core/tokenizer/pipeline/json_field.h"

#include "core/base/error.h"
#include "core/io/text.h"

namespace tiller {

void JsonField::fail(const std::string& reason, const std::string& remedy) const
{
    throw Error(m_where + " " + reason, remedy);
}

JsonField JsonField::child(const nlohmann::json& value, const std::string& step) const
{
    JsonField field(value, m_where + step);
    field.m_isRoot = false;
    return field;
}

JsonField JsonField::at(const std::string& key) const
{
    if (auto member = find(key))
        return *member;
    fail("has no " + inQuotes(key));
}

std::optional<JsonField> JsonField::find(const std::string& key) const
{
    if (!m_value->is_object())
        fail("is not an object");
    const auto member = m_value->find(key);
    if (member == m_value->end() || member->is_null())
        return std::nullopt;
    return child(*member, (m_isRoot ? ": " : ".") + key);
}

std::vector<JsonField> JsonField::items() const
{
    if (!m_value->is_array())
        fail("is not a list");
    std::vector<JsonField> result;
    for (size_t i = 0; i < m_value->size(); ++i)
        result.push_back(child((*m_value)[i], "[" + std::to_string(i) + "]"));
    return result;
}

const std::string& JsonField::string() const
{
    if (!m_value->is_string())
        fail("is not a string");
    return m_value->get_ref<const std::string&>();
}

bool JsonField::boolean() const
{
    if (!m_value->is_boolean())
        fail("is not true or false");
    return m_value->get<bool>();
}

int64_t JsonField::integer() const
{
    const bool isTooLarge
        = m_value->is_number_unsigned() && m_value->get<uint64_t>() > static_cast<uint64_t>(INT64_MAX);
    if (!m_value->is_number_integer() || isTooLarge)
        fail("is not an integer");
    return m_value->get<int64_t>();
}

double JsonField::number() const
{
    if (!m_value->is_number())
        fail("is not a number");
    return m_value->get<double>();
}

bool JsonField::boolean(const std::string& key, bool otherwise) const
{
    const auto member = find(key);
    return member ? member->boolean() : otherwise;
}

std::string JsonField::string(const std::string& key, const std::string& otherwise) const
{
    const auto member = find(key);
    return member ? member->string() : otherwise;
}

}
