#include "core/base/hugging_face_cache.h"

#include "core/base/error.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>

namespace tiller {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view s_prefix = "models--";

fs::path environmentPath(const char* name)
{
    const char* value = std::getenv(name);
    return value ? fs::path(value) : fs::path();
}

bool isRepository(const fs::path& folder)
{
    const std::string name = folder.filename().string();
    return name.starts_with(s_prefix) && name.size() > s_prefix.size();
}

// "models--ORG--NAME", or "models--NAME" of the oldest repositories.
std::string nameOf(const fs::path& repository)
{
    std::string name = repository.filename().string().substr(s_prefix.size());
    if (const size_t between = name.find("--"); between != std::string::npos)
        name.replace(between, 2, "/");
    return name;
}

// "folder/" and "folder/." name the folder.
fs::path withoutTrailingSlash(const fs::path& path)
{
    std::error_code error;
    const fs::path whole = fs::absolute(path, error).lexically_normal();
    return whole.has_filename() ? whole : whole.parent_path();
}

// Empty when there is none.
fs::path snapshotIn(const fs::path& repository)
{
    const fs::path snapshots = repository / "snapshots";
    std::string revision;
    std::getline(std::ifstream(repository / "refs" / "main") >> std::ws, revision);
    while (!revision.empty() && (revision.back() == '\r' || revision.back() == ' '))
        revision.pop_back();
    std::error_code error;
    // One folder in snapshots/, wherever the file would like to point.
    const bool isName = !revision.empty() && revision != "." && revision != ".."
        && revision.find('/') == std::string::npos && revision.find('\0') == std::string::npos;
    if (isName && fs::is_directory(snapshots / revision, error))
        return snapshots / revision;

    fs::path newest;
    fs::file_time_type newestTime{};
    for (auto entry = fs::directory_iterator(snapshots, error); !error && entry != fs::directory_iterator();
         entry.increment(error)) {
        std::error_code unreadable;
        const auto time = fs::last_write_time(entry->path(), unreadable);
        if (!unreadable && entry->is_directory(unreadable) && (newest.empty() || time > newestTime)) {
            newest = entry->path();
            newestTime = time;
        }
    }
    return newest;
}

}

fs::path huggingFaceCache()
{
    if (const auto cache = environmentPath("HF_HUB_CACHE"); !cache.empty())
        return cache;
    if (const auto home = environmentPath("HF_HOME"); !home.empty())
        return home / "hub";
    const auto caches = environmentPath("XDG_CACHE_HOME");
    return (caches.is_absolute() ? caches : environmentPath("HOME") / ".cache") / "huggingface" / "hub";
}

std::vector<CachedRepository> cachedRepositories(const fs::path& cache)
{
    std::vector<CachedRepository> found;
    std::error_code error;
    for (auto entry = fs::directory_iterator(cache, error); !error && entry != fs::directory_iterator();
         entry.increment(error)) {
        if (!isRepository(entry->path()))
            continue;
        if (fs::path snapshot = snapshotIn(entry->path()); !snapshot.empty())
            found.push_back({nameOf(entry->path()), std::move(snapshot)});
    }
    std::ranges::sort(found, {}, &CachedRepository::name);
    return found;
}

fs::path resolveSnapshot(const fs::path& path)
{
    const fs::path folder = withoutTrailingSlash(path);
    std::error_code error;
    if (!isRepository(folder) || !fs::is_directory(folder, error)
        || fs::exists(folder / "config.json", error))
        return path;
    fs::path snapshot = snapshotIn(folder);
    if (snapshot.empty())
        throw Error(path.string() + ": has no snapshot of " + nameOf(folder), "Download the model again.");
    return snapshot;
}

std::string repositoryName(const fs::path& folder)
{
    const fs::path whole = withoutTrailingSlash(folder);
    if (isRepository(whole))
        return nameOf(whole);
    const fs::path repository = whole.parent_path().parent_path();
    return whole.parent_path().filename() == "snapshots" && isRepository(repository) ? nameOf(repository)
                                                                                     : std::string();
}

}
