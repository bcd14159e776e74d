#include "core/model/layers_internal.h"

#include "core/model/scratch_internal.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tiller::layers {

namespace {

bool hasKernel(const at::Tensor& t)
{
    return !computesWithLibrary(t.device())
        && (t.scalar_type() == at::kFloat || t.scalar_type() == at::kBFloat16);
}

kernels::Float kernelType(at::ScalarType type)
{
    return type == at::kBFloat16 ? kernels::Float::BF16 : kernels::Float::F32;
}

kernels::HeadLayout layoutOf(const Packing& packing, const Heads& heads)
{
    return {static_cast<int64_t>(packing.row.size()), packing.row.data(), packing.position.data(),
        heads.heads, heads.kvHeads, heads.headDim};
}

// The rows' lists of pages as the kernels take them, good until the next call.
kernels::CachePages kernelPages(const LayerPages& cache)
{
    static thread_local std::vector<const int32_t*> rows;
    rows.clear();
    for (const auto& pages : cache.rows)
        rows.push_back(pages.data());
    return {
        cache.keys.data_ptr(), cache.values.data_ptr(), kernelType(cache.keys.scalar_type()), rows.data()};
}

kernels::Norm kernelNorm(const Norm& norm, const NormWeights& weights)
{
    return {weights.weight.data_ptr<float>(),
        weights.bias.defined() ? weights.bias.data_ptr<float>() : nullptr, static_cast<float>(norm.epsilon),
        norm.kind == NormKind::Layer};
}

at::Tensor libraryNorm(const at::Tensor& x, const Norm& norm, const NormWeights& weights)
{
    const at::Tensor centred = norm.kind == NormKind::Layer ? x - x.mean(-1, true) : x;
    const at::Tensor y = centred * at::rsqrt(centred.square().mean(-1, true) + norm.epsilon) * weights.weight;
    return weights.bias.defined() ? y + weights.bias : y;
}

at::Tensor libraryActivation(const at::Tensor& x, Activation activation)
{
    switch (activation) {
    case Activation::Silu:
        return at::silu(x);
    case Activation::Gelu:
        return at::gelu(x);
    case Activation::GeluTanh:
        return at::gelu(x, "tanh");
    case Activation::Relu:
        return at::relu(x);
    }
    return x;
}

at::Tensor rotate(const at::Tensor& x, const at::Tensor& cosine, const at::Tensor& sine)
{
    const int64_t half = cosine.size(-1);
    if (half == 0)
        return x;
    const at::Tensor wide = x.to(at::kFloat);
    const at::Tensor a = wide.narrow(-1, 0, half);
    const at::Tensor b = wide.narrow(-1, half, half);
    std::vector<at::Tensor> parts{a * cosine - b * sine, b * cosine + a * sine};
    if (x.size(-1) > 2 * half)
        parts.push_back(wide.narrow(-1, 2 * half, x.size(-1) - 2 * half));
    return at::cat(parts, -1).to(x.scalar_type());
}

// Slots that the queries at positions start .. start+count-1 may not see, as -inf, [count, slots].
at::Tensor causalMask(
    int64_t start, int64_t count, int64_t firstSlot, int64_t slots, int64_t window, at::Device device)
{
    const auto options = at::TensorOptions(at::kLong).device(device);
    const at::Tensor query = at::arange(start, start + count, options).unsqueeze(1);
    const at::Tensor slot = at::arange(firstSlot, firstSlot + slots, options).unsqueeze(0);
    at::Tensor hidden = slot > query;
    if (window > 0)
        hidden = hidden.logical_or(slot <= query - window);
    return at::zeros({count, slots}, at::TensorOptions(at::kFloat).device(device))
        .masked_fill_(hidden, -std::numeric_limits<float>::infinity());
}

at::Tensor libraryScores(const at::Tensor& products, const kernels::ScoreShape& shape)
{
    const at::Tensor scores = products.to(at::kFloat) * shape.scale;
    return shape.softCap > 0 ? at::tanh(scores / shape.softCap) * shape.softCap : scores;
}

constexpr int64_t queryBlock = 64;

// Some queries of one row through library products, over the slots they can see; keys and values
// [kvHeads, positions, headDim].
void attendBlock(const at::Tensor& queries, const at::Tensor& keys, const at::Tensor& values, int64_t start,
    const Heads& heads, int64_t window, at::Tensor out)
{
    const int64_t count = queries.size(0);
    const int64_t group = heads.heads / heads.kvHeads;
    const int64_t firstSlot = window > 0 ? std::max<int64_t>(0, start - window + 1) : 0;
    const int64_t slots = start + count - firstSlot;
    const at::Tensor q = queries.to(keys.scalar_type())
                             .view({count, heads.kvHeads, group, heads.headDim})
                             .permute({1, 2, 0, 3})
                             .reshape({heads.kvHeads, group * count, heads.headDim});
    const at::Tensor k = keys.narrow(1, firstSlot, slots);
    const at::Tensor v = values.narrow(1, firstSlot, slots);
    const at::Tensor weights = at::softmax(
        libraryScores(at::bmm(q, k.transpose(1, 2)), heads.scores).view({heads.kvHeads, group, count, slots})
            + causalMask(start, count, firstSlot, slots, window, queries.device()),
        -1)
                                   .to(values.scalar_type())
                                   .view({heads.kvHeads, group * count, slots});
    out.view({count, heads.kvHeads, group, heads.headDim})
        .copy_(at::bmm(weights, v).view({heads.kvHeads, group, count, heads.headDim}).permute({2, 0, 1, 3}));
}

// Positions one after another, [kvHeads, positions, headDim], of the pages [count] named.
at::Tensor inOrder(const at::Tensor& pages, const at::Tensor& which)
{
    return pages.index_select(0, which).transpose(0, 1).flatten(1, 2);
}

// One query each of all rows at once.
at::Tensor attendOneEach(const at::Tensor& queries, const LayerPages& cache, const Packing& packing,
    const Heads& heads, int64_t window)
{
    const int64_t rows = cache.rowPages.size(0);
    const int64_t pages = cache.rowPages.size(1);
    const int64_t slots = pages * kernels::pageSlots;
    const int64_t group = heads.heads / heads.kvHeads;
    const at::Tensor which = cache.rowPages.flatten();
    const auto gathered = [&](const at::Tensor& all) {
        return all.index_select(0, which)
            .view({rows, pages, heads.kvHeads, kernels::pageSlots, heads.headDim})
            .transpose(1, 2)
            .reshape({rows * heads.kvHeads, slots, heads.headDim});
    };
    const at::Tensor q
        = queries.to(cache.keys.scalar_type()).view({rows * heads.kvHeads, group, heads.headDim});
    const at::Tensor slot = at::arange(slots, packing.positionIndex.options()).unsqueeze(0);
    const at::Tensor position = packing.positionIndex.unsqueeze(1);
    at::Tensor hidden = slot > position;
    if (window > 0)
        hidden = hidden.logical_or(slot <= position - window);
    const at::Tensor scores = libraryScores(at::bmm(q, gathered(cache.keys).transpose(1, 2)), heads.scores)
                                  .view({rows, heads.heads, slots})
                                  .masked_fill(hidden.unsqueeze(1), -std::numeric_limits<float>::infinity());
    const at::Tensor weights
        = at::softmax(scores, -1).to(cache.values.scalar_type()).view({rows * heads.kvHeads, group, slots});
    return at::bmm(weights, gathered(cache.values))
        .view({rows, heads.heads * heads.headDim})
        .to(queries.scalar_type());
}

}

