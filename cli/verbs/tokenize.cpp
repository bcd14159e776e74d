#include "cli/inputs.h"
#include "cli/output.h"
#include "cli/verbs/verbs.h"

namespace tiller::cli {

namespace {

struct Options {
    std::string model;
    bool special = false;
    bool jsonLines = false;
};

Json tokenize(const Tokenizer& tokenizer, std::string_view text, bool special)
{
    const auto ids = tokenizer.encode(text, {.addSpecial = special, .parseSpecial = true});
    std::vector<std::string> tokens;
    tokens.reserve(ids.size());
    for (const TokenId id : ids)
        tokens.push_back(tokenizer.piece(id));
    return {{"ids", ids}, {"tokens", tokens}};
}

void run(const Options& options, const CancelToken& cancel)
{
    const auto tokenizer = openTokenizer(modelPath(options.model));
    if (!options.jsonLines) {
        printLine(tokenize(*tokenizer, readAll("-", cancel), options.special));
        return;
    }
    LineReader lines(cancel);
    for (std::string line; lines.next(line);) {
        const Json text = parseOrdered(line, lines.where());
        if (!text.is_string())
            throw Error(lines.where() + ": a JSON string is expected");
        printLine(tokenize(*tokenizer, text.get_ref<const std::string&>(), options.special));
    }
}

}

void addTokenize(CLI::App& app, Session& session)
{
    const auto options = std::make_shared<Options>();
    auto* verb = session.addVerb(app, "tokenize", "Turn the text on standard input into token ids");
    addModel(*verb, options->model);
    verb->add_flag("--special", options->special, "Add BOS and EOS as the post-processor says");
    verb->add_flag("--json-lines", options->jsonLines, "Read a JSON string a line, write a result a line");
    verb->callback([options, &session] { run(*options, session.cancel()); });
}

}
