#pragma once

#include "ui/state/run_text.h"

#include <QString>

#include <optional>
#include <vector>

namespace tiller {

/// A text word by word, as a pane shows tokens: each with the white space before it.
RowText wordsOf(const QString& text);

/// For each word of `text` whether it is none of the longest sequence of words that both have in common.
std::vector<bool> differingWords(const RowText& text, const RowText& other);

}
