#include "core/tokenizer/pipeline/pattern.h"

#include "core/base/error.h"

namespace tiller {

Regex readPattern(const JsonField& field)
{
    const auto literal = field.find("String");
    const std::string& text = (literal ? *literal : field.at("Regex")).string();
    if (text.empty())
        field.fail("is empty");
    try {
        return literal ? Regex::literal(text) : Regex(text);
    } catch (const Error& error) {
        field.fail(std::string("cannot be used: ") + error.what());
    }
}

}
