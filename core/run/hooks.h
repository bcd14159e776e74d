#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tiller {

/// What an edit does to the residual h of a position, with direction v, u = v / |v| and strength s.
enum class Op {
    Add, ///< h + s v
    AddKeepNorm, ///< h + s v, rescaled to |h|
    Ablate, ///< h - s (h.u) u
    Clamp, ///< projection on u set to s x the positive side's mean projection, or to s |v| without one
    Rotate, ///< h turned towards u by s degrees in their plane, norm kept
};

Op parseOp(std::string_view name); ///< "add", "add_keep_norm", "ablate", "clamp", "rotate"; else Error
std::string_view toString(Op op);

/// Which positions of a row an edit touches. Positions count from 0 without padding; P is the length of
/// the prompt.
struct TokenScope {
    enum class Kind {
        All,
        Prompt, ///< 0 .. P-1
        Generated, ///< P onward
        Last, ///< the position whose logits are sampled next: P-1, then each new one
        From, ///< `from` onward
    };
    Kind kind = Kind::All;
    int from = 0;
    bool skipFirst = false; ///< leaves out position 0, the attention sink

    bool contains(int position, int promptLength) const;
    bool operator==(const TokenScope&) const = default;
};

TokenScope parseScope(std::string_view text); ///< "all", "prompt", "generated", "last", "from:N"; else Error
std::string toString(const TokenScope& scope);

/// One edit at the output of one block.
struct LayerEdit {
    int layer = 0;
    Op op = Op::Add;
    std::shared_ptr<const std::vector<float>> direction; ///< [hidden], as stored
    float strength = 0;
    TokenScope scope;
    std::optional<float> positiveProjection; ///< for Clamp
    /// Positions that it may touch at all, whatever its scope: begin .. end-1.
    int begin = 0;
    int end = noEnd;
    static constexpr int noEnd = std::numeric_limits<int>::max();
};

/// The edits of one row, applied in order. Empty: unsteered.
struct Plan {
    std::vector<LayerEdit> edits;
};

}
