#pragma once

#include "core/base/progress.h"
#include "core/model/model.h"
#include "core/run/hooks.h"
#include "core/tokenizer/tokenizer.h"

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace tiller {

struct SamplingOptions {
    double temperature = 0; ///< 0: greedy
    int topK = 0; ///< 0: off
    double topP = 1; ///< 1: off
    double minP = 0; ///< share of the best token's probability; 0: off
    double repetitionPenalty = 1; ///< of tokens in the row so far (Keskar et al. 2019); 1: off
    uint64_t seed = 16; ///< the same uniform draws for all rows
    int maxNewTokens = 64;
    std::vector<std::string> stop; ///< generation ends where one appears; it is cut off the text
    bool ignoreEos = false;
};

enum class Finish { Running, Eos, Stop, Length };
std::string_view toString(Finish finish); ///< "eos", "stop", "length"; "" while running

struct Alternative {
    TokenId id = 0;
    float logprob = 0;
};

/// What one row did in one step.
struct TokenEvent {
    int row = 0;
    int index = 0; ///< of the new token, from 0
    TokenId id = 0;
    std::string text; ///< what this token adds to the row's text: whole UTF-8 characters, may be empty
    float logprob = 0; ///< under the row's own distribution (temperature 1, before truncation)
    float referenceLogprob = 0; ///< under row 0's distribution at this step
    float klToReference = 0; ///< of the row's distribution from row 0's, nats
    std::vector<Alternative> alternatives; ///< the most likely, best first
    std::vector<float> projections; ///< of the position that chose the token, on `GenerateRequest::probes`
    Finish finish = Finish::Running;
};

/// The plans of a running generation. replace() may be called from any thread; it takes effect on the next
/// token, and what is in the cache stays as it was computed.
class LivePlans {
public:
    void replace(std::vector<Plan> plans); ///< one a row
    /// Gives the plans set since the last call, once.
    bool take(std::vector<Plan>& plans);

private:
    std::mutex m_mutex;
    std::vector<Plan> m_next;
    bool m_changed = false;
};

/// A direction whose projection is reported a token: h.u at the output of `layer`.
struct Probe {
    int layer = 0;
    std::vector<float> direction;
    bool beforeEdits = false; ///< of that layer; those of earlier layers have acted
};

struct GenerateRequest {
    std::vector<std::vector<TokenId>> prompts; ///< one a row
    std::vector<Plan> plans; ///< one a row
    /// So many tokens at the end of every prompt were generated before: token scopes count them as such, and
    /// the draws go on where they were.
    int continued = 0;
    SamplingOptions sampling;
    int alternatives = 0; ///< reported a token
    std::vector<Probe> probes;
    std::shared_ptr<LivePlans> live; ///< may be null
};

struct GeneratedRow {
    std::string text;
    std::vector<TokenId> ids; ///< the new tokens, a stopping EOS included
    std::vector<float> logprobs;
    Finish finish = Finish::Running;
};

struct GenerateResult {
    std::vector<GeneratedRow> rows;
    double prefillSeconds = 0;
    double decodeSeconds = 0;
    int64_t decodedTokens = 0; ///< over all rows, without the first of each, which comes from the prefill
    bool cancelled = false; ///< what came before the cancel is kept

    double tokensPerSecond() const
    {
        return decodeSeconds > 0 ? static_cast<double>(decodedTokens) / decodeSeconds : 0;
    }
};

/// Called on the generating thread with the events of one step (one for each row still running).
using StepCallback = std::function<void(const std::vector<TokenEvent>&)>;

/// Continues all prompts in one batch. A cancel ends it early and is no error: see `cancelled`.
GenerateResult generate(const Model& model, const Tokenizer& tokenizer, const GenerateRequest& request,
    const StepCallback& onStep, const Job& job);

}
