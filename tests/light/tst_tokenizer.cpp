#include "core/base/paths.h"
#include "core/io/gguf.h"
#include "core/io/json.h"
#include "core/tokenizer/protobuf.h"
#include "core/tokenizer/tokenizer.h"
#include "core/tokenizer/utf8_stream.h"
#include "tests/support/refusal.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

using namespace tiller;
using nlohmann::json;
using tiller::test::refusal;
using tiller::test::writeFile;

namespace {

const std::filesystem::path s_data = std::filesystem::path(TILLER_TEST_DATA) / "tokenizers";

using Ids = std::vector<TokenId>;

// Collects what differs from the reference, so that a failure shows how many and the first.
class Differences {
public:
    template <typename Value>
    void compare(const json& test, const char* key, const Value& got)
    {
        if (!test.contains(key))
            return;
        ++m_compared;
        const json have(got);
        if (have == test[key])
            return;
        if (m_count++ == 0) {
            m_first = test.value("name", std::string("decode case")) + " " + key + ": "
                + test.value("text", std::string()).substr(0, 200) + "\n  expected " + test[key].dump()
                + "\n  got      " + have.dump(-1, ' ', false, json::error_handler_t::replace);
        }
    }

    int compared() const { return m_compared; }
    QByteArray report() const
    {
        return m_count == 0 ? QByteArray()
                            : QByteArray::number(m_count) + " differ, first: " + m_first.c_str();
    }

private:
    int m_compared = 0;
    int m_count = 0;
    std::string m_first;
};

void compareWithReference(const Tokenizer& tokenizer, const json& reference, Differences& differences)
{
    for (const json& test : reference["cases"]) {
        const auto text = test["text"].get<std::string>();
        const Ids ids = tokenizer.encode(text);
        const Ids special = tokenizer.encode(text, {.addSpecial = true});
        differences.compare(test, "ids", ids);
        differences.compare(test, "ids_special", special);
        differences.compare(test, "ids_plain", tokenizer.encode(text, {.parseSpecial = false}));
        const auto expected = test["ids"].get<Ids>();
        const auto expectedSpecial = test.value("ids_special", Ids());
        differences.compare(test, "decoded", tokenizer.decode(expected));
        differences.compare(test, "decoded_skip", tokenizer.decode(expected, true));
        differences.compare(test, "decoded_special", tokenizer.decode(expectedSpecial));
        differences.compare(test, "decoded_special_skip", tokenizer.decode(expectedSpecial, true));
    }
    for (const json& test : reference.value("decode_cases", json::array())) {
        const auto ids = test["ids"].get<Ids>();
        differences.compare(test, "decoded", tokenizer.decode(ids));
        differences.compare(test, "decoded_skip", tokenizer.decode(ids, true));
    }
}

std::string prose(size_t size)
{
    std::string text;
    for (size_t i = 0; text.size() < size; ++i) {
        text += "The harbour was quiet before dawn, and boat number " + std::to_string(i * 7919 % 100003)
            + " rocked gently against its ropes; nobody'd asked the tallest sailor what she thought.\n";
    }
    return text;
}

}

class TestTokenizer : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void agreesWithReference_data();
    void agreesWithReference();
    void agreesWithReferenceInGguf();
    void byteLevelInGguf_data();
    void byteLevelInGguf();
    void sentencePieceInGguf_data();
    void sentencePieceInGguf();
    void sentencePieceAsLlamaCpp_data();
    void sentencePieceAsLlamaCpp();
    void preNamesAsLlamaCpp();
    void classAddsBos_data();
    void classAddsBos();
    void streamedBytesAreTheText_data();
    void streamedBytesAreTheText();
    void smollm2Roles();
    void rolesFromFolder();
    void controlsInCheckpoint();
    void chatTextIsParsed();
    void invalidUtf8IsReplaced();
    void idsOutOfRangeAreRefused_data();
    void idsOutOfRangeAreRefused();
    void emptyFolderIsRefused();
    void badTokenizerJson_data();
    void badTokenizerJson();
    void badGguf_data();
    void badGguf();
    void badModel_data();
    void badModel();
    void catastrophicRegexEnds();
    void encodesAMegabyte_data();
    void encodesAMegabyte();

private:
    std::filesystem::path path(const char* name) const { return m_folder.filePath(name).toStdString(); }

    QTemporaryDir m_folder;
};

void TestTokenizer::initTestCase()
{
    QVERIFY2(
        std::filesystem::exists(defaultModelPath()), "packaging/dependencies.sh fetches the default model");
}

void TestTokenizer::agreesWithReference_data()
{
    QTest::addColumn<QString>("folder");
    for (const auto& entry : std::filesystem::directory_iterator(s_data)) {
        if (entry.is_directory() && entry.path().filename() != "smollm2")
            QTest::newRow(entry.path().filename().c_str()) << QString::fromStdString(entry.path().string());
    }
}

void TestTokenizer::agreesWithReference()
{
    QFETCH(QString, folder);
    const std::filesystem::path path = folder.toStdString();
    const auto tokenizer = openTokenizer(path);
    const json reference = readJson(path / "cases.json");
    Differences differences;
    compareWithReference(*tokenizer, reference, differences);
    QCOMPARE(differences.report(), QByteArray());
    QVERIFY2(differences.compared() > 1000, qPrintable(QString::number(differences.compared())));
    QVERIFY(tokenizer->vocabularySize()
        >= reference["vocab_size"].get<size_t>()); // which leaves added tokens out
}

void TestTokenizer::agreesWithReferenceInGguf()
{
    const auto tokenizer = openTokenizer(defaultModelPath());
    Differences differences;
    const json reference = readJson(s_data / "smollm2" / "cases.json");
    compareWithReference(*tokenizer, reference, differences);
    QCOMPARE(differences.report(), QByteArray());
    QCOMPARE(differences.compared(), 433 * 4);
    QCOMPARE(tokenizer->vocabularySize(), size_t(49152));
    QCOMPARE(tokenizer->kind(), std::string("byte-level BPE (smollm)"));
}

