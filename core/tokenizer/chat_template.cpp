#include "core/tokenizer/chat_template.h"

#include "core/base/error.h"
#include "core/io/checkpoint.h"
#include "core/io/gguf.h"
#include "core/tokenizer/jinja/interpreter.h"
#include "core/tokenizer/jinja/json_text.h"
#include "core/tokenizer/jinja/parser.h"
#include "core/tokenizer/jinja/strftime.h"

#include <fstream>
#include <nlohmann/json.hpp>

namespace tiller {

using nlohmann::json;
using nlohmann::ordered_json;

struct ChatTemplate::Program {
    std::string source;
    jinja::Statements statements;
};

namespace {

constexpr const char* brokenTemplate = "Correct the template, or render with another one.";

std::string atLine(int line, const std::string& cause)
{
    return "line " + std::to_string(line) + ": " + cause;
}

std::optional<std::string> readText(const std::filesystem::path& path)
{
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    if (error)
        return std::nullopt;
    if (size > jinja::maxSourceBytes)
        throw Error(path.string() + ": a chat template above 1 MB is refused");
    std::ifstream file(path, std::ios::binary);
    std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (!file)
        throw Error(path.string() + ": cannot be read");
    return text;
}

std::optional<json> readIfThere(const std::filesystem::path& path)
{
    if (!std::filesystem::is_regular_file(path))
        return std::nullopt;
    json content = readJson(path);
    if (!content.is_object())
        throw Error(path.string() + ": not a JSON object");
    return content;
}

/// A template given as such, or the one called "default" of several.
std::optional<std::string> templateIn(const json& config, const std::filesystem::path& path)
{
    const auto found = config.find("chat_template");
    if (found == config.end() || found->is_null())
        return std::nullopt;
    if (found->is_string())
        return found->get<std::string>();
    if (!found->is_array())
        throw Error(path.string() + ": chat_template is neither a text nor a list");
    for (const auto& entry : *found) {
        if (!entry.is_object() || entry.value("name", json()) != json("default"))
            continue;
        const auto source = entry.find("template");
        if (source != entry.end() && source->is_string())
            return source->get<std::string>();
    }
    return std::nullopt;
}

/// A special token is a text, or an object that has it as its content.
std::string tokenIn(const json& config, const char* name)
{
    const auto found = config.find(name);
    if (found == config.end())
        return {};
    const json& text = found->is_object() ? found->value("content", json()) : *found;
    return text.is_string() ? text.get<std::string>() : std::string();
}

void readSpecialTokens(ModelTemplate& model, const std::filesystem::path& folder, const json& tokenizerConfig)
{
    const json map = readIfThere(folder / "special_tokens_map.json").value_or(json::object());
    const auto either = [&](const char* name) {
        const std::string token = tokenIn(tokenizerConfig, name);
        return token.empty() ? tokenIn(map, name) : token;
    };
    model.bosToken = either("bos_token");
    model.eosToken = either("eos_token");
}

std::optional<ModelTemplate> templateOfFolder(const std::filesystem::path& folder)
{
    const auto config = readIfThere(folder / "tokenizer_config.json").value_or(json::object());
    ModelTemplate model;
    const auto take = [&](std::optional<std::string> source, const char* origin) {
        if (source) {
            model.source = std::move(*source);
            model.origin = origin;
        }
        return source.has_value();
    };
    const auto processor = folder / "chat_template.json";
    const auto named = folder / "additional_chat_templates" / "default.jinja";
    const bool found = take(readText(named), "additional_chat_templates/default.jinja")
        || take(readText(folder / "chat_template.jinja"), "chat_template.jinja")
        || take(templateIn(config, folder / "tokenizer_config.json"), "tokenizer_config.json")
        || take(templateIn(readIfThere(processor).value_or(json::object()), processor), "chat_template.json");
    if (!found)
        return std::nullopt;
    readSpecialTokens(model, folder, config);
    return model;
}

}

ChatTemplate ChatTemplate::parse(std::string_view source)
{
    if (source.size() > jinja::maxSourceBytes)
        throw Error("a chat template above 1 MB is refused", brokenTemplate);
    try {
        auto program = std::make_shared<Program>();
        program->source = source;
        program->statements = jinja::Parser(source).parse();
        ChatTemplate parsed;
        parsed.m_program = std::move(program);
        return parsed;
    } catch (const jinja::SyntaxFault& fault) {
        throw Error(atLine(fault.line, fault.what()), brokenTemplate);
    }
}

std::string ChatTemplate::render(const ordered_json& context, const std::string& now) const
{
    if (!context.is_object())
        throw Error("the context of a chat template must be an object");
    std::optional<jinja::Interpreter> interpreter;
    try {
        const jinja::Value values = jinja::fromJson(context);
        interpreter.emplace(values.as<jinja::Dict>().entries, jinja::parseTime(now));
        return interpreter->render(m_program->statements);
    } catch (const jinja::Raised& raised) {
        throw TemplateRefusal(raised.what(), interpreter ? interpreter->line() : 1);
    } catch (const jinja::Fault& fault) {
        throw Error(interpreter ? atLine(interpreter->line(), fault.what()) : fault.what(), brokenTemplate);
    }
}

const std::string& ChatTemplate::source() const
{
    return m_program->source;
}

std::string ModelTemplate::render(const std::vector<ChatMessage>& messages, bool generationPrompt) const
{
    ordered_json context = {{"messages", ordered_json::array()}, {"tools", nullptr}, {"documents", nullptr},
        {"add_generation_prompt", generationPrompt}};
    for (const auto& message : messages)
        context["messages"].push_back({{"role", message.role}, {"content", message.content}});
    // A token that the model lacks is undefined, as transformers has it.
    if (!bosToken.empty())
        context["bos_token"] = bosToken;
    if (!eosToken.empty())
        context["eos_token"] = eosToken;
    try {
        return ChatTemplate::parse(source).render(context);
    } catch (const TemplateRefusal& refusal) {
        throw Error(atLine(refusal.line(), refusal.what()), refusal.remedy());
    }
}

std::optional<ModelTemplate> findModelTemplate(const std::filesystem::path& model)
{
    return std::filesystem::is_directory(model) ? templateOfFolder(model)
                                                : findModelTemplate(GgufFile::open(model));
}

std::optional<ModelTemplate> findModelTemplate(const GgufFile& file)
{
    const auto source = file.getString("tokenizer.chat_template");
    if (!source)
        return std::nullopt;
    const auto token = [&](const char* key) -> std::string {
        const auto id = file.getInt(key);
        const auto* tokens = file.getStrings("tokenizer.ggml.tokens");
        const bool known = id && tokens && *id >= 0 && static_cast<uint64_t>(*id) < tokens->size();
        return known ? (*tokens)[static_cast<size_t>(*id)] : std::string();
    };
    return ModelTemplate{
        *source, token("tokenizer.ggml.bos_token_id"), token("tokenizer.ggml.eos_token_id"), "GGUF metadata"};
}

}
