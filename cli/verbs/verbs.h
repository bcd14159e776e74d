#pragma once

#include "cli/session.h"

namespace tiller::cli {

/// Each adds one verb to the program; it runs when it was chosen and its arguments are complete.
void addBench(CLI::App& app, Session& session);
void addDetokenize(CLI::App& app, Session& session);
void addExtract(CLI::App& app, Session& session);
void addForward(CLI::App& app, Session& session);
void addGenerate(CLI::App& app, Session& session);
void addInfo(CLI::App& app, Session& session);
void addLens(CLI::App& app, Session& session);
void addRender(CLI::App& app, Session& session);
void addScore(CLI::App& app, Session& session);
void addSweep(CLI::App& app, Session& session); ///< and sweep-merge
void addTokenize(CLI::App& app, Session& session);
void addVector(CLI::App& app, Session& session);

}
