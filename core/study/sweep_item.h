#pragma once

#include "core/steer/rendering.h"
#include "core/study/sweep.h"

namespace tiller {

/// A pair as a sweep scores it: the head that both sides share, then what each goes on with. Sides with heads
/// of their own (a system prompt each) have no answer in common to judge and are an Error, as is a side
/// without tokens after the head. A pair of raw texts that nothing comes before is judged from its second
/// token on.
SweepItem sweepItem(const Renderer& renderer, const ContrastPair& pair);

}
