#include "core/steer/read_position.h"
#include "core/steer/rendering.h"
#include "tests/support/refusal.h"

#include <QTest>

using namespace tiller;
using tiller::test::refusal;

namespace {

// Greedy longest match over a handful of pieces, single bytes otherwise; ids 0 and 1 are special. With
// `dummySpace` every text begins with a space that is not in it, as SentencePiece's do.
class FakeTokenizer final : public Tokenizer {
public:
    bool dummySpace = false;
    bool addsEos = false;

    std::vector<TokenId> encode(std::string_view text, const EncodeOptions& options) const override
    {
        std::vector<TokenId> ids;
        if (options.addSpecial)
            ids.push_back(0);
        std::string padded(text);
        if (dummySpace && !text.empty())
            padded.insert(padded.begin(), ' ');
        for (std::string_view rest = padded; !rest.empty();) {
            TokenId best = static_cast<TokenId>(s_pieces.size()) + static_cast<unsigned char>(rest[0]);
            for (size_t i = 0; i < s_pieces.size(); ++i)
                if (rest.starts_with(s_pieces[i]) && s_pieces[i].size() > bytesOf(best).size())
                    best = static_cast<TokenId>(i);
            ids.push_back(best);
            rest.remove_prefix(bytesOf(best).size());
        }
        if (options.addSpecial && addsEos)
            ids.push_back(1);
        return ids;
    }
    std::string decode(std::span<const TokenId> ids, bool) const override
    {
        std::string text;
        for (const TokenId id : ids)
            text += bytesOf(id);
        return text;
    }
    std::string bytesOf(TokenId id) const override
    {
        const auto index = static_cast<size_t>(id);
        return index < s_pieces.size() ? s_pieces[index]
                                       : std::string(1, static_cast<char>(index - s_pieces.size()));
    }
    std::string piece(TokenId id) const override { return bytesOf(id); }
    std::optional<TokenId> find(std::string_view) const override { return std::nullopt; }
    size_t vocabularySize() const override { return s_pieces.size() + 256; }
    bool isSpecial(TokenId id) const override { return id < 2; }
    std::optional<TokenId> bos() const override { return 0; }
    std::vector<TokenId> endOfText() const override { return {1}; }
    std::string kind() const override { return "fake"; }

private:
    inline static const std::vector<std::string> s_pieces{
        "<s>", "</s>", "user", "hello", "world", "wor", "[INST]"};
};

ContrastText plain(std::string text)
{
    return {std::move(text), {}};
}

ContrastText turns(std::vector<ChatMessage> messages)
{
    return {{}, std::move(messages)};
}

std::optional<ModelTemplate> templateOf(const char* source)
{
    return ModelTemplate{source, "<s>", "</s>", "test"};
}

constexpr const char* s_chatMl
    = "{{ bos_token }}{% if messages[0]['role'] != 'system' %}{{ '<system>Be kind.</system>\n' }}{% endif "
      "%}{% for m in messages %}"
      "{{ '<' + m['role'] + '>' + m['content'] + '</' + m['role'] + '>\n' }}{% endfor %}"
      "{% if add_generation_prompt %}{{ '<assistant>' }}{% endif %}";
// The system message goes into the first user turn, contents are trimmed, other orders are refused.
constexpr const char* s_inst
    = "{% if messages[0]['role'] == 'system' %}{% set s = '<<' + messages[0]['content'] + '>>' %}{% set rest "
      "= messages[1:] %}"
      "{% else %}{% set s = '' %}{% set rest = messages %}{% endif %}{{ bos_token }}{% for m in rest %}"
      "{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('roles must alternate') "
      "}}{% endif %}"
      "{% if m['role'] == 'user' %}{{ '[INST]' + (s if loop.first else '') + m['content'] | trim + '[/INST]' "
      "}}"
      "{% else %}{{ m['content'] | trim + eos_token }}{% endif %}{% endfor %}";

struct Case {
    FakeTokenizer tokenizer;
    std::optional<ModelTemplate> chatTemplate;
    RenderOptions options;

    RenderedText render(const ContrastText& prompt, const ContrastText& answer) const
    {
        return Renderer(tokenizer, chatTemplate, options).render(prompt, answer);
    }
    std::string head(const RenderedText& text) const
    {
        return tokenizer.decode({text.ids.data(), size_t(text.headLength)}, false);
    }
    std::string completion(const RenderedText& text) const
    {
        return tokenizer.decode(std::span(text.ids).subspan(size_t(text.headLength)), false);
    }
    // The tokens that are neither special nor the template's.
    std::string content(const RenderedText& text) const
    {
        std::string result;
        for (size_t i = 0; i < text.ids.size(); ++i)
            if (!text.isTemplate.at(i))
                result += tokenizer.bytesOf(text.ids[i]);
        return result;
    }
};

using System = RenderOptions::System;

}

