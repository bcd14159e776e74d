#include "core/base/error.h"
#include "core/run/pooled_activations.h"
#include "core/steer/activation_bank.h"

#include <algorithm>
#include <map>
#include <set>

namespace tiller {

namespace {

std::vector<float> pooled(const Model& model, const std::vector<PooledSequence>& sequences,
    const std::vector<int>& layers, const Job& job, ActivationCache* cache)
{
    if (!cache)
        return pooledActivations(model, sequences, layers, job);
    const int64_t hidden = model.config().hidden;
    const size_t width = layers.size() * static_cast<size_t>(hidden);
    std::vector<float> values(sequences.size() * width);
    std::vector<size_t> missing;
    std::vector<PooledSequence> unread;
    for (size_t s = 0; s < sequences.size(); ++s) {
        if (cache->find(sequences[s], layers, values.data() + s * width))
            continue;
        missing.push_back(s);
        unread.push_back(sequences[s]);
    }
    if (missing.empty())
        return values;
    const std::vector<float> computed = pooledActivations(model, unread, layers, job);
    for (size_t i = 0; i < missing.size(); ++i) {
        const float* source = computed.data() + i * width;
        std::copy_n(source, width, values.data() + missing[i] * width);
        cache->store(unread[i], layers, source, hidden);
    }
    return values;
}

double dot(const float* a, const float* b, int64_t width)
{
    double sum = 0;
    for (int64_t k = 0; k < width; ++k)
        sum += static_cast<double>(a[k]) * static_cast<double>(b[k]);
    return sum;
}

// What the first token, read alone, has of each mean that takes it in. A set begins with few tokens.
void measureSink(ActivationBank& bank, const Model& model, const std::vector<PooledSequence>& texts,
    const Job& job, ActivationCache* cache)
{
    std::map<TokenId, size_t> places;
    std::vector<PooledSequence> firstTokens;
    std::vector<size_t> readers;
    for (size_t t = 0; t < texts.size(); ++t) {
        if (texts[t].positions.front() != 0)
            continue;
        readers.push_back(t);
        const TokenId first = texts[t].ids.front();
        if (places.emplace(first, firstTokens.size()).second)
            firstTokens.push_back({{first}, {0}});
        if (const int item = static_cast<int>(t / static_cast<size_t>(bank.sides));
            bank.sinkItems.empty() || bank.sinkItems.back() != item)
            bank.sinkItems.push_back(item);
    }
    if (readers.empty())
        return;
    const size_t layers = bank.layers.size();
    const std::vector<float> sinks = pooled(model, firstTokens, bank.layers, job, cache);
    bank.sinkShare.assign(layers, 0.0f);
    for (const size_t t : readers) {
        const size_t place = places.at(texts[t].ids.front());
        const auto item = static_cast<int64_t>(t) / bank.sides;
        const auto side = static_cast<int64_t>(t) % bank.sides;
        for (size_t layer = 0; layer < layers; ++layer) {
            const float* sink = sinks.data() + (place * layers + layer) * static_cast<size_t>(bank.hidden);
            const float* mean = bank.at(item, side, static_cast<int64_t>(layer));
            const double squares = dot(mean, mean, bank.hidden) * bank.readTokens[t];
            if (squares > 0)
                bank.sinkShare[layer] = std::max(
                    bank.sinkShare[layer], static_cast<float>(dot(sink, mean, bank.hidden) / squares));
        }
    }
}

}

ActivationBank collectActivations(const Model& model, const std::vector<RenderedItem>& items,
    const std::vector<int>& layers, const Job& job, ActivationCache* cache)
{
    ActivationBank bank;
    bank.items = static_cast<int64_t>(items.size());
    bank.sides = static_cast<int64_t>(items.front().sides.size());
    bank.hidden = model.config().hidden;
    bank.layers = layers;
    std::ranges::sort(bank.layers);
    bank.layers.erase(std::ranges::unique(bank.layers).begin(), bank.layers.end());
    if (bank.layers.empty())
        throw Error("no layers to extract from", "Choose at least one layer.");
    for (const int layer : {bank.layers.front(), bank.layers.back()})
        if (layer < 0 || layer >= model.config().layers)
            throw Error("layer " + std::to_string(layer) + " does not exist: the model has layers 0 to "
                + std::to_string(model.config().layers - 1));

    std::vector<PooledSequence> texts;
    std::set<std::vector<std::vector<TokenId>>> seen;
    for (size_t i = 0; i < items.size(); ++i) {
        const RenderedItem& item = items[i];
        if (bank.sides == 1)
            bank.labels.push_back(item.label);
        else if (item.sides[0].ids == item.sides[1].ids)
            bank.equalSides.push_back(static_cast<int>(i));
        std::vector<std::vector<TokenId>> sides;
        for (const PooledSequence& side : item.sides)
            sides.push_back(side.ids);
        if (!seen.insert(std::move(sides)).second)
            bank.repeated.push_back(static_cast<int>(i));
        texts.insert(texts.end(), item.sides.begin(), item.sides.end());
        bank.answerTokens.insert(bank.answerTokens.end(), item.answerTokens.begin(), item.answerTokens.end());
    }
    for (const PooledSequence& text : texts) {
        bank.tokens += static_cast<int64_t>(text.ids.size());
        bank.readTokens.push_back(static_cast<int>(text.positions.size()));
    }
    bank.values = pooled(model, texts, bank.layers, job, cache);
    measureSink(bank, model, texts, job, cache);
    return bank;
}

}
