#include "cli/session.h"

#include "cli/output.h"
#include "core/base/paths.h"
#include "core/base/threads.h"

#include <charconv>
#include <chrono>
#include <cmath>
#include <csignal>

namespace tiller::cli {

namespace {

const CancelToken* s_interrupted = nullptr;

// The handler is taken off by the first Ctrl+C: a second one ends a program that does not listen.
void cancelOnInterrupt(const CancelToken& token)
{
    s_interrupted = &token;
    struct sigaction action = {};
    action.sa_handler = [](int) { s_interrupted->cancel(); };
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

ProgressCallback throttledProgress()
{
    using Clock = std::chrono::steady_clock;
    return [last = Clock::time_point()](const Progress& progress) mutable {
        const auto now = Clock::now();
        if (now - last < std::chrono::milliseconds(100))
            return;
        last = now;
        showProgress(progress);
    };
}

std::string checkDevice(const std::string& name)
{
    const std::string_view text = name;
    if (text == "cpu" || text == "cuda")
        return {};
    int index = 0;
    const char* end = text.data() + text.size();
    if (text.starts_with("cuda:") && text.size() > 5
        && std::from_chars(text.data() + 5, end, index).ptr == end && index >= 0)
        return {};
    return "'" + name + "' is not cpu, cuda or cuda:N";
}

}

Session::Session()
{
    m_job.progress = throttledProgress();
    cancelOnInterrupt(m_job.cancel);
}

void Session::addGlobalOptions(CLI::App& app)
{
    app.set_version_flag("--version", "tiller-cli " TILLER_VERSION);
    app.add_option("--dtype", m_load.dtype, "Arithmetic: f32, bf16, f16, q8 or auto (default)")
        ->check(CLI::IsMember({"f32", "bf16", "f16", "q8", "auto"}))
        ->group("Global options");
    app.add_option("--device", m_load.device, "Where to compute: cpu (default), cuda or cuda:N")
        ->check(CLI::Validator(checkDevice, ""))
        ->group("Global options");
    app.add_option("--threads", m_threads, "Worker threads (default: the physical cores)")
        ->check(CLI::Range(1, 4096))
        ->group("Global options");
}

CLI::App* Session::addVerb(CLI::App& app, const std::string& name, const std::string& description)
{
    CLI::App* verb = app.add_subcommand(name, description);
    addGlobalOptions(*verb);
    return verb;
}

std::shared_ptr<const Engine> Session::open(const std::string& model)
{
    setThreadCount(m_threads);
    return Engine::open(modelPath(model), m_load, m_job);
}

CLI::Option* addModel(CLI::App& verb, std::string& model)
{
    return verb.add_option("MODEL", model, "A model folder, a .gguf file, or the word default")->required();
}

std::filesystem::path modelPath(const std::string& model)
{
    const auto path = resolveModelArgument(model);
    if (model == "default" && !std::filesystem::exists(path))
        throw Error("the default model " + path.string() + " is not there",
            "packaging/run.sh fetches it; TILLER_DEFAULT_MODEL names another file");
    return path;
}

CLI::Validator parsedBy(std::function<void(const std::string&)> parse)
{
    const auto refusal = [parse = std::move(parse)](const std::string& text) -> std::string {
        try {
            parse(text);
            return {};
        } catch (const Error& error) {
            return explain(error);
        }
    };
    return CLI::Validator(refusal, "");
}

CLI::Validator finiteNumber(double least)
{
    const auto refusal = [least](const std::string& text) -> std::string {
        double value = 0;
        if (!CLI::detail::lexical_cast(text, value) || !std::isfinite(value))
            return "'" + text + "' is not a finite number";
        return value < least ? text + " is less than " + CLI::detail::to_string(least) : std::string();
    };
    return CLI::Validator(refusal, "");
}

}
