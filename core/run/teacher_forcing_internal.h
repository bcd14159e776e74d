#pragma once

#include "core/base/cancel.h"
#include "core/model/decoder_internal.h"
#include "core/run/hooks.h"
#include "core/run/kv_cache_internal.h"
#include "core/tokenizer/tokenizer.h"

#include <functional>
#include <map>
#include <set>
#include <span>
#include <vector>

namespace tiller {

/// A text as the unsteered model reads it, kept so that plans need not begin again; and what may follow it,
/// each apart from the others.
struct ReadText {
    std::vector<TokenId> ids;
    std::vector<std::vector<TokenId>> continuations; ///< may be none; each of at least one token
    int promptLength = 0; ///< tokens that count as prompt for the plans' scopes
    /// Distributions are looked at from this position of `ids` on, then at all of each continuation.
    int64_t first = 0;
    std::map<int, at::Tensor> residuals; ///< block -> its output [tokens of ids and continuations, hidden]
    at::Tensor logits; ///< [count(), vocabulary] float32 on the CPU
    std::vector<float> logSums; ///< [count()] log-sum-exp of each row

    int64_t count() const; ///< positions that are looked at
};

/// Distributions of the positions that are looked at: logits [count(), vocabulary], logSums [count()].
using Distribution = std::function<void(size_t plan, const float* logits, const float* logSums)>;

/// Texts that are given, rather than generated, under many plans. Below its first edit a row is unsteered:
/// plans that begin at the same block resume together from the residual kept there. What continuations follow
/// is computed once for all of them. One thread.
class TeacherForcing {
public:
    TeacherForcing(const Model& model, CancelToken cancel);

    /// Reads the text unsteered. Of ReadText the fields up to `first` are given; `blocks`: whose output is
    /// kept.
    void read(ReadText& text, const std::set<int>& blocks);
    /// Calls `done` for each plan, on this thread, in the order in which their first blocks are named.
    void under(const ReadText& text, std::span<const Plan> plans, const Distribution& done);

private:
    struct Group {
        int block = 0;
        std::vector<size_t> plans;
    };

    /// Rows of one pass, and the output of the block after which they begin, before its edits.
    struct Rows {
        std::vector<std::vector<TokenId>> tokens;
        std::vector<int64_t> parents; ///< rows of the cache that they continue
        std::vector<Plan> plans;
        int promptLength = 0;
        at::Tensor residual; ///< not defined: they begin with their tokens
    };
    using OnBlock = std::function<void(int block, const at::Tensor& residual)>;

    at::Tensor logitsOf(const at::Tensor& states) const;
    at::Tensor lookedAt(
        const ReadText& text, const std::vector<Plan>& plans, int block, const OnBlock& onBlock);
    static Rows rowsOf(const ReadText& text, const std::vector<Plan>& plans, int block);
    static Rows rowsAfter(const ReadText& text, const std::vector<Plan>& plans, int block);
    at::Tensor run(const Rows& rows, int block, KvCache* cache, const OnBlock& onBlock);
    void underGroup(
        const ReadText& text, const Group& group, std::span<const Plan> plans, const Distribution& done);

    const Model& m_model;
    CancelToken m_cancel;
    Decoder m_decoder;
    KvCache m_noTokens; ///< one row; its pages are used by one batch after another
    int m_layers;
};

/// The first block whose output a plan changes; `layers` for none.
int firstBlock(const Plan& plan, int layers);

}