namespace {

// Pieces, scores and types of a ModelProto, as a converter to GGUF writes them.
std::vector<std::pair<std::string, GgufValue>> asGgufMetadata(const std::string& model, bool spacePrefix)
{
    std::vector<std::string> tokens;
    std::vector<double> scores;
    std::vector<int64_t> types;
    ProtobufReader reader(model);
    while (const auto field = reader.next()) {
        if (field->number != 1)
            continue;
        std::string text;
        double score = 0;
        int64_t type = 1;
        ProtobufReader piece(field->bytes);
        while (const auto part = piece.next()) {
            if (part->number == 1)
                text = part->bytes;
            else if (part->number == 2)
                score = static_cast<double>(part->asFloat());
            else
                type = static_cast<int64_t>(part->value);
        }
        if (type == 4)
            text = QString::fromStdString(text).replace(QChar(0x2581), ' ').toStdString();
        tokens.push_back(text);
        scores.push_back(score);
        types.push_back(type);
    }
    return {{"tokenizer.ggml.model", "llama"}, {"tokenizer.ggml.tokens", tokens},
        {"tokenizer.ggml.scores", scores}, {"tokenizer.ggml.token_type", types},
        {"tokenizer.ggml.add_space_prefix", spacePrefix},
        {"tokenizer.ggml.bos_token_id", int64_t(spacePrefix ? 1 : 2)},
        {"tokenizer.ggml.eos_token_id", int64_t(spacePrefix ? 2 : 1)}};
}

// Vocabulary, added tokens and merges of a tokenizer.json, likewise.
std::vector<std::pair<std::string, GgufValue>> asByteLevelMetadata(
    const std::filesystem::path& folder, const std::string& pre, const std::vector<std::string>& more = {})
{
    const json source = readJson(folder / "tokenizer.json");
    const size_t size = openTokenizer(folder)->vocabularySize();
    std::vector<std::string> tokens(size);
    std::vector<int64_t> types(size, 1);
    std::vector<std::string> merges;
    for (const auto& [token, id] : source["model"]["vocab"].items())
        tokens[id.get<size_t>()] = token;
    for (const json& token : source["added_tokens"]) {
        tokens[token["id"].get<size_t>()] = token["content"].get<std::string>();
        types[token["id"].get<size_t>()] = token["special"].get<bool>() ? 3 : 4;
    }
    for (const json& merge : source["model"]["merges"]) {
        merges.push_back(merge.is_string() ? merge.get<std::string>()
                                           : merge[0].get<std::string>() + " " + merge[1].get<std::string>());
    }
    for (const std::string& merge : more) {
        merges.push_back(merge);
        tokens.push_back(QString::fromStdString(merge).remove(' ').toStdString());
        types.push_back(1);
    }
    return {{"tokenizer.ggml.model", "gpt2"}, {"tokenizer.ggml.pre", pre}, {"tokenizer.ggml.tokens", tokens},
        {"tokenizer.ggml.token_type", types}, {"tokenizer.ggml.merges", merges}};
}

std::string bytesOfFile(const std::filesystem::path& path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        throw Error("no fixture " + path.string());
    return file.readAll().toStdString();
}

}

void TestTokenizer::byteLevelInGguf_data()
{
    QTest::addColumn<QString>("pre");
    QTest::newRow("bbpe_gpt2") << "gpt-2";
    QTest::newRow("bbpe_llama3") << "llama-bpe";
    QTest::newRow("bbpe_cl100k") << "dbrx";
    QTest::newRow("bbpe_smollm") << "smollm";
    QTest::newRow("bbpe_deepseek_v3") << "deepseek-v3";
    QTest::newRow("bbpe_deepseek_coder") << "deepseek-coder";
}

// The reference answers for a tokenizer.json hold for the GGUF made from it, when the name of the
// pre-tokenizer stands for what the tokenizer.json spells out.
void TestTokenizer::byteLevelInGguf()
{
    QFETCH(QString, pre);
    const auto folder = s_data / QTest::currentDataTag();
    writeGguf(path("bbpe.gguf"), asByteLevelMetadata(folder, pre.toStdString()), {});
    const auto tokenizer = openTokenizer(path("bbpe.gguf"));
    QCOMPARE(tokenizer->kind(), "byte-level BPE (" + pre.toStdString() + ")");
    Differences differences;
    const json reference = readJson(folder / "cases.json");
    for (const json& test : reference["cases"]) {
        differences.compare(test, "ids", tokenizer->encode(test["text"].get<std::string>()));
        const auto ids = test["ids"].get<Ids>();
        differences.compare(test, "decoded", tokenizer->decode(ids));
        differences.compare(test, "decoded_skip", tokenizer->decode(ids, true));
    }
    QCOMPARE(differences.report(), QByteArray());
    QVERIFY(differences.compared() > 900);
}

void TestTokenizer::sentencePieceInGguf_data()
{
    QTest::addColumn<bool>("spacePrefix");
    QTest::newRow("spm_bpe_llama") << true;
    QTest::newRow("spm_bpe_gemma") << false;
}

// The library's answers for the .model file hold for the GGUF made from it, as long as control symbols in the
// text are text, and neither U+2581 (a GGUF's user-defined tokens are looked for as they stand) nor
// <end_of_turn> (which counts as a control symbol there) is in it.
void TestTokenizer::sentencePieceInGguf()
{
    QFETCH(bool, spacePrefix);
    const auto folder = s_data / QTest::currentDataTag();
    writeGguf(path("spm.gguf"), asGgufMetadata(bytesOfFile(folder / "tokenizer.model"), spacePrefix), {});
    const auto tokenizer = openTokenizer(path("spm.gguf"));
    QCOMPARE(tokenizer->kind(), std::string("SentencePiece BPE"));
    const json reference = readJson(folder / "cases.json");
    Differences differences;
    for (const json& test : reference["cases"]) {
        const auto text = test["text"].get<std::string>();
        if (text.find("\u2581") == std::string::npos && text.find("<end_of_turn>") == std::string::npos)
            differences.compare(test, "ids", tokenizer->encode(text, {.parseSpecial = false}));
        differences.compare(test, "decoded", tokenizer->decode(test["ids"].get<Ids>()));
    }
    QCOMPARE(differences.report(), QByteArray());
    QVERIFY(differences.compared() > 400);

    const TokenId bos = *tokenizer->bos();
    const std::string text = tokenizer->piece(bos) + "Hello";
    Ids expected = tokenizer->encode("Hello");
    expected.insert(expected.begin(), bos);
    QCOMPARE(tokenizer->encode(text), expected);
    QCOMPARE(tokenizer->encode("Hello", {.addSpecial = true}), expected);
    QCOMPARE(tokenizer->decode(expected), tokenizer->piece(bos) + (spacePrefix ? " Hello" : "Hello"));
    QCOMPARE(tokenizer->decode(expected, true), std::string("Hello"));
}

