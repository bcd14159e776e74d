#include "core/study/neutral_sweep.h"

#include "core/run/scorer.h"
#include "core/steer/plan.h"

#include <algorithm>
#include <cmath>

namespace tiller {

namespace {

// Every fourth layer first, so that the picture can be read after a quarter of the time.
std::vector<int> coarseFirst(std::vector<int> layers)
{
    std::sort(layers.begin(), layers.end());
    std::vector<int> order;
    for (const size_t stride : {size_t(4), size_t(2), size_t(1)})
        for (size_t i = 0; i < layers.size(); i += stride)
            if (std::find(order.begin(), order.end(), layers[i]) == order.end())
                order.push_back(layers[i]);
    return order;
}

std::vector<double> outwardFromZero(std::vector<double> strengths)
{
    std::stable_sort(
        strengths.begin(), strengths.end(), [](double a, double b) { return std::abs(a) < std::abs(b); });
    return strengths;
}

}

std::vector<SweepCell> neutralSweep(const Model& model, const NeutralSweepRequest& request,
    const NeutralSweepCallback& onCell, const Job& job)
{
    const std::vector<double> strengths = outwardFromZero(request.strengths);
    ScoreRequest scoring;
    scoring.texts = {request.neutral};
    scoring.rows.push_back({0, {}}); // the unsteered text itself, for the rise of the NLL
    std::vector<SweepCell> planned{SweepCell()};
    for (const int layer : coarseFirst(request.layers)) {
        for (const double strength : strengths) {
            const Edit edit{request.vector, request.op, strength, LayerCurve{{layer, 1.0}}, request.scope};
            scoring.rows.push_back({0, strength == 0 ? Plan() : resolvePlan({edit}, model.config())});
            SweepCell cell;
            cell.layer = layer;
            cell.strength = strength;
            const auto& stored = request.vector->layers;
            const auto found = request.vector->single() ? stored.begin() : stored.find(layer);
            if (found != stored.end())
                cell.push = strength * found->second.pushPerUnit().value_or(0);
            planned.push_back(cell);
        }
    }

    const auto total = static_cast<int64_t>(planned.size()) - 1;
    double unsteeredNll = 0;
    std::vector<SweepCell> cells;
    score(model, scoring, {job.cancel, {}}, [&](int row, const Score& s) {
        if (row == 0) {
            unsteeredNll = s.meanNll;
            return;
        }
        SweepCell& cell = planned[static_cast<size_t>(row)];
        cell.kl = s.kl;
        cell.nllRise = s.meanNll - unsteeredNll;
        cells.push_back(cell);
        job.report("Mapping", static_cast<int64_t>(cells.size()), total);
        if (onCell)
            onCell(cell);
    });
    return cells;
}

}
