#pragma once

#include "core/base/error.h"
#include "core/steer/contrast_set.h"
#include "core/tokenizer/tokenizer.h"

#include <optional>
#include <vector>

namespace tiller {

/// One side of an item as the model reads it.
struct RenderedText {
    std::vector<TokenId> ids;
    int headLength = 0; ///< tokens before the completion
    std::vector<bool> isTemplate; ///< one a token: special, or written by the chat template
};

/// The chat template fails on a conversation, or refuses it. Raw text is the way on.
class TemplateError : public Error {
public:
    using Error::Error;
};

/// How contrast items become tokens. `chatTemplate` empty, or `raw`: no template.
struct RenderOptions {
    bool raw = false;
    enum class System {
        TemplateDefault, ///< whatever the template writes when it is given no system turn
        None, ///< not even the template's own system turn
        Custom, ///< `systemText`
    };
    System system = System::TemplateDefault;
    std::string systemText;

    bool operator==(const RenderOptions&) const = default;
};

/// Renders text for one model. The head is the template of the prompt as a user turn with the generation
/// prompt, then comes the answer verbatim with no end-of-turn. An item without a prompt is raw text.
/// Raw: prompt + answer with no separator, BOS/EOS as the tokenizer's post-processor says.
/// Chat turns in place of a text are rendered as they are (a system turn of their own wins over the options);
/// in an answer the last turn, if the assistant's, is the completion, and without one all is head. A system
/// turn that begins an answer goes before the prompt, in place of the prompt's own: a side's system prompt.
/// Keeps references to its arguments. Throws Error (empty side, turns without a template, more tokens than
/// `contextLength`) and TemplateError.
class Renderer {
public:
    Renderer(const Tokenizer& tokenizer, const std::optional<ModelTemplate>& chatTemplate,
        RenderOptions options = {}, int contextLength = 0); ///< 0: no limit

    RenderedText render(const ContrastText& prompt, const ContrastText& answer) const;
    /// Of any length. A prompt to continue: user turn and generation prompt, or the raw text.
    std::vector<TokenId> renderPrompt(const ContrastText& prompt) const;
    bool usesTemplate() const;

private:
    RenderedText renderRaw(const std::string& prompt, const std::string& answer) const;
    RenderedText renderChat(const ContrastText& prompt, const ContrastText& answer) const;

    const Tokenizer& m_tokenizer;
    const std::optional<ModelTemplate>& m_template;
    RenderOptions m_options;
    int m_contextLength;
};

}
