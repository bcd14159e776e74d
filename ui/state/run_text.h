#pragma once

#include "ui/engine/jobs.h"

#include <QString>

#include <optional>
#include <vector>

namespace tiller {

/// What one row has generated so far.
struct RowText {
    std::vector<TokenEvent> tokens;
    /// Every token read again by the model, unsteered and as the row is steered; empty until that is known.
    std::vector<ComparedWord> compared;

    QString text() const;
    std::vector<TokenId> ids() const;
    /// exp of the mean negative log-probability under the row's own distribution; NaN without tokens.
    double perplexity() const;
    Finish finish() const { return tokens.empty() ? Finish::Running : tokens.back().finish; }

    // Of the text as it was read again; NaN until that is known.
    double unsteeredPerplexity() const;
    double meanKl() const; ///< nats a token
};

/// What tokens are coloured by.
enum class Tint { None, Projection, LogGap };

/// A vector whose projection was read at every token.
struct RunProbe {
    QString name;
    int layer = 0;
    bool beforeEdit = false; ///< of that layer
    double centre = 0; ///< between the means of its two sides, 0 where they are not known
};

/// Rows of one batch: unsteered, steered, and perhaps a third.
struct RunText {
    static constexpr int unsteered = 0;
    static constexpr int steered = 1;
    static constexpr int third = 2;

    std::vector<RowText> rows = std::vector<RowText>(2);
    std::vector<RunProbe> probes; ///< as TokenEvent::projections
    int begun = 0; ///< tokens that every row was given, of a fork: the last is the one that was chosen

    void add(const std::vector<TokenEvent>& events);
    /// First token where unsteered and steered part, -1 while they agree.
    int firstDifference() const;
    /// -1 to 1 a token. Projection: the distance from the probe's centre ÷ the 95th percentile of the
    /// unsteered row's. LogGap: log-probability steered minus unsteered, in units of 2 nats; nothing until
    /// compared.
    std::vector<std::optional<double>> tints(int row, Tint tint, size_t probe = 0) const;
};

}