void TestTokenizer::sentencePieceAsLlamaCpp_data()
{
    QTest::addColumn<int>("number");
    const json reference = readJson(s_data / "llama_cpp.json");
    int number = 0;
    for (const json& variant : reference["sentencepiece"])
        QTest::newRow(variant["name"].get<std::string>().c_str()) << number++;
}

void TestTokenizer::sentencePieceAsLlamaCpp()
{
    QFETCH(int, number);
    const json reference = readJson(s_data / "llama_cpp.json");
    const json& variant = reference["sentencepiece"][static_cast<size_t>(number)];
    const std::string model = bytesOfFile(s_data / "spm_bpe_llama" / "tokenizer.model");
    std::map<std::string, GgufValue> metadata;
    for (auto& [key, value] : asGgufMetadata(model, true))
        metadata.emplace(key, value);
    metadata["general.name"] = variant["name"].get<std::string>();
    metadata["tokenizer.ggml.add_space_prefix"] = variant["space"].get<bool>();
    auto& tokens = std::get<std::vector<std::string>>(metadata["tokenizer.ggml.tokens"]);
    auto& types = std::get<std::vector<int64_t>>(metadata["tokenizer.ggml.token_type"]);
    auto& scores = std::get<std::vector<double>>(metadata["tokenizer.ggml.scores"]);
    for (size_t i = 0; i < variant["tokens"].size(); ++i) {
        tokens.push_back(variant["tokens"][i].get<std::string>());
        types.push_back(variant["types"][i].get<int64_t>());
        scores.push_back(-1000);
    }
    writeGguf(path("llama.gguf"), {metadata.begin(), metadata.end()}, {});

    const auto tokenizer = openTokenizer(path("llama.gguf"));
    for (size_t i = 0; i < reference["texts"].size(); ++i) {
        const auto text = reference["texts"][i].get<std::string>();
        const json& row = variant["rows"][i];
        QCOMPARE(tokenizer->encode(text), row["ids"].get<Ids>());
        QCOMPARE(tokenizer->encode(text, {.addSpecial = true}), row["ids_special"].get<Ids>());
        QCOMPARE(tokenizer->encode(text, {.parseSpecial = false}), row["ids_plain"].get<Ids>());
    }
}

void TestTokenizer::preNamesAsLlamaCpp()
{
    const json reference = readJson(s_data / "llama_cpp.json");
    auto metadata
        = asByteLevelMetadata(s_data / "bbpe_gpt2", "", reference["merges"].get<std::vector<std::string>>());
    metadata.emplace_back("tokenizer.ggml.bos_token_id", int64_t(0));
    for (const json& group : reference["pre"]) {
        for (const json& name : group["names"]) {
            metadata[1].second = name.get<std::string>();
            writeGguf(path("pre.gguf"), metadata, {});
            const auto tokenizer = openTokenizer(path("pre.gguf"));
            for (size_t i = 0; i < reference["texts"].size(); ++i) {
                const auto text = reference["texts"][i].get<std::string>();
                const QByteArray where = QByteArray::fromStdString(name.get<std::string>() + ": " + text);
                QVERIFY2(tokenizer->encode(text) == group["rows"][i][0].get<Ids>(), where);
                QVERIFY2(
                    tokenizer->encode(text, {.addSpecial = true}) == group["rows"][i][1].get<Ids>(), where);
            }
        }
    }
}

void TestTokenizer::classAddsBos_data()
{
    QTest::addColumn<QString>("configuration");
    QTest::addColumn<bool>("bos");
    QTest::addColumn<bool>("eos");
    // What AutoTokenizer of transformers 4.57.6 adds; the post-processor of tokenizer.json adds BOS.
    QTest::newRow("generic") << R"("PreTrainedTokenizerFast", "add_bos_token": false)" << true << false;
    QTest::newRow("llama") << R"("LlamaTokenizer")" << true << false;
    QTest::newRow("llama without") << R"("LlamaTokenizerFast", "add_bos_token": false)" << false << false;
    QTest::newRow("gemma") << R"("GemmaTokenizer", "add_eos_token": true)" << true << true;
    QTest::newRow("neox") << R"("GPTNeoXTokenizer")" << false << false;
    QTest::newRow("neox with") << R"("GPTNeoXTokenizerFast", "add_bos_token": true)" << true << false;
}

void TestTokenizer::classAddsBos()
{
    QFETCH(QString, configuration);
    QFETCH(bool, bos);
    QFETCH(bool, eos);
    const QTemporaryDir folder;
    const auto file = [&](const char* name) { return folder.filePath(name); };
    QVERIFY(QFile::copy(QString::fromStdString((s_data / "spbpe_llama2" / "tokenizer.json").string()),
        file("tokenizer.json")));
    QFile config(file("tokenizer_config.json"));
    QVERIFY(config.open(QIODevice::WriteOnly));
    config.write(R"({"bos_token": "<s>", "eos_token": {"content": "</s>"}, "tokenizer_class": )");
    config.write(configuration.toUtf8() + "}");
    config.close();

    const auto tokenizer = openTokenizer(folder.path().toStdString());
    Ids expected = tokenizer->encode("Hello");
    if (bos)
        expected.insert(expected.begin(), *tokenizer->find("<s>"));
    if (eos)
        expected.push_back(*tokenizer->find("</s>"));
    QCOMPARE(tokenizer->encode("Hello", {.addSpecial = true}), expected);
}

