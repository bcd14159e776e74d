#pragma once

#include "core/run/generator.h"

#include <QString>

#include <array>
#include <optional>
#include <vector>

namespace tiller {

/// What one row has generated so far.
struct RowText {
    std::vector<TokenEvent> tokens;

    QString text() const;
    /// exp of the mean negative log-probability under the row's own distribution; NaN without tokens.
    double perplexity() const;
    Finish finish() const { return tokens.empty() ? Finish::Running : tokens.back().finish; }
};

/// An unsteered and a steered row of one batch.
struct RunText {
    static constexpr int unsteered = 0;
    static constexpr int steered = 1;

    std::array<RowText, 2> rows;
    double probeCentre = 0; ///< between the means of the probe's two sides, 0 where they are not known

    void add(const std::vector<TokenEvent>& events);
    /// First token where the rows part, -1 while they agree.
    int firstDifference() const;
    /// Projections of a row's tokens as distances from `probeCentre`, divided by the 95th percentile of the
    /// unsteered row's.
    std::vector<std::optional<double>> tints(int row) const;
};

}
