#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace tiller {

enum class DuplicateKeys { KeepLast, Refuse };

/// Parses JSON text with a depth limit of 64; Error names `origin` and the position. A byte order mark is
/// refused, as Python's json does.
nlohmann::json parseJson(
    std::string_view text, const std::string& origin, DuplicateKeys duplicates = DuplicateKeys::KeepLast);
nlohmann::json readJson(const std::filesystem::path& path);

}