void TestTokenizer::streamedBytesAreTheText_data()
{
    QTest::addColumn<bool>("hasDummyPrefix");
    QTest::newRow("bbpe_llama3") << false;
    QTest::newRow("bbpe_qwen2") << false;
    QTest::newRow("bbpe_deepseek_v3") << false;
    QTest::newRow("spbpe_llama2") << true;
    QTest::newRow("spbpe_gemma") << false;
    QTest::newRow("unigram_metaspace") << true;
    QTest::newRow("spm_bpe_llama") << true;
    QTest::newRow("spm_unigram_identity") << false;
}

void TestTokenizer::streamedBytesAreTheText()
{
    QFETCH(bool, hasDummyPrefix);
    const auto folder = s_data / QTest::currentDataTag();
    const auto tokenizer = openTokenizer(folder);
    const json reference = readJson(folder / "cases.json");
    Differences differences;
    for (const json& test : reference["cases"]) {
        Utf8Stream stream;
        std::string text;
        for (const TokenId id : test["ids"].get<Ids>())
            text += stream.feed(tokenizer->bytesOf(id));
        text += stream.finish();
        if (hasDummyPrefix && text.starts_with(' '))
            text.erase(0, 1);
        differences.compare(test, "decoded", text);
    }
    QCOMPARE(differences.report(), QByteArray());
    QVERIFY(differences.compared() > 300);
}

void TestTokenizer::smollm2Roles()
{
    const auto tokenizer = openTokenizer(defaultModelPath());
    QCOMPARE(tokenizer->endOfText(), (Ids{2, 0}));
    QCOMPARE(tokenizer->piece(2), std::string("<|im_end|>"));
    QCOMPARE(tokenizer->piece(0), std::string("<|endoftext|>"));
    QCOMPARE(tokenizer->bos(), std::optional<TokenId>(1));
    QCOMPARE(tokenizer->find("\u0120hello"), tokenizer->encode(" hello").front());
    QCOMPARE(tokenizer->find("no such token"), std::optional<TokenId>());
    QCOMPARE(tokenizer->bytesOf(tokenizer->encode(" hello").front()), std::string(" hello"));
    QVERIFY(tokenizer->isSpecial(2));
    QVERIFY(!tokenizer->isSpecial(tokenizer->encode("hello").front()));
    QCOMPARE(tokenizer->encode("Hi", {.addSpecial = true}), tokenizer->encode("Hi"));
}

void TestTokenizer::rolesFromFolder()
{
    const QDir folder(m_folder.filePath("roles"));
    QVERIFY(folder.mkpath("."));
    writeFile(folder.filePath("tokenizer.json"),
        QByteArray::fromStdString(bytesOfFile(s_data / "bbpe_qwen2" / "tokenizer.json")));
    const std::filesystem::path path = folder.path().toStdString();

    QCOMPARE(openTokenizer(path)->endOfText(), (Ids{1200, 1202})); // by name
    writeFile(folder.filePath("config.json"), R"({"eos_token_id": 1200, "bos_token_id": 7})");
    QCOMPARE(openTokenizer(path)->endOfText(), (Ids{1200}));
    QCOMPARE(openTokenizer(path)->bos(), std::optional<TokenId>(7));
    writeFile(folder.filePath("generation_config.json"), R"({"eos_token_id": [1202, 1200, 151643, -1]})");
    QCOMPARE(openTokenizer(path)->endOfText(), (Ids{1202, 1200}));
    writeFile(folder.filePath("tokenizer_config.json"),
        R"({"eos_token": {"content": "<|im_start|>"}, "bos_token": null, "add_bos_token": false})");
    QCOMPARE(openTokenizer(path)->endOfText(), (Ids{1202, 1200, 1201}));

    writeFile(folder.filePath("generation_config.json"), R"({"eos_token_id": "two"})");
    const QString message = refusal([&] { openTokenizer(path); });
    QVERIFY2(message.contains("generation_config.json: eos_token_id is not an integer"), qPrintable(message));
}

void TestTokenizer::controlsInCheckpoint()
{
    const QDir folder(m_folder.filePath("checkpoint"));
    QVERIFY(folder.mkpath("."));
    writeFile(folder.filePath("tokenizer.model"),
        QByteArray::fromStdString(bytesOfFile(s_data / "spm_bpe_llama" / "tokenizer.model")));
    const std::filesystem::path path = folder.path().toStdString();

    const auto bare = openTokenizer(path);
    QVERIFY(bare->encode("<s>Hi").front() != 1);
    QCOMPARE(bare->encode("Hi", {.addSpecial = true}).back(), 2);
    QCOMPARE(bare->endOfText(), (Ids{2}));
    QCOMPARE(bare->bytesOf(1), std::string());

    writeFile(folder.filePath("tokenizer_config.json"), R"({"add_bos_token": true})");
    const auto configured = openTokenizer(path);
    Ids expected = bare->encode("Hi");
    expected.insert(expected.begin(), 1);
    QCOMPARE(configured->encode("<s>Hi"), expected);
    QCOMPARE(configured->encode("Hi", {.addSpecial = true}), expected);
    QVERIFY(configured->encode("<s>Hi", {.parseSpecial = false}).front() != 1);
    QCOMPARE(configured->decode(expected), std::string("<s>Hi"));
    QCOMPARE(configured->decode(expected, true), std::string("Hi"));
    QCOMPARE(configured->bytesOf(1), std::string("<s>"));

    const TokenId unknown = *configured->find("<unk>");
    QCOMPARE(configured->encode("<unk>"), Ids{unknown});
    QCOMPARE(configured->decode(Ids{unknown}), std::string("<unk>"));
    QCOMPARE(configured->decode(Ids{unknown}, true), std::string());
    QVERIFY(bare->encode("<unk>") != Ids{unknown});
}

void TestTokenizer::chatTextIsParsed()
{
    const auto tokenizer = openTokenizer(defaultModelPath());
    const std::string chat = "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n";
    const Ids ids = tokenizer->encode(chat);
    QCOMPARE(std::ranges::count(ids, 1), 2);
    QCOMPARE(std::ranges::count(ids, 2), 1);
    QCOMPARE(tokenizer->decode(ids), chat);
    QCOMPARE(tokenizer->decode(ids, true), std::string("user\nHi\nassistant\n"));
    std::string streamed;
    for (const TokenId id : ids)
        streamed += tokenizer->bytesOf(id);
    QCOMPARE(streamed, chat);
}

