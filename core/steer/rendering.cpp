#include "core/steer/rendering.h"

#include <algorithm>
#include <string_view>

namespace tiller {

namespace {

// Stands for a message's content in a rendering that only shows what the template writes around it.
constexpr std::string_view s_mark = "TILLERMARK";

struct Span {
    size_t begin = 0;
    size_t end = 0;
};

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view space = " \t\r\n\f\v";
    const size_t begin = text.find_first_not_of(space);
    if (begin == std::string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(space) - begin + 1);
}

std::string markOf(size_t message)
{
    return std::string(s_mark) + std::to_string(message) + "X";
}

// Where each message's content stands in `rendered`. `marked` is the same rendering with marks for contents,
// so that a content which looks like the template ("user") is not mistaken for it. Contents may have been
// trimmed; one that the template has changed otherwise, and those after it, are not found.
std::vector<Span> contentSpans(
    std::string_view rendered, std::string_view marked, const std::vector<ChatMessage>& messages)
{
    std::vector<Span> spans;
    size_t at = 0; // in rendered
    size_t atMark = 0; // in marked
    for (size_t i = 0; i < messages.size(); ++i) {
        const std::string mark = markOf(i);
        const size_t begin = marked.find(mark, atMark);
        if (begin == std::string_view::npos)
            return spans;
        at += begin - atMark;
        atMark = begin + mark.size();
        const size_t next
            = i + 1 < messages.size() ? marked.find(markOf(i + 1), atMark) : std::string_view::npos;
        const std::string_view after
            = marked.substr(atMark, next == std::string_view::npos ? next : next - atMark);

        const std::string_view whole = messages[i].content;
        const std::string_view candidates[] = {whole, trimmed(whole)};
        const auto found = std::ranges::find_if(candidates, [&](std::string_view content) {
            return at <= rendered.size() && rendered.substr(at).starts_with(content)
                && rendered.substr(at + content.size()).starts_with(after);
        });
        if (found == std::end(candidates))
            return spans;
        spans.push_back({at, at + found->size()});
        at += found->size();
    }
    return spans;
}

// The bytes of `text` that each token covers. Tokenizers with a dummy prefix write a space that the text does
// not have, or swallow one; where the tokens say something else altogether the rest gets empty spans at the
// end.
std::vector<Span> tokenSpans(
    const Tokenizer& tokenizer, const std::vector<TokenId>& ids, std::string_view text)
{
    std::vector<Span> spans;
    size_t at = 0;
    for (const TokenId id : ids) {
        const std::string stored = tokenizer.bytesOf(id);
        std::string_view bytes = stored;
        const std::string_view rest = text.substr(at);
        if (!rest.starts_with(bytes) && bytes.starts_with(' '))
            bytes.remove_prefix(1);
        else if (!rest.starts_with(bytes) && rest.starts_with(' ') && rest.substr(1).starts_with(bytes))
            ++at;
        const bool matches = text.substr(at).starts_with(bytes);
        const size_t end = matches ? at + bytes.size() : text.size();
        spans.push_back({matches ? at : end, end});
        at = end;
    }
    return spans;
}

int commonPrefix(const std::vector<TokenId>& a, const std::vector<TokenId>& b)
{
    return static_cast<int>(std::ranges::mismatch(a, b).in1 - a.begin());
}

// The conversation as the template says it, with or without a system turn as the options ask.
class Conversation {
public:
    Conversation(
        const ModelTemplate& chatTemplate, const RenderOptions& options, std::vector<ChatMessage> turns)
        : m_template(chatTemplate)
        , m_turns(std::move(turns))
    {
        const bool hasSystem = !m_turns.empty() && m_turns.front().role == "system";
        if (options.system == RenderOptions::System::Custom && !hasSystem)
            m_turns.insert(m_turns.begin(), {"system", options.systemText});
        m_withoutSystem = options.system == RenderOptions::System::None && !hasSystem;
    }

    std::string text(bool generationPrompt) const { return render(m_turns, generationPrompt); }

    std::vector<Span> contents(const std::string& rendered, bool generationPrompt) const
    {
        auto marked = m_turns;
        for (size_t i = 0; i < marked.size(); ++i)
            marked[i].content = markOf(i);
        return contentSpans(rendered, render(marked, generationPrompt), m_turns);
    }

private:
    std::string render(const std::vector<ChatMessage>& turns, bool generationPrompt) const
    {
        try {
            return m_withoutSystem ? renderWithoutSystem(turns, generationPrompt)
                                   : m_template.render(turns, generationPrompt);
        } catch (const Error& error) {
            throw TemplateError(std::string("the model's chat template fails: ") + error.what(),
                "Raw text needs no template: generate --prompt, extract --raw.");
        }
    }

