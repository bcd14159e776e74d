#include "core/kernels/distributions.h"
#include "core/run/edits_internal.h"
#include "core/run/sampler.h"
#include "core/run/teacher_forcing_internal.h"

#include <algorithm>

namespace tiller {

namespace {

// Rows of one batch: enough for the matrix products, few enough that logits over the vocabulary fit.
constexpr int64_t s_batchTokens = 512;

// Positions between two looks at the cancel token: a vocabulary takes far longer than a block.
constexpr int64_t s_readOutAtOnce = 256;

// Before the first.
constexpr int s_noBlock = -1;

std::vector<float> logSumsOf(const at::Tensor& logits)
{
    std::vector<float> sums(static_cast<size_t>(logits.size(0)));
    kernels::logSumExp(logits.data_ptr<float>(), logits.size(0), logits.size(1), sums.data());
    requireFinite(sums, "in this text");
    return sums;
}

int64_t tokensAfter(const ReadText& text)
{
    int64_t tokens = 0;
    for (const auto& continuation : text.continuations)
        tokens += std::ssize(continuation);
    return tokens;
}

// What begins after a block has the same residual there under every plan.
at::Tensor repeated(const at::Tensor& residual, int64_t first, int64_t count, size_t plans)
{
    return residual.narrow(0, first, count).repeat({static_cast<int64_t>(plans), 1});
}

}

int64_t ReadText::count() const
{
    return std::ssize(ids) - first + tokensAfter(*this);
}

int firstBlock(const Plan& plan, int layers)
{
    int first = layers;
    for (const LayerEdit& edit : plan.edits)
        first = std::min(first, edit.layer);
    return first;
}

TeacherForcing::TeacherForcing(const Model& model, CancelToken cancel)
    : m_model(model)
    , m_cancel(std::move(cancel))
    , m_decoder(model)
    , m_noTokens(model, 1)
    , m_layers(model.config().layers)
{
}

at::Tensor TeacherForcing::logitsOf(const at::Tensor& states) const
{
    std::vector<at::Tensor> parts;
    for (int64_t begin = 0; begin < states.size(0); begin += s_readOutAtOnce) {
        const int64_t count = std::min(s_readOutAtOnce, states.size(0) - begin);
        parts.push_back(m_decoder.logits(states.narrow(0, begin, count)).to(at::kCPU).contiguous());
        m_cancel.check();
    }
    return parts.size() == 1 ? parts.front() : at::cat(parts);
}

void TeacherForcing::read(ReadText& text, const std::set<int>& blocks)
{
    const auto keep = [&](int block, const at::Tensor& h) {
        if (!blocks.contains(block))
            return;
        at::Tensor& kept = text.residuals[block];
        kept = kept.defined() ? at::cat({kept, h}) : h.clone();
    };
    text.logits = logitsOf(lookedAt(text, {Plan()}, s_noBlock, keep));
    text.logSums = logSumsOf(text.logits);
}

// The final states of the positions that are looked at, plan by plan: [plans * count(), hidden]. The text is
// unsteered up to and with `block`, but for the edits there.
at::Tensor TeacherForcing::lookedAt(
    const ReadText& text, const std::vector<Plan>& plans, int block, const OnBlock& onBlock)
{
    const auto byPlan = [&](const at::Tensor& h) {
        return h.view({static_cast<int64_t>(plans.size()), -1, h.size(1)});
    };
    const auto fromFirst = [&](const at::Tensor& h) {
        return byPlan(h).narrow(1, text.first, std::ssize(text.ids) - text.first);
    };
    const Rows rows = rowsOf(text, plans, block);
    if (text.continuations.empty())
        return fromFirst(run(rows, block, nullptr, onBlock)).flatten(0, 1);
    KvCache cache = m_noTokens.fork(rows.parents);
    const at::Tensor own = run(rows, block, &cache, onBlock);
    const Rows following = rowsAfter(text, plans, block);
    KvCache continued = cache.fork(following.parents);
    const at::Tensor after = run(following, block, &continued, onBlock);
    return at::cat({fromFirst(own), byPlan(after)}, 1).flatten(0, 1);
}

TeacherForcing::Rows TeacherForcing::rowsOf(const ReadText& text, const std::vector<Plan>& plans, int block)
{
    Rows rows;
    rows.tokens.assign(plans.size(), text.ids);
    rows.parents.assign(plans.size(), 0);
    rows.plans = plans;
    rows.promptLength = text.promptLength;
    if (block != s_noBlock)
        rows.residual = repeated(text.residuals.at(block), 0, std::ssize(text.ids), plans.size());
    return rows;
}

TeacherForcing::Rows TeacherForcing::rowsAfter(
    const ReadText& text, const std::vector<Plan>& plans, int block)
{
    Rows rows;
    for (size_t plan = 0; plan < plans.size(); ++plan)
        for (const std::vector<TokenId>& continuation : text.continuations) {
            rows.tokens.push_back(continuation);
            rows.parents.push_back(static_cast<int64_t>(plan));
            rows.plans.push_back(plans[plan]);
        }
    rows.promptLength = text.promptLength;
    if (block != s_noBlock)
        rows.residual
            = repeated(text.residuals.at(block), std::ssize(text.ids), tokensAfter(text), plans.size());
    return rows;
}

at::Tensor TeacherForcing::run(const Rows& rows, int block, KvCache* cache, const OnBlock& onBlock)
{
    const EditSchedule edits(m_model, rows.plans, std::vector<int>(rows.plans.size(), rows.promptLength));
    Pass pass;
    pass.packing
        = m_decoder.pack(rows.tokens, cache ? cache->lengths() : std::vector<int64_t>(rows.tokens.size(), 0));
    if (cache) {
        cache->extend(pass.packing.count);
        pass.cache = &cache->layers();
    }
    pass.firstBlock = block + 1;
    pass.lastBlock = m_layers - 1;
    pass.cancel = m_cancel;
    pass.onBlock = [&](int at, at::Tensor& h) {
        edits.apply(at, h, pass.packing);
        if (onBlock)
            onBlock(at, h);
    };
    at::Tensor residual
        = rows.residual.defined() ? rows.residual : m_decoder.embed(rows.tokens, pass.packing);
    edits.apply(block, residual, pass.packing);
    return m_decoder.run(pass, residual);
}

void TeacherForcing::under(const ReadText& text, std::span<const Plan> plans, const Distribution& done)
{
    std::vector<Group> groups;
    for (size_t i = 0; i < plans.size(); ++i) {
        const int block = firstBlock(plans[i], m_layers);
        auto group = std::ranges::find(groups, block, &Group::block);
        if (group == groups.end())
            group = groups.insert(groups.end(), {block, {}});
        group->plans.push_back(i);
    }
    for (const Group& group : groups) {
        if (group.block < m_layers) {
            underGroup(text, group, plans, done);
            continue;
        }
        for (const size_t plan : group.plans)
            done(plan, text.logits.data_ptr<float>(), text.logSums.data());
    }
}

void TeacherForcing::underGroup(
    const ReadText& text, const Group& group, std::span<const Plan> plans, const Distribution& done)
{
    const int64_t tokens = std::ssize(text.ids) + tokensAfter(text);
    const auto perBatch = static_cast<size_t>(std::max<int64_t>(1, s_batchTokens / tokens));
    for (size_t begin = 0; begin < group.plans.size(); begin += perBatch) {
        const size_t count = std::min(perBatch, group.plans.size() - begin);
        std::vector<Plan> batch;
        for (size_t i = 0; i < count; ++i)
            batch.push_back(plans[group.plans[begin + i]]);
        const at::Tensor logits = logitsOf(lookedAt(text, batch, group.block, {}));
        const std::vector<float> logSums = logSumsOf(logits);
        for (size_t i = 0; i < count; ++i) {
            const auto row = static_cast<int64_t>(i) * text.count();
            done(group.plans[begin + i], logits.data_ptr<float>() + row * logits.size(1),
                logSums.data() + row);
        }
    }
}

}
