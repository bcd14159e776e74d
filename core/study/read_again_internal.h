#pragma once

#include "core/base/cancel.h"
#include "core/model/decoder_internal.h"
#include "core/run/kv_cache_internal.h"
#include "core/tokenizer/tokenizer.h"

#include <span>
#include <vector>

namespace tiller {

/// A generated text, for the unsteered model to read.
struct GeneratedText {
    int prompt = 0; ///< which of the prompts it continues
    std::vector<TokenId> ids; ///< without the token that ended it
    std::optional<TokenId> end; ///< that token
    std::vector<std::pair<int, const std::vector<float>*>> directions; ///< block, direction to project on
};

struct TextFigures {
    double nll = 0; ///< mean a token, the ending one included, nats; NaN of no token at all
    std::vector<double>
        projections; ///< [directions] mean over `ids` of h.u at the block's output; NaN of none
};

/// Reads texts that continue the same few prompts again, unsteered: each prompt is computed once, and texts
/// that are equal are read once. One thread.
class ReadAgain {
public:
    ReadAgain(const Model& model, const std::vector<std::vector<TokenId>>& prompts, CancelToken cancel);

    /// One result a text. All texts are one batch.
    std::vector<TextFigures> read(const std::vector<GeneratedText>& texts);

private:
    void addLogprobs(
        const at::Tensor& states, std::span<const TokenId> next, std::span<double> logprobs) const;

    const Model& m_model;
    CancelToken m_cancel;
    Decoder m_decoder;
    KvCache m_prompts;
    at::Tensor m_lastStates; ///< [prompts, hidden] what chooses the first token after each
};

}
