#include "core/io/mapped_file.h"

#include "core/base/error.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace tiller {

namespace {

[[noreturn]] void failReading(const std::filesystem::path& path)
{
    throw Error(path.string() + ": cannot be read: " + std::generic_category().message(errno),
        "Check that the file is there and that you may read it.");
}

}

MappedFile::MappedFile(std::filesystem::path path, int descriptor, std::span<const std::byte> bytes)
    : m_path(std::move(path))
    , m_descriptor(descriptor)
    , m_bytes(bytes)
{
}

MappedFile::~MappedFile()
{
    if (!m_bytes.empty())
        munmap(const_cast<std::byte*>(m_bytes.data()), m_bytes.size());
    close(m_descriptor);
}

std::shared_ptr<const MappedFile> MappedFile::open(const std::filesystem::path& path)
{
    // Non-blocking: opening a named pipe must not wait for a writer.
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        failReading(path);
    std::shared_ptr<MappedFile> file(new MappedFile(path, descriptor, {}));

    struct stat status;
    if (fstat(descriptor, &status) != 0)
        failReading(path);
    if (S_ISDIR(status.st_mode))
        throw Error(path.string() + ": is a folder, not a file");
    if (!S_ISREG(status.st_mode))
        throw Error(path.string() + ": is not a regular file");
    if (status.st_size == 0)
        return file;

    const auto size = static_cast<size_t>(status.st_size);
    void* start = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (start == MAP_FAILED)
        failReading(path);
    file->m_bytes = {static_cast<const std::byte*>(start), size};
    return file;
}

void MappedFile::checkIntact() const
{
    struct stat status;
    if (fstat(m_descriptor, &status) != 0)
        failReading(m_path);
    if (static_cast<uint64_t>(status.st_size) < m_bytes.size())
        throw Error(m_path.string() + ": was truncated while it was open", "Open it again once it is whole.");
}

void MappedFile::releasePages() const
{
    if (!m_bytes.empty()) // advice: may be refused
        madvise(const_cast<std::byte*>(m_bytes.data()), m_bytes.size(), MADV_DONTNEED);
}

}