void TestTokenizer::invalidUtf8IsReplaced()
{
    for (const auto& path : {defaultModelPath(), s_data / "bbpe_llama3", s_data / "spm_bpe_llama"}) {
        const auto tokenizer = openTokenizer(path);
        QCOMPARE(tokenizer->encode("a\xFF\xE4\xB8z"), tokenizer->encode("a\uFFFD\uFFFDz"));
    }
}

void TestTokenizer::idsOutOfRangeAreRefused_data()
{
    QTest::addColumn<int>("id");
    QTest::newRow("-1") << -1;
    QTest::newRow("size") << 0;
    QTest::newRow("largest") << INT32_MAX;
    QTest::newRow("smallest") << INT32_MIN;
}

void TestTokenizer::idsOutOfRangeAreRefused()
{
    QFETCH(int, id);
    for (const auto& path : {defaultModelPath(), s_data / "unigram_metaspace", s_data / "spm_bpe_llama"}) {
        const auto tokenizer = openTokenizer(path);
        const Ids ids{id == 0 ? static_cast<TokenId>(tokenizer->vocabularySize()) : id};
        const QString message = refusal([&] { tokenizer->decode(ids); });
        QVERIFY2(message.contains("outside the vocabulary"), qPrintable(message));
        QVERIFY(refusal([&] { tokenizer->piece(ids[0]); }).contains("outside the vocabulary"));
        QVERIFY(refusal([&] { tokenizer->bytesOf(ids[0]); }).contains("outside the vocabulary"));
    }
}

void TestTokenizer::emptyFolderIsRefused()
{
    const QDir folder(m_folder.filePath("nothing"));
    QVERIFY(folder.mkpath("."));
    const QString message = refusal([&] { openTokenizer(folder.path().toStdString()); });
    QVERIFY2(message.contains("neither tokenizer.json nor tokenizer.model"), qPrintable(message));
    QVERIFY(refusal([&] { openTokenizer(path("absent.gguf")); }) != "accepted");
}

namespace {

const char* const s_tokenizerJson = R"({
    "version": "1.0",
    "added_tokens": [{"id": 3, "content": "<e>", "special": true, "normalized": false}],
    "normalizer": {"type": "NFC"},
    "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
        {"type": "Split", "pattern": {"Regex": "\\p{L}+|."}, "behavior": "Isolated", "invert": false},
        {"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}]},
    "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<e>"}}, {"Sequence": {"id": "A"}}],
        "special_tokens": {"<e>": {"id": "<e>", "ids": [3], "tokens": ["<e>"]}}},
    "decoder": {"type": "ByteLevel"},
    "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]}})";

const char* const s_unigramJson = R"({
    "model": {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0], ["a", -1.5], ["b", -2]]}})";

}

