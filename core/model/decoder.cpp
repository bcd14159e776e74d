#include "core/model/decoder_internal.h"

#include "core/base/error.h"
#include "core/model/experts_internal.h"
#include "core/model/library_only.h"
#include "core/model/rope.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

namespace tiller {

bool computesWithLibrary(at::Device device)
{
    return !device.is_cpu() || LibraryOnly::holds();
}

at::Tensor makePages(const ModelConfig& config, int64_t pages, const at::TensorOptions& options)
{
    if (computesWithLibrary(options.device()))
        return at::zeros({pages, config.kvHeads, kernels::pageSlots, config.headDim}, options);
    return at::empty(
        {pages, config.kvHeads, kernels::pageSlots, kernels::pagedWidth(config.headDim)}, options);
}

Decoder::Decoder(const Model& model)
    : m_model(model)
    , m_config(model.config())
    , m_weights(model.weights())
    , m_heads{m_config.heads, m_config.kvHeads, m_config.headDim,
          {static_cast<float>(m_config.attentionScale), static_cast<float>(m_config.attentionSoftCap)}}
    , m_norm{m_config.norm, m_config.normEpsilon}
    , m_ropes(m_config.ropes.size() + 1)
{
}

layers::Packing Decoder::pack(
    std::span<const std::vector<int32_t>> rows, std::span<const int64_t> starts) const
{
    layers::Packing packing;
    pack(rows, starts, packing);
    return packing;
}

void Decoder::pack(
    std::span<const std::vector<int32_t>> rows, std::span<const int64_t> starts, layers::Packing& p) const
{
    for (std::vector<int32_t>* tokens : {&p.row, &p.position})
        tokens->clear();
    for (std::vector<int64_t>* each : {&p.offset, &p.count, &p.start})
        each->clear();
    p.longest = 0;
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
    placeOnDevice(p);
}

void Decoder::placeOnDevice(layers::Packing& packing) const
{
    if (computesWithLibrary(m_weights.device))
        packing.positionIndex = at::tensor(packing.position, at::kLong).to(m_weights.device);
}

layers::Packing Decoder::lastPositions(const layers::Packing& packing) const
{
    layers::Packing p;
    for (size_t r = 0; r < packing.count.size(); ++r) {
        const int64_t position = packing.start[r] + packing.count[r] - 1;
        p.row.push_back(static_cast<int32_t>(r));
        p.position.push_back(static_cast<int32_t>(position));
        p.offset.push_back(static_cast<int64_t>(r));
        p.count.push_back(1);
        p.start.push_back(position);
    }
    p.longest = packing.longest;
    placeOnDevice(p);
    return p;
}

at::Tensor Decoder::embed(std::span<const std::vector<int32_t>> rows, const layers::Packing& packing)
{
    if (m_config.learnedPositions && packing.longest > m_config.contextLength)
        throw Error("A text of " + std::to_string(packing.longest) + " tokens is longer than the "
                + std::to_string(m_config.contextLength) + " positions that the model has learned",
            "Shorten it, or ask for fewer new tokens.");
    m_ids.clear();
    for (const auto& row : rows) {
        if (row.empty())
            throw Error("A text has no tokens", "Write something in it.");
        for (const int32_t id : row) {
            if (id < 0 || id >= m_config.vocabulary)
                throw Error("Token id " + std::to_string(id) + " is outside the vocabulary of "
                        + std::to_string(m_config.vocabulary),
                    "The tokenizer may belong to another model.");
            m_ids.push_back(id);
        }
    }
    at::Tensor residual = m_weights.embedding->rows(m_ids);
    if (m_config.embeddingScale != 1)
        residual.mul_(m_config.embeddingScale);
    if (m_config.learnedPositions) {
        const at::Tensor positions = at::tensor(packing.position, at::kLong).to(m_weights.device);
        residual.add_(m_weights.positions.index_select(0, positions));
    }
    return residual;
}

void Decoder::prepareRope(const RopeConfig& config, const layers::Packing& packing, layers::RopeTensors& rope)
{
    constexpr int64_t step = 256; // tables grow by so many positions
    const auto wholeSteps = [](int64_t positions) { return (positions + step - 1) / step * step; };
    // A row's angles may depend on its own length, whatever else is in the batch: each row names the table
    // that it needs by the length it is made for.
    std::vector<int64_t>& tableOfRow = m_tableOfRow;
    tableOfRow.clear();
    bool shared = true;
    for (size_t r = 0; r < packing.count.size(); ++r) {
        const int64_t length = packing.start[r] + packing.count[r];
        const bool own = dependsOnLength(config, length);
        const bool exact = own && config.scaling == RopeConfig::Scaling::DynamicNtk;
        int64_t positions = exact ? length : wholeSteps(own ? packing.longest : length);
        if (!own && dependsOnLength(config, positions))
            positions = config.originalContext;
        shared = shared && !own;
        tableOfRow.push_back(positions);
    }
    rope.turn.clear();
    std::map<int64_t, int64_t> tables; // length -> first row among all tables
    if (shared) {
        const int64_t positions = *std::max_element(tableOfRow.begin(), tableOfRow.end());
        const int64_t have = rope.cosine.defined() ? rope.cosine.size(0) : 0;
        if (have >= positions && !dependsOnLength(config, have))
            return;
        tables[positions] = 0;
    } else {
        for (const int64_t positions : tableOfRow)
            tables[positions] = 0;
    }
    std::vector<at::Tensor> cosines;
    std::vector<at::Tensor> sines;
    int64_t rows = 0;
    for (auto& [positions, first] : tables) {
        RopeTable table = makeRopeTable(config, positions);
        const auto tensor = [&](std::vector<float>& values) {
            return at::from_blob(values.data(), {table.positions, table.half}, at::kFloat).clone();
        };
        cosines.push_back(tensor(table.cosine));
        sines.push_back(tensor(table.sine));
        first = std::exchange(rows, rows + positions);
    }
    rope.cosine = at::cat(cosines).to(m_weights.device);
    rope.sine = at::cat(sines).to(m_weights.device);
    if (!shared)
        for (size_t t = 0; t < packing.row.size(); ++t)
            rope.turn.push_back(static_cast<int32_t>(
                tables[tableOfRow[static_cast<size_t>(packing.row[t])]] + packing.position[t]));
    if (!shared && computesWithLibrary(m_weights.device))
        rope.turnIndex = at::tensor(rope.turn, at::kLong).to(m_weights.device);
}

void Decoder::prepareRopes(const layers::Packing& packing)
{
    for (size_t i = 0; i < m_config.ropes.size(); ++i)
        prepareRope(m_config.ropes[i], packing, m_ropes[i]);
    if (const auto& none = m_ropes.back().cosine; !none.defined() || none.size(0) < packing.longest) {
        const at::Tensor empty
            = at::empty({2 * packing.longest, 0}, at::TensorOptions(at::kFloat).device(m_weights.device));
        m_ropes.back() = {empty, empty, {}, {}};
    }
}

const layers::RopeTensors& Decoder::ropeOf(const BlockConfig& block) const
{
    return block.rope == noRope ? m_ropes.back() : m_ropes[static_cast<size_t>(block.rope)];
}

// Without weights there is no norm: the values are only brought to the type of the products.
at::Tensor Decoder::normed(const at::Tensor& x, const NormWeights& weights) const
{
    return weights.weight.defined() ? layers::normalise(x, m_norm, weights, m_weights.activationType)
                                    : x.to(m_weights.activationType);
}

// Rotated; keys and values go to the cache.
at::Tensor Decoder::queries(const at::Tensor& x, const BlockWeights& w, const BlockConfig& block,
    const layers::Packing& packing, LayerPages& cache) const
{
    at::Tensor qkv = w.queryKeyValue->multiply(x);
    if (m_config.queryKeyNorm != QueryKeyNorm::None)
        layers::normaliseHeads(qkv, m_heads, m_norm, m_config.queryKeyNorm, w.queryNorm, w.keyNorm);
    return layers::rotateAndStore(qkv, packing, m_heads, ropeOf(block), cache);
}

at::Tensor Decoder::attention(const at::Tensor& queries, const BlockWeights& w, const BlockConfig& block,
    const layers::Packing& packing, const LayerPages& cache) const
{
    return normed(
        w.attentionOutput->multiply(layers::attend(queries, cache, packing, m_heads, block.slidingWindow)),
        w.attentionOutputNorm);
}

at::Tensor Decoder::mlp(const MlpWeights& w, const at::Tensor& x) const
{
    // The inner values are the widest of all: many rows go through in parts that stay in the cache and do not
    // make the system hand out and clear memory again for every block.
    constexpr int64_t most = 512;
    if (x.size(0) > most && x.is_cpu()) {
        std::vector<at::Tensor> parts;
        for (int64_t first = 0; first < x.size(0); first += most)
            parts.push_back(mlp(w, x.narrow(0, first, std::min(most, x.size(0) - first))));
        return at::cat(parts);
    }
    const at::Tensor inner = w.gateUp->multiply(x);
    return w.down->multiply(m_config.gatedMlp ? layers::activateGated(inner, m_config.activation)
                                              : layers::activate(inner, m_config.activation));
}

at::Tensor Decoder::feedForward(const BlockWeights& w, const BlockConfig& block, const at::Tensor& x) const
{
    if (!block.sparse)
        return normed(mlp(w.mlp, x), w.mlpOutputNorm);
    const at::Tensor mixed = mixExperts(w, m_config.experts, x,
        [this](const MlpWeights& expert, const at::Tensor& tokens) { return mlp(expert, tokens); });
    return w.mlpOutputNorm.weight.defined() ? normed(mixed, w.mlpOutputNorm) : mixed;
}

at::Tensor Decoder::lastTokens(const layers::Packing& packing) const
{
    std::vector<int64_t> last;
    for (size_t r = 0; r < packing.count.size(); ++r)
        last.push_back(packing.offset[r] + packing.count[r] - 1);
    return at::tensor(last, at::kLong).to(m_weights.device);
}

// Without a cache the keys and values of one block at a time are enough.
LayerPages Decoder::pagesOf(const layers::Packing& packing) const
{
    LayerPages own;
    int32_t next = 0;
    for (const int64_t count : packing.count) {
        own.rows.emplace_back(static_cast<size_t>(pagesFor(count)));
        std::iota(own.rows.back().begin(), own.rows.back().end(), next);
        next += static_cast<int32_t>(own.rows.back().size());
    }
    const auto options = at::TensorOptions(m_weights.cacheType).device(m_weights.device);
    own.keys = makePages(m_config, next, options);
    own.values = makePages(m_config, next, options);
    return own;
}

// One copy to the device for all blocks, so that none waits for one of its own.
void Decoder::placePages(const Pass& pass, std::span<LayerPages> caches) const
{
    const auto rows = static_cast<int64_t>(pass.packing.count.size());
    const auto tokens = static_cast<int64_t>(pass.packing.row.size());
    const int64_t most = pagesFor(pass.packing.longest);
    std::vector<int64_t> all;
    for (const LayerPages& cache : caches) {
        for (const auto& pages : cache.rows) {
            all.insert(all.end(), pages.begin(), pages.end());
            all.insert(all.end(), static_cast<size_t>(most) - pages.size(), 0);
        }
        for (size_t t = 0; t < pass.packing.row.size(); ++t)
            all.push_back(cache.rows[static_cast<size_t>(pass.packing.row[t])]
                                    [static_cast<size_t>(pass.packing.position[t] / kernels::pageSlots)]);
    }
    const at::Tensor placed = at::tensor(all, at::kLong).to(m_weights.device);
    int64_t at = 0;
    for (LayerPages& cache : caches) {
        cache.rowPages = placed.narrow(0, at, rows * most).view({rows, most});
        cache.tokenPages = placed.narrow(0, at + rows * most, tokens);
        at += rows * most + tokens;
    }
}

at::Tensor Decoder::run(Pass& pass, at::Tensor residual)
{
    if (m_weights.mapped)
        m_model.checkpoint().checkIntact();
    prepareRopes(pass.packing);

    LayerPages oneBlock;
    if (!pass.cache)
        oneBlock = pagesOf(pass.packing);
    if (computesWithLibrary(m_weights.device))
        placePages(pass,
            pass.cache ? std::span(*pass.cache)
                             .subspan(static_cast<size_t>(pass.firstBlock),
                                 static_cast<size_t>(pass.lastBlock - pass.firstBlock + 1))
                       : std::span(&oneBlock, 1));
    for (int block = pass.firstBlock; block <= pass.lastBlock; ++block) {
        pass.cancel.check();
        const auto i = static_cast<size_t>(block);
        const BlockWeights& w = m_weights.blocks[i];
        const BlockConfig& config = m_config.blocks[i];
        LayerPages& cache = pass.cache ? (*pass.cache)[i] : oneBlock;
        at::Tensor x = normed(residual, w.attentionNorm);
        at::Tensor asking = queries(x, w, config, pass.packing, cache);
        if (pass.lastPositionsOnly && block + 1 == m_config.layers
            && pass.packing.row.size() > pass.packing.count.size()) {
            layers::Packing last = lastPositions(pass.packing);
            const at::Tensor index = lastTokens(pass.packing);
            for (at::Tensor* t : {&residual, &x, &asking})
                *t = t->index_select(0, index);
            pass.packing = std::move(last);
        }
        const at::Tensor attended = attention(asking, w, config, pass.packing, cache);
        pass.cancel.check(); // of a large batch each half of a block takes long
        if (m_config.parallelResidual) {
            const at::Tensor own = w.mlpNorm.weight.defined() ? normed(residual, w.mlpNorm) : x;
            const at::Tensor fed = feedForward(w, config, own);
            layers::addTo(residual, attended);
            layers::addTo(residual, fed);
        } else {
            layers::addTo(residual, attended);
            layers::addTo(residual, feedForward(w, config, normed(residual, w.mlpNorm)));
        }
        if (pass.onBlock)
            pass.onBlock(block, residual);
    }
    return residual;
}

at::Tensor Decoder::readOut(const at::Tensor& residual) const
{
    return m_weights.head->multiplyToFloat(normed(residual, m_weights.finalNorm));
}

at::Tensor Decoder::logits(const at::Tensor& residual) const
{
    at::Tensor logits = readOut(residual);
    if (const double cap = m_config.logitSoftCap; cap > 0)
        logits = logits.div_(cap).tanh_().mul_(cap);
    return logits;
}

}
