#pragma once

#include "core/base/progress.h"
#include "core/model/memory.h"
#include "core/model/model.h"
#include "core/run/forward.h"
#include "core/run/generator.h"
#include "core/run/scorer.h"
#include "core/steer/algebra.h"
#include "core/steer/mix_expression.h"
#include "core/steer/contrast_set.h"
#include "core/steer/extractor.h"
#include "core/steer/plan.h"
#include "core/steer/read_position.h"
#include "core/steer/rendering.h"
#include "core/steer/vector_files.h"
#include "core/study/diagnostics.h"
#include "core/study/sweep.h"
#include "core/tokenizer/chat_template.h"
#include "core/tokenizer/tokenizer.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tiller {

/// What is known of an opened model, for `info` and the Model dock.
struct ModelInfo {
    std::filesystem::path path;
    std::string name;
    std::string family;
    std::string fileFormat; ///< "GGUF Q4_1", "safetensors bfloat16"
    std::string computeType;
    std::string device;
    std::string tokenizer;
    std::string tokenizerProblem; ///< why there is none that can be used; empty: there is
    std::string templateOrigin; ///< empty: base model
    std::string templateProblem; ///< why it cannot render a single user turn; empty: it can, or there is none
    std::string licence; ///< empty: the files name none
    std::string fingerprint;
    int layers = 0;
    int hidden = 0;
    int heads = 0;
    int kvHeads = 0;
    int headDim = 0;
    int intermediate = 0; ///< width of the MLP, of one expert in a mixture
    int vocabulary = 0;
    int contextLength = 0;
    uint64_t fileBytes = 0;
    uint64_t weightBytes = 0;
    uint64_t parameters = 0;
    MemoryEstimate memory;
    double loadSeconds = 0;
};

/// A model's files, read as far as they hold no weights.
struct ModelFiles {
    ModelInfo info; ///< without what loading the weights adds
    std::shared_ptr<const Checkpoint> checkpoint;
    std::shared_ptr<const Tokenizer> tokenizer; ///< null: info.tokenizerProblem
    std::optional<ModelTemplate> chatTemplate;
};

ModelFiles readModelFiles(const std::filesystem::path& model);

struct ExtractRequest {
    ContrastSet set;
    std::string method = "mean_difference";
    ReadPosition read;
    Normalisation normalisation = Normalisation::None;
    std::vector<int> layers; ///< empty: all
    RenderOptions render;
};

struct ExtractResult {
    SteeringVector vector;
    Diagnostics diagnostics; ///< the immediate stage; resample() adds the rest
    ActivationBank bank; ///< of the enabled items
    std::vector<int> rows; ///< [bank.items] place in the set of each
    ActivationBank setAside; ///< of the items that are not enabled and can be read
    std::vector<int> setAsideRows;
    std::vector<LeftOutItem> leftOut; ///< enabled items that cannot be read
    double seconds = 0;
    int64_t tokens = 0; ///< in all texts
};

/// One side of a rendered item for the token view.
struct TokenPreview {
    struct Token {
        std::string text; ///< sanitised UTF-8
        bool isHead = false;
        bool isTemplate = false;
        bool isRead = false;
    };
    std::vector<Token> tokens;
    std::string error; ///< why the read position does not exist, or empty
};

/// A model with its tokenizer and template: the facade that the window and tiller-cli share. Const after
/// opening; every call computes on the caller's thread. All throw Error and Cancelled.
class Engine {
public:
    static std::shared_ptr<const Engine> open(
        const std::filesystem::path& model, const LoadOptions& options, const Job& job);
    static std::shared_ptr<const Engine> open(ModelFiles files, const LoadOptions& options, const Job& job);

    const ModelInfo& info() const { return m_info; }
    const Model& model() const { return *m_model; }
    const Tokenizer& tokenizer() const; ///< Error when the checkpoint has none
    const std::optional<ModelTemplate>& chatTemplate() const { return m_template; }

    Renderer renderer(const RenderOptions& options = {}) const;
    /// Fits the enabled items, without those that cannot be read. Texts that were read before, rendered and
    /// at positions as now, are not computed again: dropping a pair or another method is a fit alone, an
    /// edited pair costs that pair.
    ExtractResult extract(const ExtractRequest& request, const Job& job) const;
    /// The next extraction reads every text again.
    void forgetActivations() const { m_activations->clear(); }
    TokenPreview preview(const ContrastText& prompt, const ContrastText& answer, const ReadPosition& read,
        const RenderOptions& options) const;

private:
    Engine() = default;

    ModelInfo m_info;
    std::shared_ptr<const Model> m_model;
    std::shared_ptr<const Tokenizer> m_tokenizer;
    std::optional<ModelTemplate> m_template;
    std::unique_ptr<ActivationCache> m_activations = std::make_unique<ActivationCache>();
};

/// Throws what Engine::open would throw of device, dtype and memory. `reclaimed` bytes are free by then.
/// Returns the bytes that the model will take of the main memory, 0 on a GPU.
uint64_t checkLoading(const ModelInfo& described, const LoadOptions& options, uint64_t reclaimed = 0);

}
