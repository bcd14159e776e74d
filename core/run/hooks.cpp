#include "core/run/hooks.h"

#include "core/base/error.h"

#include <array>
#include <charconv>
#include <utility>

namespace tiller {

namespace {

constexpr std::array<std::pair<Op, std::string_view>, 5> opNames{{
    {Op::Add, "add"},
    {Op::AddKeepNorm, "add_keep_norm"},
    {Op::Ablate, "ablate"},
    {Op::Clamp, "clamp"},
    {Op::Rotate, "rotate"},
}};

constexpr std::array<std::pair<TokenScope::Kind, std::string_view>, 4> scopeNames{{
    {TokenScope::Kind::All, "all"},
    {TokenScope::Kind::Prompt, "prompt"},
    {TokenScope::Kind::Generated, "generated"},
    {TokenScope::Kind::Last, "last"},
}};

}

Op parseOp(std::string_view name)
{
    for (const auto& [op, text] : opNames)
        if (text == name)
            return op;
    throw Error(
        "\"" + std::string(name) + "\" is no operation", "Use add, add_keep_norm, ablate, clamp or rotate.");
}

std::string_view toString(Op op)
{
    for (const auto& [known, text] : opNames)
        if (known == op)
            return text;
    return {};
}

bool TokenScope::contains(int position, int promptLength) const
{
    if (skipFirst && position == 0)
        return false;
    switch (kind) {
    case Kind::All:
        return true;
    case Kind::Prompt:
        return position < promptLength;
    case Kind::Generated:
        return position >= promptLength;
    case Kind::Last:
        return position >= promptLength - 1;
    case Kind::From:
        return position >= from;
    }
    return false;
}

TokenScope parseScope(std::string_view text)
{
    for (const auto& [kind, name] : scopeNames)
        if (name == text)
            return {kind};
    if (text.starts_with("from:")) {
        const std::string_view number = text.substr(5);
        int from = 0;
        const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), from);
        if (error == std::errc() && end == number.data() + number.size() && from >= 0)
            return {TokenScope::Kind::From, from};
    }
    throw Error(
        "\"" + std::string(text) + "\" is no token scope", "Use all, prompt, generated, last or from:N.");
}

std::string toString(const TokenScope& scope)
{
    for (const auto& [kind, name] : scopeNames)
        if (kind == scope.kind)
            return std::string(name);
    return "from:" + std::to_string(scope.from);
}

}
