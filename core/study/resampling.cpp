#include "core/study/resampling.h"

#include "core/base/error.h"
#include "core/base/threads.h"
#include "core/steer/extractors/dense_internal.h"
#include "core/study/layer_texts.h"
#include "core/study/recommendation.h"
#include "core/study/samples.h"
#include "core/study/separation.h"
#include "core/study/warnings.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <functional>
#include <thread>

namespace tiller {

namespace {

// What every layer is fitted to.
struct Draws {
    std::vector<std::pair<std::vector<int>, std::vector<int>>> halves;
    std::vector<std::vector<int>> bootstraps;
    int foldCount = 0;
    std::vector<int> folds; ///< [items]
    std::vector<Labelling> shuffles;

    Draws(const ActivationBank& bank, const ResampleOptions& options, bool withBootstraps)
        : foldCount(std::max(1, std::min<int>(options.folds, static_cast<int>(bank.items))))
    {
        // A seed each: more of one kind leaves the others as they are.
        Samples ofHalves(bank, 1);
        for (int i = 0; i < options.halves; ++i)
            halves.push_back(ofHalves.halves());
        Samples ofBootstraps(bank, 2);
        for (int i = 0; withBootstraps && i < options.bootstraps; ++i)
            bootstraps.push_back(ofBootstraps.bootstrap());
        folds = Samples(bank, 3).folds(foldCount);
        Samples ofShuffles(bank, 4);
        for (int i = 0; i < options.shuffles; ++i)
            shuffles.push_back(ofShuffles.shuffled(folds));
    }