at::Tensor normalise(const at::Tensor& x, const Norm& norm, const NormWeights& weights, at::ScalarType out)
{
    if (computesWithLibrary(x.device()) || (out != at::kFloat && out != at::kBFloat16))
        return libraryNorm(x.to(at::kFloat), norm, weights).to(out);
    const at::Tensor input = x.to(at::kFloat).contiguous();
    const int64_t width = input.size(-1);
    at::Tensor y = scratch(input.numel() / width, width, out);
    kernels::normalise(input.data_ptr<float>(), kernelNorm(norm, weights), input.numel() / width, width,
        y.data_ptr(), kernelType(out));
    return y;
}

void addTo(at::Tensor& residual, const at::Tensor& y)
{
    if (hasKernel(y) && y.is_contiguous() && residual.is_contiguous())
        kernels::addTo(residual.data_ptr<float>(), y.data_ptr(), kernelType(y.scalar_type()), y.numel());
    else
        residual.add_(y);
}

at::Tensor activate(const at::Tensor& x, Activation activation)
{
    if (!hasKernel(x) || !x.is_contiguous())
        return libraryActivation(x.to(at::kFloat), activation).to(x.scalar_type());
    at::Tensor out = scratch(x.size(0), x.size(1), x.scalar_type());
    kernels::activate(x.data_ptr(), kernelType(x.scalar_type()), activation, x.numel(), out.data_ptr());
    return out;
}

at::Tensor activateGated(const at::Tensor& gateUp, Activation activation)
{
    const int64_t width = gateUp.size(-1) / 2;
    if (!hasKernel(gateUp) || !gateUp.is_contiguous()) {
        const at::Tensor gate = gateUp.narrow(-1, 0, width).to(at::kFloat);
        return (libraryActivation(gate, activation) * gateUp.narrow(-1, width, width))
            .to(gateUp.scalar_type());
    }
    at::Tensor out = scratch(gateUp.size(0), width, gateUp.scalar_type());
    kernels::activateGated(gateUp.data_ptr(), kernelType(gateUp.scalar_type()), activation, gateUp.size(0),
        width, out.data_ptr());
    return out;
}

