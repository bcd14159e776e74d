#include "ui/state/word_difference.h"

#include <algorithm>

namespace tiller {

RowText wordsOf(const QString& text)
{
    RowText words;
    qsizetype begin = 0;
    while (begin < text.size()) {
        qsizetype end = begin;
        while (end < text.size() && text[end].isSpace())
            ++end;
        while (end < text.size() && !text[end].isSpace())
            ++end;
        words.tokens.emplace_back().text = text.mid(begin, end - begin).toStdString();
        begin = end;
    }
    return words;
}

std::vector<bool> differingWords(const RowText& text, const RowText& other)
{
    const size_t rows = text.tokens.size();
    const size_t columns = other.tokens.size();
    const auto wordOf
        = [](const RowText& of, size_t i) { return QString::fromStdString(of.tokens[i].text).trimmed(); };
    // length[i][j]: of the longest common sequence of the words from i and from j on
    std::vector<std::vector<int>> length(rows + 1, std::vector<int>(columns + 1));
    for (size_t i = rows; i-- > 0;)
        for (size_t j = columns; j-- > 0;)
            length[i][j] = wordOf(text, i) == wordOf(other, j) ? length[i + 1][j + 1] + 1
                                                               : std::max(length[i + 1][j], length[i][j + 1]);
    std::vector<bool> differs(rows, true);
    for (size_t i = 0, j = 0; i < rows && j < columns;) {
        if (wordOf(text, i) == wordOf(other, j)) {
            differs[i] = false;
            ++i;
            ++j;
        } else if (length[i + 1][j] >= length[i][j + 1]) {
            ++i;
        } else {
            ++j;
        }
    }
    return differs;
}

}
