#pragma once

#include <filesystem>
#include <string_view>

namespace tiller {

/// Writes a temporary sibling, syncs it and renames it over `path`: a reader sees the old file or the
/// new one, never a part, and a mapping of the old file stays valid. Throws Error.
void atomicWrite(const std::filesystem::path& path, std::string_view bytes);

}
