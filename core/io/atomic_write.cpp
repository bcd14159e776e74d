#include "core/io/atomic_write.h"

#include "core/base/error.h"

#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace tiller {

namespace fs = std::filesystem;

namespace {

std::string remedyFor(int code)
{
    switch (code) {
    case ENOSPC:
    case EDQUOT:
        return "Free some space, or choose another folder.";
    case EACCES:
    case EPERM:
    case EROFS:
        return "Choose a folder that you may write to.";
    case ENOENT:
        return "Create the folder first.";
    default:
        return {};
    }
}

[[noreturn]] void failWriting(const fs::path& path, int code = errno)
{
    throw Error(
        path.string() + ": cannot be written: " + std::generic_category().message(code), remedyFor(code));
}

/// The temporary sibling: gone again unless it was renamed.
class Sibling {
public:
    explicit Sibling(const fs::path& target)
    {
        static std::atomic<unsigned> s_counter = 0;
        do {
            m_path = target.parent_path()
                / (".tiller-" + std::to_string(getpid()) + "-" + std::to_string(s_counter++) + ".tmp");
            m_descriptor = open(m_path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        } while (m_descriptor < 0 && errno == EEXIST);
    }

    ~Sibling()
    {
        if (m_descriptor < 0)
            return;
        close(m_descriptor);
        if (!m_renamed)
            unlink(m_path.c_str());
    }

    int descriptor() const { return m_descriptor; }

    bool write(std::string_view bytes) const
    {
        while (!bytes.empty()) {
            const ssize_t written = ::write(m_descriptor, bytes.data(), bytes.size());
            if (written < 0 && errno != EINTR)
                return false;
            bytes.remove_prefix(written > 0 ? static_cast<size_t>(written) : 0);
        }
        return true;
    }

    bool renameTo(const fs::path& target)
    {
        m_renamed = rename(m_path.c_str(), target.c_str()) == 0;
        return m_renamed;
    }

private:
    fs::path m_path;
    int m_descriptor = -1;
    bool m_renamed = false;
};

// Without it the rename itself may be lost in a power cut. Some file systems cannot: then there is no more to
// do.
void syncFolder(const fs::path& folder)
{
    const int descriptor = open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return;
    fsync(descriptor);
    close(descriptor);
}

}

void atomicWrite(const fs::path& path, std::string_view bytes)
{
    // A symbolic link stays one; the file behind it is replaced.
    std::error_code ignored;
    const fs::path resolved = fs::is_symlink(path, ignored) ? fs::weakly_canonical(path, ignored) : path;
    const fs::path target = resolved.empty() ? path : resolved;

    struct stat existing;
    const bool exists = stat(target.c_str(), &existing) == 0;
    if (exists && S_ISDIR(existing.st_mode))
        failWriting(path, EISDIR);
    if (exists && !S_ISREG(existing.st_mode))
        throw Error(path.string() + ": cannot be written: it is not a regular file");
    if (exists && access(target.c_str(), W_OK) != 0)
        failWriting(path);

    Sibling sibling(target);
    if (sibling.descriptor() < 0)
        failWriting(path);
    if (exists && fchmod(sibling.descriptor(), existing.st_mode & 07777) != 0)
        failWriting(path);
    if (!sibling.write(bytes) || fsync(sibling.descriptor()) != 0 || !sibling.renameTo(target))
        failWriting(path);
    syncFolder(target.parent_path());
}

}
