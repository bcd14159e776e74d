#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>

namespace tiller {

/// FNV-1a, 64 bits (Fowler, Noll, Vo): names contents, keeps no secrets.
class Fnv {
public:
    void add(const void* data, size_t size)
    {
        const auto* bytes = static_cast<const unsigned char*>(data);
        for (size_t i = 0; i < size; ++i)
            m_state = (m_state ^ bytes[i]) * 0x100000001b3ull;
    }
    std::string hex() const
    {
        char text[17];
        std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(m_state));
        return text;
    }

private:
    uint64_t m_state = 0xcbf29ce484222325ull;
};

}