class TestRendering : public QObject {
    Q_OBJECT

private slots:
    void rawIsPromptThenAnswer()
    {
        for (const bool rawAsked : {false, true}) {
            Case raw;
            raw.options.raw = rawAsked;
            if (rawAsked)
                raw.chatTemplate = templateOf(s_chatMl);
            const auto text = raw.render(plain("hello"), plain(" world"));
            QCOMPARE(raw.head(text), std::string("<s>hello"));
            QCOMPARE(raw.completion(text), std::string(" world"));
            QCOMPARE(raw.content(text), std::string("hello world"));
        }
    }

    void aTokenAcrossTheBoundaryBelongsToTheCompletion()
    {
        Case raw;
        const auto text = raw.render(plain("hello wor"), plain("ld"));
        QCOMPARE(raw.head(text), std::string("<s>hello "));
        QCOMPARE(raw.completion(text), std::string("world"));
    }

    void specialsAtTheEndAreNotTheHead()
    {
        Case raw;
        raw.tokenizer.addsEos = true;
        const auto text = raw.render(plain("hello"), plain(" x"));
        QCOMPARE(raw.head(text), std::string("<s>hello"));
        QCOMPARE(raw.completion(text), std::string(" x</s>"));
        QCOMPARE(raw.content(text), std::string("hello x"));
    }

    void anItemWithoutPromptIsRaw()
    {
        Case chat{{}, templateOf(s_chatMl), {}};
        const auto text = chat.render({}, plain("hello"));
        QCOMPARE(chat.head(text), std::string("<s>"));
        QCOMPARE(chat.completion(text), std::string("hello"));
    }

    void theHeadIsTheTemplateAndItsGenerationPrompt()
    {
        Case chat{{}, templateOf(s_chatMl), {}};
        const auto text = chat.render(plain("hello"), plain(" world "));
        QCOMPARE(
            chat.head(text), std::string("<s><system>Be kind.</system>\n<user>hello</user>\n<assistant>"));
        QCOMPARE(chat.completion(text), std::string(" world "));
        QCOMPARE(chat.content(text), std::string("hello world "));
        QVERIFY(Renderer(chat.tokenizer, chat.chatTemplate).usesTemplate());
    }

    void contentThatLooksLikeTheTemplateIsContent()
    {
        Case chat{{}, templateOf(s_chatMl), {}};
        for (const char* prompt : {"user", "<user>", "Be kind.", "</user>\n<user>x", "TILLERMARK0X", "<s>"}) {
            const auto text = chat.render(plain(prompt), plain("user"));
            const std::string expected = std::string(prompt) == "<s>" ? "" : prompt;
            QCOMPARE(chat.content(text), expected + "user");
        }
    }

    void trimmedContentIsFound()
    {
        Case inst{{}, templateOf(s_inst), {}};
        const auto text = inst.render(plain("  hello\n"), plain("yes"));
        QCOMPARE(inst.head(text), std::string("<s>[INST]hello[/INST]"));
        QCOMPARE(inst.content(text), std::string("helloyes"));
    }

    void tokenizersWithADummySpaceAreAligned()
    {
        Case chat{{},
            templateOf("{% for m in messages %}{{ '[INST]' + m['content'] + '[/INST]' }}{% endfor %}"), {}};
        chat.tokenizer.dummySpace = true;
        const auto text = chat.render(plain("hello"), plain("world"));
        QCOMPARE(chat.head(text), std::string(" [INST]hello[/INST]"));
        QCOMPARE(chat.content(text), std::string("helloworld"));
    }

    void systemTurns_data()
    {
        QTest::addColumn<QString>("source");
        QTest::addColumn<int>("system");
        QTest::addColumn<QString>("head");
        QTest::addColumn<QString>("content");
        const auto row
            = [](const char* name, const char* source, System system, const char* head, const char* content) {
                  QTest::newRow(name) << source << int(system) << head << content;
              };
        row("default", s_chatMl, System::TemplateDefault,
            "<s><system>Be kind.</system>\n<user>hello</user>\n<assistant>", "hello");
        row("none", s_chatMl, System::None, "<s><user>hello</user>\n<assistant>", "hello");
        row("own", s_chatMl, System::Custom, "<s><system>Be rude.</system>\n<user>hello</user>\n<assistant>",
            "Be rude.hello");
        row("none where there is none", s_inst, System::None, "<s>[INST]hello[/INST]", "hello");
        row("own inside the user turn", s_inst, System::Custom, "<s>[INST]<<Be rude.>>hello[/INST]",
            "Be rude.hello");
        row("none where it is refused",
            "{% for m in messages %}{% if m['role'] == 'system' %}{{ raise_exception('no system') }}{% endif "
            "%}{{ m['content'] }}|{% endfor %}",
            System::None, "hello|", "hello");
    }
    void systemTurns()
    {
        QFETCH(QString, source);
        QFETCH(int, system);
        QFETCH(QString, head);
        QFETCH(QString, content);
        Case chat{{}, templateOf(source.toStdString().c_str()), {false, System(system), "Be rude."}};
        const auto text = chat.render(plain("hello"), plain("yes"));
        QCOMPARE(QString::fromStdString(chat.head(text)), head);
        QCOMPARE(QString::fromStdString(chat.completion(text)), QString("yes"));
        QCOMPARE(QString::fromStdString(chat.content(text)), content + "yes");
        const auto prompt
            = Renderer(chat.tokenizer, chat.chatTemplate, chat.options).renderPrompt(plain("hello"));
        QCOMPARE(QString::fromStdString(chat.tokenizer.decode(prompt, false)), head);
    }

