#include "core/study/samples.h"

#include <algorithm>
#include <numeric>

namespace tiller {

Labelling labellingOf(const ActivationBank& bank)
{
    return bank.sides == 2 ? Labelling(static_cast<size_t>(bank.items), 1) : bank.labels;
}

ActivationBank take(const ActivationBank& bank, const std::vector<int>& items, const Labelling& labelling)
{
    ActivationBank sample;
    sample.items = static_cast<int64_t>(items.size());
    sample.sides = bank.sides;
    sample.hidden = bank.hidden;
    sample.layers = bank.layers;
    const int64_t block = static_cast<int64_t>(bank.layers.size()) * bank.hidden;
    sample.values.resize(static_cast<size_t>(sample.items * sample.sides * block));
    float* to = sample.values.data();
    for (const int item : items) {
        const int64_t label = labelling[static_cast<size_t>(item)];
        const int64_t first = bank.sides == 2 && label == 0 ? 1 : 0;
        for (int64_t side = 0; side < bank.sides; ++side)
            to = std::copy_n(bank.at(item, side ^ first, 0), block, to);
        if (bank.sides == 1)
            sample.labels.push_back(label);
    }
    return sample;
}

Samples::Samples(const ActivationBank& bank, uint64_t seed)
    : m_ofPairs(bank.sides == 2)
    , m_labelling(labellingOf(bank))
    , m_groups(m_ofPairs ? 1 : 2)
    , m_state(seed)
{
    for (const int item : allItems())
        m_groups[m_ofPairs || m_labelling[static_cast<size_t>(item)] == 1 ? 0 : 1].push_back(item);
}

std::vector<int> Samples::allItems() const
{
    std::vector<int> items(m_labelling.size());
    std::iota(items.begin(), items.end(), 0);
    return items;
}

std::pair<std::vector<int>, std::vector<int>> Samples::halves()
{
    std::pair<std::vector<int>, std::vector<int>> result;
    for (const std::vector<int>& group : m_groups) {
        const std::vector<int> order = permuted(group);
        const auto middle = order.begin() + static_cast<std::ptrdiff_t>(order.size() / 2);
        result.first.insert(result.first.end(), order.begin(), middle);
        result.second.insert(result.second.end(), middle, order.end());
    }
    return result;
}

std::vector<int> Samples::bootstrap()
{
    std::vector<int> items;
    for (const std::vector<int>& group : m_groups)
        for (size_t i = 0; i < group.size(); ++i)
            items.push_back(group[below(group.size())]);
    return items;
}

std::vector<int> Samples::folds(int count)
{
    std::vector<int> result(m_labelling.size(), 0);
    for (const std::vector<int>& group : m_groups) {
        int fold = 0;
        for (const int item : permuted(group))
            result[static_cast<size_t>(item)] = fold++ % count;
    }
    return result;
}

Labelling Samples::shuffled(const std::vector<int>& folds)
{
    Labelling result = m_labelling;
    if (m_ofPairs) {
        for (int64_t& label : result)
            label = static_cast<int64_t>(below(2));
        return result;
    }
    const int count = 1 + *std::ranges::max_element(folds);
    for (int fold = 0; fold < count; ++fold) {
        std::vector<int> members;
        for (const int item : allItems())
            if (folds[static_cast<size_t>(item)] == fold)
                members.push_back(item);
        const std::vector<int> order = permuted(members);
        for (size_t i = 0; i < members.size(); ++i)
            result[static_cast<size_t>(members[i])] = m_labelling[static_cast<size_t>(order[i])];
    }
    return result;
}

// splitmix64, Steele et al. 2014. The remainder prefers low numbers by less than 2^-40.
size_t Samples::below(size_t bound)
{
    m_state += 0x9E3779B97F4A7C15U;
    uint64_t bits = m_state;
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9U;
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBU;
    return static_cast<size_t>((bits ^ (bits >> 31)) % bound);
}

// Fisher and Yates.
std::vector<int> Samples::permuted(std::vector<int> values)
{
    for (size_t i = values.size(); i > 1; --i)
        std::swap(values[i - 1], values[below(i)]);
    return values;
}

}
