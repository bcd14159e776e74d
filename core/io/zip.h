#pragma once

#include "core/io/mapped_file.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tiller {

/// CRC-32 as zip has it (polynomial 0xEDB88320).
uint32_t crc32(std::span<const std::byte> bytes);

/// A zip archive as torch writes it: every record stored, all in one root folder. Anything else (compressed,
/// encrypted, several disks, 4 GiB and more, records larger than the file, wrong checksums, names that differ
/// between the two headers or stand twice) is refused with an Error. Format: PKWARE's APPNOTE.TXT.
class ZipReader {
public:
    explicit ZipReader(std::shared_ptr<const MappedFile> file);

    /// A record by its name inside the root folder, nullopt when absent.
    std::optional<std::span<const std::byte>> find(std::string_view name) const;

private:
    std::shared_ptr<const MappedFile> m_file;
    std::map<std::string, std::span<const std::byte>, std::less<>> m_records;
};

/// Builds such an archive, the data of each record at a multiple of 64 bytes (as torch's mmap wants it).
class ZipWriter {
public:
    explicit ZipWriter(std::string root)
        : m_root(std::move(root))
    {
    }

    void add(std::string_view name, std::string_view data);
    std::string finish() &&; ///< the whole file

private:
    std::string m_root;
    std::string m_file;
    std::string m_directory;
    uint16_t m_count = 0;
};

}
