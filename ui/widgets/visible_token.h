#pragma once

#include <QString>

namespace tiller {

/// Token text with what would not show made visible: ↵ line feed, ⏎ carriage return, ⇥ tab, ␀-style symbols
/// for other controls, ∅ for an empty token. Spaces stay spaces.
QString visibleToken(const QString& text);

}