    size_t fits(const ActivationBank& bank) const
    {
        return 1 + static_cast<size_t>(bank.items) + 2 * halves.size() + bootstraps.size()
            + static_cast<size_t>(foldCount) * (1 + shuffles.size());
    }
};

double meanOf(const std::vector<double>& values)
{
    double sum = 0;
    for (const double value : values)
        sum += value;
    return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

// Linear between the ranks of the sorted values.
double quantile(const std::vector<double>& sorted, double share)
{
    const double rank = share * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<size_t>(rank);
    const size_t above = std::min(below + 1, sorted.size() - 1);
    return sorted[below] + (rank - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

Band bandOf(std::vector<double> values)
{
    if (values.empty())
        return {};
    std::ranges::sort(values);
    return {quantile(values, 0.05), quantile(values, 0.95)};
}

// Zeros where a sample has no direction: its scores and cosines are then 0.
struct Direction {
    std::vector<double> unit;
    double norm = 0;
};

double cosine(const Direction& a, const Direction& b)
{
    return std::clamp(dense::dot(a.unit, b.unit), -1.0, 1.0);
}

// One layer, in whichever coordinates, and the fits of its samples.
class LayerFits {
public:
    /// `beforeFit` is called before every fit; what it throws ends the work.
    LayerFits(ActivationBank texts, const ExtractorInfo& method, const Draws& draws,
        const std::function<void()>& beforeFit)
        : m_texts(std::move(texts))
        , m_method(method)
        , m_draws(draws)
        , m_beforeFit(beforeFit)
        , m_labelling(labellingOf(m_texts))
        , m_rows(static_cast<size_t>(m_texts.items * m_texts.sides), static_cast<size_t>(m_texts.hidden))
    {
        std::vector<double> mean;
        for (size_t text = 0; text < m_rows.rows(); ++text)
            std::copy_n(m_texts.values.data() + text * m_rows.columns(), m_rows.columns(), m_rows.row(text));
        dense::centre(m_rows);
    }

    /// All but the band of |v|.
    ResampledFigures figures() const
    {
        ResampledFigures figures;
        leaveOneOut(figures);
        splitHalves(figures);
        permute(figures);
        return figures;
    }

    std::vector<double> bootstrapNorms() const
    {
        std::vector<double> norms;
        for (const std::vector<int>& items : m_draws.bootstraps)
            norms.push_back(fit(items, m_labelling).norm);
        return norms;
    }

private:
    size_t sides() const { return static_cast<size_t>(m_texts.sides); }
    size_t items() const { return static_cast<size_t>(m_texts.items); }

    bool isPositive(size_t text, const Labelling& labelling) const
    {
        const int64_t label = labelling[text / sides()];
        return sides() == 2 ? (text % 2 == 0) == (label == 1) : label == 1;
    }

    std::vector<int> itemsWhere(const std::function<bool(size_t)>& holds) const
    {
        std::vector<int> chosen;
        for (size_t item = 0; item < items(); ++item)
            if (holds(item))
                chosen.push_back(static_cast<int>(item));
        return chosen;
    }

    Direction fit(const std::vector<int>& chosen, const Labelling& labelling) const
    {
        m_beforeFit();
        Direction direction{std::vector<double>(m_rows.columns(), 0.0)};
        try {
            const std::vector<float> v = m_method.fit(take(m_texts, chosen, labelling), 0);
            const std::vector<double> exact(v.begin(), v.end());
            const double norm = std::sqrt(dense::dot(exact, exact));
            if (norm > 0 && std::isfinite(norm)) {
                dense::addScaled(direction.unit.data(), 1 / norm, exact.data(), exact.size());
                direction.norm = norm;
            }
        } catch (const Error&) {
            // a sample that knows nothing, as resampling.h says
        }
        return direction;
    }

    // [texts] (h - mean) . u
    std::vector<double> scores(const Direction& direction) const
    {
        return dense::times(m_rows, direction.unit);
    }

    double separation(const std::vector<double>& scores, const Labelling& labelling) const
    {
        std::vector<double> positive;
        std::vector<double> negative;
        for (size_t text = 0; text < scores.size(); ++text)
            (isPositive(text, labelling) ? positive : negative).push_back(scores[text]);
        return areaUnderCurve(std::move(positive), std::move(negative));
    }

    // Midpoint of the two sides' mean scores, without those of an item.
    double threshold(const std::vector<double>& scores, size_t leftOut) const
    {
        std::vector<double> positive;
        std::vector<double> negative;
        for (size_t text = 0; text < scores.size(); ++text)
            if (text / sides() != leftOut)
                (isPositive(text, m_labelling) ? positive : negative).push_back(scores[text]);
        return (meanOf(positive) + meanOf(negative)) / 2;
    }

    void leaveOneOut(ResampledFigures& figures) const
    {
        const Direction whole = fit(itemsWhere([](size_t) { return true; }), m_labelling);
        std::vector<double> held(m_rows.rows(), 0.0);
        double right = 0;
        for (size_t item = 0; item < items(); ++item) {
            const Direction direction
                = fit(itemsWhere([&](size_t other) { return other != item; }), m_labelling);
            figures.withoutItem.push_back(static_cast<float>(cosine(direction, whole)));
            const std::vector<double> all = scores(direction);
            const double limit = threshold(all, item);
            for (size_t text = item * sides(); text < (item + 1) * sides(); ++text) {
                held[text] = all[text];
                const double margin = isPositive(text, m_labelling) ? all[text] - limit : limit - all[text];
                right += margin > 0 ? 1 : margin == 0 ? 0.5 : 0;
            }
        }
        figures.heldOut.assign(held.begin(), held.end());
        figures.auc = separation(held, m_labelling);
        figures.accuracy = right / static_cast<double>(m_rows.rows());
    }

    void splitHalves(ResampledFigures& figures) const
    {
        std::vector<double> cosines;
        for (const auto& [first, second] : m_draws.halves)
            cosines.push_back(cosine(fit(first, m_labelling), fit(second, m_labelling)));
        figures.splitHalf = meanOf(cosines);
        figures.splitHalfBand = bandOf(std::move(cosines));
    }

    double crossValidated(const Labelling& labelling) const
    {
        std::vector<double> held(m_rows.rows(), 0.0);
        for (int fold = 0; fold < m_draws.foldCount; ++fold) {
            const std::vector<double> all = scores(
                fit(itemsWhere([&](size_t item) { return m_draws.folds[item] != fold; }), labelling));
            for (size_t text = 0; text < all.size(); ++text)
                if (m_draws.folds[text / sides()] == fold)
                    held[text] = all[text];
        }
        return separation(held, labelling);
    }

    void permute(ResampledFigures& figures) const
    {
        figures.foldAuc = crossValidated(m_labelling);
        int asHigh = 0;
        for (const Labelling& labelling : m_draws.shuffles)
            asHigh += crossValidated(labelling) >= figures.foldAuc ? 1 : 0;
        figures.p = (1.0 + asHigh) / (1.0 + static_cast<double>(m_draws.shuffles.size()));
    }

    ActivationBank m_texts;
    const ExtractorInfo& m_method;
    const Draws& m_draws;
    const std::function<void()>& m_beforeFit;
    Labelling m_labelling;
    dense::Matrix m_rows; ///< [texts, width], around their mean
};

// Of every item, over its sides.
std::vector<double> residualNorms(const ActivationBank& bank, int64_t layerIndex)
{
    std::vector<double> norms;
    for (int64_t item = 0; item < bank.items; ++item) {
        double sum = 0;
        for (int64_t side = 0; side < bank.sides; ++side) {
            const float* row = bank.at(item, side, layerIndex);
            const std::vector<double> h(row, row + bank.hidden);
            sum += std::sqrt(dense::dot(h, h));
        }
        norms.push_back(sum / static_cast<double>(bank.sides));
    }
    return norms;
}

// The excess of |v*|^2 is taken out, as resampling.h says.
Band normBand(std::vector<double> drawn, double norm)
{
    std::vector<double> squares;
    for (const double value : drawn)
        squares.push_back(value * value);
    const double excess = meanOf(squares) - norm * norm;
    for (size_t i = 0; i < drawn.size(); ++i)
        drawn[i] = std::sqrt(std::max(squares[i] - excess, 0.0));
    return bandOf(std::move(drawn));
}

}

Diagnostics resample(Diagnostics diagnostics, const ActivationBank& bank, const ExtractorInfo& method,
    Normalisation normalisation, const ResampleOptions& options, const Job& job)
{
    const bool ofResiduals = normalisation == Normalisation::Residual;
    const bool lengthIsSet
        = normalisation == Normalisation::Unit || (normalisation == Normalisation::None && method.unitNorm);
    const Draws draws(bank, options, !lengthIsSet);
    const bool reduce = method.rotationInvariant && bank.items * bank.sides < bank.hidden;

    const auto total = static_cast<int64_t>(diagnostics.layers.size() * draws.fits(bank));
    std::atomic<int64_t> done{0};
    const std::thread::id caller = std::this_thread::get_id();
    const std::function<void()> beforeFit = [&] {
        job.cancel.check();
        const int64_t now = done.fetch_add(1, std::memory_order_relaxed);
        if (std::this_thread::get_id() == caller) // where progress is to be reported
            job.report("Resampling", now, total);
    };
    parallelFor(static_cast<int64_t>(diagnostics.layers.size()), 1, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
            LayerDiagnostics& layer = diagnostics.layers[static_cast<size_t>(i)];
            const int64_t index = std::ranges::find(bank.layers, layer.layer) - bank.layers.begin();
            job.cancel.check();
            const LayerFits fits(
                reduce ? reducedLayerOf(bank, index) : layerOf(bank, index), method, draws, beforeFit);
            ResampledFigures figures = fits.figures();
            if (lengthIsSet) {
                figures.normBand = {layer.norm, layer.norm};
            } else if (ofResiduals) {
                const std::vector<double> norms = residualNorms(bank, index);
                std::vector<double> means;
                for (const std::vector<int>& items : draws.bootstraps) {
                    double sum = 0;
                    for (const int item : items)
                        sum += norms[static_cast<size_t>(item)];
                    means.push_back(sum / static_cast<double>(items.size()));
                }
                figures.normBand = bandOf(std::move(means));
            } else {
                figures.normBand = normBand(fits.bootstrapNorms(), layer.norm);
            }
            layer.resampled = std::move(figures);
        }
    });
    job.report("Resampling", total, total);
    diagnostics.warnings = warningsOf(diagnostics, bank);
    diagnostics.recommendation = recommend(diagnostics);
    return diagnostics;
}

}
