#pragma once

#include "core/base/progress.h"
#include "core/io/tensor_view.h"
#include "core/model/model.h"
#include "core/run/hooks.h"
#include "core/tokenizer/tokenizer.h"

#include <vector>

namespace tiller {

/// One pass over a ragged batch, keeping what is asked for.
struct ForwardRequest {
    std::vector<std::vector<TokenId>> rows;
    std::vector<Plan> plans; ///< one a row, or empty: all unsteered
    std::vector<int> promptLengths; ///< one a row, for the plans' scopes; empty: every token counts as prompt
    bool lastPositionOnly = false; ///< residuals of the last position of each row alone
    std::vector<int> layers; ///< residuals to keep, ascending
    bool embeddings = false;
    bool logits = false;
};

struct ForwardRow {
    HostTensor residuals; ///< [layers asked for, seq, hidden], after edits; seq is the row's own length, or 1
    HostTensor embeddings; ///< [seq, hidden]
    HostTensor logits; ///< [seq, vocabulary]
};

/// Throws Error (empty row, id beyond the vocabulary, layer out of range, direction of another width) and
/// Cancelled.
std::vector<ForwardRow> forward(const Model& model, const ForwardRequest& request, const Job& job);

}
