#pragma once

#include "core/base/error.h"

#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tiller {

class GgufFile;

struct ChatMessage {
    std::string role;
    std::string content;
    bool operator==(const ChatMessage&) const = default;
};

/// What a template says with raise_exception: its own words, and where.
class TemplateRefusal : public Error {
public:
    TemplateRefusal(std::string words, int line)
        : Error(std::move(words), "Line " + std::to_string(line) + " of the template refuses these messages.")
        , m_line(line)
    {
    }
    int line() const { return m_line; }

private:
    int m_line;
};

/// A chat template in the Jinja that model publishers write, interpreted as transformers renders it
/// (trim_blocks, lstrip_blocks, loop controls, raise_exception, strftime_now, tojson without HTML escapes,
/// generation blocks). Pure: no attribute escapes, no files; steps, depth and output are limited.
/// Immutable after parse; any thread.
class ChatTemplate {
public:
    /// Throws Error with the line of a syntax error.
    static ChatTemplate parse(std::string_view source);

    /// `context` is an object: messages, tools, add_generation_prompt, bos_token, ... `now` is ISO 8601
    /// (2024-07-06T09:05:03) for strftime_now; empty: the clock. Throws TemplateRefusal, and Error
    /// with the line of any other fault.
    std::string render(const nlohmann::ordered_json& context, const std::string& now = {}) const;

    const std::string& source() const;

    struct Program; ///< the parsed form, private to the interpreter

private:
    std::shared_ptr<const Program> m_program;
};

/// A model's own template with the special tokens it may name.
struct ModelTemplate {
    std::string source;
    std::string bosToken;
    std::string eosToken;
    std::string origin; ///< "tokenizer_config.json", "chat_template.jinja", "GGUF metadata"

    std::string render(const std::vector<ChatMessage>& messages, bool generationPrompt) const;
};

/// Looks beside a checkpoint (folder or GGUF file); nullopt for a base model without a template. In a folder
/// the first of additional_chat_templates/default.jinja, chat_template.jinja, tokenizer_config.json (the one
/// named "default" of a list) and chat_template.json; in a GGUF tokenizer.chat_template.
std::optional<ModelTemplate> findModelTemplate(const std::filesystem::path& model);
std::optional<ModelTemplate> findModelTemplate(const GgufFile& file);

}
