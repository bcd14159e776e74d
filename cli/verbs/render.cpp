#include "cli/inputs.h"
#include "cli/output.h"
#include "cli/verbs/verbs.h"

#include <map>

namespace tiller::cli {

namespace {

struct Options {
    std::string model;
    std::string messages;
    std::string templateFile;
    bool generationPrompt = false;
    bool jsonLines = false;
};

ChatTemplate readTemplate(const std::string& path, const CancelToken& cancel)
{
    try {
        return ChatTemplate::parse(readAll(path, cancel));
    } catch (const Error& error) {
        const std::string cause = error.what();
        throw Error(cause.starts_with(path) ? cause : path + ": " + cause, error.remedy());
    }
}

// The spelling of the tokens that a template may name, where the model has a tokenizer.
ModelTemplate specialTokens(const std::filesystem::path& model)
{
    if (auto own = findModelTemplate(model))
        return *own;
    const auto tokenizer = openTokenizer(model);
    ModelTemplate result;
    if (const auto bos = tokenizer->bos())
        result.bosToken = tokenizer->piece(*bos);
    if (const auto ends = tokenizer->endOfText(); !ends.empty())
        result.eosToken = tokenizer->piece(ends.front());
    return result;
}

void renderMessages(const Options& options, const CancelToken& cancel)
{
    ModelTemplate model;
    if (!options.model.empty())
        model = specialTokens(modelPath(options.model));
    if (options.templateFile.empty() && model.source.empty())
        throw Error(options.model + " is a base model: it has no chat template, text is continued as it is",
            "generate --prompt TEXT continues it; --template FILE names a template");

    const Json context = {
        {"messages", parseOrdered(readAll(options.messages, cancel), originOf(options.messages))},
        {"add_generation_prompt", options.generationPrompt},
        {"bos_token", model.bosToken},
        {"eos_token", model.eosToken},
        {"tools", nullptr},
        {"documents", nullptr},
    };
    if (!context["messages"].is_array())
        throw Error(originOf(options.messages) + ": a list of messages is expected");
    if (!options.templateFile.empty())
        return printText(readTemplate(options.templateFile, cancel).render(context));
    try {
        printText(ChatTemplate::parse(model.source).render(context));
    } catch (const TemplateRefusal& refusal) {
        throw Error("the chat template of " + options.model + " fails: line " + std::to_string(refusal.line())
                + ": " + refusal.what(),
            "generate --prompt TEXT continues raw text, --template FILE names another template");
    } catch (const Error& error) {
        throw Error("the chat template of " + options.model + " fails: " + error.what(),
            "generate --prompt TEXT continues raw text, --template FILE names another template");
    }
}

void renderLines(const CancelToken& cancel)
{
    std::map<std::string, ChatTemplate> templates;
    const auto render = [&](const std::string& line, const std::string& where) {
        const Json request = parseOrdered(line, where);
        const bool complete = request.is_object() && request.contains("template")
            && request["template"].is_string() && request.contains("context")
            && request["context"].is_object();
        if (!complete)
            throw Error(where + R"(: {"template": PATH, "context": {...}} is expected)");
        const auto path = request["template"].get<std::string>();
        auto found = templates.find(path);
        if (found == templates.end())
            found = templates.emplace(path, readTemplate(path, cancel)).first;
        const Json now = request.value("now", Json(""));
        if (!now.is_string())
            throw Error(where + ": 'now' is not a text such as 2024-07-06T09:05:03");
        return found->second.render(request["context"], now.get<std::string>());
    };

    LineReader lines(cancel);
    for (std::string line; lines.next(line);) {
        Json result;
        try {
            result = {{"text", render(line, lines.where())}};
        } catch (const Error& error) {
            result = {{"error", error.what()}};
        }
        printLine(result);
    }
}

}

void addRender(CLI::App& app, Session& session)
{
    const auto options = std::make_shared<Options>();
    auto* verb = session.addVerb(app, "render", "Write a conversation as the model's chat template does");
    addModel(*verb, options->model)->required(false);
    auto* messages
        = verb->add_option("--messages", options->messages, "JSON list of messages, - for standard input")
              ->type_name("FILE");
    verb->add_flag("--generation-prompt", options->generationPrompt, "End with the start of the model's turn")
        ->needs(messages);
    verb->add_option("--template", options->templateFile, "A Jinja file in place of the model's own")
        ->type_name("FILE")
        ->needs(messages);
    verb->add_flag("--json-lines", options->jsonLines,
            R"(Read {"template","context","now"} a line, write {"text"} or {"error"} a line)")
        ->excludes(messages);
    verb->callback([options, &session] {
        if (options->jsonLines)
            return renderLines(session.cancel());
        if (options->messages.empty())
            throw CLI::RequiredError("render: --messages or --json-lines");
        if (options->model.empty() && options->templateFile.empty())
            throw CLI::RequiredError("render: MODEL or --template");
        renderMessages(*options, session.cancel());
    });
}

}
