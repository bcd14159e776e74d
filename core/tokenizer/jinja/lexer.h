#pragma once

#include "core/tokenizer/jinja/value.h"

#include <string>
#include <string_view>
#include <vector>

namespace tiller::jinja {

struct Token {
    enum class Type {
        Data,
        PrintBegin,
        PrintEnd,
        BlockBegin,
        BlockEnd,
        Name,
        String,
        Integer,
        Float,
        Symbol,
        End
    };

    Type type;
    std::string text; ///< data, name, symbol; a string's value
    Value number; ///< of Integer and Float
    int line;

    bool isName(std::string_view name) const { return type == Type::Name && text == name; }
    bool isSymbol(std::string_view symbol) const { return type == Type::Symbol && text == symbol; }
};

/// A fault in the source, which has a line before there is an interpreter.
struct SyntaxFault : Fault {
    SyntaxFault(int faultLine, const std::string& cause)
        : Fault(cause)
        , line(faultLine)
    {
    }
    const int line;
};

/// Cuts a template into tokens as jinja2's lexer does with trim_blocks and lstrip_blocks: the newline after a
/// block tag and the blanks before one on its line are dropped, `-` strips all space, `+` keeps it, and one
/// newline at the very end goes. The last token is End.
std::vector<Token> tokenize(std::string_view source);

/// As an error message names a token.
std::string describe(const Token& token);

}
