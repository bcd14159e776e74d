#include "core/base/error.h"
#include "core/io/gguf.h"
#include "core/tokenizer/chat_template.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <nlohmann/json.hpp>

using namespace tiller;
using nlohmann::ordered_json;

namespace {

const QString fixtures = QStringLiteral(TILLER_TEST_DATA "/chat_templates/");

std::string readFile(const QString& path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        qFatal("%s cannot be read", qPrintable(path));
    return file.readAll().toStdString();
}

void writeFile(const QString& path, const std::string& text)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly)
        || file.write(text.data(), qint64(text.size())) != qint64(text.size()))
        qFatal("%s cannot be written", qPrintable(path));
}

struct Rendering {
    QString text;
    QString error;
};

Rendering render(const std::string& source, const ordered_json& context = ordered_json::object(),
    const std::string& now = {})
{
    try {
        return {QString::fromStdString(ChatTemplate::parse(source).render(context, now)), {}};
    } catch (const Error& error) {
        return {{}, QString::fromUtf8(error.what())};
    }
}

std::string repeated(const std::string& text, int times)
{
    std::string out;
    for (int i = 0; i < times; ++i)
        out += text;
    return out;
}

void addCase(const QByteArray& name, const std::string& source, const ordered_json& context,
    const ordered_json& answer, const std::string& now)
{
    // The recorded message matters only where the template itself raised it.
    const bool fails = answer.contains("error");
    const bool raised = fails && answer["error_class"] == "TemplateError";
    QTest::newRow(name.constData()) << source << context << now << fails
                                    << QString::fromStdString(fails
                                               ? (raised ? answer["error"].get<std::string>() : "")
                                               : answer["expected"].get<std::string>());
}

}

Q_DECLARE_METATYPE(std::string)
Q_DECLARE_METATYPE(nlohmann::ordered_json)

class TestChatTemplate : public QObject {
    Q_OBJECT

private slots:
    void rendersAsJinja2Does_data()
    {
        QTest::addColumn<std::string>("source");
        QTest::addColumn<ordered_json>("context");
        QTest::addColumn<std::string>("now");
        QTest::addColumn<bool>("fails");
        QTest::addColumn<QString>("answer");
        const auto cases = ordered_json::parse(readFile(fixtures + "cases.json"));
        for (const auto& each : cases["cases"]) {
            const std::string file = each["template"];
            const std::string name = file + " " + each["name"].get<std::string>();
            addCase(QByteArray::fromStdString(name),
                readFile(fixtures + "templates/" + QString::fromStdString(file)), each["context"], each,
                cases["now"]);
        }
        for (const char* file : {"expressions.json", "more_expressions.json"}) {
            const auto expressions = ordered_json::parse(readFile(fixtures + file));
            for (const auto& each : expressions["cases"]) {
                const std::string source = each["source"];
                addCase(QByteArray::fromStdString(source).left(200), source, expressions["context"], each,
                    expressions["now"]);
            }
        }
    }

    void rendersAsJinja2Does()
    {
        QFETCH(const std::string, source);
        QFETCH(const ordered_json, context);
        QFETCH(const std::string, now);
        QFETCH(const bool, fails);
        QFETCH(const QString, answer);
        const Rendering rendering = render(source, context, now);
        if (fails) {
            QVERIFY2(!rendering.error.isEmpty(), qPrintable("rendered: " + rendering.text));
            QVERIFY2(rendering.error.contains(answer), qPrintable(rendering.error));
        } else {
            QCOMPARE(rendering.error, QString());
            QCOMPARE(rendering.text, answer);
        }
    }

