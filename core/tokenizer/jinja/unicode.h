#pragma once

#include <string>
#include <string_view>

namespace tiller::jinja {

/// Python's view of text over UTF-8: code points, its whitespace, its case mappings. A byte that is no UTF-8
/// counts as one code point, U+DC00 + byte (as Python's surrogateescape), and is written back as that byte.
char32_t nextCodePoint(std::string_view text, size_t& offset);
void appendCodePoint(std::string& text, char32_t codePoint);

std::u32string decode(std::string_view text);
std::string encode(std::u32string_view codePoints);
size_t codePointCount(std::string_view text);
/// Bytes before code point `index`; the size of the text when it has fewer.
size_t byteOffset(std::string_view text, size_t index);

bool isSpace(char32_t c);
bool isLineBreak(char32_t c);
bool isAlphabetic(char32_t c);
bool isDecimal(char32_t c);
bool isDigit(char32_t c);
bool isNumeric(char32_t c);
bool isLower(char32_t c);
bool isUpper(char32_t c);
bool isTitle(char32_t c);
bool isPrintable(char32_t c); ///< as repr() shows it, unescaped

std::string upper(std::string_view text);
std::string lower(std::string_view text);
std::string capitalize(std::string_view text);
std::string title(std::string_view text);
std::string swapCase(std::string_view text);
std::string caseFold(std::string_view text);

std::string_view stripLeft(std::string_view text);
std::string_view stripRight(std::string_view text);

}
