#include "core/kernels/distributions.h"
#include "core/run/edits_internal.h"
#include "core/run/sampler.h"
#include "core/run/teacher_forcing_internal.h"

#include <algorithm>

namespace tiller {

namespace {

// Rows of one batch: enough for the matrix products, few enough that logits over the vocabulary fit.
constexpr int64_t s_batchTokens = 512;

std::vector<float> logSumsOf(const at::Tensor& logits)
{
    std::vector<float> sums(static_cast<size_t>(logits.size(0)));
    kernels::logSumExp(logits.data_ptr<float>(), logits.size(0), logits.size(1), sums.data());
    requireFinite(sums, "in this text");
    return sums;
}

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
    , m_layers(model.config().layers)
{
}

at::Tensor TeacherForcing::logitsOf(const at::Tensor& residual) const
{
    return m_decoder.logits(residual).to(at::kCPU).contiguous();
}

void TeacherForcing::read(ReadText& text, const std::set<int>& blocks)
{
    const std::vector<std::vector<TokenId>> rows{text.ids};
    Pass pass;
    pass.packing = m_decoder.pack(rows, std::vector<int64_t>{0});
    at::Tensor residual = m_decoder.embed(rows, pass.packing);
    pass.lastBlock = m_layers - 1;
    pass.cancel = m_cancel;
    pass.onBlock = [&](int block, at::Tensor& h) {
        if (blocks.contains(block))
            text.residuals[block] = h.clone();
    };
    residual = m_decoder.run(pass, residual);
    text.logits = logitsOf(residual.narrow(0, text.first, text.count));
    text.logSums = logSumsOf(text.logits);
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
    const auto length = static_cast<int64_t>(text.ids.size());
    const auto perBatch = static_cast<size_t>(std::max<int64_t>(1, s_batchTokens / length));
    for (size_t begin = 0; begin < group.plans.size(); begin += perBatch) {
        const size_t count = std::min(perBatch, group.plans.size() - begin);
        std::vector<Plan> batch;
        for (size_t i = 0; i < count; ++i)
            batch.push_back(plans[group.plans[begin + i]]);
        const EditSchedule edits(m_model, batch, std::vector<int>(count, text.promptLength));

        Pass pass;
        pass.packing = m_decoder.pack(
            std::vector<std::vector<TokenId>>(count, text.ids), std::vector<int64_t>(count, 0));
        pass.firstBlock = group.block + 1;
        pass.lastBlock = m_layers - 1;
        pass.cancel = m_cancel;
        pass.onBlock = [&](int block, at::Tensor& h) { edits.apply(block, h, pass.packing); };
        at::Tensor residual = text.residuals.at(group.block).repeat({static_cast<int64_t>(count), 1});
        edits.apply(group.block, residual, pass.packing);
        residual = m_decoder.run(pass, residual);
        if (text.count < length) {
            const int64_t width = residual.size(1);
            residual = residual.view({static_cast<int64_t>(count), length, width})
                           .narrow(1, text.first, text.count)
                           .reshape({-1, width});
        }
        const at::Tensor logits = logitsOf(residual);
        const std::vector<float> logSums = logSumsOf(logits);
        for (size_t i = 0; i < count; ++i) {
            const auto row = static_cast<int64_t>(i) * text.count;
            done(group.plans[begin + i], logits.data_ptr<float>() + row * logits.size(1),
                logSums.data() + row);
        }
    }
}

}
