#include "core/base/paths.h"

#include "core/base/hugging_face_cache.h"

#include <cstdlib>

namespace tiller {

namespace {

std::filesystem::path environmentPath(const char* name)
{
    const char* value = std::getenv(name);
    return value ? std::filesystem::path(value) : std::filesystem::path();
}

}

std::filesystem::path userDataFolder()
{
    const auto data = environmentPath("XDG_DATA_HOME");
    return (data.is_absolute() ? data : environmentPath("HOME") / ".local" / "share") / "tiller";
}

std::filesystem::path defaultModelPath()
{
    const auto chosen = environmentPath("TILLER_DEFAULT_MODEL");
    return chosen.empty() ? userDataFolder() / "models" / "SmolLM2-135M-Instruct.Q4_1.gguf" : chosen;
}

namespace {

// A folder that holds one GGUF file and no checkpoint stands for that file.
std::filesystem::path onlyGgufOf(const std::filesystem::path& path)
{
    std::error_code error;
    if (!std::filesystem::is_directory(path, error) || std::filesystem::exists(path / "config.json", error))
        return path;
    std::filesystem::path only;
    for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
        if (entry.path().extension() != ".gguf")
            continue;
        if (!only.empty())
            return path;
        only = entry.path();
    }
    return only.empty() ? path : only;
}

}

std::filesystem::path resolveModelArgument(const std::filesystem::path& argument)
{
    if (argument == "default")
        return defaultModelPath();
    std::error_code error;
    if (std::filesystem::exists(argument, error))
        return onlyGgufOf(resolveSnapshot(argument));
    for (const CachedRepository& repository : cachedRepositories())
        if (argument == repository.name)
            return repository.snapshot;
    return argument;
}

}
