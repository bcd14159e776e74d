#pragma once

#include "core/engine.h"

#include <CLI/CLI.hpp>
#include <string>

namespace tiller::cli {

/// The steering of a verb: a plan file, or one vector with its options.
struct SteeringOptions {
    std::string plan;
    std::string vector;
    std::string layers;
    std::string op = "add";
    std::string scope = "all";
    double strength = 1;
    bool skipFirst = false;
    bool allowOtherModel = false;

    void addPlanOptions(CLI::App& verb);
    void addVectorOptions(CLI::App& verb); ///< after addPlanOptions()

    bool given() const { return !plan.empty() || !vector.empty(); }
    /// Empty when nothing is given. Error when a vector does not fit the model, or says no layer.
    Plan resolve(const Engine& engine) const;
};

}
