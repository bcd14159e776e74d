#pragma once

#include "core/engine.h"
#include "core/model/installed_models.h"
#include "core/study/comparison.h"
#include "core/study/lens.h"
#include "core/study/scatter.h"
#include "core/study/sweep_table.h"
#include "core/study/trace.h"

#include <QtGlobal>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace tiller {

/// Names one piece of work; 0 is none.
using JobId = quint64;

/// What the window asks of the engine, and what it gets: plain structs, so that the engine may be elsewhere.
struct OpenModelJob {
    std::filesystem::path path;
    LoadOptions options;
};

struct OpenedModel {
    ModelInfo info;
    ModelConfig config;
};

/// What is on this machine already.
struct ListModelsJob { };
using InstalledModels = std::vector<InstalledModel>;

struct ExtractJob {
    ExtractRequest request;
};

using Extracted = std::shared_ptr<const ExtractResult>;

/// The figures of an extraction that take hundreds of fits.
struct DiagnoseJob {
    Extracted extracted;
};
struct Diagnosed {
    Extracted extracted;
    std::shared_ptr<const Diagnostics> diagnostics;
};

/// Its activations at one layer in a plane.
struct ScatterJob {
    Extracted extracted;
    int layer = 0;
    ScatterAxes axes = ScatterAxes::Direction;
};
struct Scattered {
    Extracted extracted;
    int layer = 0;
    ScatterAxes axes = ScatterAxes::Direction;
    Scatter scatter;
};

/// Edits that replaced those before while text streamed.
struct EditsChange {
    int token = 0; ///< of the answer, the first that they chose
    std::vector<Edit> edits;
};

/// One row of a run.
struct RunRow {
    RenderOptions render;
    std::vector<Edit> edits; ///< it begins with; none: unsteered
    std::vector<ChatMessage> before = {}; ///< turns that come before the prompt
    std::vector<EditsChange> changes = {}; ///< in the order of their tokens
};

struct GenerateJob {
    std::string prompt;
    std::vector<RunRow> rows; ///< the others are compared with the first
    std::vector<TokenId> begun; ///< what every answer begins with, generated before
    SamplingOptions sampling;
    std::vector<Probe> probes; ///< whose projections are reported a token
};

struct Generated {
    GenerateResult result;
    std::vector<TokenId> promptIds; ///< of the steered row, without what was begun
};

/// What directions say in tokens: the logit lens.
struct LensJob {
    std::vector<std::vector<float>> directions;
};
struct LensWord {
    std::string text;
    float value = 0;
};
struct LensWords {
    std::vector<LensWord> raised; ///< most first
    std::vector<LensWord> lowered;
};
using Lenses = std::vector<LensWords>;

/// Answers read again, unsteered and under the edits of their row.
struct CompareJob {
    std::string prompt;
    struct Text {
        RunRow row;
        std::vector<TokenId> ids; ///< of the answer
    };
    std::vector<Text> texts;
};
struct ComparedWord {
    ComparedToken token;
    std::vector<std::string> alternatives; ///< text of each of token.alternatives
};
using Compared = std::vector<std::vector<ComparedWord>>; ///< a token of each text

/// The position that chose a token of an answer, layer by layer.
struct TraceJob {
    std::string prompt;
    RunRow row;
    std::vector<TokenId> before; ///< of the answer, up to the token
    std::vector<std::shared_ptr<const SteeringVector>> vectors;
};
struct TracedWords {
    std::vector<TracedLayer> layers;
    std::vector<std::vector<std::string>> words; ///< [layers] text of each of layers[i].tokens
};
struct Traced {
    TracedWords unsteered;
    TracedWords steered;
};

/// The grid of one vector, and what is measured in it.
struct SweepJob {
    std::shared_ptr<const SteeringVector> vector;
    std::vector<int> layers;
    std::vector<double> strengths;
    Op op = Op::Add;
    TokenScope scope;
    std::vector<Metric> metrics;
    std::vector<std::string> prompts; ///< texts are generated from
    RenderOptions render;
    int tokens = 40;
    std::vector<ContrastPair> pairs; ///< for what is measured on contrast items
    /// The extraction that the vector comes from, and the place of each pair in its set: these are steered by
    /// vectors that were fitted without them. Null: it comes from elsewhere.
    Extracted extracted;
    std::vector<int> rows;
    std::string neutralText;
    bool control = false; ///< a random vector of the same norms as well
    std::map<int, double> norms; ///< of the vector's directions, by layer, in place of their own
    std::filesystem::path cache; ///< folder where figures are kept and looked for; empty: nowhere
};

/// Figures of one cell, or of one prompt's text in it.
struct SweptPart {
    SweepResult result;
    bool isControl = false;
    std::shared_ptr<const SweepSettings> settings; ///< of the whole grid
    bool begun = false; ///< only that the cell is being measured: no figures
};

struct Swept {
    int known = 0; ///< parts that were measured before
    int measured = 0;
    double seconds = 0;
};

struct PreviewJob {
    ContrastPair pair;
    ReadPosition read;
    RenderOptions render;
};

struct PairPreview {
    TokenPreview positive;
    TokenPreview negative;
};

struct CountTokensJob {
    std::vector<ContrastPair> pairs;
    ReadPosition read;
    RenderOptions render;
};

/// Tokens of each side after the head; what is wrong with a pair, or empty.
struct PairTokens {
    int positive = 0;
    int negative = 0;
    std::string error;
};
using TokenCounts = std::vector<PairTokens>;

struct ReadVectorJob {
    std::filesystem::path path;
};
using VectorRead = std::shared_ptr<const SteeringVector>;

struct WriteVectorJob {
    std::filesystem::path path;
    std::vector<std::pair<double, std::shared_ptr<const SteeringVector>>> terms; ///< mixed before writing
    std::string name;
};
struct VectorWritten {
    std::filesystem::path path;
};

using JobRequest = std::variant<OpenModelJob, ListModelsJob, ExtractJob, DiagnoseJob, ScatterJob, GenerateJob,
    LensJob, CompareJob, TraceJob, SweepJob, PreviewJob, CountTokensJob, ReadVectorJob, WriteVectorJob>;
using JobResult = std::variant<OpenedModel, InstalledModels, Extracted, Diagnosed, Scattered, Generated,
    Lenses, Compared, Traced, Swept, PairPreview, TokenCounts, VectorRead, VectorWritten>;

}
