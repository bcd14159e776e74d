#pragma once

#include "core/base/progress.h"
#include "core/model/model.h"
#include "core/run/hooks.h"
#include "core/steer/steering_vector.h"
#include "core/study/metrics.h"
#include "core/study/sweep_order.h"
#include "core/tokenizer/tokenizer.h"

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tiller {

/// A contrast pair as tokens: what both answers follow, and the answers.
struct SweepItem {
    std::vector<TokenId> head; ///< at least one token, or the answers' first is not judged
    std::vector<TokenId> positive;
    std::vector<TokenId> negative;
    /// Steers this item in place of the request's vector: one that was fitted without it. Null: the
    /// request's.
    std::shared_ptr<const SteeringVector> vector;
};

/// The layer x strength grid of one vector.
struct SweepRequest {
    std::shared_ptr<const SteeringVector> vector;
    /// What is added in its place, as a control: a random vector of the same norms. Readings stay those of
    /// `vector`, and so do no items of their own vectors. Null: `vector`.
    std::shared_ptr<const SteeringVector> control;
    std::vector<int> layers;
    std::vector<double> strengths;
    Op op = Op::Add;
    TokenScope scope;
    std::vector<Metric> metrics;

    std::vector<std::vector<TokenId>> prompts; ///< to generate from, greedily
    int maxNewTokens = 40;
    bool texts = false; ///< generated and reported also where no metric needs them
    std::vector<SweepItem> items; ///< for Effect and Ab
    std::vector<TokenId> neutral; ///< for Kl

    uint64_t memory = 0; ///< bytes that a batch may take; 0: a quarter of what is available, at most 1 GiB
    /// Whether a figure is known already, from an earlier sweep, and need not be computed; prompt -1: of the
    /// cell as a whole. Empty: none is.
    std::function<bool(int layer, double strength, int prompt, Metric metric)> known;
    /// Called on the sweeping thread before a batch of cells is measured, for displays. Texts, the neutral
    /// text and items are measured apart: each may name a cell again.
    std::function<void(std::span<const SweepPlace>)> begun;
};

struct SweepFigure {
    double value = 0;
    double low = 0; ///< of the mean over items: see meanBand(); elsewhere the value
    double high = 0;
};

/// Figures of one cell: those of one prompt's text, or (prompt -1) those of the cell as a whole.
struct SweepResult {
    int layer = 0;
    double strength = 0;
    int prompt = -1;
    double push = 0; ///< strength x |v| / mean residual norm; 0 where the vector does not know
                     ///< that norm
    /// Those asked for. A text without tokens has no readback; its length, then there unasked, says so.
    std::map<Metric, SweepFigure> figures;
    std::string text; ///< with a prompt: what was generated
};

/// Called on the sweeping thread, in the order of sweepStages(), strength 0 first.
using SweepCallback = std::function<void(const SweepResult&)>;

/// Measures every cell. Rows of many cells are generated in one batch, each with its own plan: they share the
/// prompt's computation up to the layer at which they are steered. Teacher-forced metrics begin at the stored
/// output of that layer. Sampling is greedy. Throws Error (a metric that lacks what it needs, layers or width
/// that do not fit) and Cancelled; what was reported before stays true.
void sweep(const Model& model, const Tokenizer& tokenizer, const SweepRequest& request,
    const SweepCallback& onResult, const Job& job);

}