void normaliseHeads(at::Tensor& qkv, const Heads& heads, const Norm& norm, QueryKeyNorm over,
    const NormWeights& queries, const NormWeights& keys)
{
    const auto apply = [&](int64_t firstHead, int64_t count, const NormWeights& weights) {
        const int64_t groups = over == QueryKeyNorm::AllHeads ? 1 : count;
        const int64_t width = count * heads.headDim / groups;
        const int64_t first = firstHead * heads.headDim;
        if (hasKernel(qkv) && qkv.is_contiguous()) {
            auto* x = static_cast<std::byte*>(qkv.data_ptr())
                + static_cast<size_t>(first) * c10::elementSize(qkv.scalar_type());
            kernels::normaliseGroups(x, kernelType(qkv.scalar_type()), kernelNorm(norm, weights), qkv.size(0),
                qkv.size(1), groups, width);
            return;
        }
        const at::Tensor part = qkv.narrow(1, first, groups * width).view({qkv.size(0), groups, width});
        const NormWeights shaped{weights.weight.view({groups, width}), {}};
        part.copy_(libraryNorm(part.to(at::kFloat), norm, shaped));
    };
    apply(0, heads.heads, queries);
    apply(heads.heads, heads.kvHeads, keys);
}

at::Tensor rotateAndStore(const at::Tensor& qkv, const Packing& packing, const Heads& heads,
    const RopeTensors& rope, LayerPages& cache)
{
    const int64_t n = qkv.size(0);
    if (hasKernel(qkv) && qkv.is_contiguous()) {
        at::Tensor queries = scratch(n, heads.heads * heads.headDim, qkv.scalar_type());
        kernels::HeadLayout layout = layoutOf(packing, heads);
        layout.turn = rope.turn.empty() ? nullptr : rope.turn.data();
        kernels::rotateAndStore(qkv.data_ptr(), kernelType(qkv.scalar_type()), layout,
            rope.cosine.data_ptr<float>(), rope.sine.data_ptr<float>(), 2 * rope.cosine.size(1),
            queries.data_ptr(), kernelPages(cache));
        return queries;
    }
    const at::Tensor all = qkv.view({n, heads.heads + 2 * heads.kvHeads, heads.headDim});
    const at::Tensor& turn = rope.turn.empty() ? packing.positionIndex : rope.turnIndex;
    const at::Tensor cosine = rope.cosine.index({turn}).unsqueeze(1);
    const at::Tensor sine = rope.sine.index({turn}).unsqueeze(1);
    const at::Tensor turned = rotate(all.narrow(1, 0, heads.heads + heads.kvHeads), cosine, sine);
    const c10::List<c10::optional<at::Tensor>> where(
        {cache.tokenPages, packing.positionIndex.remainder(kernels::pageSlots)});
    cache.keys.transpose(1, 2).index_put_(where, turned.narrow(1, heads.heads, heads.kvHeads));
    cache.values.transpose(1, 2).index_put_(where, all.narrow(1, heads.heads + heads.kvHeads, heads.kvHeads));
    return turned.narrow(1, 0, heads.heads).contiguous().flatten(1);
}

at::Tensor attend(const at::Tensor& queries, const LayerPages& cache, const Packing& packing,
    const Heads& heads, int64_t window)
{
    const int64_t n = queries.size(0);
    const int64_t width = heads.heads * heads.headDim;
    if (hasKernel(queries)) {
        at::Tensor out = scratch(n, width, queries.scalar_type());
        kernels::attend(queries.data_ptr(), kernelType(queries.scalar_type()), kernelPages(cache),
            layoutOf(packing, heads), window, heads.scores, out.data_ptr());
        return out;
    }
    if (n == static_cast<int64_t>(packing.count.size()))
        return attendOneEach(queries, cache, packing, heads, window);
    constexpr int64_t queryBlock = 64;
    at::Tensor out = at::empty({n, width}, queries.options());
    for (size_t r = 0; r < packing.count.size(); ++r) {
        const int64_t positions = packing.start[r] + packing.count[r];
        const at::Tensor which = cache.rowPages[static_cast<int64_t>(r)].narrow(0, 0, pagesFor(positions));
        const at::Tensor keys = inOrder(cache.keys, which);
        const at::Tensor values = inOrder(cache.values, which);
        for (int64_t begin = 0; begin < packing.count[r]; begin += queryBlock) {
            const int64_t count = std::min(queryBlock, packing.count[r] - begin);
            const int64_t offset = packing.offset[r] + begin;
            attendBlock(queries.narrow(0, offset, count), keys, values, packing.start[r] + begin, heads,
                window, out.narrow(0, offset, count));
        }
    }
    return out;
}

}