    // A template may write a system turn of its own when it is given none. What follows a given system turn
    // has no such addition: render one, then cut it off. A template that refuses a system turn, or writes it
    // into the user's, adds none of its own.
    std::string renderWithoutSystem(const std::vector<ChatMessage>& turns, bool generationPrompt) const
    {
        const ChatMessage system{"system", std::string(s_mark)};
        auto all = turns;
        all.insert(all.begin(), system);
        try {
            const std::string alone = m_template.render({system}, false);
            const std::string together = m_template.render(all, generationPrompt);
            if (alone.find(s_mark) != std::string::npos && together.starts_with(alone)) {
                // In ChatML models the BOS token is the one that opens every turn: then it is there already.
                const std::string& bos = m_template.bosToken;
                const std::string rest = together.substr(alone.size());
                return alone.starts_with(bos) && !rest.starts_with(bos) ? bos + rest : rest;
            }
        } catch (const Error&) {
        }
        return m_template.render(turns, generationPrompt);
    }

    const ModelTemplate& m_template;
    std::vector<ChatMessage> m_turns;
    bool m_withoutSystem = false;
};

std::vector<ChatMessage> asTurns(const ContrastText& text, const char* role)
{
    return text.turns.empty() ? std::vector<ChatMessage>{{role, text.text}} : text.turns;
}

[[noreturn]] void failTurns(bool raw)
{
    throw Error(raw ? "chat turns cannot be rendered raw"
                    : "chat turns need a chat template, and this model has none",
        raw ? "Use the chat template, or plain text."
            : "A base model continues plain text: generate --prompt, extract --raw.");
}

}

Renderer::Renderer(const Tokenizer& tokenizer, const std::optional<ModelTemplate>& chatTemplate,
    RenderOptions options, int contextLength)
    : m_tokenizer(tokenizer)
    , m_template(chatTemplate)
    , m_options(std::move(options))
    , m_contextLength(contextLength)
{
}

bool Renderer::usesTemplate() const
{
    return !m_options.raw && m_template.has_value();
}

RenderedText Renderer::render(const ContrastText& prompt, const ContrastText& answer) const
{
    if (answer.empty())
        throw Error("the text is empty", "Fill it in, or delete the item.");
    const bool hasTurns = !prompt.turns.empty() || !answer.turns.empty();
    if (hasTurns && !usesTemplate())
        failTurns(m_template.has_value());

    const bool isChat = usesTemplate() && (hasTurns || !prompt.empty());
    RenderedText result = isChat ? renderChat(prompt, answer) : renderRaw(prompt.text, answer.text);
    if (m_contextLength > 0 && result.ids.size() > static_cast<size_t>(m_contextLength))
        throw Error("the text has " + std::to_string(result.ids.size())
                + " tokens, and the model's context holds " + std::to_string(m_contextLength),
            "Shorten it, or drop the item.");
    return result;
}

RenderedText Renderer::renderRaw(const std::string& prompt, const std::string& answer) const
{
    const EncodeOptions options{.addSpecial = true, .parseSpecial = true};
    RenderedText result;
    result.ids = m_tokenizer.encode(prompt + answer, options);
    result.headLength = commonPrefix(m_tokenizer.encode(prompt, options), result.ids);
    for (const TokenId id : result.ids)
        result.isTemplate.push_back(m_tokenizer.isSpecial(id));
    return result;
}

RenderedText Renderer::renderChat(const ContrastText& prompt, const ContrastText& answer) const
{
    auto turns = prompt.empty() ? std::vector<ChatMessage>{} : asTurns(prompt, "user");
    std::optional<std::string> completion;
    if (answer.turns.empty()) {
        completion = answer.text;
    } else {
        auto first = answer.turns.begin();
        if (first->role == "system" && !turns.empty()) {
            if (turns.front().role == "system")
                turns.front() = *first;
            else
                turns.insert(turns.begin(), *first);
            ++first;
        }
        turns.insert(turns.end(), first, answer.turns.end());
        if (turns.back().role == "assistant") {
            completion = turns.back().content;
            turns.pop_back();
        }
    }

    const Conversation conversation(*m_template, m_options, std::move(turns));
    const std::string head = conversation.text(completion.has_value());
    const std::string full = head + completion.value_or("");
    RenderedText result;
    result.ids = m_tokenizer.encode(full);
    result.headLength = completion ? commonPrefix(m_tokenizer.encode(head), result.ids)
                                   : static_cast<int>(result.ids.size());

    auto contents = conversation.contents(head, completion.has_value());
    contents.push_back({head.size(), full.size()});
    const auto spans = tokenSpans(m_tokenizer, result.ids, full);
    for (size_t i = 0; i < result.ids.size(); ++i) {
        const bool isContent = std::ranges::any_of(contents, [&](const Span& content) {
            return spans[i].begin < content.end && spans[i].end > content.begin;
        });
        result.isTemplate.push_back(!isContent || m_tokenizer.isSpecial(result.ids[i]));
    }
    return result;
}

std::vector<TokenId> Renderer::renderPrompt(const ContrastText& prompt) const
{
    if (prompt.empty())
        throw Error("the prompt is empty", "Write something for the model to answer or to continue.");
    if (usesTemplate())
        return m_tokenizer.encode(Conversation(*m_template, m_options, asTurns(prompt, "user")).text(true));
    if (!prompt.turns.empty())
        failTurns(m_template.has_value());
    return m_tokenizer.encode(prompt.text, {.addSpecial = true, .parseSpecial = true});
}

}
