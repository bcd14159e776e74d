#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

namespace tiller {

/// A file mapped read-only. Shared, so that views into it keep it alive.
class MappedFile {
public:
    /// Throws Error naming the file and the system's reason, also for what is not a regular file. An
    /// empty file maps to no bytes.
    static std::shared_ptr<const MappedFile> open(const std::filesystem::path& path);
    ~MappedFile();
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;

    std::span<const std::byte> bytes() const { return m_bytes; }
    const std::filesystem::path& path() const { return m_path; }

    /// Throws Error when the file became shorter than its mapping, whose lost pages must not be touched.
    /// (A file replaced by rename keeps its mapping and is fine.)
    void checkIntact() const;

    /// Gives the pages that were read back to the system; reading them again maps them again.
    void releasePages() const;

private:
    MappedFile(std::filesystem::path path, int descriptor, std::span<const std::byte> bytes);

    std::filesystem::path m_path;
    int m_descriptor;
    std::span<const std::byte> m_bytes;
};

}
