#pragma once

#include "core/base/error.h"

#include <bit>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace tiller {

static_assert(std::endian::native == std::endian::little, "files are little-endian and read as they are");

/// A cursor over untrusted bytes. Everything it hands out was checked against the end; `what` names the
/// thing being read in the Error.
class ByteReader {
public:
    ByteReader(std::span<const std::byte> bytes, std::string origin)
        : m_bytes(bytes)
        , m_origin(std::move(origin))
    {
    }

    size_t position() const { return m_position; }
    size_t remaining() const { return m_bytes.size() - m_position; }

    std::span<const std::byte> take(uint64_t size, std::string_view what)
    {
        if (size > remaining())
            fail("ends inside " + std::string(what));
        const auto taken = m_bytes.subspan(m_position, static_cast<size_t>(size));
        m_position += taken.size();
        return taken;
    }

    template <typename T>
    T read(std::string_view what)
    {
        T value;
        std::memcpy(&value, take(sizeof value, what).data(), sizeof value);
        return value;
    }

    std::string_view text(uint64_t size, std::string_view what)
    {
        const auto taken = take(size, what);
        return {reinterpret_cast<const char*>(taken.data()), taken.size()};
    }

    /// Throws an Error that starts with the origin.
    [[noreturn]] void fail(const std::string& reason, const std::string& remedy = {}) const
    {
        throw Error(m_origin + ": " + reason, remedy);
    }

private:
    std::span<const std::byte> m_bytes;
    std::string m_origin;
    size_t m_position = 0;
};

/// The other direction: appends the bytes of a number.
template <typename T>
void appendBytes(std::string& out, T value)
{
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

}
