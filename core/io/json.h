#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace tiller {

/// Mark keeps the last and tells which key it was: the object gets the member s_duplicateKey.
enum class DuplicateKeys { KeepLast, Refuse, Mark };
inline constexpr const char* s_duplicateKey = "\x01twice"; ///< no key that anyone writes

/// Parses JSON text with a depth limit of 64; Error names `origin` and the position. A byte order mark is
/// refused, as Python's json does.
nlohmann::json parseJson(
    std::string_view text, const std::string& origin, DuplicateKeys duplicates = DuplicateKeys::KeepLast);
nlohmann::json readJson(const std::filesystem::path& path);

}
