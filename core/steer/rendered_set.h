#pragma once

#include "core/base/cancel.h"
#include "core/run/pooled_activations.h"
#include "core/steer/contrast_set.h"
#include "core/steer/read_position.h"
#include "core/steer/rendering.h"

#include <string>
#include <vector>

namespace tiller {

/// An item as the model reads it.
struct RenderedItem {
    int row = 0; ///< its place in the set
    int64_t label = 0; ///< of a labelled example: 1 or 0
    std::vector<PooledSequence> sides; ///< the two of a pair, positive first; an example's one
    std::vector<int> answerTokens; ///< [sides] tokens after the head
};

/// An enabled item that cannot be read.
struct LeftOutItem {
    int row = 0; ///< its place in the set
    std::string reason; ///< begins with its number and side: "pair 3, formal: the text is empty"
    std::string remedy; ///< may be empty
};

struct RenderedSet {
    std::vector<RenderedItem> used; ///< the enabled items
    std::vector<RenderedItem> setAside; ///< those that are not; the unreadable among them are not named
    std::vector<LeftOutItem> leftOut;
};

/// Renders every item and finds the tokens that are read in it. An item that cannot be rendered, has no token
/// there or is longer than the model's context is left out. Throws Error when nothing is left to use: what
/// the first item's text throws (TemplateError too). Polls `cancel` between texts.
RenderedSet renderSet(
    const ContrastSet& set, const Renderer& renderer, const ReadPosition& read, const CancelToken& cancel);

}
