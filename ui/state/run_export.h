#pragma once

#include "ui/state/run_history.h"

namespace tiller {

// A run, for elsewhere.

/// One line of JSON: settings, mix, and of every row text, ids, log-probabilities and figures.
QByteArray toJsonLine(const Run& run);
/// For a notebook or an issue: prompt, mix, texts side by side, figures.
QString toMarkdown(const Run& run);
/// A program for Python's transformers that generates the steered text anew. Model, prompt and directions
/// stand in it. Greedy text agrees up to float rounding; sampled text has other draws.
QString toPython(const Run& run);

}