    void namesTheLine()
    {
        QCOMPARE(render("a\n\n{% if %}").error,
            QString("line 3: Expected an expression, got 'end of statement block'"));
        QCOMPARE(render("a\n{{ 1 +\n 'x' }}").error,
            QString("line 2: unsupported operand type(s) for +: 'int' and 'str'"));
        QCOMPARE(render("{% macro m() %}\n{{ none.x.y }}{% endmacro %}\n{{ m() }}").error,
            QString("line 2: 'None' has no attribute 'x'"));
        QCOMPARE(render("\n{{ raise_exception('Only this text') }}").error, QString("Only this text"));
        // A model's own template says where as well.
        const ModelTemplate refusing{"\n{{ raise_exception('Only this text') }}", "", "", "test"};
        try {
            refusing.render({{"user", "Hello"}}, true);
            QFAIL("not refused");
        } catch (const Error& error) {
            QCOMPARE(QString::fromUtf8(error.what()), QString("line 2: Only this text"));
        }
    }

    void takesTheTimeFromTheClockOrTheCaller()
    {
        const std::string source = "{{ strftime_now('%Y-%m-%d %H:%M:%S %A %j %-d') }}";
        QCOMPARE(render(source, ordered_json::object(), "2024-02-29T23:59:58").text,
            QString("2024-02-29 23:59:58 Thursday 060 29"));
        QCOMPARE(render("{{ strftime_now('%Y') | int > 2000 }}").text, QString("True"));
        QVERIFY(render(source, ordered_json::object(), "yesterday").error.contains("ISO 8601"));
    }

