#include "core/base/error.h"
#include "core/run/pooled_activations.h"
#include "core/steer/activation_bank.h"

#include <algorithm>

namespace tiller {

namespace {

class Collector {
public:
    Collector(const Renderer& renderer, const ReadPosition& read)
        : m_renderer(renderer)
        , m_read(read)
    {
    }

    std::vector<PooledSequence> sequences;

    void add(const ContrastText& prompt, const ContrastText& text, const std::string& where)
    {
        try {
            RenderedText rendered = m_renderer.render(prompt, text);
            auto positions = m_read.positions(rendered);
            sequences.push_back({std::move(rendered.ids), std::move(positions)});
        } catch (const TemplateError& error) {
            throw TemplateError(where + ": " + error.what(), error.remedy());
        } catch (const Error& error) {
            throw Error(where + ": " + error.what(), error.remedy());
        }
    }

private:
    const Renderer& m_renderer;
    const ReadPosition& m_read;
};

}

ActivationBank collectActivations(const Model& model, const Renderer& renderer, const ContrastSet& set,
    const ReadPosition& read, const std::vector<int>& layers, const Job& job)
{
    if (set.size() == 0)
        throw Error("the contrast set is empty", "Add pairs, or open a contrast set.");
    ActivationBank bank;
    bank.items = static_cast<int64_t>(set.size());
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

    Collector collector(renderer, read);
    for (size_t i = 0; i < set.pairs.size(); ++i) {
        const std::string where = "pair " + std::to_string(i + 1);
        collector.add(set.pairs[i].prompt, set.pairs[i].positive, where + ", " + set.positiveLabel);
        collector.add(set.pairs[i].prompt, set.pairs[i].negative, where + ", " + set.negativeLabel);
    }
    if (set.pairs.empty()) {
        for (size_t i = 0; i < set.labelled.size(); ++i) {
            collector.add({}, set.labelled[i].text, "example " + std::to_string(i + 1));
            bank.labels.push_back(set.labelled[i].label);
        }
    }
    bank.sides = set.pairs.empty() ? 1 : 2;
    for (const PooledSequence& sequence : collector.sequences)
        bank.tokens += static_cast<int64_t>(sequence.ids.size());
    bank.values = pooledActivations(model, collector.sequences, bank.layers, job);
    return bank;
}

}
