#pragma once

#include "core/engine.h"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <string>

namespace tiller::cli {

/// What every verb shares: the global options, and a job that Ctrl+C cancels and that shows its progress on
/// stderr when that is a terminal. Lives as long as main(), once.
class Session {
public:
    Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// --dtype, --device, --threads, --version: they mean the same before the verb and after it.
    void addGlobalOptions(CLI::App& app);
    /// A subcommand of `app` with the global options.
    CLI::App* addVerb(CLI::App& app, const std::string& name, const std::string& description);

    /// Sets the thread count, then opens the model. Throws Error and Cancelled.
    std::shared_ptr<const Engine> open(const std::string& model);

    const Job& job() const { return m_job; }
    const CancelToken& cancel() const { return m_job.cancel; }

private:
    LoadOptions m_load;
    int m_threads = 0;
    Job m_job;
};

/// Adds the MODEL argument.
CLI::Option* addModel(CLI::App& verb, std::string& model);

/// MODEL as a path; `default` is the default model. Error when that one is not there.
std::filesystem::path modelPath(const std::string& model);

/// Makes a usage error of what one of core's parsers refuses.
CLI::Validator parsedBy(std::function<void(const std::string&)> parse);
/// Refuses infinities and NaN.
CLI::Validator finiteNumber(double least = std::numeric_limits<double>::lowest());

}