    void hostileTemplatesEndWithAnError_data()
    {
        QTest::addColumn<std::string>("source");
        QTest::addColumn<QString>("cause");
        const auto row = [](const char* name, const std::string& source, const char* cause) {
            QTest::newRow(name) << source << QString(cause);
        };
        row("parentheses", "{{ " + repeated("(", 100000) + "1" + repeated(")", 100000) + " }}",
            "nested too deeply");
        row("open parentheses", "{{ " + repeated("(", 100000), "nested too deeply");
        row("lists", "{{ " + repeated("[", 100000) + repeated("]", 100000) + " }}", "nested too deeply");
        row("dicts", "{{ " + repeated("{1:", 100000) + " }}", "nested too deeply");
        row("calls", "{{ " + repeated("f(", 100000) + repeated(")", 100000) + " }}", "nested too deeply");
        row("signs", "{{ " + repeated("-", 100000) + "1 }}", "nested too deeply");
        row("negations", "{{ " + repeated("not ", 100000) + "1 }}", "nested too deeply");
        row("sum", "{{ 1" + repeated(" + 1", 100000) + " }}", "nested too deeply");
        row("filters", "{{ 1" + repeated(" | string", 100000) + " }}", "nested too deeply");
        row("attributes", "{{ a" + repeated(".a", 100000) + " }}", "nested too deeply");
        row("conditionals", "{{ " + repeated("1 if 1 else ", 50000) + "1 }}", "nested too deeply");
        row("ifs", repeated("{% if 1 %}", 40000) + repeated("{% endif %}", 40000), "nested too deeply");
        row("loops", repeated("{% for i in [1] %}", 40000), "nested too deeply");
        row("targets", "{% set " + repeated("(", 100000) + "a" + repeated(")", 100000) + " = 1 %}",
            "nested too deeply");
        row("recursion", "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "calls itself too deeply");
        row("mutual recursion",
            "{% macro a() %}{% if 1 %}{{ b() }}{% endif %}{% endmacro %}{% macro b() %}{{ a() | upper }}{% "
            "endmacro %}{{ a() }}",
            "calls itself too deeply");
        row("recursive loop", "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
            "calls itself too deeply");
        row("caller recursion",
            "{% macro m() %}{% call m() %}{{ caller() }}{% endcall %}{{ caller() }}{% endmacro %}{{ m() }}",
            "calls itself too deeply");
        row("repetition", "{{ 'a' * 10 ** 9 }}", "16 MB");
        row("repetition beyond size_t", "{{ ('a' * 1000) * 9223372036854775807 }}", "");
        row("list repetition", "{{ [1] * 10 ** 12 }}", "too many steps");
        row("doubling",
            "{% set ns = namespace(s='a') %}{% for i in range(99) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
            "");
        row("doubling a list",
            "{% set ns = namespace(l=[1]) %}{% for i in range(99) %}{% set ns.l = ns.l + ns.l %}{% endfor %}",
            "too many steps");
        row("giant range", "{% for i in range(10 ** 15) %}{% endfor %}", "Range too big");
        row("range over all integers", "{{ range(-9223372036854775807, 9223372036854775807) | list }}",
            "Range too big");
        row("nested loops", repeated("{% for i in range(100000) %}", 3) + repeated("{% endfor %}", 3),
            "too many steps");
        row("output", "{% for i in range(100000) %}{{ 'a' * 1000 }}{% endfor %}", "");
        row("width", "{{ '%999999999999d' % 1 }}", "");
        row("precision", "{{ '%.999999999f' % 1.5 }}", "too large");
        row("brace width", "{{ '{:999999999999}'.format('a') }}", "");
        row("centre", "{{ 'a' | center(999999999999) }}", "");
        row("fill", "{{ 'a'.zfill(9223372036854775807) }}", "");
        row("indent", "{{ [[1]] | tojson(indent=999999999999) }}", "");
        row("tabs", "{{ ('\\t' * 100000).expandtabs(100000) }}", "");
        row("batch", "{{ [1] | batch(10 ** 15, 'x') | list }}", "too many steps");
        row("slice", "{{ [1] | slice(10 ** 15) | list }}", "too many steps");
        row("replacement", "{{ ('a' * 1000000) | replace('a', 'b' * 1000) }}", "16 MB");
        row("join", "{{ range(100000) | join('a' * 1000) }}", "16 MB");
        row("power", "{{ 10 ** 10 ** 10 }}", "64 bits");
        row("overflow", "{{ -9223372036854775807 - 2 }}", "64 bits");
        row("overflow of division", "{{ (-9223372036854775807 - 1) // -1 }}", "64 bits");
        row("deep value",
            "{% set ns = namespace(l=[]) %}{% for i in range(100000) %}{% set ns.l = [ns.l] %}{% endfor %}",
            "nested too deeply");
        row("deep generator",
            "{% set ns = namespace(l=[1]) %}{% for i in range(100000) %}{% set ns.l = ns.l | map('string') "
            "%}{% endfor %}",
            "nested too deeply");
        row("shared value",
            "{% set ns = namespace(l=[1]) %}{% for i in range(60) %}{% set ns.l = [ns.l, ns.l] %}{% endfor "
            "%}{{ ns.l }}",
            "");
        row("comparing shared values",
            "{% set a = namespace(l=[1]) %}{% set b = namespace(l=[1]) %}{% for i in range(60) %}{% set a.l "
            "= [a.l, a.l] %}"
            "{% set b.l = [b.l, b.l] %}{% endfor %}{{ a.l == b.l }}",
            "too many steps");
        row("shared key",
            "{% set ns = namespace(l=(1,)) %}{% for i in range(60) %}{% set ns.l = (ns.l, ns.l) %}{% endfor "
            "%}{{ {ns.l: 1} }}",
            "");
        row("namespace in itself", "{% set ns = namespace() %}{% set ns.me = ns %}{{ ns }}",
            "nested too deeply");
        row("unclosed comment", "{#" + repeated("-", 100000), "Missing end of comment");
        row("unclosed raw", "{% raw %}" + repeated("{% ", 100000), "Missing end of raw");
        row("nothing but tags", repeated("{%", 100000), "");
        row("class", "{{ ''.__class__.__mro__ }}", "unsafe");
        row("globals", "{{ raise_exception.__globals__['os'] }}", "unsafe");
        row("subclasses", "{{ ().__class__.__base__.__subclasses__() }}", "unsafe");
        row("class by item", "{{ ''['__class__']['__mro__'] }}", "unsafe");
        row("class by filter", "{{ (''|attr('__class__')).x }}", "unsafe");
        row("class by format", "{{ '{0.__class__.__mro__}'.format('') }}", "unsafe");
        row("append", "{% set l = [] %}{{ l.append(1) }}", "unsafe");
        row("long name", "{{ " + repeated("a", 100000) + " }}", "name is too long");
        row("large source", repeated("a", 1 << 21), "above 1 MB");
        row("slow search",
            "{% set a = 'a' * 8000000 %}{% for i in range(100000) %}{{ (a[4000000:] ~ 'b') in a }}{% endfor "
            "%}",
            "too many steps");
        row("slow strip",
            "{% set a = 'a' * 8000000 %}{% for i in range(100000) %}{{ a.strip('b' * 1000000) | length }}{% "
            "endfor %}",
            "too many steps");
        row("long keys",
            "{% set k = 'a' * 8000000 %}{% set d = {k: 1} %}{% for i in range(100000) %}{{ d[k] }}{% endfor "
            "%}",
            "too many steps");
        row("long path",
            "{% set p = '0.' * 100000 ~ '0' %}{% for i in range(100000) %}{{ ['a'] | map(attribute=p) | list "
            "}}{% endfor %}",
            "too many steps");
        row("include", "{% include '/etc/passwd' %}", "no loader");
    }

    void hostileTemplatesEndWithAnError()
    {
        QFETCH(const std::string, source);
        QFETCH(const QString, cause);
        QElapsedTimer timer;
        timer.start();
        const Rendering rendering = render(source);
        QVERIFY2(!rendering.error.isEmpty(), qPrintable("rendered: " + rendering.text.left(100)));
        QVERIFY2(rendering.error.contains(cause), qPrintable(rendering.error));
        QVERIFY2(timer.elapsed() < 20000, qPrintable(QString::number(timer.elapsed())));
    }

    void cyclesEndWithTheRendering()
    {
        // Names that hold each other, and chains that end long: freed without recursion (leaks show under a
        // sanitizer).
        QCOMPARE(render("{% set ns = namespace() %}{% set ns.me = ns %}{% macro m() %}{% endmacro %}{% set "
                        "ns.m = m %}ok")
                     .text,
            QString("ok"));
        QCOMPARE(render("{% set ns = namespace(p=none) %}{% for i in range(50000) %}{% set ns.p = "
                        "namespace(p=ns.p) %}{% endfor %}ok")
                     .text,
            QString("ok"));
        QCOMPARE(render("{% set ns = namespace(p=none) %}{% for i in range(50000) %}{% set q = ns.p %}"
                        "{% macro m() %}{{ q }}{% endmacro %}{% set ns.p = m %}{% endfor %}ok")
                     .text,
            QString("ok"));
        QVERIFY(render("{% for x in [1] %}{{ loop.changed(loop) }}{{ 1 / 0 }}{% endfor %}")
                    .error.contains("zero"));
    }

    void longConversationsRender()
    {
        ordered_json context
            = {{"messages", ordered_json::array()}, {"bos_token", "<s>"}, {"eos_token", "</s>"},
                {"tools", nullptr}, {"documents", nullptr}, {"add_generation_prompt", true}};
        for (int i = 0; i < 2000; ++i)
            context["messages"].push_back(
                {{"role", i % 2 ? "assistant" : "user"}, {"content", "message " + std::to_string(i)}});
        for (const auto& file : QDir(fixtures + "templates").entryList({"*.jinja"})) {
            const Rendering rendering = render(readFile(fixtures + "templates/" + file), context);
            QVERIFY2(rendering.error.isEmpty(), qPrintable(file + ": " + rendering.error));
            QVERIFY(rendering.text.contains("message 1998"));
        }
    }

    void parsedTemplatesKeepTheirSource()
    {
        QCOMPARE(ChatTemplate::parse("a\r\n{{ 1 }}\n").source(), std::string("a\r\n{{ 1 }}\n"));
    }

    void modelTemplatesRenderWithTheirTokens()
    {
        const ModelTemplate model{
            "{{ bos_token }}{% for m in messages %}{{ m.role }}:{{ m.content }}{{ eos_token }}{% endfor %}"
            "{{ tools is none }}{{ documents is none }}{% if add_generation_prompt %}>{% endif %}",
            "<s>", "</s>", "test"};
        const std::vector<ChatMessage> messages = {{"user", "Hi"}, {"assistant", "{{ 1 }}"}};
        QCOMPARE(model.render(messages, true), std::string("<s>user:Hi</s>assistant:{{ 1 }}</s>TrueTrue>"));
        QCOMPARE(model.render({}, false), std::string("<s>TrueTrue"));
        const ModelTemplate noTokens{"{{ bos_token is defined }}", "", "", "test"};
        QCOMPARE(noTokens.render({}, false), std::string("False"));
    }

    void findsTheTemplateOfAFolder()
    {
        QTemporaryDir folder;
        const auto find = [&] { return findModelTemplate(folder.path().toStdString()); };
        QVERIFY(!find());
        writeFile(folder.filePath("chat_template.json"), R"({"chat_template": "processor"})");
        QCOMPARE(find()->source, std::string("processor"));
        writeFile(folder.filePath("tokenizer_config.json"),
            R"({"bos_token": "<s>", "eos_token": {"content": "</s>"}})");
        QCOMPARE(find()->origin, std::string("chat_template.json"));
        writeFile(
            folder.filePath("tokenizer_config.json"), R"({"bos_token": null, "eos_token": {"content": "</s>"},
            "chat_template": [{"name": "tool_use", "template": "tools"}, {"name": "default", "template": "usual"}]})");
        QCOMPARE(find()->source, std::string("usual"));
        QCOMPARE(find()->origin, std::string("tokenizer_config.json"));
        QCOMPARE(find()->bosToken, std::string());
        QCOMPARE(find()->eosToken, std::string("</s>"));
        writeFile(
            folder.filePath("special_tokens_map.json"), R"({"bos_token": "<b>", "eos_token": "other"})");
        QCOMPARE(find()->bosToken, std::string("<b>"));
        QCOMPARE(find()->eosToken, std::string("</s>"));
        writeFile(folder.filePath("chat_template.jinja"), "file");
        QCOMPARE(find()->source, std::string("file"));
        QCOMPARE(find()->origin, std::string("chat_template.jinja"));
        QVERIFY(QDir(folder.path()).mkdir("additional_chat_templates"));
        writeFile(folder.filePath("additional_chat_templates/tool_use.jinja"), "tools");
        QCOMPARE(find()->source, std::string("file"));
        writeFile(folder.filePath("additional_chat_templates/default.jinja"), "named");
        QCOMPARE(find()->source, std::string("named"));
        QCOMPARE(find()->origin, std::string("additional_chat_templates/default.jinja"));
        QVERIFY(QFile::remove(folder.filePath("additional_chat_templates/default.jinja")));
        writeFile(folder.filePath("tokenizer_config.json"), R"({"chat_template": 5})");
        QVERIFY(find().has_value());
        QVERIFY(QFile::remove(folder.filePath("chat_template.jinja")));
        QVERIFY_EXCEPTION_THROWN(find(), Error);
        writeFile(folder.filePath("tokenizer_config.json"), "[]");
        QVERIFY_EXCEPTION_THROWN(find(), Error);
    }

    void findsTheTemplateOfAGgufFile()
    {
        QTemporaryDir folder;
        const std::filesystem::path path = folder.filePath("model.gguf").toStdString();
        writeGguf(path, {{"general.architecture", "llama"}}, {});
        QVERIFY(!findModelTemplate(path));
        writeGguf(path,
            {{"general.architecture", "llama"}, {"tokenizer.chat_template", "{{ bos_token }}"},
                {"tokenizer.ggml.tokens", std::vector<std::string>{"<unk>", "<s>", "</s>"}},
                {"tokenizer.ggml.bos_token_id", int64_t(1)}, {"tokenizer.ggml.eos_token_id", int64_t(7)}},
            {});
        const auto found = findModelTemplate(path);
        QVERIFY(found.has_value());
        QCOMPARE(found->origin, std::string("GGUF metadata"));
        QCOMPARE(found->bosToken, std::string("<s>"));
        QCOMPARE(found->eosToken, std::string());
        QCOMPARE(found->render({}, true), std::string("<s>"));
    }
};

QTEST_APPLESS_MAIN(TestChatTemplate)
#include "tst_chat_template.moc"
