#include "core/base/paths.h"
#include "core/io/json.h"
#include "core/steer/contrast_set.h"
#include "core/steer/rendering.h"

#include <QTest>
#include <nlohmann/json.hpp>

using namespace tiller;

namespace {

ContrastText plain(std::string text)
{
    return {std::move(text), {}};
}

}

// The real tokenizer and template, against the ids of the reference.
class TestDefaultModelRendering : public QObject {
    Q_OBJECT

    const std::filesystem::path m_path = defaultModelPath();
    std::shared_ptr<const Tokenizer> m_tokenizer;
    std::optional<ModelTemplate> m_template;

    std::string text(const RenderedText& rendered) const { return m_tokenizer->decode(rendered.ids); }

private slots:
    void initTestCase()
    {
        if (!std::filesystem::exists(m_path))
            QFAIL("the default model is not installed; packaging/test.sh fetches it");
        m_tokenizer = openTokenizer(m_path);
        m_template = findModelTemplate(m_path);
    }

    void headsAreTheReferences()
    {
        const auto golden = readJson(TILLER_TEST_DATA "/smollm2/golden.json")["forward"][1];
        const auto ids = golden["ids"].get<std::vector<TokenId>>();
        const Renderer renderer(*m_tokenizer, m_template);
        QCOMPARE(renderer.renderPrompt(plain("Tell me about your weekend plans.")), ids);

        const auto rendered = renderer.render(
            plain("Tell me about your weekend plans."), plain("I shall be <|im_end|> busy."));
        QCOMPARE(size_t(rendered.headLength), ids.size());
        QVERIFY(std::equal(ids.begin(), ids.end(), rendered.ids.begin()));
        QCOMPARE(text(rendered), golden["text"].get<std::string>() + "I shall be <|im_end|> busy.");

        std::vector<TokenId> content;
        for (size_t i = 0; i < rendered.ids.size(); ++i)
            if (!rendered.isTemplate[i])
                content.push_back(rendered.ids[i]);
        QCOMPARE(
            m_tokenizer->decode(content), std::string("Tell me about your weekend plans.I shall be  busy."));
    }

    void withoutSystem()
    {
        const Renderer renderer(*m_tokenizer, m_template, {false, RenderOptions::System::None, {}});
        QCOMPARE(m_tokenizer->decode(renderer.renderPrompt(plain("X"))),
            std::string("<|im_start|>user\nX<|im_end|>\n<|im_start|>assistant\n"));
    }

    void withOwnSystem()
    {
        const Renderer renderer(
            *m_tokenizer, m_template, {false, RenderOptions::System::Custom, "Be brief."});
        QCOMPARE(m_tokenizer->decode(renderer.renderPrompt(plain("X"))),
            std::string("<|im_start|>system\nBe "
                        "brief.<|im_end|>\n<|im_start|>user\nX<|im_end|>\n<|im_start|>assistant\n"));
    }

    // The reference's heads are the beginnings of its texts, token by token; ours must be so for every pair.
    void everyPairsHeadEndsBeforeItsAnswer()
    {
        const Renderer renderer(*m_tokenizer, m_template);
        for (const ContrastPair& pair : readContrastSet(TILLER_TEST_DATA "/smollm2/pairs.json").set.pairs) {
            for (const ContrastText& side : {pair.positive, pair.negative}) {
                const auto rendered = renderer.render(pair.prompt, side);
                const auto head = renderer.renderPrompt(pair.prompt);
                QCOMPARE(size_t(rendered.headLength), head.size());
                const std::vector<TokenId> completion(
                    rendered.ids.begin() + rendered.headLength, rendered.ids.end());
                QCOMPARE(m_tokenizer->decode(completion), side.text);
                QCOMPARE(std::count(rendered.isTemplate.begin() + rendered.headLength,
                             rendered.isTemplate.end(), true),
                    0);
            }
        }
    }

    void rawTextIsItself()
    {
        const auto golden = readJson(TILLER_TEST_DATA "/smollm2/golden.json")["forward"][0];
        const Renderer renderer(*m_tokenizer, m_template, {true, RenderOptions::System::TemplateDefault, {}});
        QCOMPARE(renderer.renderPrompt(plain("The moon is")), golden["ids"].get<std::vector<TokenId>>());
        const auto rendered = renderer.render(plain("The moon"), plain(" is"));
        QCOMPARE(rendered.ids, golden["ids"].get<std::vector<TokenId>>());
        QCOMPARE(rendered.headLength, 2);
    }
};

QTEST_GUILESS_MAIN(TestDefaultModelRendering)
#include "tst_rendering_default_model.moc"
