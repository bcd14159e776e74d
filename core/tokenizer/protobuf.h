#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace tiller {

/// One field of a protocol buffer message.
struct ProtobufField {
    uint32_t number = 0;
    uint64_t value = 0; ///< of a varint or of four or eight fixed bytes
    std::string_view bytes; ///< of a length-delimited field: text or a message

    float asFloat() const
    {
        const auto bits = static_cast<uint32_t>(value);
        float result = 0;
        std::memcpy(&result, &bits, sizeof result);
        return result;
    }
};

/// Steps through the fields of a message, whatever they mean.
/// Encoding: protobuf.dev/programming-guides/encoding.
class ProtobufReader {
public:
    explicit ProtobufReader(std::string_view message)
        : m_rest(message)
    {
    }

    /// nullopt at the end, and when the message is damaged: isDamaged() tells.
    std::optional<ProtobufField> next()
    {
        if (m_rest.empty() || m_isDamaged)
            return std::nullopt;
        const uint64_t key = varint();
        ProtobufField field;
        field.number = static_cast<uint32_t>(key >> 3);
        switch (key & 7) {
        case 0:
            field.value = varint();
            break;
        case 1:
            field.value = fixed(8);
            break;
        case 2:
            field.bytes = take(varint());
            break;
        case 5:
            field.value = fixed(4);
            break;
        default:
            m_isDamaged = true;
        }
        return m_isDamaged ? std::nullopt : std::optional(field);
    }

    bool isDamaged() const { return m_isDamaged; }

private:
    uint64_t varint()
    {
        uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const std::string_view byte = take(1);
            if (m_isDamaged)
                return 0;
            value |= static_cast<uint64_t>(byte[0] & 0x7F) << shift;
            if (static_cast<uint8_t>(byte[0]) < 0x80)
                return value;
        }
        m_isDamaged = true;
        return 0;
    }

    uint64_t fixed(size_t size)
    {
        uint64_t value = 0;
        const std::string_view bytes = take(size);
        std::memcpy(&value, bytes.data(), bytes.size());
        return value;
    }

    std::string_view take(uint64_t size)
    {
        if (size > m_rest.size()) {
            m_isDamaged = true;
            return {};
        }
        const std::string_view taken = m_rest.substr(0, static_cast<size_t>(size));
        m_rest.remove_prefix(taken.size());
        return taken;
    }

    std::string_view m_rest;
    bool m_isDamaged = false;
};

/// Writes a message field by field.
class ProtobufWriter {
public:
    void number(uint32_t field, int64_t value)
    {
        varint(uint64_t{field} << 3);
        varint(static_cast<uint64_t>(value));
    }

    void real(uint32_t field, float value)
    {
        varint(uint64_t{field} << 3 | 5);
        m_message.append(reinterpret_cast<const char*>(&value), sizeof value);
    }

    void bytes(uint32_t field, std::string_view value)
    {
        varint(uint64_t{field} << 3 | 2);
        varint(value.size());
        m_message += value;
    }

    const std::string& message() const { return m_message; }

private:
    void varint(uint64_t value)
    {
        for (; value > 127; value >>= 7)
            m_message += static_cast<char>(static_cast<uint8_t>(value | 0x80));
        m_message += static_cast<char>(value);
    }

    std::string m_message;
};

}