void TestTokenizer::badTokenizerJson_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("reason");
    const auto text = [](const char* name, const QByteArray& bytes, const char* reason) {
        QTest::newRow(name) << bytes << QString(reason);
    };
    const auto patched = [&](const char* name, const char* base, const std::string& path, const char* value,
                             const char* reason) {
        const bool isThere = json::parse(base).contains(json::json_pointer(path));
        const json patch
            = {{{"op", isThere ? "replace" : "add"}, {"path", path}, {"value", json::parse(value)}}};
        text(name, QByteArray::fromStdString(json::parse(base).patch(patch).dump()), reason);
    };
    const auto bpe = [&](const char* name, const std::string& path, const char* value, const char* reason) {
        patched(name, s_tokenizerJson, path, value, reason);
    };
    const auto unigram = [&](const char* name, const std::string& path, const char* value,
                             const char* reason) { patched(name, s_unigramJson, path, value, reason); };

    bpe("unchanged", "/version", R"("1.0")", "accepted");
    unigram("unchanged unigram", "/version", R"("1.0")", "accepted");
    text("empty", "", "is empty");
    text("not JSON", "{\"model\": ", "not valid JSON");
    text("a list", "[]", "is not an object");
    text("byte order mark", QByteArray("\xEF\xBB\xBF") + s_tokenizerJson, "byte order mark");
    text("lone surrogate", R"({"model": {"type": "BPE", "vocab": {"\ud800": 0}, "merges": []}})",
        "not valid JSON");
    text("not UTF-8",
        QByteArray("{\"model\": {\"type\": \"BPE\", \"vocab\": {\"\xFF\": 0}, \"merges\": []}}"),
        "not valid JSON");
    text("no model", "{}", "has no 'model'");
    text("deep", QByteArray(100000, '['), "nested deeper");
    bpe("model null", "/model", "null", "has no 'model'");
    bpe("model type", "/model/type", R"("WordPiece")", "'WordPiece', which is not supported");
    bpe("vocab a list", "/model/vocab", "[]", "model.vocab is not an object");
    bpe("vocab empty", "/model/vocab", "{}", "which the vocabulary does not have");
    bpe("id text", "/model/vocab/a", R"("0")", "not a token id");
    bpe("id real", "/model/vocab/a", "0.5", "not a token id");
    bpe("id -1", "/model/vocab/a", "-1", "not a token id");
    bpe("id 2^31", "/model/vocab/a", "2147483648", "not a token id");
    bpe("id 2^64", "/model/vocab/a", "1e20", "not a token id");
    bpe("id huge", "/model/vocab/a", "2000000000", "out of range");
    bpe("two tokens, one id", "/model/vocab/a", "1", "two tokens have the id 1");
    bpe("merge of one", "/model/merges/0", R"("ab")", "not two tokens");
    bpe("merge of three", "/model/merges/0", R"("a b ab")", "not two tokens");
    bpe("merge pair of one", "/model/merges/0", R"(["a"])", "not two tokens");
    bpe("merge of a number", "/model/merges/0", "7", "not two tokens");
    bpe("merge part unknown", "/model/merges/0", R"("a x")", "needs the token 'x'");
    bpe("merge whole unknown", "/model/merges/0", R"("b a")", "needs the token 'ba'");
    bpe("merge empty part", "/model/merges/0", R"("a ")", "needs the token ''");
    bpe("merges null", "/model/merges", "null", "has no 'merges'");
    bpe("dropout", "/model/dropout", "0.1", "dropout is set");
    bpe("word prefix", "/model/continuing_subword_prefix", R"("##")", "does not start with '##'");
    bpe("unknown token unknown", "/model/unk_token", R"("<unk>")", "which the vocabulary does not have");
    bpe("byte_fallback a number", "/model/byte_fallback", "1", "is not true or false");
    bpe("added id -1", "/added_tokens/0/id", "-1", "out of range");
    bpe("added id 2^31", "/added_tokens/0/id", "2147483648", "out of range");
    bpe("added id taken", "/added_tokens/0/id", "1", "the id of another token");
    bpe("added id twice", "/added_tokens/-", R"({"id": 3, "content": "<f>"})", "two tokens with the id 3");
    bpe("added without content", "/added_tokens/0/content", "null", "has no 'content'");
    bpe("300 kB added token", "/added_tokens/0/content", ('"' + std::string(300000, 'x') + '"').c_str(),
        "300000 bytes long");
    bpe("300 kB piece", "/model/vocab/" + std::string(300000, 'x'), "4", "300000 bytes long");
    bpe("normalizer", "/normalizer/type", R"("BertNormalizer")",
        "'BertNormalizer', a normalizer that is not supported");
    bpe("normalizer a string", "/normalizer", R"("NFC")", "normalizer is not an object");
    bpe("pre-tokenizer", "/pre_tokenizer/pretokenizers/0/type", R"("UnicodeScripts")",
        "pretokenizers[0] has the type 'UnicodeScripts', a pre-tokenizer that is not supported");
    bpe("behavior", "/pre_tokenizer/pretokenizers/0/behavior", R"("Sideways")",
        "'Sideways', which is not supported");
    bpe("regex syntax", "/pre_tokenizer/pretokenizers/0/pattern/Regex", R"("(a")", "cannot be used");
    bpe("regex set operation", "/pre_tokenizer/pretokenizers/0/pattern/Regex", R"("[a-z&&[^b]]")",
        "not supported");
    bpe("regex any byte", "/pre_tokenizer/pretokenizers/0/pattern/Regex", R"("\\C")", "cannot be used");
    bpe("regex empty", "/pre_tokenizer/pretokenizers/0/pattern/Regex", R"("")", "is empty");
    bpe("decoder", "/decoder/type", R"("WordPiece")", "'WordPiece', a decoder that is not supported");
    bpe("strip -1", "/decoder", R"({"type": "Strip", "content": " ", "start": -1, "stop": 0})",
        "is negative");
    bpe("post-processor", "/post_processor/type", R"("Other")",
        "'Other', a post-processor that is not supported");
    bpe("template id", "/post_processor/special_tokens/<e>/ids/0", "4", "outside the vocabulary of 4 tokens");
    bpe("template name", "/post_processor/single/0/SpecialToken/id", R"("<f>")", "has no '<f>'");
    bpe("template without text", "/post_processor/single", "[]", "does not hold the text exactly once");
    unigram("score text", "/model/vocab/1/1", R"("x")", "is not a number");
    unigram("unknown out of range", "/model/unk_id", "3", "outside the vocabulary");
    unigram("unigram empty", "/model/vocab", "[]", "is empty");
    unigram("piece twice", "/model/vocab/1/0", R"("b")", "stands twice");
    text("score 1e400", R"({"model": {"type": "Unigram", "vocab": [["a", 1e400]]}})", "not valid JSON");
    const auto charsmap = [&](const char* name, const QByteArray& blob, const char* reason) {
        const json value = {{"type", "Precompiled"}, {"precompiled_charsmap", blob.toBase64().toStdString()}};
        unigram(name, "/normalizer", value.dump().c_str(), reason);
    };
    charsmap("charsmap empty", "", "its size is wrong");
    charsmap("charsmap size", QByteArray("\xFF\xFF\xFF\x7F", 4) + QByteArray(64, '\0'), "its size is wrong");
    charsmap("charsmap size without texts", QByteArray("\x40\0\0\0", 4) + QByteArray(64, '\0'),
        "its size is wrong");
    charsmap(
        "charsmap short trie", QByteArray("\x40\0\0\0", 4) + QByteArray(65, '\0'), "points outside itself");
    charsmap("charsmap root", QByteArray("\0\x04\0\0\0\xFC\xFF\xFF", 8) + QByteArray(1021, '\0'),
        "points outside itself");
    unigram("charsmap no base64", "/normalizer", R"({"type": "Precompiled", "precompiled_charsmap": "?"})",
        "is not base64");
}

void TestTokenizer::badTokenizerJson()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, reason);
    const auto file = writeFile(m_folder.filePath("tokenizer.json"), text);
    const QString message = refusal([&] { openTokenizer(file)->encode("ab<e> \u00E9"); });
    QVERIFY2(message.contains(reason), qPrintable(message));
    if (reason != "accepted")
        QVERIFY2(message.contains("tokenizer.json"), qPrintable(message));
}

