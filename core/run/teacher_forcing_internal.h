#pragma once

#include "core/base/cancel.h"
#include "core/model/decoder_internal.h"
#include "core/run/hooks.h"
#include "core/tokenizer/tokenizer.h"

#include <functional>
#include <map>
#include <set>
#include <span>
#include <vector>

namespace tiller {

/// A text as the unsteered model reads it, kept so that plans need not begin again.
struct ReadText {
    std::vector<TokenId> ids;
    int promptLength = 0; ///< tokens that count as prompt for the plans' scopes
    int64_t first = 0; ///< positions whose distributions are looked at: first .. first + count - 1
    int64_t count = 0;
    std::map<int, at::Tensor> residuals; ///< block -> its output [seq, hidden]
    at::Tensor logits; ///< [count, vocabulary] float32 on the CPU
    std::vector<float> logSums; ///< [count] log-sum-exp of each row
};

/// Distributions of the positions that are looked at: logits [count, vocabulary], logSums [count].
using Distribution = std::function<void(size_t plan, const float* logits, const float* logSums)>;

/// Texts that are given, rather than generated, under many plans. Below its first edit a row is unsteered:
/// plans that begin at the same block resume together from the residual kept there. One thread.
class TeacherForcing {
public:
    TeacherForcing(const Model& model, CancelToken cancel);

    /// Reads the text unsteered. Of ReadText the first four fields are given; `blocks`: whose output is kept.
    void read(ReadText& text, const std::set<int>& blocks);
    /// Calls `done` for each plan, on this thread, in the order in which their first blocks are named.
    void under(const ReadText& text, std::span<const Plan> plans, const Distribution& done);

private:
    struct Group {
        int block = 0;
        std::vector<size_t> plans;
    };

    at::Tensor logitsOf(const at::Tensor& residual) const;
    void underGroup(
        const ReadText& text, const Group& group, std::span<const Plan> plans, const Distribution& done);

    const Model& m_model;
    CancelToken m_cancel;
    Decoder m_decoder;
    int m_layers;
};

/// The first block whose output a plan changes; `layers` for none.
int firstBlock(const Plan& plan, int layers);

}
