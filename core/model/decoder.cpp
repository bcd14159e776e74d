#include "core/model/decoder_internal.h"

#include "core/base/error.h"
#include "core/model/rope.h"

#include <algorithm>

namespace tiller {

Decoder::Decoder(const Model& model)
    : m_model(model)
    , m_config(model.config())
    , m_weights(model.weights())
{
}

layers::Packing Decoder::pack(
    std::span<const std::vector<int32_t>> rows, std::span<const int64_t> starts) const
{
    layers::Packing p;
    for (size_t r = 0; r < rows.size(); ++r) {
        p.offset.push_back(static_cast<int64_t>(p.row.size()));
        p.count.push_back(static_cast<int64_t>(rows[r].size()));
        p.start.push_back(starts[r]);
        for (size_t i = 0; i < rows[r].size(); ++i) {
            p.row.push_back(static_cast<int32_t>(r));
            p.position.push_back(static_cast<int32_t>(starts[r]) + static_cast<int32_t>(i));
        }
        p.longest = std::max(p.longest, starts[r] + p.count.back());
    }
    if (!m_weights.device.is_cpu() || m_weights.activationType == at::kHalf) {
        const auto tensor = [&](std::vector<int32_t>& v) {
            return at::from_blob(v.data(), {static_cast<int64_t>(v.size())}, at::kInt)
                .to(m_weights.device, at::kLong);
        };
        p.rowIndex = tensor(p.row);
        p.positionIndex = tensor(p.position);
    }
    return p;
}

at::Tensor Decoder::embed(std::span<const std::vector<int32_t>> rows) const
{
    std::vector<int64_t> ids;
    for (const auto& row : rows) {
        if (row.empty())
            throw Error("A text has no tokens", "Write something in it.");
        for (const int32_t id : row) {
            if (id < 0 || id >= m_config.vocabulary)
                throw Error("Token id " + std::to_string(id) + " is outside the vocabulary of "
                    + std::to_string(m_config.vocabulary));
            ids.push_back(id);
        }
    }
    const at::Tensor index
        = at::from_blob(ids.data(), {static_cast<int64_t>(ids.size())}, at::kLong).to(m_weights.device);
    return m_weights.embedding.index_select(0, index).to(at::kFloat);
}

void Decoder::prepareRope(int64_t positions)
{
    const bool depends = m_config.rope.scaling == RopeConfig::Scaling::DynamicNtk;
    const int64_t have = m_rope.cosine.defined() ? m_rope.cosine.size(0) : 0;
    if (have >= positions && !(depends && positions > m_config.rope.originalContext))
        return;
    constexpr int64_t step = 256;
    const bool exact = depends && positions > m_config.rope.originalContext;
    RopeTable table = makeRopeTable(m_config.rope,
        exact ? positions
              : std::min<int64_t>((positions + step - 1) / step * step,
                  std::max<int64_t>(positions, depends ? m_config.rope.originalContext : positions + step)));
    const auto tensor = [&](std::vector<float>& values) {
        return at::from_blob(values.data(), {table.positions, table.half}, at::kFloat)
            .clone()
            .to(m_weights.device);
    };
    m_rope = {tensor(table.cosine), tensor(table.sine)};
}

at::Tensor Decoder::run(Pass& pass, at::Tensor residual)
{
    const layers::Heads heads{m_config.heads, m_config.kvHeads, m_config.headDim};
    prepareRope(pass.packing.longest);

    // Without a cache the keys and values of one block at a time are enough.
    at::Tensor keys;
    at::Tensor values;
    if (!pass.cache) {
        const auto options = at::TensorOptions(m_weights.activationType).device(m_weights.device);
        const auto rows = static_cast<int64_t>(pass.packing.count.size());
        keys = at::zeros({rows, heads.kvHeads, pass.packing.longest, heads.headDim}, options);
        values = at::zeros_like(keys);
    }
    for (int block = pass.firstBlock; block <= pass.lastBlock; ++block) {
        pass.cancel.check();
        const auto i = static_cast<size_t>(block);
        const BlockWeights& w = m_weights.blocks[i];
        if (pass.cache) {
            keys = pass.cache->keys[i];
            values = pass.cache->values[i];
        }
        at::Tensor x
            = layers::rmsNorm(residual, w.attentionNorm, m_config.normEpsilon, m_weights.activationType);
        const at::Tensor qkv = w.queryKeyValue->multiply(x);
        const at::Tensor queries = layers::rotateAndStore(qkv, pass.packing, heads, m_rope, keys, values);
        x = layers::attend(queries, keys, values, pass.packing, heads, m_config.slidingWindow[i]);
        layers::addTo(residual, w.attentionOutput->multiply(x));
        x = layers::rmsNorm(residual, w.mlpNorm, m_config.normEpsilon, m_weights.activationType);
        x = layers::gatedSilu(w.gateUp->multiply(x));
        layers::addTo(residual, w.down->multiply(x));
        if (pass.onBlock)
            pass.onBlock(block, residual);
    }
    if (pass.cache)
        for (size_t r = 0; r < pass.packing.count.size(); ++r)
            pass.cache->lengths[r] = pass.packing.start[r] + pass.packing.count[r];
    return residual;
}

at::Tensor Decoder::logits(const at::Tensor& residual) const
{
    return m_weights.head->multiplyToFloat(
        layers::rmsNorm(residual, m_weights.finalNorm, m_config.normEpsilon, m_weights.activationType));
}

}