void TestTokenizer::badGguf_data()
{
    using Metadata = std::map<std::string, GgufValue>;
    using Strings = std::vector<std::string>;
    using Integers = std::vector<int64_t>;
    const Metadata base = {{"tokenizer.ggml.model", "gpt2"}, {"tokenizer.ggml.pre", "gpt-2"},
        {"tokenizer.ggml.tokens", Strings{"a", "b", "ab", "<|end|>"}},
        {"tokenizer.ggml.token_type", Integers{1, 1, 1, 3}}, {"tokenizer.ggml.merges", Strings{"a b"}},
        {"tokenizer.ggml.eos_token_id", int64_t(3)}};

    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("reason");
    const auto row = [&](const char* name, const Metadata& changes, const char* reason, int64_t rows = 4) {
        Metadata metadata = changes;
        metadata.insert(base.begin(), base.end());
        const QString file = m_folder.filePath(QString("bad_%1.gguf").arg(name).replace(' ', '_'));
        writeGguf(file.toStdString(), {metadata.begin(), metadata.end()},
            {{"token_embd.weight", {rows, 2}, std::vector<float>(static_cast<size_t>(rows) * 2)}});
        QTest::newRow(name) << file << QString(reason);
    };
    const std::string t = "tokenizer.ggml.";
    row("unchanged", {}, "accepted");
    row("model type", {{t + "model", "bert"}}, "tokenizer.ggml.model is 'bert', which is not supported");
    row("model a number", {{t + "model", int64_t(1)}}, "tokenizer.ggml.model");
    row("pre", {{t + "pre", "martian"}},
        "tokenizer.ggml.pre is 'martian', a pre-tokenizer that is not supported");
    for (const char* pre :
        {"default", "deepseek-llm", "falcon", "gpt-4o", "llama4", "qwen2", "qwen35", "tekken"})
        row(pre, {{t + "pre", pre}}, "accepted");
    row("tokens a string", {{t + "tokens", "a"}}, "tokenizer.ggml.tokens");
    row("tokens numbers", {{t + "tokens", Integers{1, 2}}}, "tokenizer.ggml.tokens");
    row("tokens empty", {{t + "tokens", Strings{}}}, "tokenizer.ggml.tokens");
    row("fewer rows", {}, "4 tokens, but token_embd.weight has 3 rows", 3);
    row("more rows", {}, "4 tokens, but token_embd.weight has 5 rows", 5);
    row("token twice", {{t + "tokens", Strings{"a", "b", "ab", "a"}}}, "token 'a' stands twice");
    row("300 kB piece", {{t + "tokens", Strings{"a", "b", "ab", std::string(300000, 'x')}}},
        "300000 bytes long");
    row("types a number", {{t + "token_type", int64_t(1)}}, "tokenizer.ggml.token_type");
    row("types strings", {{t + "token_type", Strings{"1"}}}, "tokenizer.ggml.token_type");
    row("types too few", {{t + "token_type", Integers{1, 1, 1}}}, "token_type has 3 entries for 4 tokens");
    row("merge without space", {{t + "merges", Strings{"ab"}}}, "has 'ab', which is not two tokens");
    row("merge empty", {{t + "merges", Strings{""}}}, "which is not two tokens");
    row("merge of nothing", {{t + "merges", Strings{"a "}}}, "which is not two tokens");
    row("merge part unknown", {{t + "merges", Strings{"a x"}}}, "needs the token 'x'");
    row("merge whole unknown", {{t + "merges", Strings{"b a"}}}, "needs the token 'ba'");
    row("merges numbers", {{t + "merges", Integers{1}}}, "tokenizer.ggml.merges");
    row("eos beyond", {{t + "eos_token_id", int64_t(4)}},
        "eos_token_id is 4, outside the vocabulary of 4 tokens");
    row("bos beyond", {{t + "bos_token_id", int64_t(UINT32_MAX)}}, "bos_token_id is 4294967295, outside");
    row("bos negative", {{t + "bos_token_id", int64_t(-1)}}, "bos_token_id is -1, outside");
    row("bos a string", {{t + "bos_token_id", "1"}}, "tokenizer.ggml.bos_token_id");
    row("padding beyond", {{t + "padding_token_id", int64_t(9)}}, "padding_token_id is 9, outside");
    row("add_bos without bos", {{t + "add_bos_token", true}}, "bos_token_id is missing");
    row("add_bos a number", {{t + "add_bos_token", int64_t(1)}}, "tokenizer.ggml.add_bos_token");
    row("scores missing", {{t + "model", "llama"}}, "scores has 0 entries for 4 tokens");
    const std::vector<double> scores{0, 0, 0, 0};
    row("no unknown token", {{t + "model", "llama"}, {t + "scores", scores}}, "accepted");
    row("score not finite",
        {{t + "model", "llama"}, {t + "scores", std::vector<double>{0, NAN, 0, 0}},
            {t + "token_type", Integers{1, 1, 1, 2}}},
        "scores has no finite number for token 1");
    row("byte without bytes",
        {{t + "model", "llama"}, {t + "scores", scores}, {t + "token_type", Integers{6, 1, 1, 2}}},
        "is of the type byte, but is called 'a'");
    row("sentencepiece",
        {{t + "model", "llama"}, {t + "scores", scores}, {t + "token_type", Integers{1, 1, 1, 2}}},
        "accepted");
}

void TestTokenizer::badGguf()
{
    QFETCH(QString, file);
    QFETCH(QString, reason);
    const QString message = refusal([&] { openTokenizer(file.toStdString())->encode("ab<|end|> \u00E9"); });
    QVERIFY2(message.contains(reason), qPrintable(message));
    if (reason != "accepted")
        QVERIFY2(message.contains(".gguf"), qPrintable(message));
}

namespace {

struct ModelPiece {
    std::string text;
    int64_t type = 1;
    float score = 0;
};

std::string modelOf(
    const std::vector<ModelPiece>& pieces, const std::string& charsmap = {}, bool byteFallback = false)
{
    ProtobufWriter model;
    for (const ModelPiece& p : pieces) {
        ProtobufWriter piece;
        piece.bytes(1, p.text);
        piece.real(2, p.score);
        piece.number(3, p.type);
        model.bytes(1, piece.message());
    }
    ProtobufWriter trainer;
    trainer.number(3, 2);
    trainer.number(35, byteFallback);
    model.bytes(2, trainer.message());
    ProtobufWriter normalizer;
    normalizer.bytes(1, "x");
    if (!charsmap.empty())
        normalizer.bytes(2, charsmap);
    model.bytes(3, normalizer.message());
    return model.message();
}

// A double array whose only key is `length` bytes 'a': enough to be walked.
std::string chainCharsmap(uint32_t length, std::string texts, uint32_t value = 0)
{
    std::vector<uint32_t> units(256 * (length + 2));
    const auto unitAt = [](uint32_t from, uint32_t to) { return (from ^ to) << 10; };
    uint32_t node = 0;
    for (uint32_t depth = 0; depth < length; ++depth) {
        const uint32_t base = 256 * (depth + 1);
        units[node] |= unitAt(node, base);
        node = base ^ 'a';
        units[node] = 'a';
    }
    units[node] |= unitAt(node, 256 * (length + 1)) | 1u << 8;
    units[256 * (length + 1)] = value | 1u << 31;
    std::string blob;
    const auto size = static_cast<uint32_t>(units.size() * 4);
    blob.append(reinterpret_cast<const char*>(&size), 4);
    blob.append(reinterpret_cast<const char*>(units.data()), size);
    return blob + texts;
}

// The node that 'a' leads to is also the one after it.
std::string circularCharsmap()
{
    std::string blob = chainCharsmap(1, std::string("b\0", 2));
    const uint32_t node = 256 ^ 'a';
    const uint32_t unit = static_cast<uint32_t>('a') | (node ^ 256u) << 10;
    std::memcpy(blob.data() + 4 + node * 4, &unit, 4);
    return blob;
}

}