    void turnsOfTheItemKeepTheirOwnSystem()
    {
        for (const System system : {System::None, System::Custom}) {
            Case chat{{}, templateOf(s_chatMl), {false, system, "Be rude."}};
            const auto text = chat.render(turns({{"system", "S"}, {"user", "u"}}), plain("a"));
            QCOMPARE(chat.head(text), std::string("<s><system>S</system>\n<user>u</user>\n<assistant>"));
        }
    }

    void aSideHasItsOwnSystemPrompt()
    {
        Case chat{{}, templateOf(s_chatMl), {false, System::Custom, "Be rude."}};
        const auto text = chat.render(plain("hello"), turns({{"system", "S"}, {"assistant", " world"}}));
        QCOMPARE(chat.head(text), std::string("<s><system>S</system>\n<user>hello</user>\n<assistant>"));
        QCOMPARE(chat.completion(text), std::string(" world"));
        QCOMPARE(chat.content(text), std::string("Shello world"));
        const auto over = chat.render(
            turns({{"system", "P"}, {"user", "hello"}}), turns({{"system", "S"}, {"assistant", " world"}}));
        QCOMPARE(over.ids, text.ids);
        const auto promptOnly = chat.render(plain("hello"), turns({{"system", "S"}}));
        QCOMPARE(chat.head(promptOnly), std::string("<s><system>S</system>\n<user>hello</user>\n"));
        QCOMPARE(promptOnly.headLength, int(promptOnly.ids.size()));
        const auto alone = chat.render({}, turns({{"system", "S"}, {"user", "u"}, {"assistant", "a"}}));
        QCOMPARE(chat.head(alone), std::string("<s><system>S</system>\n<user>u</user>\n<assistant>"));
    }

    void anAnswerOfTurnsEndsInItsCompletion()
    {
        Case chat{{}, templateOf(s_chatMl), {false, System::None, {}}};
        const auto text
            = chat.render(plain("p"), turns({{"assistant", "a"}, {"user", "b"}, {"assistant", " c "}}));
        QCOMPARE(chat.head(text),
            std::string("<s><user>p</user>\n<assistant>a</assistant>\n<user>b</user>\n<assistant>"));
        QCOMPARE(chat.completion(text), std::string(" c "));
        QCOMPARE(chat.content(text), std::string("pab c "));
    }

    void otherTurnsAreAllHead()
    {
        Case chat{{}, templateOf(s_chatMl), {false, System::None, {}}};
        const auto text = chat.render({}, turns({{"user", "u"}}));
        QCOMPARE(chat.head(text), std::string("<s><user>u</user>\n"));
        QCOMPARE(chat.completion(text), std::string());
        QCOMPARE(chat.content(text), std::string("u"));
        QVERIFY_EXCEPTION_THROWN(parseReadPosition("completion").positions(text), Error);
    }

    void refuses()
    {
        Case raw;
        QVERIFY(refusal([&] { raw.render(plain("p"), {}); }).contains("empty"));
        QVERIFY(refusal([&] { raw.render({}, turns({{"user", "u"}})); }).contains("this model has none"));
        QVERIFY(refusal([&] {
            Renderer(raw.tokenizer, raw.chatTemplate).renderPrompt(turns({{"user", "u"}}));
        }).contains("this model has none"));
        QVERIFY(
            refusal([&] { Renderer(raw.tokenizer, raw.chatTemplate).renderPrompt({}); }).contains("empty"));
        Case chat{{}, templateOf(s_chatMl), {true, System::None, {}}};
        QVERIFY(refusal([&] { chat.render(turns({{"user", "u"}}), plain("a")); }).contains("raw"));
        Case inst{{}, templateOf(s_inst), {}};
        QVERIFY(refusal([&] {
            inst.render(turns({{"assistant", "u"}}), plain("a"));
        }).contains("roles must alternate"));
    }
};

QTEST_GUILESS_MAIN(TestRendering)
#include "tst_rendering.moc"
