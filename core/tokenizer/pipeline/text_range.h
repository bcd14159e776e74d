#pragma once

#include <cstddef>
#include <string_view>

namespace tiller {

/// A half-open range of bytes.
struct TextRange {
    size_t begin;
    size_t end;

    std::string_view of(std::string_view text) const { return text.substr(begin, end - begin); }
};

}
