#include "cli/inputs.h"
#include "cli/output.h"
#include "cli/verbs/verbs.h"

namespace tiller::cli {

namespace {

struct Options {
    std::string model;
    bool skipSpecial = false;
};

void run(const Options& options, const CancelToken& cancel)
{
    const auto tokenizer = openTokenizer(modelPath(options.model));
    LineReader lines(cancel);
    for (std::string line; lines.next(line);) {
        const auto ids = toIds(parseOrdered(line, lines.where()), lines.where());
        printLine(tokenizer->decode(ids, options.skipSpecial));
    }
}

}

void addDetokenize(CLI::App& app, Session& session)
{
    const auto options = std::make_shared<Options>();
    auto* verb = session.addVerb(app, "detokenize", "Turn lists of token ids, one a line, into JSON strings");
    addModel(*verb, options->model);
    verb->add_flag("--skip-special", options->skipSpecial, "Leave special tokens out of the text");
    verb->callback([options, &session] { run(*options, session.cancel()); });
}

}
