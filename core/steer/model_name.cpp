#include "core/steer/model_name.h"

#include <string>

namespace tiller {

namespace {

bool isWordByte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
}

struct Name {
    std::string letters; // lower case, nothing between
    std::string firstWord;
};

Name normalise(std::string_view name)
{
    while (name.ends_with('/'))
        name.remove_suffix(1);
    Name result;
    bool inFirst = true;
    for (char c : name.substr(name.rfind('/') + 1)) {
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
        if (isWordByte(c)) {
            result.letters += c;
            if (inFirst)
                result.firstWord += c;
        } else if (!result.letters.empty()) {
            inFirst = false;
        }
    }
    return result;
}

}

bool modelNamesAgree(std::string_view a, std::string_view b)
{
    const Name left = normalise(a);
    const Name right = normalise(b);
    return left.letters.find(right.firstWord) != std::string::npos
        || right.letters.find(left.firstWord) != std::string::npos;
}

}