void TestTokenizer::badModel_data()
{
    QTest::addColumn<QByteArray>("model");
    QTest::addColumn<QString>("reason");
    const auto row = [](const char* name, const std::string& model, const char* reason) {
        QTest::newRow(name) << QByteArray::fromStdString(model) << QString(reason);
    };
    const ModelPiece unknown{"<unk>", 2};
    const std::vector<ModelPiece> good{unknown, {"a"}, {"b"}, {"ab", 1, 1.0f}};
    const auto with = [&](ModelPiece piece) {
        auto pieces = good;
        pieces.push_back(std::move(piece));
        return pieces;
    };
    row("unchanged", modelOf(good), "accepted");
    row("zero byte inside", modelOf(with({std::string("x\0y", 3)})), "accepted");
    row("empty", "", "is empty");
    row("text", "this is no model", "is not a usable SentencePiece model");
    row("cut", modelOf(good).substr(0, 20), "damaged or cut short");
    row("2^31 byte length", std::string("\x0A\x80\x80\x80\x80\x08", 6), "damaged or cut short");
    row("2^64 byte length", std::string("\x0A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", 11),
        "damaged or cut short");
    row("endless number", std::string("\x08") + std::string(20, '\xFF'), "damaged or cut short");
    row("no pieces", modelOf({}), "has no pieces");
    row("no unknown", modelOf({{"a"}, {"b"}}), "unk is not defined");
    row("two unknown", modelOf(with({"<unk2>", 2})), "unk is already defined");
    row("piece twice", modelOf(with({"a"})), "already defined");
    row("empty piece", modelOf(with({""})), "piece 4 is empty");
    row("300 kB piece", modelOf(with({std::string(300000, 'x')})), "300000 bytes long");
    row("piece not UTF-8", modelOf(with({"\xFFx"})), "piece 4 is not UTF-8");
    row("NaN score", modelOf(with({"c", 1, NAN})), "piece 4 has no finite score");
    row("too few bytes", modelOf(with({"<0x41>", 6}), {}, true), "pieces for 1 of the 256 only");
    row("byte name", modelOf(with({"<0xZZ>", 6})), "is of the type byte");
    row("charsmap good", modelOf(good, chainCharsmap(3, std::string("b\0", 2))), "accepted");
    row("charsmap size", modelOf(good, chainCharsmap(3, "")), "its size is wrong");
    row("charsmap long keys", modelOf(good, chainCharsmap(40, std::string("b\0", 2))),
        "its keys are too long");
    row("charsmap circle", modelOf(good, circularCharsmap()), "its keys are too long");
    row("charsmap text outside", modelOf(good, chainCharsmap(3, std::string("b\0", 2), 2)),
        "a text lies outside it");
    row("charsmap text without end", modelOf(good, chainCharsmap(3, "b")), "its last text has no end");
    std::vector<ModelPiece> nested = good;
    for (size_t length = 1; length <= 80; ++length)
        nested.push_back({std::string(length, 'u'), 4});
    row("nested user-defined pieces", modelOf(nested), "user-defined pieces start one another");
    nested.resize(60);
    row("some nested pieces", modelOf(nested), "accepted");
}

void TestTokenizer::badModel()
{
    QFETCH(QByteArray, model);
    QFETCH(QString, reason);
    const auto file = writeFile(m_folder.filePath("tokenizer.model"), model);
    const QString message = refusal(
        [&] { openTokenizer(file)->encode(std::string(100, 'a') + std::string(100, 'u') + "b\u00E9"); });
    QVERIFY2(message.contains(reason), qPrintable(message));
    if (reason != "accepted")
        QVERIFY2(message.contains("tokenizer.model"), qPrintable(message));
}

void TestTokenizer::catastrophicRegexEnds()
{
    json file = json::parse(s_tokenizerJson);
    file["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"] = "(a+)+$";
    const auto path = writeFile(m_folder.filePath("slow.json"), QByteArray::fromStdString(file.dump()));
    const auto tokenizer = openTokenizer(path);
    const QString message = refusal([&] { tokenizer->encode(std::string(60, 'a') + "b"); });
    QVERIFY2(message.contains("gave up on this text"), qPrintable(message));
}

void TestTokenizer::encodesAMegabyte_data()
{
    QTest::addColumn<QString>("path");
    QTest::newRow("smollm2") << QString::fromStdString(defaultModelPath().string());
    for (const char* name : {"bbpe_llama3", "bbpe_qwen2", "bbpe_deepseek_v3", "spbpe_llama2",
             "unigram_precompiled", "spm_unigram_nmt_nfkc", "spm_bpe_llama"})
        QTest::newRow(name) << QString::fromStdString((s_data / name).string());
}

// A megabyte of prose: anything quadratic would not come back within the test's time limit.
void TestTokenizer::encodesAMegabyte()
{
    QFETCH(QString, path);
    const auto tokenizer = openTokenizer(path.toStdString());
    const std::string text = prose(1 << 20);
    const size_t count = tokenizer->encode(text).size();
    QVERIFY(count > text.size() / 20);
    QVERIFY(count < text.size());
}

QTEST_APPLESS_MAIN(TestTokenizer)
#include "tst_tokenizer.moc"
