#include "cli/output.h"
#include "cli/verbs/verbs.h"
#include "core/base/error.h"

#include <new>
#include <string>

namespace {

enum ExitCode { Done = 0, Failed = 1, Usage = 2 };

int fail(ExitCode code, const std::string& reason)
{
    tiller::cli::note("error: " + reason);
    return code;
}

// "tiller-cli generate --help", as far as verbs were understood.
std::string helpFor(const CLI::App& app)
{
    const auto chosen = app.get_subcommands();
    return app.get_name() + " " + (chosen.empty() ? "--help" : helpFor(*chosen.front()));
}

// libtorch appends a backtrace to its reasons.
std::string withoutBacktrace(const std::string& reason)
{
    return reason.substr(0, reason.find("\nException raised from"));
}

}

int main(int argc, char** argv)
{
    using namespace tiller;

    cli::Session session;
    CLI::App app("Steering vectors of language models, without a window.", "tiller-cli");
    app.require_subcommand(1);
    session.addGlobalOptions(app);

    cli::addInfo(app, session);
    cli::addTokenize(app, session);
    cli::addDetokenize(app, session);
    cli::addRender(app, session);
    cli::addForward(app, session);
    cli::addExtract(app, session);
    cli::addGenerate(app, session);
    cli::addScore(app, session);
    cli::addLens(app, session);
    cli::addSweep(app, session);
    cli::addVector(app, session);
    cli::addBench(app, session);

    try {
        app.parse(argc, argv);
        return Done;
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0)
            return app.exit(error); // --help, --version
        return fail(Usage, std::string(error.what()) + " (" + helpFor(app) + ")");
    } catch (const Cancelled&) {
        return fail(Failed, "cancelled");
    } catch (const Error& error) {
        return fail(Failed, cli::explain(error));
    } catch (const std::bad_alloc&) {
        return fail(Failed, "out of memory (a smaller model, batch or --dtype needs less)");
    } catch (const std::exception& error) {
        return fail(Failed, withoutBacktrace(error.what()));
    }
}
